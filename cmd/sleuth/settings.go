package main

import "github.com/spf13/cobra"

func settingsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "settings",
		Short: "The owner's settings, and the keys that seal the secrets",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(settingsKey(a), settingsNewKey(a), settingsRotateKey(a))
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/settings"
)

func settingsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "settings",
		Short: "The owner's settings, and the keys that seal the secrets",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(settingsList(a), settingsShow(a), settingsSet(a), settingsUnset(a), settingsSetSecret(a), settingsRemoveSecret(a), settingsExport(a), settingsImport(a), settingsKey(a), settingsNewKey(a), settingsRotateKey(a))
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

func settingsList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the settings with their values", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				list, err := h.manage.Settings(c.Context())
				if err != nil {
					return err
				}
				secrets, err := h.manage.Secrets(c.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.stdout).Encode(map[string]any{"settings": list, "secrets": secrets})
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "SETTING\tVALUE\tDEFAULT\tCHANGED BY\tCHANGED")
					for _, v := range list {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.Name, settingLine(v), settingLine(manage.Value{Value: v.Default}), v.ChangedBy, v.ChangedAt)
					}
					for _, x := range secrets {
						fmt.Fprintf(w, "%s\t%s\t\t\t\n", x.Name, secretLine(x))
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func settingsShow(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show NAME", Short: "Show a setting: its value, what it may be, what it does", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				v, err := h.manage.Setting(c.Context(), args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.stdout).Encode(v)
				}
				fmt.Fprintf(a.stdout, "%s = %s\n%s\nallowed: %s; default: %s\n", v.Name, settingLine(v), v.Doc, v.Allowed(), settingLine(manage.Value{Value: v.Default}))
				if v.ChangedBy != "" {
					fmt.Fprintf(a.stdout, "changed by %s at %s\n", v.ChangedBy, v.ChangedAt)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func settingsSet(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set NAME VALUE", Short: "Change a setting; most hold at once, also in a running serve", Args: cobra.ExactArgs(2),
		Example: "  sleuth settings set audit.copy.responses true",
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.changeSetting(c.Context(), h, args[0], args[1], false) })
		},
	}
}

func settingsUnset(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "unset NAME", Short: "Give a setting its default again", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.changeSetting(c.Context(), h, args[0], "", true) })
		},
	}
}

func (a *app) changeSetting(ctx context.Context, h *house, name, value string, unset bool) error {
	if _, err := settings.Find(name); err != nil {
		return usage("%w", err)
	}
	old, now, err := h.manage.ChangeSetting(ctx, access.LocalOwner(), manage.Change{Name: name, Value: value, Unset: unset})
	if err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(a.stdout, "%s: %s, was %s\n", now.Name, settingLine(manage.Value{Value: now.Value}), settingLine(old))
	if now.AtStart {
		a.say("it holds from the next start of sleuth serve on")
	}
	if now.Flag != "" {
		a.say("while this server runs, its flag %s decides: %s", now.Flag, now.InForce)
	}
	return nil
}

// settingLine is a value as a list of values shows it.
func settingLine(v manage.Value) string {
	text := strings.ReplaceAll(v.Value, "\n", ", ")
	if text == "" {
		text = "-"
	}
	if v.Flag != "" {
		text = fmt.Sprintf("%s (%s: %s)", text, v.Flag, strings.ReplaceAll(v.InForce, "\n", ", "))
	}
	return text
}

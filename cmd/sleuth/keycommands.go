package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/secret"
)

func settingsKey(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "key",
		Short: "Say which root key the data directory needs, where it is, and what it seals",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.showKey(c.Context(), h, asJSON) })
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func (a *app) showKey(ctx context.Context, h *house, asJSON bool) error {
	if err := access.Authorize(access.LocalOwner(), access.Manage); err != nil {
		return err
	}
	names, err := h.secrets.Names(ctx)
	if err != nil {
		return err
	}
	st := h.box.Status()
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(struct {
			secret.Status
			Secrets []string `json:"secrets"`
		}{st, append([]string{}, names...)})
	}
	fmt.Fprintf(a.stdout, "root key %s, in %s\n", st.RootKey, st.RootFile)
	for _, n := range names {
		fmt.Fprintf(a.stdout, "secret %s\n", n)
	}
	if st.Own {
		a.say("the root key is in the data directory: whoever copies all of the directory can read its secrets. sleuth settings new-key and rotate-key --to keep it elsewhere")
	}
	if st.DataKeys > 1 {
		a.say("a change of keys was not finished: sleuth settings rotate-key finishes it")
	}
	return nil
}

func settingsNewKey(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "new-key FILE",
		Short: "Make a root key in a new file, to keep outside the data directory",
		Long: "Makes a root key in a new file of mode 0600. A new data directory uses it where SLEUTH_KEY_FILE names the file, or where systemd\n" +
			"passes it as the credential sleuth-key; an existing one is moved to it with sleuth settings rotate-key --to FILE.",
		Example: "  sleuth settings new-key /etc/sleuth/root-key",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			file := a.path(args[0])
			id, err := secret.NewRootFile(file)
			if err == nil {
				fmt.Fprintf(a.stdout, "root key %s, in %s\n", id, file)
			}
			return err
		},
	}
}

func settingsRotateKey(a *app) *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "rotate-key",
		Short: "Change the keys, and seal every secret again with the new ones",
		Long: "Makes a new data key, seals every secret again with it, removes the old one, and then changes the root key: to a new one in the\n" +
			"data directory, or to the one in --to. It works while serve runs, and may be interrupted: everything opens as before, and the same\n" +
			"command finishes. Backups that were made before need the old root key.",
		Example: "  sleuth settings rotate-key\n  sleuth settings rotate-key --to /etc/sleuth/root-key",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if to != "" {
				to = a.path(to)
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.rotateKey(c.Context(), h, to) })
		},
	}
	c.Flags().StringVar(&to, "to", "", "file with the root key to use from now on, made by sleuth settings new-key")
	return c
}

func (a *app) rotateKey(ctx context.Context, h *house, to string) error {
	r, err := h.rotateKeys(ctx, access.LocalOwner(), to)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s sealed again; root key %s, in %s\n", count(r.Sealed, "secret"), r.NewRoot, r.RootFile)
	switch {
	case r.OldRoot == r.NewRoot:
		a.say("the root key is kept elsewhere and is the same as before; --to changes it")
	case to != "":
		a.say("from the next start on, set %s=%s", keyFileVariable, r.RootFile)
	}
	if r.OldRoot != r.NewRoot {
		a.say("backups made until now need the old root key, %s", r.OldRoot)
	}
	return nil
}

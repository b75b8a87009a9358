package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
)

func settingsSetSecret(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set-secret NAME", Short: "Set a secret, which is kept sealed and never shown", Args: cobra.ExactArgs(1),
		Long: "Reads a secret from standard input, or asks for it without showing it, and keeps it sealed by the keys of the data directory.\n" +
			"It is never printed, logged or exported; that it was set is on record.",
		Example: "  sleuth settings set-secret oidc.clientSecret < secret.txt",
		RunE: func(c *cobra.Command, args []string) error {
			d, err := settings.FindSecret(args[0])
			if err != nil {
				return usage("%w", err)
			}
			text, err := a.readSecret(d.Name)
			if err != nil {
				return err
			}
			a.stdin = bytes.NewReader(text) // where another process has the directory, it reads it from here
			return a.withHouse(c.Context(), writes, func(h *house) error {
				d, err := h.manage.SetSecret(c.Context(), access.LocalOwner(), d.Name, secret.NewValue(string(text)))
				if err != nil {
					return asUsage(err)
				}
				a.saySecret(d, "set")
				return nil
			})
		},
	}
}

func settingsRemoveSecret(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove-secret NAME", Short: "Remove a secret", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				d, err := h.manage.RemoveSecret(c.Context(), access.LocalOwner(), args[0])
				if err != nil {
					return asUsage(err)
				}
				a.saySecret(d, "removed")
				return nil
			})
		},
	}
}

func (a *app) saySecret(d settings.Secret, what string) {
	fmt.Fprintf(a.stdout, "%s: %s\n", d.Name, what)
	if d.AtStart {
		a.say("it holds from the next start of sleuth serve on")
	}
}

// readSecret reads a secret: at a terminal without showing it, else all of standard input up to a line end at its end.
func (a *app) readSecret(name string) ([]byte, error) {
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(a.stderr, "%s: ", name)
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.stderr)
		return text, err
	}
	const most = 64 << 10 // more than a secret may have, so that what is too long is told and not cut
	text, err := io.ReadAll(io.LimitReader(a.stdin, most))
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")), nil
}

// secretLine says whether a secret is set.
func secretLine(s manage.SecretState) string {
	out := "not set"
	if s.Set {
		out = "set, not shown"
	}
	if s.Flag != "" {
		out = fmt.Sprintf("%s (%s decides)", out, s.Flag)
	}
	return strings.TrimSpace(out)
}

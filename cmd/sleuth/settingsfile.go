package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
)

func settingsExport(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "export [FILE]", Short: "Write the settings that are not the defaults as JSON, without secrets", Args: cobra.MaximumNArgs(1),
		Example: "  sleuth settings export settings.json",
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				p, err := h.manage.Export(c.Context())
				if err != nil {
					return err
				}
				text, err := json.MarshalIndent(p, "", "  ")
				if err != nil {
					return err
				}
				text = append(text, '\n')
				if len(p.Secrets) > 0 {
					a.say("not in it, to be set anew elsewhere: %s", strings.Join(p.Secrets, ", "))
				}
				if len(args) == 0 {
					_, err = a.stdout.Write(text)
					return err
				}
				f, err := os.OpenFile(a.path(args[0]), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if errors.Is(err, fs.ErrExist) {
					return fmt.Errorf("%s is there already: give a new file", args[0])
				}
				if err != nil {
					return err
				}
				_, err = f.Write(text)
				return errors.Join(err, f.Close())
			})
		},
	}
}

func settingsImport(a *app) *cobra.Command {
	var try bool
	c := &cobra.Command{
		Use: "import FILE", Short: "Change the settings that a file names, each on record; - reads standard input", Args: cobra.ExactArgs(1),
		Long: "Reads what sleuth settings export wrote, and changes the settings that it names; null gives one its default again. The others stay as\n" +
			"they are. A file with anything that cannot be changes nothing.",
		Example: "  sleuth settings import settings.json --dry-run",
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				p, err := a.readPortable(args[0])
				if err != nil {
					return err
				}
				old, now, err := h.manage.Import(c.Context(), access.LocalOwner(), p, try)
				for i := range now {
					fmt.Fprintf(a.stdout, "%s: %s, was %s\n", now[i].Name, settingLine(manage.Value{Value: now[i].Value}), settingLine(manage.Value{Value: old[i].Value}))
				}
				if err != nil {
					return asUsage(err)
				}
				switch {
				case len(now) == 0:
					a.say("every setting of the file is so already")
				case try:
					a.say("nothing was changed: this was a try")
				}
				return a.sayMissing(c, h, p)
			})
		},
	}
	c.Flags().BoolVar(&try, "dry-run", false, "only say what would change")
	return c
}

// sayMissing names the secrets that were set where the file was written, and are not here.
func (a *app) sayMissing(c *cobra.Command, h *house, p manage.Portable) error {
	have, err := h.manage.Secrets(c.Context())
	if err != nil {
		return err
	}
	for _, x := range have {
		for _, name := range p.Secrets {
			if name == x.Name && !x.Set {
				a.say("the secret %s is not set here: sleuth settings set-secret %s", name, name)
			}
		}
	}
	return nil
}

// maxPortable bounds a file of settings, in bytes.
const maxPortable = 1 << 20

func (a *app) readPortable(name string) (p manage.Portable, err error) {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(a.path(name))
		if err != nil {
			return p, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPortable+1))
	if err != nil {
		return p, err
	}
	if len(text) > maxPortable {
		return p, usage("%s has more than %d bytes: these are no settings", name, maxPortable)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, usage("%s is not what sleuth settings export writes: %w", name, err)
	}
	return p, nil
}

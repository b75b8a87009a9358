package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
)

func settingsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "settings",
		Short: "The owner's settings, and the keys that seal the secrets",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(settingsList(a), settingsShow(a), settingsSet(a), settingsUnset(a), settingsKey(a), settingsNewKey(a), settingsRotateKey(a))
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

// settingValue is a setting as it is now.
type settingValue struct {
	settings.Setting
	Value     string `json:"value"`
	ChangedBy string `json:"changedBy,omitempty"` // empty: it has its default
	ChangedAt string `json:"changedAt,omitempty"`
}

// settingValues are all settings as they are now. A kept value that is no longer allowed is an error, and not the default.
func (h *house) settingValues(ctx context.Context) ([]settingValue, error) {
	kept, err := h.state.Settings(ctx)
	if err != nil {
		return nil, err
	}
	byName := map[string]state.Setting{}
	for _, k := range kept {
		byName[k.Name] = k
	}
	var out []settingValue
	for _, s := range settings.All() {
		v := settingValue{Setting: s, Value: s.Default}
		if k, ok := byName[s.Name]; ok {
			if v.Value, err = s.Parse(k.Value); err != nil {
				return nil, fmt.Errorf("%w; sleuth settings unset %s gives it its default", err, s.Name)
			}
			v.ChangedBy, v.ChangedAt = k.ChangedBy, k.ChangedAt.Format(time.RFC3339)
		}
		out = append(out, v)
	}
	return out, nil
}

// setting is a setting as it is now.
func (h *house) setting(ctx context.Context, name string) (settingValue, error) {
	s, err := settings.Find(name)
	if err != nil {
		return settingValue{}, err
	}
	all, err := h.settingValues(ctx)
	if err != nil {
		return settingValue{}, err
	}
	for _, v := range all {
		if v.Name == s.Name {
			return v, nil
		}
	}
	return settingValue{}, fmt.Errorf("the setting %s is not declared", s.Name)
}

// changeSetting gives a setting a value, or with unset its default. The change is on record before it holds.
func (h *house) changeSetting(ctx context.Context, p access.Principal, s settings.Setting, text string, unset bool) (old, value string, err error) {
	value = s.Default
	if !unset {
		if value, err = s.Parse(text); err != nil {
			return "", "", usage("%w", err)
		}
	}
	old = s.Default
	if kept, err := h.state.Settings(ctx); err != nil {
		return "", "", err
	} else {
		for _, k := range kept {
			if k.Name == s.Name {
				old = k.Value
			}
		}
	}
	e := audit.Entry{Operation: "UpdateCopilotSettings", Object: s.Name, Details: map[string]string{"originalValue": recorded(s, old), "newValue": recorded(s, value)}}
	if s.Property != "" {
		e.Details["property"] = s.Property
	}
	if err := h.admit(ctx, p, access.Manage, e); err != nil {
		return "", "", err
	}
	if unset {
		return old, value, h.state.RemoveSetting(ctx, s.Name)
	}
	return old, value, h.state.PutSetting(ctx, state.Setting{Name: s.Name, Value: value, ChangedBy: p.ID, ChangedAt: time.Now()})
}

// recorded is a value as Security Copilot's records have it: True and False.
func recorded(s settings.Setting, value string) string {
	if s.Type != settings.Bool {
		return value
	}
	return map[string]string{"true": "True", "false": "False"}[value]
}

func settingsList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the settings with their values", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				list, err := h.settingValues(c.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.stdout).Encode(list)
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "SETTING\tVALUE\tDEFAULT\tCHANGED BY\tCHANGED")
					for _, v := range list {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.Name, v.Value, v.Default, v.ChangedBy, v.ChangedAt)
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
				v, err := h.setting(c.Context(), args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.stdout).Encode(v)
				}
				fmt.Fprintf(a.stdout, "%s = %s\n%s\nallowed: %s; default: %s\n", v.Name, v.Value, v.Doc, v.Allowed(), v.Default)
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
		Use: "set NAME VALUE", Short: "Change a setting; it holds at once, also in a running serve", Args: cobra.ExactArgs(2),
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
	s, err := settings.Find(name)
	if err != nil {
		return usage("%w", err)
	}
	old, value, err := h.changeSetting(ctx, access.LocalOwner(), s, value, unset)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s, was %s\n", s.Name, value, old)
	return nil
}

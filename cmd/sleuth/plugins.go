package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/api"
	"github.com/sleuth-sec/sleuth/secret"
)

func pluginCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "plugin",
		Short: "Plugins: skills that others wrote, as manifests of Security Copilot",
		Long: "Plugins add skills to the copilot. A manifest is taken as it was published, in YAML or JSON. KQL skills of any target run on this workspace,\n" +
			"as whoever asks may read it; API skills call the server of their OpenAPI document. Skills of other formats are listed and do not run.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(pluginAdd(a), pluginList(a), pluginShow(a), pluginCheck(a), pluginSwitch(a, true), pluginSwitch(a, false), pluginSet(a), pluginSetSecret(a), pluginRemove(a))
	return c
}

func pluginAdd(a *app) *cobra.Command {
	var f pluginAddFlags
	c := &cobra.Command{
		Use:   "add FILE",
		Short: "Add the plugin of a manifest; one of the same name and scope is replaced",
		Long: "Adds a plugin, enabled. A manifest with errors is refused, with each in its line. A plugin that is replaced keeps its settings; its secrets are\n" +
			"taken away where the manifest changes, because they are for the servers that it named.\n\n" +
			"An API plugin needs the OpenAPI document that its manifest names: from a file, from beside the manifest where its name is that of the address, or by --fetch.",
		Example: "  sleuth plugin add UserEnrichment.yaml\n  sleuth plugin add netskope.yaml --set NetskopeInstanceURL=https://x.goskope.com/api/v2/\n  sleuth ask \"/GetBadgeSwipes user=karita@woodgrovebank.com\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.addPlugin(c.Context(), h, args[0], f) })
		},
	}
	c.Flags().StringVar(&f.scope, "scope", string(manage.ForOrganization), "who can use it: organization, or user for whoever adds it")
	c.Flags().StringArrayVar(&f.values, "set", nil, "a setting as NAME=VALUE (repeatable)")
	c.Flags().StringArrayVar(&f.openAPI, "openapi", nil, "a file with an OpenAPI document; where the manifest names several, ADDRESS=FILE (repeatable)")
	c.Flags().BoolVar(&f.fetch, "fetch", false, "fetch the OpenAPI documents that are given in no other way from the addresses that the manifest names")
	return c
}

type pluginAddFlags struct {
	scope           string
	values, openAPI []string
	fetch           bool
}

func (a *app) addPlugin(ctx context.Context, h *house, file string, f pluginAddFlags) error {
	scope, err := manage.ParseScope(f.scope)
	if err != nil {
		return usage("--scope: %w", err)
	}
	text, err := os.ReadFile(a.path(file))
	if err != nil {
		return err
	}
	n := manage.NewPlugin{File: filepath.Base(file), Manifest: text, Scope: scope, Values: map[string]string{}}
	for _, v := range f.values {
		name, value, ok := strings.Cut(v, "=")
		if !ok {
			return usage("--set %q: write NAME=VALUE", v)
		}
		n.Values[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if n.Documents, err = a.documents(ctx, h, file, text, f); err != nil {
		return err
	}
	x, replaced, err := h.manage.AddPlugin(ctx, a.principal(), n)
	var list *diag.List
	if errors.As(err, &list) {
		decoded, textErr := plugin.Text(text)
		if textErr != nil {
			decoded = text
		}
		src := diag.NewSource(file, string(decoded))
		for _, d := range list.Items {
			fmt.Fprint(a.stderr, src.Render(d))
		}
		return fmt.Errorf("%s was not added: its manifest has errors", file)
	}
	if err != nil {
		return asUsage(err)
	}
	m, err := x.Read()
	if err != nil {
		return err
	}
	skills, err := h.skillsOf(x)
	if err != nil {
		a.say("%s", err)
	}
	what := "added"
	if replaced {
		what = "replaced"
	}
	fmt.Fprintf(a.stdout, "%s %s for the %s: %s\n", what, x.Name, x.Scope, formatsOf(skills))
	for _, line := range unmet(m, x, nil) {
		a.say("%s", line)
	}
	return nil
}

// formatsOf counts skills by their format.
func formatsOf(skills []*plugin.Skill) string {
	n := map[string]int{}
	for _, s := range skills {
		n[s.Format]++
	}
	var out []string
	for _, f := range append(plugin.Formats(), plugin.Analytic, plugin.Composite) {
		if n[f] > 0 {
			out = append(out, count(n[f], f+" skill"))
		}
	}
	if len(out) == 0 {
		return "no skills"
	}
	return strings.Join(out, ", ")
}

// documents are the OpenAPI documents of a manifest, by the addresses that it has for them.
func (a *app) documents(ctx context.Context, h *house, file string, text []byte, f pluginAddFlags) (map[string]string, error) {
	m, list := plugin.Read(file, text)
	if list.Failed() {
		return nil, nil // adding it tells why
	}
	out := map[string]string{}
	var addresses []string
	for _, g := range m.Groups {
		if g.OpenAPI != "" && !contains(addresses, g.OpenAPI) {
			addresses = append(addresses, g.OpenAPI)
		}
	}
	for _, spec := range f.openAPI {
		address, path, ok := strings.Cut(spec, "=")
		if !ok || !contains(addresses, address) {
			if path = spec; len(addresses) != 1 {
				return nil, usage("--openapi %s: %s names %s: write ADDRESS=FILE", spec, file, count(len(addresses), "OpenAPI document"))
			}
			address = addresses[0]
		}
		if err := a.document(out, address, a.path(path)); err != nil {
			return nil, err
		}
	}
	for _, address := range addresses {
		if out[address] != "" || api.IsDocument(text) {
			continue
		}
		base := address[strings.LastIndexByte(address, '/')+1:]
		beside := filepath.Join(filepath.Dir(a.path(file)), filepath.Base(base))
		switch {
		case base != "" && exists(beside) && !sameFile(beside, a.path(file)):
			if err := a.document(out, address, beside); err != nil {
				return nil, err
			}
			a.say("%s is taken for %s", filepath.Base(beside), address)
		case f.fetch:
			if err := h.admit(ctx, a.principal(), access.Author, audit.Entry{Operation: "PluginDocumentFetched", Object: cut(address, 200)}); err != nil {
				return nil, err
			}
			got, err := h.tokens.Guard.Fetch(ctx, address)
			if err != nil {
				return nil, fmt.Errorf("the OpenAPI document of %s: %w", m.Name, err)
			}
			out[address] = string(got)
			if err := readable(address, got); err != nil {
				return nil, err
			}
		}
	}
	if len(out) == 0 {
		return nil, nil // a plugin that is replaced keeps those that it has
	}
	return out, nil
}

func (a *app) document(out map[string]string, address, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out[address] = string(text)
	return readable(path, text)
}

// readable says why a document cannot be read.
func readable(name string, text []byte) error {
	_, list := api.Read(name, text)
	return list.Err()
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// unmet says what a plugin still needs, and which of its skills do not run. secrets are those that it has.
func unmet(m *plugin.Manifest, x manage.Plugin, secrets []string) []string {
	var out []string
	for _, s := range m.Settings {
		if s.Required && s.Default == "" && x.Values[s.Name] == "" && (m.Auth.Type != plugin.NoAuth || usesSetting(m, s.Name)) {
			out = append(out, fmt.Sprintf("%s needs the setting %s: sleuth plugin set %q %s=VALUE", x.Name, s.Name, x.Name, s.Name))
		}
	}
	if _, needed := m.Auth.Type.Given(); len(needed) > 0 && hasAPI(m) {
		if name := needed[0]; !contains(secrets, name) {
			out = append(out, fmt.Sprintf("%s signs in by %s and needs the secret %s: sleuth plugin set-secret %q %s < FILE", x.Name, m.Auth.Type, name, x.Name, name))
		}
	}
	told := map[string]bool{}
	for _, g := range m.Groups {
		if why := plugin.NotRun(g.Format); why != "" && !told[g.Format] {
			told[g.Format] = true
			out = append(out, fmt.Sprintf("skills of the format %s do not run here: %s", g.Format, reasonOf(why)))
		}
	}
	return out
}

func reasonOf(why string) string { return strings.TrimPrefix(strings.TrimPrefix(why, "it is "), "it ") }

func hasAPI(m *plugin.Manifest) bool {
	for _, g := range m.Groups {
		if g.Format == plugin.API {
			return true
		}
	}
	return false
}

// usesSetting says whether anything that runs here reads a setting: workspaces and subscriptions of a cloud are not asked for.
func usesSetting(m *plugin.Manifest, name string) bool {
	for _, g := range m.Groups {
		if strings.EqualFold(g.Endpoint, name) {
			return true
		}
	}
	for _, s := range m.Skills {
		if strings.Contains(s.Template, "{{"+name) {
			return true
		}
	}
	return false
}

// listedPlugin is a plugin as it is listed.
type listedPlugin struct {
	manage.Plugin
	Manifest    string   `json:"manifest,omitempty"` // shown by itself
	DisplayName string   `json:"displayName"`
	Description string   `json:"description"`
	Skills      []string `json:"skills"`
	Formats     []string `json:"formats"`
	Auth        string   `json:"authorization"`
	Secrets     []string `json:"secrets"` // the names of those that are set
	Needs       []string `json:"needs"`   // what is missing before it works, and what does not run here
}

func (h *house) listedPlugins(ctx context.Context, p access.Principal) ([]listedPlugin, error) {
	list, err := h.manage.Plugins(ctx, p)
	if err != nil {
		return nil, err
	}
	out := make([]listedPlugin, len(list))
	for i, x := range list {
		if out[i], err = h.listed(ctx, x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (h *house) listed(ctx context.Context, x manage.Plugin) (listedPlugin, error) {
	l := listedPlugin{Plugin: x, Skills: []string{}, Formats: []string{}, Secrets: []string{}}
	l.Documents, l.Plugin.Manifest = nil, ""
	m, err := x.Read()
	if err != nil { // a newer program may know the manifest less well than the one that took it
		l.Needs = []string{err.Error()}
		return l, nil
	}
	secrets, err := h.manage.PluginSecrets(ctx, x)
	if err != nil {
		return l, err
	}
	l.DisplayName, l.Description, l.Auth = m.DisplayName, m.Description, string(m.Auth.Type)
	l.Secrets = append(l.Secrets, secrets...)
	l.Needs = append([]string{}, unmet(m, x, secrets)...)
	skills, err := h.skillsOf(x)
	if err != nil {
		l.Needs = append(l.Needs, err.Error())
	}
	for _, s := range skills {
		l.Skills = append(l.Skills, s.Name)
	}
	for _, g := range m.Groups {
		if !contains(l.Formats, g.Format) {
			l.Formats = append(l.Formats, g.Format)
		}
	}
	return l, nil
}

func pluginList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the plugins that were added", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				list, err := h.listedPlugins(c.Context(), a.principal())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.stdout).Encode(list)
				}
				if len(list) == 0 {
					a.say("there are no plugins; sleuth plugin add FILE adds one")
					return nil
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "NAME\tSCOPE\tSTATE\tFORMATS\tSKILLS\tSIGNS IN BY\tCHANGED\tNEEDS")
					for _, l := range list {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%d\n", shortText(l.Name), l.Scope, onOff(l.Enabled), strings.Join(l.Formats, " "), len(l.Skills), l.Auth,
							l.ChangedAt.UTC().Format(time.RFC3339), len(l.Needs))
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func onOff(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

func pluginShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a plugin: its skills with their inputs, settings, and what it needs", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error { return a.showPlugin(c.Context(), h, args[0]) })
		},
	}
}

func (a *app) showPlugin(ctx context.Context, h *house, name string) error {
	x, err := h.manage.Plugin(ctx, a.principal(), name)
	if err != nil {
		return asUsage(err)
	}
	l, err := h.listed(ctx, x)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s (%s)\n  %s\n  scope %s, %s, from %s, signs in by %s\n", x.Name, l.DisplayName, shortText(l.Description), x.Scope, onOff(x.Enabled), x.File, l.Auth)
	for name, v := range x.Values {
		fmt.Fprintf(a.stdout, "  setting %s = %s\n", name, v)
	}
	for _, n := range l.Secrets {
		fmt.Fprintf(a.stdout, "  secret %s: set, not shown\n", n)
	}
	skills, _ := h.skillsOf(x) // those that there are: what keeps others from being there is among its needs
	for _, s := range skills {
		var in []string
		for _, i := range s.Inputs {
			n := i.Name
			if !i.Required || i.Default != "" {
				n = "[" + n + "]"
			}
			in = append(in, n)
		}
		fmt.Fprintf(a.stdout, "  /%s %s\n      %s: %s\n", s.Name, strings.Join(in, " "), s.Format, shortText(s.Description))
	}
	for _, n := range l.Needs {
		fmt.Fprintf(a.stdout, "  needs: %s\n", n)
	}
	return nil
}

func pluginCheck(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "check FILE...",
		Short: "Check manifests: what is wrong, in their lines",
		Long: "Reads manifests, binds the queries of their KQL skills against the known tables, and reads OpenAPI documents, without adding anything.\n" +
			"Where plugin_test.yaml stands beside plugin.yaml, its tests run: each brings rows of tables and says what a skill gives of them. Exit status 1 when something is wrong.",
		Example: "  sleuth plugin check plugins/*.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.check(args, format, true) },
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func pluginSwitch(a *app, on bool) *cobra.Command {
	use, short := "disable NAME", "Disable a plugin: its skills are not used, and it stays with its settings"
	if on {
		use, short = "enable NAME", "Enable a plugin"
	}
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				x, err := h.manage.EnablePlugin(c.Context(), a.principal(), args[0], on)
				if err != nil {
					return asUsage(err)
				}
				fmt.Fprintf(a.stdout, "%s: %s\n", x.Name, onOff(x.Enabled))
				return nil
			})
		},
	}
}

func pluginSet(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set NAME SETTING=VALUE...", Short: "Give settings of a plugin a value; an empty one takes it away", Args: cobra.MinimumNArgs(2),
		Example: "  sleuth plugin set Netskope NetskopeInstanceURL=https://x.goskope.com/api/v2/",
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, kv := range args[1:] {
					setting, value, ok := strings.Cut(kv, "=")
					if !ok {
						return usage("%q: write SETTING=VALUE", kv)
					}
					x, err := h.manage.SetPlugin(c.Context(), a.principal(), args[0], strings.TrimSpace(setting), strings.TrimSpace(value))
					if err != nil {
						return asUsage(err)
					}
					fmt.Fprintf(a.stdout, "%s: %s set\n", x.Name, setting)
				}
				return nil
			})
		},
	}
}

func pluginSetSecret(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set-secret NAME SECRET", Short: "Set a secret of a plugin, which is kept sealed and never shown", Args: cobra.ExactArgs(2),
		Long: "Reads a secret from standard input, or asks for it without showing it, and keeps it sealed by the keys of the data directory. An empty one is taken away.\n" +
			"The names are those of the documentation: Value of an ApiKey, Password of Basic, AccessToken of ServiceHttp, ClientSecret of the OAuth flows.",
		Example: "  sleuth plugin set-secret HaveIBeenPwned Value < key.txt",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := a.readSecret(args[1])
			if err != nil {
				return err
			}
			a.stdin = bytes.NewReader(text) // where another process has the directory, it reads it from here
			return a.withHouse(c.Context(), writes, func(h *house) error {
				x, known, err := h.manage.SetPluginSecret(c.Context(), a.principal(), args[0], args[1], secret.NewValue(string(text)))
				if err != nil {
					return asUsage(err)
				}
				fmt.Fprintf(a.stdout, "%s: %s set\n", x.Name, known)
				return nil
			})
		},
	}
}

func pluginRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME...", Short: "Remove plugins, with their settings and secrets", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, name := range args {
					x, err := h.manage.RemovePlugin(c.Context(), a.principal(), name)
					if err != nil {
						return asUsage(err)
					}
					fmt.Fprintf(a.stdout, "%s: removed\n", x.Name)
				}
				return nil
			})
		},
	}
}

package manage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
)

// Scope is who can use what somebody added.
type Scope string

// The scopes.
const (
	ForUser         Scope = "user"         // whoever added it
	ForOrganization Scope = "organization" // everybody who may ask
)

// ParseScope reads a scope.
func ParseScope(text string) (Scope, error) {
	for _, s := range []Scope{ForUser, ForOrganization} {
		if strings.EqualFold(text, string(s)) {
			return s, nil
		}
	}
	return "", invalid("there is no scope %q: give user or organization", text)
}

// Plugin is a plugin that somebody added.
type Plugin struct {
	ID       string `json:"id"`
	Name     string `json:"name"` // the manifest's
	Scope    Scope  `json:"scope"`
	Owner    string `json:"owner"` // who added it: a principal's id
	File     string `json:"file"`
	Manifest string `json:"manifest"` // the text, as it was added
	// Documents are the OpenAPI documents by the addresses that the manifest has for them.
	Documents map[string]string `json:"documents,omitempty"`
	Enabled   bool              `json:"enabled"`
	Values    map[string]string `json:"values,omitempty"` // of settings and of the authentication, without what is secret
	AddedAt   time.Time         `json:"addedAt"`
	ChangedAt time.Time         `json:"changedAt"`
}

// pluginKind is the kind of definition that plugins are kept as.
const pluginKind = "plugin"

// maxManifest bounds a manifest and each of its documents, in bytes; maxPlugins how many there may be.
const (
	maxManifest = 4 << 20
	maxPlugins  = 500
)

// key is what a plugin is kept under: its name is its own within its scope.
func (p Plugin) key() string {
	if p.Scope == ForUser {
		return "user/" + p.Owner + "/" + p.Name
	}
	return "organization/" + p.Name
}

// Read reads the plugin's manifest, which could be read when it was added.
func (p Plugin) Read() (*plugin.Manifest, error) { return plugin.Parse(p.File, []byte(p.Manifest)) }

// secretName is where a secret of the plugin is kept. The id is no other plugin's, so that one of the same name never gets it.
func (p Plugin) secretName(name string) string { return "plugin/" + p.ID + "/" + name }

func (s *Service) plugins(ctx context.Context) ([]Plugin, error) {
	list, err := s.cfg.Store.Definitions(ctx, pluginKind)
	if err != nil {
		return nil, err
	}
	out := make([]Plugin, len(list))
	for i, d := range list {
		if err := json.Unmarshal(d.Body, &out[i]); err != nil {
			return nil, fmt.Errorf("plugin %s: %w", d.Name, err)
		}
	}
	return out, nil
}

// Plugins are the plugins that p can use: those of the organization, and their own.
func (s *Service) Plugins(ctx context.Context, p access.Principal) ([]Plugin, error) {
	list, err := s.plugins(ctx)
	return slices.DeleteFunc(list, func(x Plugin) bool { return x.Scope == ForUser && x.Owner != p.ID }), err
}

// Plugin is one of Plugins, by id or name; their own goes before the organization's.
func (s *Service) Plugin(ctx context.Context, p access.Principal, name string) (Plugin, error) {
	list, err := s.Plugins(ctx, p)
	if err != nil {
		return Plugin{}, err
	}
	slices.SortStableFunc(list, func(a, b Plugin) int { return strings.Compare(string(b.Scope), string(a.Scope)) }) // user before organization
	for _, x := range list {
		if x.ID == name || strings.EqualFold(x.Name, name) {
			return x, nil
		}
	}
	return Plugin{}, &Missing{fmt.Sprintf("there is no plugin %s", name)}
}

// mayAdd says whether p may add or change what has a scope: for themselves and for everybody the owner decides who may.
func (s *Service) mayAdd(ctx context.Context, p access.Principal, scope Scope) error {
	if err := access.Authorize(p, access.Author); err != nil {
		return err
	}
	name := settings.PluginsUser
	if scope == ForOrganization {
		name = settings.PluginsOrganization
	}
	who, err := s.Text(ctx, name)
	if err != nil {
		return err
	}
	if who == settings.Owners {
		return access.AtLeast(p, access.CopilotOwner)
	}
	return nil
}

// admitPlugin authorises a change of what has a scope, and puts it on record.
func (s *Service) admitPlugin(ctx context.Context, p access.Principal, scope Scope, e audit.Entry) error {
	err := s.mayAdd(ctx, p, scope)
	var denied *access.Denied
	if errors.As(err, &denied) {
		return s.cfg.Refused(ctx, p, e, denied)
	}
	if err != nil {
		return err
	}
	return s.cfg.Record(ctx, p, e)
}

// NewPlugin is a plugin to be added.
type NewPlugin struct {
	File      string
	Manifest  []byte
	Documents map[string]string
	Scope     Scope
	Values    map[string]string
}

// AddPlugin adds a plugin, enabled, or replaces the one of the same name and scope, which keeps its values, secrets and whether it is
// enabled. A manifest with errors is a *diag.List. replaced says which it was.
func (s *Service) AddPlugin(ctx context.Context, p access.Principal, n NewPlugin) (added Plugin, replaced bool, err error) {
	if len(n.Manifest) > maxManifest {
		return added, false, invalid("the manifest has %d bytes, at most %d", len(n.Manifest), maxManifest)
	}
	for address, d := range n.Documents {
		if len(d) > maxManifest {
			return added, false, invalid("the document %s has %d bytes, at most %d", address, len(d), maxManifest)
		}
	}
	text, err := plugin.Text(n.Manifest)
	if err != nil {
		return added, false, invalid("%s: %v", n.File, err)
	}
	m, list := plugin.Read(n.File, text)
	if err := list.Err(); err != nil {
		return added, false, err
	}
	now := s.cfg.Now()
	x := Plugin{ID: uuid.NewString(), Name: m.Name, Scope: n.Scope, Owner: p.ID, File: n.File, Manifest: string(text), Documents: n.Documents, Enabled: true,
		Values: map[string]string{}, AddedAt: now, ChangedAt: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.plugins(ctx)
	if err != nil {
		return added, false, err
	}
	i := slices.IndexFunc(all, func(o Plugin) bool { return strings.EqualFold(o.key(), x.key()) })
	if i < 0 && len(all) >= maxPlugins {
		return added, false, &Conflict{fmt.Sprintf("there are %d plugins, the most that there may be: remove one first", len(all))}
	}
	operation := "CreateCopilotPlugin"
	if i >= 0 {
		operation = "UpdateCopilotPlugin"
		x.ID, x.Owner, x.Enabled, x.AddedAt, x.Values = all[i].ID, all[i].Owner, all[i].Enabled, all[i].AddedAt, maps.Clone(all[i].Values)
		if x.Values == nil {
			x.Values = map[string]string{}
		}
		if x.Documents == nil {
			x.Documents = all[i].Documents
		}
	}
	for name, v := range n.Values {
		known, err := settingName(m, name)
		if err != nil {
			return added, false, err
		}
		x.Values[known] = v
	}
	sum := sha256.Sum256(text)
	e := audit.Entry{Operation: operation, Object: x.Name, Details: map[string]string{"scope": string(x.Scope), "file": x.File, "sha256": hex.EncodeToString(sum[:]), "plugin": x.ID}}
	for name, v := range x.Values {
		e.Details["value."+name] = v
	}
	if err := s.admitPlugin(ctx, p, x.Scope, e); err != nil {
		return added, false, err
	}
	if i >= 0 && (x.Manifest != all[i].Manifest || !maps.Equal(x.Documents, all[i].Documents) || x.redirected(all[i].Values)) {
		if err := s.dropSecrets(ctx, x); err != nil {
			return added, false, err
		}
	}
	return x, i >= 0, s.putPlugin(ctx, x)
}

// dropSecrets removes the secrets of a plugin that is to be sent elsewhere from now on: whoever changes where requests go must not
// have them sent there.
func (s *Service) dropSecrets(ctx context.Context, x Plugin) error {
	names, err := s.cfg.Secrets.Names(ctx)
	for _, n := range names {
		if strings.HasPrefix(n, x.secretName("")) {
			err = errors.Join(err, s.cfg.Secrets.Remove(ctx, n))
		}
	}
	return err
}

func (s *Service) putPlugin(ctx context.Context, x Plugin) error {
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	return s.cfg.Store.PutDefinition(ctx, state.Definition{Kind: pluginKind, Name: x.key(), Body: body, UpdatedAt: x.ChangedAt}, nil)
}

// changePlugin changes a plugin on record.
func (s *Service) changePlugin(ctx context.Context, p access.Principal, name, operation string, details map[string]string, change func(*Plugin) error) (Plugin, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeLocked(ctx, p, name, operation, details, change)
}

// changeLocked is changePlugin for whoever holds the lock.
func (s *Service) changeLocked(ctx context.Context, p access.Principal, name, operation string, details map[string]string, change func(*Plugin) error) (Plugin, error) {
	x, err := s.Plugin(ctx, p, name)
	if err != nil {
		return x, err
	}
	old := x
	x.Values = maps.Clone(x.Values)
	if err := change(&x); err != nil {
		return x, err
	}
	e := audit.Entry{Operation: operation, Object: x.Name, Details: map[string]string{"scope": string(x.Scope), "plugin": x.ID}}
	maps.Copy(e.Details, details)
	if err := s.admitPlugin(ctx, p, x.Scope, e); err != nil {
		return x, err
	}
	if x.redirected(old.Values) {
		if err := s.dropSecrets(ctx, x); err != nil {
			return x, err
		}
	}
	x.ChangedAt = s.cfg.Now()
	return x, s.putPlugin(ctx, x)
}

// redirected says whether requests of a plugin go elsewhere than with the values of before.
func (p Plugin) redirected(before map[string]string) bool {
	m, err := p.Read()
	if err != nil {
		return true
	}
	names := []string{"TokenEndpoint", "AuthorizationEndpoint", "TenantId"}
	for _, g := range m.Groups {
		if set, ok := m.Setting(g.Endpoint); ok { // values stand under the name as it is declared
			names = append(names, set.Name)
		}
	}
	return slices.ContainsFunc(names, func(n string) bool { return n != "" && p.Values[n] != before[n] })
}

// EnablePlugin switches a plugin on or off.
func (s *Service) EnablePlugin(ctx context.Context, p access.Principal, name string, on bool) (Plugin, error) {
	operation := "DisableCopilotPlugin"
	if on {
		operation = "EnableCopilotPlugin"
	}
	return s.changePlugin(ctx, p, name, operation, nil, func(x *Plugin) error {
		x.Enabled = on
		return nil
	})
}

// SetPlugin gives a setting of a plugin a value; an empty one takes it away.
func (s *Service) SetPlugin(ctx context.Context, p access.Principal, name, setting, value string) (Plugin, error) {
	details := map[string]string{"property": "Skillsets." + name + "." + setting, "newValue": value}
	return s.changePlugin(ctx, p, name, "UpdatePluginSettings", details, func(x *Plugin) error {
		m, err := x.Read()
		if err != nil {
			return err
		}
		known, err := settingName(m, setting)
		if err != nil {
			return err
		}
		if x.Values == nil {
			x.Values = map[string]string{}
		}
		if details["originalValue"] = x.Values[known]; value == "" {
			delete(x.Values, known)
		} else {
			x.Values[known] = value
		}
		return nil
	})
}

// RemovePlugin removes a plugin with its secrets.
func (s *Service) RemovePlugin(ctx context.Context, p access.Principal, name string) (Plugin, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.Plugin(ctx, p, name)
	if err != nil {
		return x, err
	}
	e := audit.Entry{Operation: "DeleteCopilotPlugin", Object: x.Name, Details: map[string]string{"scope": string(x.Scope), "plugin": x.ID}}
	if err := s.admitPlugin(ctx, p, x.Scope, e); err != nil {
		return x, err
	}
	if err := s.cfg.Store.RemoveDefinition(ctx, pluginKind, x.key()); err != nil {
		return x, err
	}
	return x, s.dropSecrets(ctx, x) // what a crash leaves here is sealed, under an id that nothing has any more
}

// settingName is the name of a setting of a manifest as it is declared: its own, or one of its authentication.
func settingName(m *plugin.Manifest, name string) (string, error) {
	var all []string
	for _, s := range m.Settings {
		all = append(all, s.Name)
	}
	for _, t := range m.AuthTypes {
		plain, secrets := t.Given()
		if slices.ContainsFunc(secrets, func(n string) bool { return strings.EqualFold(n, name) }) {
			return "", invalid("%s is a secret: give it by itself, so that it is kept sealed", name)
		}
		all = append(all, plain...)
	}
	for _, n := range all {
		if strings.EqualFold(n, name) {
			return n, nil
		}
	}
	if len(all) == 0 {
		return "", invalid("%s takes no settings", m.Name)
	}
	return "", invalid("%s has no setting %s: it takes %s", m.Name, name, strings.Join(all, ", "))
}

// SetPluginSecret keeps a secret of a plugin's authentication, sealed; an empty one takes it away. That it changed is on record, the secret is not.
func (s *Service) SetPluginSecret(ctx context.Context, p access.Principal, name, which string, v secret.Value) (Plugin, string, error) {
	if n := len(v.Reveal()); n > maxSecret {
		return Plugin{}, "", invalid("%s: a secret of at most %d bytes is needed, this one has %d", which, maxSecret, n)
	}
	s.mu.Lock() // until the secret is kept: the plugin that was looked at is the one that gets it
	defer s.mu.Unlock()
	known := ""
	x, err := s.changeLocked(ctx, p, name, "UpdatePluginSettings", map[string]string{"property": "Skillsets." + name + "." + which, "newValue": "(secret)"}, func(x *Plugin) error {
		m, err := x.Read()
		if err != nil {
			return err
		}
		var all []string
		for _, t := range m.AuthTypes {
			_, secrets := t.Given()
			all = append(all, secrets...)
		}
		i := slices.IndexFunc(all, func(n string) bool { return strings.EqualFold(n, which) })
		switch {
		case len(all) == 0:
			return invalid("%s takes no secrets", m.Name)
		case i < 0:
			return invalid("%s has no secret %s: it takes %s", m.Name, which, strings.Join(all, ", "))
		}
		known = all[i]
		return nil
	})
	if err != nil {
		return x, known, err
	}
	if v.Reveal() == "" {
		return x, known, s.cfg.Secrets.Remove(ctx, x.secretName(known))
	}
	return x, known, s.cfg.Secrets.Put(ctx, x.secretName(known), v)
}

// PluginSecret opens a secret of a plugin; found is false where it is not set.
func (s *Service) PluginSecret(ctx context.Context, x Plugin, name string) (v secret.Value, found bool, err error) {
	v, err = s.cfg.Secrets.Get(ctx, x.secretName(name))
	if errors.Is(err, secret.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// PluginSecrets are the names of the secrets that a plugin has.
func (s *Service) PluginSecrets(ctx context.Context, x Plugin) ([]string, error) {
	names, err := s.cfg.Secrets.Names(ctx)
	var out []string
	for _, n := range names {
		if short, ok := strings.CutPrefix(n, x.secretName("")); ok {
			out = append(out, short)
		}
	}
	return out, err
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/mask"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/api"
	"github.com/sleuth-sec/sleuth/secret"
)

// installed gives the copilot the skills of the plugins that people added.
type installed struct {
	h *house

	mu sync.Mutex
	// read are the skills of a plugin by its id and the moment of its last change.
	read map[string][]*plugin.Skill
}

// Skills implements copilot.Installed.
func (s *installed) Skills(ctx context.Context, p access.Principal) ([]*plugin.Skill, string, error) {
	list, err := s.h.manage.Plugins(ctx, p)
	if err != nil {
		return nil, "", err
	}
	var out []*plugin.Skill
	sum := sha256.New()
	now := map[string][]*plugin.Skill{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range list {
		if !x.Enabled {
			continue
		}
		key := x.ID + " " + x.ChangedAt.UTC().Format(time.RFC3339Nano)
		skills, ok := s.read[key]
		if !ok {
			if skills, err = s.h.skillsOf(x); err != nil {
				continue // sleuth plugin list tells why; one plugin must not keep the others from working
			}
		}
		now[key] = skills
		fmt.Fprintln(sum, key)
		out = append(out, skills...)
	}
	for key, skills := range now {
		s.read[key] = skills
	}
	if len(s.read) > 2000 {
		s.read = now
	}
	return out, hex.EncodeToString(sum.Sum(nil)), nil
}

// skillsOf are the skills of a plugin as they run here: Sleuth's own block is for the program's own skills, whose
// handlers, actions and wordings a plugin does not get.
func (h *house) skillsOf(x manage.Plugin) ([]*plugin.Skill, error) {
	m, err := x.Read()
	if err != nil {
		return nil, err
	}
	given := map[string]string{}
	for _, set := range m.Settings {
		given[set.Name] = set.Default
		if v := x.Values[set.Name]; v != "" {
			given[set.Name] = v
		}
	}
	var out []*plugin.Skill
	for i := range m.Skills {
		s := m.Skills[i]
		s.Additions, s.Installed, s.Given = plugin.Additions{}, true, given
		if s.Format == plugin.API { // an action that is only described: there is no document that says how it is called
			continue
		}
		out = append(out, &s)
	}
	for _, g := range m.Groups {
		if g.Format != plugin.API || g.OpenAPI == "" {
			continue
		}
		doc, err := documentOf(x, g)
		if err != nil {
			return out, err
		}
		for _, s := range doc.Skills(m.Name) {
			s.Installed, s.Given = true, given
			s.Settings["Plugin"], s.Settings["Document"] = x.ID, g.OpenAPI
			out = append(out, s)
		}
	}
	return out, nil
}

// documentOf is the OpenAPI document of an API group: the one that was added with the manifest, or that stands in the manifest's own file.
func documentOf(x manage.Plugin, g plugin.Group) (*api.Document, error) {
	text, name := x.Documents[g.OpenAPI], g.OpenAPI
	if text == "" && api.IsDocument([]byte(x.Manifest)) {
		text, name = x.Manifest, x.File
	}
	if text == "" {
		return nil, fmt.Errorf("the OpenAPI document %s was not added: sleuth plugin add MANIFEST --openapi FILE, or --fetch", g.OpenAPI)
	}
	doc, list := api.Read(name, []byte(text))
	if err := list.Err(); err != nil {
		return nil, err
	}
	return doc, nil
}

// Query implements copilot.Installed.
func (s *installed) Query(ctx context.Context, p access.Principal, kql string, now time.Time) (*copilot.Result, error) {
	o, err := s.h.limited(ctx, engine.Options{Now: now})
	if err != nil {
		return nil, err
	}
	res, err := s.h.query(ctx, p, kql, o)
	if err != nil {
		return nil, err
	}
	if len(res.Tables) == 0 {
		return &copilot.Result{}, nil
	}
	out := copilotResult(res.Tables[0])
	out.Tables = s.h.tablesOf(kql)
	return out, nil
}

// tablesOf are the tables of the workspace that a query names.
func (h *house) tablesOf(kql string) []string {
	tree, errs := syntax.Parse(kql)
	if errs.Failed() {
		return nil
	}
	seen := &seenTables{Catalog: h.definitions}
	bind.Bind(tree, seen, builtin.Standard(), bind.Options{Now: types.TicksOf(time.Now())})
	return seen.names
}

// seenTables notes the tables that are asked for.
type seenTables struct {
	bind.Catalog
	names []string
}

// Table implements bind.Catalog.
func (s *seenTables) Table(name string) (*plan.Table, bool) {
	t, ok := s.Catalog.Table(name)
	if ok && !contains(s.names, name) {
		s.names = append(s.names, name)
	}
	return t, ok
}

// Call implements copilot.Installed. What a call sends is on record before it is sent. One whose method can change something is not sent:
// nothing confirms it.
func (s *installed) Call(ctx context.Context, p access.Principal, skill *plugin.Skill, inputs map[string]string) (string, *copilot.Result, error) {
	r, call, x, err := s.request(ctx, p, skill, inputs)
	if err != nil {
		return "", nil, err
	}
	if r.Changes() {
		return r.Text, nil, fmt.Errorf("%s can change something at its server: it is not sent", skill.Name)
	}
	e := audit.Entry{Operation: "PluginCallSent", Object: x.Name + "/" + skill.Name, Details: map[string]string{"plugin": x.ID, "method": call.Operation.Method, "authorization": string(call.Auth.Type)},
		Texts: map[string]audit.Text{"request": {Value: mask.Text(r.Text)}}}
	if err := s.h.admit(ctx, p, access.Ask, e); err != nil {
		return r.Text, nil, err
	}
	table, err := s.h.tokens.Send(ctx, r)
	if err != nil {
		return r.Text, nil, err
	}
	return r.Text, apiResult(table), nil
}

// Request implements copilot.Installed.
func (s *installed) Request(ctx context.Context, p access.Principal, skill *plugin.Skill, inputs map[string]string) (string, error) {
	r, _, _, err := s.request(ctx, p, skill, inputs)
	if err != nil {
		return "", err
	}
	return r.Text, nil
}

// request prepares the call of a skill.
func (s *installed) request(ctx context.Context, p access.Principal, skill *plugin.Skill, inputs map[string]string) (*api.Request, api.Call, manage.Plugin, error) {
	var call api.Call
	x, err := s.h.manage.Plugin(ctx, p, skill.Settings["Plugin"])
	if err != nil {
		return nil, call, x, err
	}
	m, err := x.Read()
	if err != nil {
		return nil, call, x, err
	}
	i := slices.IndexFunc(m.Groups, func(g plugin.Group) bool { return g.Format == plugin.API && g.OpenAPI == skill.Settings["Document"] })
	if i < 0 || !x.Enabled {
		return nil, call, x, fmt.Errorf("the plugin %s changed meanwhile: ask again", x.Name)
	}
	doc, err := documentOf(x, m.Groups[i])
	if err != nil {
		return nil, call, x, err
	}
	o, ok := doc.Operation(skill.Name)
	if !ok {
		return nil, call, x, fmt.Errorf("the plugin %s has no operation %s any more", x.Name, skill.Name)
	}
	call = api.Call{Operation: o, Inputs: inputs, Auth: m.Auth, Given: s.h.credentials(x)}
	if call.Server, err = serverOf(m, m.Groups[i], doc, x); err != nil {
		return nil, call, x, err
	}
	r, err := api.Prepare(ctx, call)
	return r, call, x, err
}

// serverOf is where the calls of a group go: the setting that it names, or the document's server.
func serverOf(m *plugin.Manifest, g plugin.Group, doc *api.Document, x manage.Plugin) (string, error) {
	if g.Endpoint != "" {
		set, _ := m.Setting(g.Endpoint)
		if v := x.Values[set.Name]; v != "" {
			return v, nil
		}
		if set.Default != "" && !strings.Contains(set.Default, "<") {
			return set.Default, nil
		}
		return "", fmt.Errorf("the plugin %s needs the setting %s: sleuth plugin set %q %s=ADDRESS", x.Name, g.Endpoint, x.Name, g.Endpoint)
	}
	if len(doc.Servers) == 0 {
		return "", fmt.Errorf("the OpenAPI document %s names no server", g.OpenAPI)
	}
	return doc.Servers[0], nil
}

// credentials are those of a plugin; another version of it has tokens of its own.
func (h *house) credentials(x manage.Plugin) api.Credentials {
	return api.Credentials{
		Key:   x.ID + " " + x.ChangedAt.UTC().Format(time.RFC3339Nano),
		Value: func(name string) string { return x.Values[name] },
		Secret: func(ctx context.Context, name string) (secret.Value, bool, error) {
			return h.manage.PluginSecret(ctx, x, name)
		},
	}
}

// apiResult is an answer as the copilot takes it. Types are those of the cells, where all of a column agree.
func apiResult(t *api.Table) *copilot.Result {
	out := &copilot.Result{Rows: t.Rows}
	for i, name := range t.Columns {
		kind := ""
		for _, row := range t.Rows {
			k := "string"
			switch row[i].(type) {
			case nil:
				continue
			case int64:
				k = "long"
			case float64:
				k = "real"
			case bool:
				k = "bool"
			case json.RawMessage:
				k = "dynamic"
			}
			if kind == "" {
				kind = k
			} else if kind != k {
				kind = "dynamic"
			}
		}
		if kind == "" {
			kind = "string"
		}
		out.Columns = append(out.Columns, copilot.Column{Name: name, Type: kind})
	}
	return out
}

// pluginViews tells the REST API of plugins and promptbooks.
type pluginViews struct{ h *house }

// List implements rest.Plugins.
func (v pluginViews) List(ctx context.Context, p access.Principal) (any, error) {
	return v.h.listedPlugins(ctx, p)
}

// Show implements rest.Plugins.
func (v pluginViews) Show(ctx context.Context, x manage.Plugin) (any, error) {
	return v.h.listed(ctx, x)
}

// Check implements rest.Plugins.
func (v pluginViews) Check(name, text string) *diag.List {
	return checkManifest(v.h.engine, name, text)
}

// Prompts implements rest.Plugins.
func (v pluginViews) Prompts(ctx context.Context, p access.Principal, name string, inputs map[string]string, session string) ([]string, string, error) {
	_, prompts, id, err := v.h.readyPromptbook(ctx, p, name, inputs, session)
	return prompts, id, err
}

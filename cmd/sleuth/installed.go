package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/plugin"
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
		out = append(out, &s)
	}
	return out, nil
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

// Call implements copilot.Installed.
func (s *installed) Call(context.Context, access.Principal, *plugin.Skill, map[string]string) (string, *copilot.Result, error) {
	return "", nil, fmt.Errorf("API skills are not called")
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/store"
)

// newCopilot makes a copilot over the house, with the sessions given.
func newCopilot(h *house, sessions copilot.Sessions) (*copilot.Copilot, error) {
	manifests, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		return nil, err
	}
	deps := copilot.Deps{
		Queries:    runner{h.engine, h.definitions.Over(tenantTables{h.tenant, h.catalog}), h.limited},
		Sources:    sources{h.ws, h.activity},
		Audit:      h.meter,
		Sessions:   sessions,
		Vocabulary: content.Vocabulary,
		Schemas:    h.ws.Schemas(),
		Installed:  &installed{h: h, read: map[string][]*plugin.Skill{}},
	}
	for _, m := range manifests {
		for i := range m.Skills {
			deps.Skills = append(deps.Skills, &m.Skills[i])
		}
	}
	return copilot.New(deps)
}

// runner runs the copilot's queries on the engine.
type runner struct {
	engine  *engine.Engine
	catalog bind.Catalog
	limited func(context.Context, engine.Options) (engine.Options, error)
}

// Query implements copilot.Runner.
func (r runner) Query(ctx context.Context, kql string, now time.Time) (*copilot.Result, error) {
	o, err := r.limited(ctx, engine.Options{Now: now, Catalog: r.catalog})
	if err != nil {
		return nil, err
	}
	res, err := r.engine.Query(ctx, kql, o)
	if err != nil {
		return nil, err
	}
	return copilotResult(res.Tables[0]), nil
}

// copilotResult is a table as the copilot takes it.
func copilotResult(table *types.Table) *copilot.Result {
	t := visible(table)
	out := &copilot.Result{Columns: make([]copilot.Column, len(t.Columns)), Rows: make([][]any, len(t.Rows))}
	for i, c := range t.Columns {
		out.Columns[i] = copilot.Column{Name: c.Name, Type: c.Type.String()}
	}
	for i, row := range t.Rows {
		cells := make([]any, len(row))
		for k, v := range row {
			cells[k] = cellOf(v)
		}
		out.Rows[i] = cells
	}
	return out
}

// cellOf is a value as the copilot takes it: what JSON has as it is, everything else in the encoding of cli.md.
func cellOf(v types.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Type() {
	case types.Bool:
		return v.Bool()
	case types.Int, types.Long:
		if n := v.Long(); n > -1<<53 && n < 1<<53 {
			return n
		}
	case types.String, types.GUID:
		return v.Str()
	}
	cell := engine.AppendCell(nil, v)
	if len(cell) > 0 && cell[0] == '"' {
		var s string
		if json.Unmarshal(cell, &s) == nil {
			return s
		}
	}
	return json.RawMessage(cell)
}

// sources tells the copilot what the workspace holds.
type sources struct {
	ws       *store.Workspace
	activity *activity.Projector
}

// Version implements copilot.Sources.
func (s sources) Version(ctx context.Context) (string, error) { return s.ws.Version(ctx) }

// Source implements copilot.Sources.
func (s sources) Source(ctx context.Context, name string) (copilot.SourceInfo, error) {
	t, err := s.ws.Source(ctx, name)
	if err != nil {
		return copilot.SourceInfo{}, fmt.Errorf("what the workspace holds of %s: %w", name, err)
	}
	if name == usesTable {
		if t, err = s.withOwn(ctx, t, name); err != nil {
			return copilot.SourceInfo{}, fmt.Errorf("what the workspace holds of %s: %w", name, err)
		}
	}
	info := copilot.SourceInfo{Held: t.Held, Source: "imported"}
	if t.First != 0 {
		info.From, info.Last = types.TimeOf(t.First), types.TimeOf(t.Last)
		info.To = info.Last
	}
	if d := t.Deleted; d.Before != 0 {
		info.Gone = append(info.Gone, copilot.Gone{Before: types.TimeOf(d.Before), Text: d.Text(name)})
	}
	if text := t.ArchivedText(name); text != "" {
		info.Gone = append(info.Gone, copilot.Gone{Before: types.TimeOf(t.Archived.Before), Text: text})
	}
	return info, nil
}

// withOwn adds what the trail says to what a table holds of the tenant.
func (s sources) withOwn(ctx context.Context, t store.SourceInfo, name string) (store.SourceInfo, error) {
	if err := s.activity.CatchUp(ctx); err != nil {
		return t, err
	}
	own, err := s.ws.OwnSource(ctx, name)
	switch {
	case err != nil || !own.Held:
		return t, err
	case t.First == 0:
		t.First, t.Last = own.First, own.Last
	default:
		t.First, t.Last = min(t.First, own.First), max(t.Last, own.Last)
	}
	t.Held, t.Rows = true, t.Rows+own.Rows
	return t, nil
}

package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/catalog"
)

// The audit trail stands in the workspace's tables as well. Rows are made of it when a query reads one of these tables, before
// the query runs: recording is not slowed down, and what was recorded is there.

// openActivity makes the workspace ready for the rows of the trail.
func (h *house) openActivity(ctx context.Context) (err error) {
	if err := h.ws.TakeOwn(ctx, activity.Tables()); err != nil {
		return err
	}
	h.activity = activity.NewProjector(filepath.Join(h.dir, auditDir), h.trail, activityStore{h.ws}, h.ws.Schemas())
	h.tenant, err = catalog.New(h.ws.Schemas(), func(t *entra.Table) (current, history string) {
		_, history = h.ws.Relation(t)
		return h.ws.TenantRelation(t), history
	})
	return err
}

// activityStore keeps the rows of the trail.
type activityStore struct{ ws *store.Workspace }

// Mark implements activity.Store.
func (s activityStore) Mark(ctx context.Context) (activity.Mark, error) {
	m, err := s.ws.OwnMark(ctx)
	if err != nil || m.Source == "" {
		return activity.Mark{}, err
	}
	copies, err := activity.ParseCopies(m.State)
	if err != nil { // of an earlier version: its rows are made again
		return activity.Mark{}, nil
	}
	return activity.Mark{Source: m.Source, Next: m.Next, At: m.At, Copies: copies}, nil
}

// Write implements activity.Store.
func (s activityStore) Write(ctx context.Context, mark activity.Mark, entries []activity.Entry, replaced []uint64, reset bool) error {
	m := store.OwnMark{Source: mark.Source, Next: mark.Next, At: mark.At, State: mark.Copies.String()}
	var rows []store.OwnRow
	for _, e := range entries {
		for _, r := range e.Rows {
			rows = append(rows, store.OwnRow{Table: r.Table, Index: e.Index, Cells: r.Cells})
		}
	}
	return s.ws.WriteOwn(ctx, m, rows, replaced, reset)
}

// Tenant implements activity.Store.
func (s activityStore) Tenant(ctx context.Context) (string, error) { return s.ws.Tenant(ctx) }

// activityBackend brings the rows of the trail up to date before a statement reads them.
type activityBackend struct {
	engine.Backend
	activity *activity.Projector
	// shown are the relations in which they stand. Statements about the tenant alone, as most prompts are, read others: each
	// prompt adds entries, and to make rows of them would take longer than most answers.
	shown []string
}

func (h *house) activityBackend() activityBackend {
	b := activityBackend{Backend: h.ws, activity: h.activity}
	for _, name := range activity.Tables() {
		relation, _ := h.ws.Relation(h.ws.Schemas().Table(name))
		b.shown = append(b.shown, relation)
	}
	return b
}

// reads reports whether a statement names one of the relations; SQL may have its names in quotes.
func (b activityBackend) reads(statement string) bool {
	statement = strings.ReplaceAll(statement, `"`, "")
	return slices.ContainsFunc(b.shown, func(relation string) bool { return strings.Contains(statement, relation) })
}

// Query implements engine.Backend.
func (b activityBackend) Query(ctx context.Context, statement string, schema types.Schema) (engine.Rows, error) {
	if b.reads(statement) {
		if err := b.activity.CatchUp(ctx); err != nil {
			return nil, err
		}
	}
	return b.Backend.Query(ctx, statement, schema)
}

// usesTable is the table by which one asks for the use of the copilot itself.
const usesTable = "CopilotActivity"

// tenantTables are the tables as the copilot reads them: without the program's own rows, which say nothing about the tenant. In
// usesTable they are what is asked for.
type tenantTables struct {
	bind.Catalog // of the tenant
	all          bind.Catalog
}

// Table implements bind.Catalog.
func (c tenantTables) Table(name string) (*plan.Table, bool) {
	if name == usesTable {
		return c.all.Table(name)
	}
	return c.Catalog.Table(name)
}

package prompts_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/conformance/prompts"
	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/catalog"
)

// house is the wiring of cmd/sleuth, which only a main package may hold: workspace, engine, trail, copilot.
type house struct {
	copilot *copilot.Copilot
	now     time.Time
}

// openHouse imports the export into a workspace of its own.
func openHouse(t testing.TB, export string, now time.Time) *house {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	ws, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ws.Close(); err != nil {
			t.Error(err)
		}
	})
	report, err := ws.Import(ctx, []string{export}, store.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, rejected := report.Counts(); rejected > 0 {
		t.Errorf("%d records of %s were set aside", rejected, export)
	}
	trail, err := audit.Open(filepath.Join(dir, "audit"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
	})
	cat, err := catalog.New(ws.Schemas(), ws.Relation)
	if err != nil {
		t.Fatal(err)
	}
	eng := engine.New(engine.Config{Catalog: cat, Backend: ws, Library: builtin.Standard()})
	deps := copilot.Deps{Queries: runner{eng}, Sources: sources{ws}, Audit: trail, Sessions: &copilot.Fresh{},
		Vocabulary: content.Vocabulary, Schemas: ws.Schemas()}
	manifests, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		for i := range m.Skills {
			deps.Skills = append(deps.Skills, &m.Skills[i])
		}
	}
	c, err := copilot.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	return &house{copilot: c, now: now}
}

// ask gives the answer as ask --json prints it.
func (h *house) ask(session, text string) (*prompts.Answer, []byte, error) {
	got, err := h.copilot.Ask(context.Background(), copilot.Prompt{Text: text, SessionID: session, Principal: access.LocalOwner(), Now: h.now})
	if err != nil {
		return &prompts.Answer{Outcome: "error", Text: err.Error()}, nil, nil
	}
	b, err := got.JSON()
	if err != nil {
		return nil, nil, err
	}
	a, err := prompts.ReadAnswer(b)
	return a, b, err
}

type runner struct{ engine *engine.Engine }

// Query implements copilot.Runner.
func (r runner) Query(ctx context.Context, kql string, now time.Time) (*copilot.Result, error) {
	res, err := r.engine.Query(ctx, kql, engine.Options{Now: now})
	if err != nil {
		return nil, err
	}
	t := res.Tables[0]
	out := &copilot.Result{}
	var shown []int
	for i, c := range t.Columns {
		if !c.Hidden {
			shown = append(shown, i)
			out.Columns = append(out.Columns, copilot.Column{Name: c.Name, Type: c.Type.String()})
		}
	}
	for _, row := range t.Rows {
		cells := make([]any, len(shown))
		for k, i := range shown {
			cells[k] = cellOf(row[i])
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, nil
}

func cellOf(v types.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Type() {
	case types.Bool:
		return v.Bool()
	case types.Int, types.Long:
		return v.Long()
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

type sources struct{ ws *store.Workspace }

// Version implements copilot.Sources.
func (s sources) Version(ctx context.Context) (string, error) { return s.ws.Version(ctx) }

// Source implements copilot.Sources.
func (s sources) Source(ctx context.Context, name string) (copilot.SourceInfo, error) {
	t, err := s.ws.Source(ctx, name)
	if err != nil {
		return copilot.SourceInfo{}, err
	}
	info := copilot.SourceInfo{Held: t.Held, Source: "imported"}
	if t.First != 0 {
		info.From, info.Last = types.TimeOf(t.First), types.TimeOf(t.Last)
		info.To = info.Last
	}
	return info, nil
}

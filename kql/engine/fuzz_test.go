package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// FuzzEmit: whatever text binds has SQL that DuckDB accepts, no text brings the engine down, and where the query gives few rows
// in a fixed order they are those of the reference. What DuckDB refuses falls back to the reference without a word, so the fuzzer
// looks at the reason that the run keeps.
func FuzzEmit(f *testing.F) {
	for _, x := range coverageCases(f) {
		f.Add(x.Query)
	}
	m := newMemory(f)
	schema, rows := fixture()
	m.add(f, "F", schema, rows)
	people(f, m)
	limits := Limits{Timeout: 2 * time.Second, MaxRows: 500, KeptRows: 20_000, Memory: 64 << 20}
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard(), Limits: limits})
	e.everything = true
	now := time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2_000 {
			return
		}
		res, err := e.Query(context.Background(), text, Options{Now: now})
		if err != nil {
			var d *diag.Diagnostic
			var list *diag.List
			var p *Panic
			switch {
			case errors.As(err, &p):
				t.Fatalf("%q: %v\n%s", text, p, p.Stack)
			case !errors.As(err, &d) && !errors.As(err, &list):
				t.Fatalf("%q: an error without a code: %v", text, err)
			}
			return
		}
		if kind := refusal(res.Stats.Fallback); kind != "" {
			t.Errorf("%q: DuckDB refuses the SQL (%s): %s\n%s", text, kind, res.Stats.Fallback, res.Stats.SQL)
		}
		for _, table := range res.Tables {
			for _, row := range table.Rows {
				checkRow(t, text, table.Columns, row)
			}
		}
	})
}

// checkRow: a row has the values that its schema says.
func checkRow(t *testing.T, text string, columns types.Schema, row types.Row) {
	if len(row) != len(columns) {
		t.Fatalf("%q: a row of %d values for %d columns", text, len(row), len(columns))
	}
	for i, v := range row {
		if v.Type() != columns[i].Type && columns[i].Type != types.Unknown {
			t.Fatalf("%q: column %s is %s and holds %s", text, columns[i].Name, columns[i].Type, v.Type())
		}
	}
}

// refusal is the kind of error with which DuckDB said that the text is no SQL it can run.
func refusal(fallback string) string {
	for _, kind := range []string{"Parser Error", "Binder Error", "Catalog Error"} {
		if strings.Contains(fallback, kind) {
			return kind
		}
	}
	return ""
}

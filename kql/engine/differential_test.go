package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"pgregory.net/rapid"
)

// score counts what became of the queries.
type score struct {
	run, equal, remote, fallback, refused int
	reasons                               map[string]int
}

// TestDifferential draws queries and runs each twice: all in the reference, and with as much as possible in DuckDB. The rows
// must be the same.
func TestDifferential(t *testing.T) {
	m := newMemory(t)
	schema, rows := fixture()
	m.add(t, "F", schema, rows)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	s := &score{reasons: map[string]int{}}
	rapid.Check(t, func(rt *rapid.T) {
		q, ordered := (&generator{rt}).pipeline()
		compareRuns(rt, e, q, ordered, s)
	})
	t.Logf("reference = DuckDB: %d/%d queries (%d wholly remote, %d fell back, %d refused by the binder or not run by the reference)", s.equal, s.run, s.remote, s.fallback, s.refused)
	for reason, n := range s.reasons {
		t.Logf("%4d %s", n, reason)
	}
}

func compareRuns(rt *rapid.T, e *Engine, q string, ordered bool, s *score) {
	now := Options{Now: time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC)}
	local := now
	local.NoPushdown = true
	want, err := e.Query(context.Background(), q, local)
	if err != nil {
		s.refused++
		s.reasons[reason(err)]++
		return
	}
	s.run++
	got, err := e.Query(context.Background(), q, now)
	if err != nil {
		rt.Fatalf("%s\nthe reference runs it, the backend does not: %v", q, err)
	}
	if got.Stats.Fallback != "" {
		s.fallback++
		if !strings.Contains(got.Stats.Fallback, "exact range") {
			rt.Fatalf("%s\nfell back: %s", q, got.Stats.Fallback)
		}
	}
	if diff := sameRows(want.Tables[0], got.Tables[0], ordered); diff != "" {
		rt.Fatalf("%s\n%s\n%s", q, diff, strings.Join(got.Stats.SQL, "\n"))
	}
	s.equal++
	if x, err := e.Explain(context.Background(), q, now); err == nil && strings.HasPrefix(x.Remainder, "Remote\n") {
		s.remote++
	}
}

// reason is an error without the parts that differ from query to query.
func reason(err error) string {
	text := err.Error()
	if len(text) > 110 {
		text = text[:110]
	}
	return text
}

package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// newEngine is an engine over the fixture F and a table E that exists in the catalog only.
func newEngine(t testing.TB) (*Engine, *memory) {
	t.Helper()
	m := newMemory(t)
	schema, rows := fixture()
	m.add(t, "F", schema, rows)
	m.tables["E"] = &plan.Table{Name: "E", Columns: schema, TimeColumn: "TimeGenerated"}
	return New(Config{Catalog: m, Backend: m, Library: builtin.Standard()}), m
}

func ask(t *testing.T, e *Engine, text string, o Options) *Result {
	t.Helper()
	res, err := e.Query(context.Background(), text, o)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return res
}

func TestQuery(t *testing.T) {
	e, _ := newEngine(t)
	for _, c := range []struct{ text, want string }{
		{"F | where s == 'RU' | count", `"2"`},
		{"F | summarize n = count() by b | sort by b asc nulls first", "null | \"13\"\n\"false\" | \"13\"\n\"true\" | \"14\""},
		{"F | where s has 'alice' | project id | sort by id asc | take 2", "\"1\"\n\"2\""},
		{"F | where s =~ 'ALICE@CONTOSO.COM' | count", `"4"`},
		{"E | count", `"0"`},
		{"print x = 1 + 1", `"2"`},
		{"let m = toscalar(F | summarize max(id)); F | where id == m | project id", `"39"`},
		{"F | where id in ((F | where s == 'RU' | project id)) | summarize make_list(id)", `[17,37]`},
		{"F | summarize p = percentile(id, 50), a = avg(id)", `"19" | "19.5"`},
		{"F | where id < 2 | mv-expand a | project id, a", "\"0\" | \"a\"\n\"0\" | \"b\"\n\"1\" | 1"},
	} {
		if got := strings.Join(lines(ask(t, e, c.text, Options{}).Tables[0]), "\n"); got != c.want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
}

func TestTimespanNarrowsEveryTable(t *testing.T) {
	e, m := newEngine(t)
	all := ask(t, e, "union F, F | where isnotnull(TimeGenerated) | count", Options{}).Rows()[0][0].Long()
	m.tables["F"].TimeColumn = "TimeGenerated"
	span := &Timespan{From: types.UnixEpochTicks, To: types.MaxDateTimeTicks - 1}
	some := ask(t, e, "union F, F | count", Options{Timespan: span}).Rows()[0][0].Long()
	if some >= all || some == 0 {
		t.Errorf("%d rows within the range, %d in all", some, all)
	}
}

func TestDiagnosticsHavePlaces(t *testing.T) {
	e, _ := newEngine(t)
	for _, text := range []string{"F\n| where Missing > 1", "F | wher x", "F\n| where s matches regex '('", "Nowhere | take 1"} {
		_, err := e.Query(context.Background(), text, Options{})
		var list *diag.List
		var one *diag.Diagnostic
		switch {
		case errors.As(err, &list) && list.First() != nil:
			one = list.First()
		case !errors.As(err, &one):
			t.Errorf("%q: %v is no diagnostic", text, err)
			continue
		}
		if one.Line == 0 || one.Code == "" {
			t.Errorf("%q: %v has no place or code", text, one)
		}
	}
	if list := e.Check("F | where Missing > 1"); !list.Failed() || list.First().Line != 1 {
		t.Errorf("check: %v", list)
	}
	if list := e.Check("F | where id > 1 | take 3"); list.Failed() {
		t.Errorf("check: %v", list)
	}
}

func TestRowsAreCut(t *testing.T) {
	e, _ := newEngine(t)
	res := ask(t, e, "F", Options{MaxRows: 7})
	if len(res.Rows()) != 7 || !res.Truncated {
		t.Errorf("%d rows, truncated %v", len(res.Rows()), res.Truncated)
	}
	if res := ask(t, e, "F", Options{MaxRows: 40}); res.Truncated {
		t.Error("a whole result counts as cut")
	}
}

func TestSeveralResults(t *testing.T) {
	e, _ := newEngine(t)
	res := ask(t, e, "F | fork (where b == true | count) (take 1)", Options{})
	if len(res.Tables) != 2 {
		t.Errorf("%d results", len(res.Tables))
	}
}

func TestTimeLimitAndCancellation(t *testing.T) {
	e, _ := newEngine(t)
	const slow = "range a from 1 to 100000000 step 1 | summarize sum(a % 7)"
	_, err := e.Query(context.Background(), slow, Options{Timeout: 30 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "KQL9001") {
		t.Errorf("timeout: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Query(ctx, slow, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// panicking is a backend with a fault.
type panicking struct{}

func (panicking) Query(context.Context, string, types.Schema) (Rows, error) { panic("a fault below") }

func TestPanicsEndHere(t *testing.T) {
	_, m := newEngine(t)
	e := New(Config{Catalog: m, Backend: panicking{}, Library: builtin.Standard()})
	_, err := e.Query(context.Background(), "F | count", Options{})
	var p *Panic
	if !errors.As(err, &p) || len(p.Stack) == 0 || !strings.Contains(err.Error(), "KQL9000") {
		t.Errorf("got %v", err)
	}
}

func TestExplain(t *testing.T) {
	e, _ := newEngine(t)
	x, err := e.Explain(context.Background(), "F | extend k = reverse(s) | where id > 3 and k == 'a' | project k, n", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.SQL) != 1 || !strings.Contains(x.SQL[0], `"id" > 3`) || strings.Contains(x.SQL[0], `"g"`) {
		t.Errorf("SQL: %v", x.SQL)
	}
	if !strings.Contains(strings.Join(x.Rules, " "), "pushFilterBelowExtend") || !strings.Contains(x.Remainder, "Remote") || !strings.Contains(x.Plan, "Extend") {
		t.Errorf("%+v", x)
	}
}

// TestGuardsFallBack: a value outside the exact range of the SQL runs the query again, with the same answer.
func TestGuardsFallBack(t *testing.T) {
	e, _ := newEngine(t)
	text := "F | summarize n = sum(tolong(s))"
	a, b := ask(t, e, text, Options{}), ask(t, e, text, Options{NoPushdown: true})
	if diff := sameRows(b.Tables[0], a.Tables[0], true); diff != "" {
		t.Error(diff)
	}
	if a.Stats.Fallback == "" {
		t.Error("the fixture has a text 1.5, which the SQL does not read")
	}
}

// TestLongStatementsAreAnswered: a statement that is too long to give to DuckDB is no refusal. The query runs in the reference,
// collected and streamed, and where a plugin asks for its columns first.
func TestLongStatementsAreAnswered(t *testing.T) {
	e, _ := newEngine(t)
	filter := "F | where s != '" + strings.Repeat("x", maxStatement) + "'"
	for _, text := range []string{filter + " | project id, s", filter + " | project id, s | evaluate pivot(s, count(), id)"} {
		want, got := ask(t, e, text, Options{NoPushdown: true}), ask(t, e, text, Options{})
		if got.Stats.Fallback != errLongStatement.Error() {
			t.Fatalf("fell back because of %q", got.Stats.Fallback)
		}
		if diff := sameRows(want.Tables[0], got.Tables[0], false); diff != "" || len(got.Rows()) == 0 {
			t.Errorf("%d rows: %s", len(got.Rows()), diff)
		}
		parts, _, err := streamed(e, text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := sameRows(want.Tables[0], parts[0], false); diff != "" {
			t.Errorf("streamed: %s", diff)
		}
	}
}

package engine

import (
	"context"
	"strings"
	"testing"
)

// found are queries that drawn ones were shrunk to when the two executors gave different rows, or DuckDB refused the SQL. A new
// one is added with what was wrong.
var found = []string{
	// A number was read from JSON that is none, in a branch not taken.
	`F | where s endswith strcat_delim(s, coalesce(dynamic({"country":"RU"}), a))`,
	`F | where pack_array(true, (i > id)) endswith_cs s`,
	`F | where pack_array(isnotnull(b)) hasprefix 'RU'`,
	`F | where pack_array((id == 100)) has_all ('RU', 'RU')`,
	`F | where pack_array((i between (0 .. id))) matches regex 'RU'`,
	`F | union (F | where coalesce(dynamic({"country":"RU"}), a) hassuffix_cs 'RU' | project id, s, n, b)`,
	// -1 times the least timespan was no overflow when the timespan came first.
	`F | project id, x = n * (-d), y = (-d) * n`,
	// make_set took true for 1, the functions over sets did not.
	`F | summarize set_x = make_set(a[-1]), n = count()`,
	// A key that is the same in every row is none.
	`F | sort by strcat_delim(s, 'RU') desc nulls first, id asc`,
}

func TestFoundByDrawnQueries(t *testing.T) {
	p := newPair(t)
	for _, text := range found {
		want, err := p.reference.Query(context.Background(), text, Options{Now: p.now, NoPushdown: true, NoRules: true})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := p.duckdb.Query(context.Background(), text, Options{Now: p.now})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got.Stats.Fallback != "" {
			t.Errorf("%s: DuckDB refuses the SQL: %s", text, got.Stats.Fallback)
		}
		if fault := sameRows(plainValues(want.Tables[0]), plainValues(got.Tables[0]), strings.Contains(text, "sort by")); fault != "" {
			t.Errorf("%s: %s\n%s", text, fault, strings.Join(got.Stats.SQL, "\n"))
		}
	}
}

// TestASetTellsTrueFromOne: the functions over sets and make_set have one notion of what is equal.
func TestASetTellsTrueFromOne(t *testing.T) {
	p := newPair(t)
	res, err := p.reference.Query(context.Background(), `print x = dynamic([1, true, 1.0, "1", false, 0])
		| extend u = set_union(x, x) | mv-expand y = x | summarize s = make_set(y) by tostring(u)
		| project same = array_length(s), other = array_length(todynamic(u))`, Options{Now: p.now, NoPushdown: true, NoRules: true})
	if err != nil {
		t.Fatal(err)
	}
	if row := res.Rows()[0]; row[0].Long() != 5 || row[1].Long() != 5 {
		t.Errorf("make_set keeps %v, set_union %v, want 5", row[0], row[1])
	}
}

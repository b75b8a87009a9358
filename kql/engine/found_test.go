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
	// A key that is the same in every row is none.
	`F | sort by strcat_delim(s, 'RU') desc nulls first, id asc`,
}

func TestFoundByDrawnQueries(t *testing.T) {
	p := newPair(t)
	for _, text := range found {
		want, err := p.reference.Query(context.Background(), text, Options{Now: p.now, NoPushdown: true})
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

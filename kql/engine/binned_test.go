package engine

import (
	"context"
	"strings"
	"testing"
)

// TestBinsAreGroupedByNumber: a bin of times is divided out once for a group, wherever its column goes from there; a bin of other
// things, and a bin that is no key, stay as they are.
func TestBinsAreGroupedByNumber(t *testing.T) {
	const number = " // "
	testEmitted(t, []emittedCase{
		{"F | summarize n = count() by bin(TimeGenerated, 1h)", number, "%"},
		{"F | summarize n = count(), newest = max(TimeGenerated) by TimeGenerated = bin(TimeGenerated, 7m), s", number, "%"},
		{"F | summarize by t = bin(TimeGenerated, 1d)", number, "%"},
		{"F | summarize n = count() by t = bin(TimeGenerated, 1h) | where t > datetime(2000-01-01) | extend u = t + 1m | sort by t desc", number, "%"},
		{"F | summarize n = count() by t = bin(TimeGenerated, 1h) | top 3 by t", number, "%"},
		{"F | summarize n = count() by t = bin(TimeGenerated, 1h), s | summarize m = max(n) by bin(t, 1d), s", number, "%"},
		{"F | summarize n = count() by t = bin(TimeGenerated, 1h) | join kind=inner (F | summarize m = max(id) by t = bin(TimeGenerated, 1h)) on t", number, "%"},
		{"F | summarize n = count(), t = max(bin(TimeGenerated, 1h)) by s", "%", number},
		{"F | summarize k = count() by bin(n, 10)", "%", number},
	})
}

// TestUnionsKeepTheirOrder: rows of tables come in the order of their sources, and are sorted only where those have none.
func TestUnionsKeepTheirOrder(t *testing.T) {
	const all = "ORDER BY ALL"
	testEmitted(t, []emittedCase{
		{"union F, F | project id, s", "UNION ALL", all},
		{"F | where id > 10 | project id, s | union (F | where id < 20 | project id, s) | take 25", "UNION ALL", all},
		{"union (F | top 5 by id desc), (F | top 5 by id asc) | project id", "UNION ALL", all},
		{"union (F | sort by id asc | project id), (F | distinct id)", all, ""},
		{"union (F | summarize id = max(id) by s), (F | project s, id)", all, ""},
	})
}

// emittedCase is a query, what its SQL holds, and what it does not where that is not empty.
type emittedCase struct{ query, has, hasNot string }

// testEmitted compares the SQL and the rows with what they should be. Rows that DuckDB sorts by all columns have another order here.
func testEmitted(t *testing.T, cases []emittedCase) {
	t.Helper()
	p := newPair(t)
	for _, c := range cases {
		want, err := p.reference.Query(context.Background(), c.query, Options{Now: p.now, NoPushdown: true, NoRules: true})
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		got, err := p.duckdb.Query(context.Background(), c.query, Options{Now: p.now})
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		sql := strings.Join(got.Stats.SQL, "\n")
		if !strings.Contains(sql, c.has) || c.hasNot != "" && strings.Contains(sql, c.hasNot) || got.Stats.Fallback != "" {
			t.Errorf("%s: with %q, without %q, fallback %q:\n%s", c.query, c.has, c.hasNot, got.Stats.Fallback, sql)
		}
		if fault := sameRows(plainValues(want.Tables[0]), plainValues(got.Tables[0]), !strings.Contains(sql, "ORDER BY ALL")); fault != "" {
			t.Errorf("%s: %s\n%s", c.query, fault, sql)
		}
	}
}

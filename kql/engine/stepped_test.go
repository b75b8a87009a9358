package engine

import (
	"context"
	"strings"
	"testing"
)

// TestStepped: rows compared with the one before them, where the comparison keeps what windows of one group each give, and where
// it does not.
func TestStepped(t *testing.T) {
	p := newPair(t)
	const narrow = "| project id, s, n, i, TimeGenerated, before, x"
	for _, c := range []struct {
		query  string
		groups bool
	}{
		{"F | sort by s asc, id asc | extend before = prev(s), x = prev(tostring(j.ok)) | where s == before" + narrow, true},
		{"F | sort by s asc nulls first, id asc | serialize before = prev(s), x = prev(id) | where before == s and x < 30" + narrow, true},
		{"F | extend s = '' | sort by s asc, id asc | extend before = prev(s), x = prev(id) | where s == before" + narrow, false},
		{"F | extend s = iff(id < 50, '', s) | sort by s asc, id asc | extend before = prev(s), x = prev(id) | where s == before" + narrow, true},
		{"F | extend s = iff(id < 50, '', s) | sort by s desc, id asc | extend before = prev(s), x = prev(id) | where s == before" + narrow, false},
		{"F | sort by s desc, id asc | extend before = prev(s), x = prev(id) | where s == before" + narrow, false},
		{"F | sort by n desc, id asc | extend before = prev(n), x = prev(tostring(j.country)) | where n == before" + narrow, true},
		{"F | sort by i asc, n asc, id asc | extend before = prev(n), y = prev(i), x = prev(id) | where n == before and y == i" + narrow, true},
		{"F | sort by i asc, n asc, id asc | extend before = prev(n), x = prev(id) | where n == before" + narrow, false},
		{"F | sort by s asc, id asc | extend before = prev(s), x = prev(id, 2) | where s == before" + narrow, false},
		{"F | sort by s asc, id asc | extend before = prev(s), x = next(id) | where s == before" + narrow, false},
		{"F | sort by s asc, id asc | extend before = prev(s, 1, 'RU'), x = prev(id) | where s == before" + narrow, false},
		{"F | sort by s asc, id asc | extend before = prev(s), x = prev(id) | where s == before or x > 3" + narrow, false},
		{"F | sort by s asc, id asc | extend s = strcat(s, ''), before = prev(s), x = prev(id) | where s == before" + narrow, false},
		{"F | sort by tolower(s) asc, id asc | extend before = prev(s), x = prev(id) | where s == before" + narrow, false},
		{"F | sort by id asc | sort by s asc | extend before = prev(s), x = prev(id) | where s == before" + narrow, true},
		{"F | sort by s asc, id asc | take 30 | extend before = prev(s), x = prev(id) | where s == before" + narrow, false},
		{"F | sort by r asc, id asc | extend before = prev(r), x = prev(id) | where r == before" + narrow, false},
	} {
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
		if groups := strings.Contains(sql, "PARTITION BY"); groups != c.groups || got.Stats.Fallback != "" {
			t.Errorf("%s: windows of one group each: %t, fallback %q\n%s", c.query, groups, got.Stats.Fallback, sql)
		}
		if fault := sameRows(plainValues(want.Tables[0]), plainValues(got.Tables[0]), true); fault != "" {
			t.Errorf("%s: %s\n%s", c.query, fault, sql)
		}
	}
}

// TestLeavesBelowSort: a leaf goes through the sort, and JSON text does not; what else is read of the column stays.
func TestLeavesBelowSort(t *testing.T) {
	p := newPair(t)
	for _, c := range []struct{ query, has, hasNot string }{
		{"F | sort by id asc | extend x = prev(tolong(j.n)) | extend y = tolong(j.n) - x | project id, y", "$1=tolong(j.n)", "Sort id asc nulls first\n      Filter"},
		{"F | sort by id asc | extend x = prev(tolong(j.n)), z = prev(j) | project id, x, z", "prev(tolong(j.n))", "$1="},
		{"F | sort by id asc | extend j = a | extend x = prev(tolong(j.n)) | project id, x", "prev(tolong(j.n))", "$1="},
		{"F | extend ['$1'] = 7 | sort by id asc | extend x = prev(tolong(j.n)) | project id, x, ['$1']", "$2=tolong(j.n)", "$1=tolong"},
		{"F | sort by id asc | project id, x = tolong(j.n)", "x=tolong(j.n)", "$1="},
		{"F | sort by id asc | extend x = prev(tolong(j.n))", "prev(tolong(j.n))", "$1="},
		{"F | sort by id asc | take 3 | extend x = prev(tolong(j.n)) | project id, x", "prev(tolong(j.n))", "$1="},
		{"F | where tolong(j.n) > 3 | sort by tolong(j.n) asc, id asc | extend x = prev(tolong(j.n)), y = tostring(j.country) | project id, x, y", "Sort $1 asc", "prev(tolong(j.n))"},
	} {
		x, err := p.duckdb.Explain(context.Background(), c.query, Options{Now: p.now})
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if !strings.Contains(x.Optimized, c.has) || strings.Contains(x.Optimized, c.hasNot) {
			t.Errorf("%s: the plan is to have %q and not %q\n%s", c.query, c.has, c.hasNot, x.Optimized)
		}
		want, err := p.reference.Query(context.Background(), c.query, Options{Now: p.now, NoPushdown: true, NoRules: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.duckdb.Query(context.Background(), c.query, Options{Now: p.now})
		if err != nil {
			t.Fatal(err)
		}
		if fault := sameRows(plainValues(want.Tables[0]), plainValues(got.Tables[0]), true); fault != "" {
			t.Errorf("%s: %s", c.query, fault)
		}
	}
}

// TestLeavesThatLookAlike: leaves that print alike are told apart, and a column that a function takes in several places is still
// there for what reads all of it.
func TestLeavesThatLookAlike(t *testing.T) {
	p := newPair(t)
	const bag = `F | where id < 3 | project id, q = dynamic({"a.b": 1, "a": {"b": 2}}), ['q.a'] = dynamic({"b": 3}) | sort by id asc `
	for query, want := range map[string]string{
		bag + "| extend x = prev(tolong(q['a.b'])), y = prev(tolong(q.a.b)), z = prev(tolong(['q.a'].b)) | project r = strcat(x, '/', y, '/', z)": "1/2/3",
		"let f = (d: dynamic) { strcat(tostring(d.a.b), tostring(d) has 'a.b') }; " + bag + "| extend x = prev(id) | project r = f(q)":            "2True",
		"let f = (d: dynamic) { strcat(tostring(d) has 'a.b', tostring(d.a.b)) }; " + bag + "| extend x = prev(id) | project r = f(q)":            "True2",
	} {
		for name, e := range map[string]*Engine{"reference": p.reference, "duckdb": p.duckdb} {
			res, err := e.Query(context.Background(), query, Options{Now: p.now, NoPushdown: e == p.reference, NoRules: e == p.reference})
			if err != nil {
				t.Errorf("%s, %s: %v", name, query, err)
				continue
			}
			rows := plainValues(res.Tables[0]).Rows
			if n := len(rows); n < 2 || rows[n-1][0].Str() != want {
				t.Errorf("%s, %s: %v, want %s in the last row", name, query, rows, want)
			}
		}
	}
}

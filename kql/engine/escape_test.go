package engine

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// quoted writes a text as a KQL literal.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\x00", `\0`).Replace(s) + "'"
}

// shape is a statement without what is inside its quotes.
func shape(sql string) string {
	var b strings.Builder
	for i := 0; i < len(sql); i++ {
		q := sql[i]
		b.WriteByte(q)
		if q != '\'' && q != '"' {
			continue
		}
		for i++; i < len(sql); i++ {
			if sql[i] == q {
				if i+1 < len(sql) && sql[i+1] == q {
					i++
					continue
				}
				break
			}
		}
		b.WriteByte(q)
	}
	return control.ReplaceAllString(b.String(), "''")
}

// control is a text with control characters, once its quoted parts are taken out: each stands as chr(n), as DuckDB reads no NUL
// inside quotes.
var control = regexp.MustCompile(`\(''( \|\| (chr\(\d+\)|''))+\)`)

// TestNoInputChangesTheStatement: whatever a literal, a column's name or a key of a dynamic holds, the rows are the reference's.
// A literal that is only compared leaves the statement's form as it is, too.
func TestNoInputChangesTheStatement(t *testing.T) {
	p := newPair(t)
	now := Options{Now: p.now}
	piece := rapid.SampledFrom([]string{"'", "''", `"`, `\`, `\'`, "--", "/*", "*/", ";", "$1", "$$", "?", "%", "_", "\x00", "\n", "a", "Ü", "日", "(", ")", "[", "]", "{", "}", ".", "DROP TABLE F", "read_csv('/etc/passwd')", "\u2028", "\u00a0", "E'", "x'"})
	compared := func(lit string) string { return "F | where s == " + lit + " | project id | sort by id asc" }
	plain, err := p.duckdb.Query(context.Background(), compared("'plain'"), now)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		raw := strings.Join(rapid.SliceOfN(piece, 1, 6).Draw(rt, "pieces"), "")
		lit := quoted(raw)
		name := "[" + lit + "]"
		for _, q := range []string{
			compared(lit),
			"F | extend x = " + lit + " | where s contains " + lit + " or u startswith " + lit + " or s has " + lit + " or s in~ (" + lit + ", 'RU') | project id, x | sort by id asc",
			"F | extend y = replace_string(s, " + lit + ", 'z'), z = strcat(s, " + lit + ") | project id, y, z | sort by id asc",
			"F | extend y = tostring(j[" + lit + "]) | project id, y | sort by id asc",
			"F | extend " + name + " = n | where isnotnull(" + name + ") | summarize c = count() by " + name + " | sort by " + name + " asc",
			"F | where s matches regex " + lit + " | project id | sort by id asc",
			"F | extend t = todatetime(" + lit + "), d = totimespan(" + lit + "), l = tolong(" + lit + ") | project id, t, d, l | sort by id asc",
		} {
			want, refErr := p.reference.Query(context.Background(), q, Options{Now: p.now, NoPushdown: true, NoRules: true})
			got, err := p.duckdb.Query(context.Background(), q, now)
			if (refErr == nil) != (err == nil) {
				rt.Fatalf("%s\nreference: %v\nDuckDB: %v", q, refErr, err)
			}
			if err != nil {
				continue
			}
			if diff := sameRows(plainValues(want.Tables[0]), plainValues(got.Tables[0]), true); diff != "" {
				rt.Fatalf("%s\n%s\n%s", q, diff, strings.Join(got.Stats.SQL, "\n"))
			}
			if q == compared(lit) && shape(got.Stats.SQL[0]) != shape(plain.Stats.SQL[0]) {
				rt.Fatalf("%s changes the statement:\n%s", lit, got.Stats.SQL[0])
			}
		}
	})
}

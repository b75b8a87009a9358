package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestShadowColumns runs queries on paths that have shadow columns in the reference, which does not know them, and in DuckDB.
func TestShadowColumns(t *testing.T) {
	m := newMemory(t)
	schema := types.Schema{{Name: "N", Type: types.Long}, {Name: "S", Type: types.String}, {Name: "D", Type: types.Dynamic}}
	values := []string{`"RU"`, `"ru"`, `"Ru\u017f"`, `"a\"b"`, `"back\\slash"`, `""`, `"0"`, `"50126"`, `"true"`, `"12.5"`, `"null"`, `" x "`, `"\"\""`, `"line\nfeed"`,
		`0`, `50126`, `-3`, `12.5`, `1e3`, `123456789012345678`, `0.00001`, `true`, `false`, `null`, `[1,"RU"]`, `{"b":"RU"}`, `{"b":7}`, `{"b":null}`, `[]`}
	var rows []types.Row
	for i, v := range values {
		text := []string{"Ann@Contoso.com", "ann@contoso.com", "", "\u212aim", "kim", "MISS", "mi\u017fs"}[i%7]
		rows = append(rows, types.Row{types.NewLong(int64(i)), types.NewString(text), types.NewDynamicJSON(`{"a":` + v + `,"z":1}`)})
	}
	rows = append(rows, types.Row{types.NewLong(100), types.NewString("x"), types.Null(types.Dynamic)}, types.Row{types.NewLong(101), types.NewString("y"), types.NewDynamicJSON(`[1]`)})
	m.add(t, "T", schema, rows)
	m.tables["T"].Shadows = map[string]bool{}
	shadow := func(name, expr string) {
		m.tables["T"].Shadows[name] = true
		if _, err := m.db.Exec(fmt.Sprintf(`ALTER TABLE T ADD COLUMN %q VARCHAR; UPDATE T SET %q = %s`, name, name, expr)); err != nil {
			t.Fatal(err)
		}
	}
	shadow(duckdb.ShadowColumn("D", "a"), `nullif(json_extract(D, '$."a"')::VARCHAR, 'null')`)
	shadow(duckdb.ShadowColumn("D", "a", "b"), `nullif(json_extract(D, '$."a"."b"')::VARCHAR, 'null')`)
	if _, err := m.db.Exec(`ALTER TABLE T ADD COLUMN "S$~" VARCHAR`); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if _, err := m.db.Exec(`UPDATE T SET "S$~" = ? WHERE N = ?`, duckdb.Fold(r[1].Str()), r[0].Long()); err != nil {
			t.Fatal(err)
		}
	}
	m.tables["T"].Shadows[duckdb.FoldColumn("S")] = true
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	used := 0
	for _, q := range shadowQueries() {
		want, err := e.Query(context.Background(), q, Options{NoPushdown: true, NoRules: true})
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		got, err := e.Query(context.Background(), q, Options{})
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		if diff := sameRows(want.Tables[0], got.Tables[0], false); diff != "" {
			t.Errorf("%s\n%s\n%s", q, diff, strings.Join(got.Stats.SQL, "\n"))
		}
		if strings.Contains(strings.Join(got.Stats.SQL, ""), "$") && got.Stats.Fallback == "" {
			used++
		}
	}
	t.Logf("shadow columns: %d/%d queries use them and are exact", used, len(shadowQueries()))
	if used < len(shadowQueries())/2 {
		t.Errorf("too few queries read shadow columns")
	}
}

func shadowQueries() []string {
	var out []string
	for _, condition := range []string{
		`D.a == "RU"`, `D.a != "RU"`, `D.a =~ "ru"`, `D.a !~ "ru"`, `tostring(D.a) == "RU"`, `tostring(D.a) != "RU"`, `tostring(D.a) =~ "rU"`, `tostring(D.a.b) == "RU"`,
		`D["a"] == "RU"`, `D.a == 50126`, `D.a == "50126"`, `tostring(D.a) == "50126"`, `tolong(D.a) == 50126`, `toreal(D.a) > 3`, `isnull(D.a)`, `isnotempty(D.a)`,
		`isempty(tostring(D.a))`, `D.a has "RU"`, `D.a contains "b"`, `tostring(D.a) startswith "a"`, `D.a in ("RU", "ru")`, `D.a in~ ("RU")`, `tostring(D.a) in ("RU", "0")`,
		`D.a[1] == "RU"`, `D.a.b == 7`, `D.a == "a\"b"`, `D.a == true`, `tobool(D.a)`, `not(D.a == "RU")`, `D.a == "RU" or N == 3`, `iff(D.a != "RU", true, false)`,
		`S =~ "ANN@contoso.com"`, `S !~ "ann@contoso.com"`, `S =~ "KIM"`, `S =~ "miss"`, `S =~ ""`, `S in~ ("KIM", "miss")`, `S =~ tostring(D.a)`,
	} {
		out = append(out, "T | where "+condition+" | project N, S, D")
	}
	return append(out,
		"T | summarize count() by tostring(D.a)", "T | where N < 18 | summarize count() by tostring(D.a)", "T | where N >= 18 and N < 24 | summarize C = count(), E = count() by A = tostring(D.a), B = tostring(D.a.b)",
		"T | where N < 18 | top 9 by N asc | summarize C = count() by A = tostring(D.a) | where C > 0 | sort by A asc", "T | where N > 99 | summarize count() by tostring(D.a)",
		"T | extend A = tostring(D.a) | summarize max(N), dcount(S) by A", "T | project A = D.a, B = D.a.b, N",
		"T | project A = toreal(D.a), B = tolong(D.a), C = toint(D.a), N", "T | sort by N asc | extend P = prev(toreal(D.a)), Q = prev(tostring(D.a)) | project N, P, Q",
		"T | top 5 by N desc | project A = tostring(D.a), N", "T | join kind=inner (T | project N, D2 = D) on N | project N, A = tostring(D2.a), B = tostring(D.a)",
		"T | distinct S | where S =~ 'kim'", "union T, T | where D.a == 'RU' | summarize count()", "T | extend S = strcat(S, '1') | where S =~ 'KIM1' | project N",
		"T | mv-expand X = D.a | project N, X = tostring(X), Y = tostring(D.a.b)", "let X = materialize(T | where N < 20); X | where D.a == 'RU' | count",
		"T | extend D = D.a | project A = tostring(D.b), N", "T | summarize arg_max(N, D) by S | project S, A = tostring(D.a)")
}

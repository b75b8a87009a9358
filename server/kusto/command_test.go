package kusto

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

type v1Answer struct {
	Tables []struct {
		Columns []struct{ ColumnName, DataType, ColumnType string }
		Rows    [][]any
	}
}

func run(t *testing.T, s *Service, csl string) (v1Answer, answer) {
	t.Helper()
	a := post(t, s, "/v1/rest/mgmt", body(t, csl, nil, nil))
	var v v1Answer
	if a.Code == 200 {
		if err := json.Unmarshal([]byte(a.text), &v); err != nil {
			t.Fatalf("%s: %v: %s", csl, err, a.text)
		}
	}
	return v, a
}

// TestEveryCommandAnswersATable runs each form that is declared, and holds rows to their columns.
func TestEveryCommandAnswersATable(t *testing.T) {
	_, s := newKit(t, nil)
	for _, pattern := range Commands() {
		name := "AuditLogs"
		if strings.Contains(pattern, "function") {
			name = "Recent"
		}
		csl := "." + strings.NewReplacer("<name>", name, "<names>", "(AuditLogs)").Replace(pattern)
		v, a := run(t, s, csl)
		if a.Code != 200 || len(v.Tables) != 1 {
			t.Errorf("%s: %d %s", csl, a.Code, a.text)
			continue
		}
		for _, row := range v.Tables[0].Rows {
			if len(row) != len(v.Tables[0].Columns) {
				t.Errorf("%s: %d cells for %d columns", csl, len(row), len(v.Tables[0].Columns))
			}
		}
	}
}

func TestCommands(t *testing.T) {
	_, s := newKit(t, nil)
	cases := []struct{ csl, want string }{
		{".show tables", `["AuditLogs","Db","",""],["SigninLogs","Db","Entra","sign-ins, \"interactive\""]`},
		{".SHOW TABLES", `"SigninLogs"`},
		{"\n// tables\n.show tables (SigninLogs) ;", `"Rows":[["SigninLogs","Db"`},
		{".show tables (['SigninLogs'], AuditLogs) details", `,7,null,`},
		{".show table ['SigninLogs'] cslschema", `"TimeGenerated:datetime,['odd name\\'']:string"`},
		{".show table SigninLogs schema as json", `{\"Name\":\"TimeGenerated\",\"Type\":\"System.DateTime\",\"CslType\":\"datetime\"}`},
		{".show function Recent", `["Recent","(n:long=10, T:(['a b']:real))","{ SigninLogs | take n }","","newest"]`},
		{".show tables | where TableName startswith 'A' | project TableName", `"Rows":[["AuditLogs"]]`},
		{".show tables | count", `"Rows":[[2]]`},
		{".show databases | project DatabaseName, IsCurrent", `["Db",true]`},
		{".show databases entities with (showObfuscatedStrings=true) | where DatabaseName == 'Db' | project EntityName, EntityType", `["AuditLogs","Table"],["SigninLogs","Table"],["Recent","Function"]`},
		{".show principal access with (principal = 'local', accesstype='ingest',database='Db',table='T')", `["local","Database=Db","ingest",false]`},
		{".show principal access", `"query",true`},
		{`.show databases (["A"] if_later_than "v1.0", B) schema as json`, `\"A\":{\"Name\":\"A\"`},
		{`.show database ['A b'] schema if_later_than "v1.0" as json`, `\"A b\":{\"Name\":\"A b\"`},
		{".show version", `"test"`},
	}
	for _, c := range cases {
		if _, a := run(t, s, c.csl); a.Code != 200 || !strings.Contains(a.text, c.want) {
			t.Errorf("%s: %d %s", c.csl, a.Code, a.text)
		}
	}
}

func TestCommandsThatAreRefused(t *testing.T) {
	_, s := newKit(t, nil)
	cases := []struct{ csl, want string }{
		{".create table T (a:long)", "only read"},
		{".drop table SigninLogs", "only read"},
		{".set-or-append T <| SigninLogs", "only read"},
		{".ingest inline into table T <| 1", "only read"},
		{".show nonsense", "is not a command here"},
		{".show table Nowhere cslschema", "Nowhere"},
		{".show function Nowhere", "BadRequest_EntityNotFound"},
		{".", "empty"},
		{".show tables (A", "not closed"},
		{"SigninLogs", "begins with a dot"},
		{".show tables | wher x", "KQL1"},
	}
	for _, c := range cases {
		if _, a := run(t, s, c.csl); a.Code != 400 || !strings.Contains(a.text, c.want) {
			t.Errorf("%s: %d %s", c.csl, a.Code, a.text)
		}
	}
}

// TestSchemaOfEditors holds the JSON to what @kusto/monaco-kusto reads.
func TestSchemaOfEditors(t *testing.T) {
	_, s := newKit(t, nil)
	v, _ := run(t, s, ".show database schema as json")
	var schema struct {
		Plugins   []struct{ Name string }
		Databases map[string]struct {
			Tables map[string]struct {
				Name           string
				OrderedColumns []struct{ Name, Type, CslType string }
			}
			Functions map[string]struct {
				Body            string
				InputParameters []struct {
					Name, CslType, CslDefaultValue string
					Columns                        []struct{ Name string }
				}
			}
			MaterializedViews map[string]any
		}
	}
	if err := json.Unmarshal([]byte(v.Tables[0].Rows[0][0].(string)), &schema); err != nil {
		t.Fatal(err)
	}
	db := schema.Databases["Db"]
	if c := db.Tables["SigninLogs"].OrderedColumns; len(c) != 2 || c[0].CslType != "datetime" {
		t.Errorf("columns %v", c)
	}
	p := db.Functions["Recent"].InputParameters
	if len(p) != 2 || p[0].CslDefaultValue != "10" || p[1].Columns[0].Name != "a b" || db.MaterializedViews == nil || schema.Plugins[0].Name != "bag_unpack" {
		t.Errorf("%+v", schema)
	}
}

func FuzzReadCommand(f *testing.F) {
	for _, s := range []string{".show tables (A, ['b c']) details | take 1", ".show databases entities with (a='b', c=d)", ".show materialized-views", `.show database "x" schema if_later_than "v" as json`, ".show (("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := readCommand(text)
		if err != nil {
			return
		}
		for _, d := range shows() {
			if args, ok := m.match(d.pattern); ok && len(args) != strings.Count(d.pattern, "<") {
				t.Errorf("%q: %d arguments for %s", text, len(args), d.pattern)
			}
		}
	})
}

// FuzzDatatable holds that a command's table can stand before a query, whatever its texts are.
func FuzzDatatable(f *testing.F) {
	f.Add("a\"b\\", "col'\n")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, cell, name string) {
		if strings.ToValidUTF8(cell, "") != cell || strings.ToValidUTF8(name, "") != name || name == "" {
			return
		}
		text := asDatatable(&types.Table{Columns: types.Schema{{Name: "a", Type: types.String}}, Rows: []types.Row{{types.NewString(cell)}}})
		tree, list := syntax.Parse(text + "\n| take 1")
		if list.Failed() || len(tree.Statements) != 1 {
			t.Errorf("%q does not parse: %v", text, list)
		}
		if s, ok := stringLiteral(literal(types.NewString(cell))); !ok || s != cell {
			t.Errorf("%q comes back as %q", cell, s)
		}
	})
}

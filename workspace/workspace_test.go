package workspace_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/workspace"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// memory keeps definitions for a test.
type memory struct {
	functions []workspace.Function
	lists     []workspace.Watchlist
	items     map[string][]workspace.Item
}

func (m *memory) Functions(context.Context) ([]workspace.Function, error)   { return m.functions, nil }
func (m *memory) Watchlists(context.Context) ([]workspace.Watchlist, error) { return m.lists, nil }
func (m *memory) WatchlistItems(_ context.Context, alias string) ([]workspace.Item, error) {
	return m.items[alias], nil
}

// house is an engine over a table SignIns(User, Result) and the definitions of m.
func house(t *testing.T, m *memory, mirror workspace.Mirror) *engine.Engine {
	t.Helper()
	var tables engine.Tables
	err := tables.Add("SignIns", types.Schema{{Name: "User", Type: types.String}, {Name: "Result", Type: types.Long}}, []types.Row{
		{types.NewString("ada"), types.NewLong(0)}, {types.NewString("bob"), types.NewLong(50126)}, {types.NewString("cyd"), types.NewLong(0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := workspace.NewCatalog(context.Background(), &tables, m, mirror)
	if err != nil {
		t.Fatal(err)
	}
	c.Name("main")
	return engine.New(engine.Config{Catalog: c, Library: builtin.Standard()})
}

// run gives the rows as text, cells parted by commas, or the first error.
func run(e *engine.Engine, query string) (string, error) {
	res, err := e.Query(context.Background(), query, engine.Options{Now: now})
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range res.Tables[0].Rows {
		var cells []string
		for _, v := range r {
			cells = append(cells, string(engine.AppendCell(nil, v)))
		}
		out = append(out, strings.Join(cells, ","))
	}
	return strings.Join(out, "; "), nil
}

// check runs queries; a want that begins with "error " is part of the error's text.
func check(t *testing.T, e *engine.Engine, cases map[string]string) {
	t.Helper()
	for query, want := range cases {
		got, err := run(e, query)
		if part, ok := strings.CutPrefix(want, "error "); ok {
			text := ""
			var list *diag.List
			var d *diag.Diagnostic
			switch {
			case errors.As(err, &list):
				text = list.Error() + " " + list.First().Fix
			case errors.As(err, &d):
				text = d.Message + " " + d.Fix
			case err != nil:
				text = err.Error()
			}
			if !strings.Contains(text, part) {
				t.Errorf("%s\n gives %q (%s)\n not the error %s", query, got, text, part)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s\n gives %s, %v\n want  %s", query, got, err, want)
		}
	}
}

func TestWatchlists(t *testing.T) {
	csv := "\ufeffUPN,Full Name,SearchKey\nada,\"Ada, L\",x\nbob,Bob,y\n"
	w, items, err := workspace.ReadWatchlist("VIPUsers", "UPN", "vip.csv", []byte(csv), now)
	if err != nil {
		t.Fatal(err)
	}
	e := house(t, &memory{lists: []workspace.Watchlist{w}, items: map[string][]workspace.Item{"VIPUsers": items}}, workspace.Mirror{})
	check(t, e, map[string]string{
		`_GetWatchlist("VIPUsers") | project SearchKey, ['Full Name'], LastUpdatedTimeUTC`:                             `"ada","Ada, L","2026-11-20T12:00:00.0000000Z"; "bob","Bob","2026-11-20T12:00:00.0000000Z"`,
		`_GetWatchlist("vipusers", dynamic(["bob"])) | project UPN`:                                                    `"bob"`,
		`_GetWatchlist("VIPUsers") | getschema | summarize make_list(ColumnName)`:                                      `["_DTItemId","LastUpdatedTimeUTC","SearchKey","UPN","Full Name"]`,
		`SignIns | where User in ((_GetWatchlist("VIPUsers") | project SearchKey)) | count`:                            `2`,
		`SignIns | join kind=inner _GetWatchlist("VIPUsers") on $left.User == $right.SearchKey | project User, Result`: `"ada",0; "bob",50126`,
		`_GetWatchlistAlias`:                   `"VIPUsers"`,
		`_GetWatchlist("VIPUser")`:             `error did you mean "VIPUsers"?`,
		`_GetWatchlist("Nothing") | project x`: `error sleuth watchlist add FILE.csv --alias Nothing`,
		`_GetWatchlist()`:                      `error give the alias`,
		`union isfuzzy=true SignIns, _GetWatchlist("Nothing") | count`: `3`,
	})
}

func TestReadWatchlistRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":           "empty",
		"a,a\n1,2\n": "two columns",
		"a,,b\n":     "column 2 has no name",
		"a,b\n1\n":   "wrong number of fields",
		"b,c\n1,2\n": "no column \"a\"",
	} {
		if _, _, err := workspace.ReadWatchlist("x", "a", "f.csv", []byte(text), now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, _, err := workspace.ReadWatchlist("../x", "a", "f.csv", []byte("a\n"), now); err == nil {
		t.Error("an alias with a path is taken")
	}
}

func TestFunctions(t *testing.T) {
	parser := `
Parser:
  Title: Sign-ins
ParserName: ASimAuthenticationTest
EquivalentBuiltInParser: _ASim_Authentication_Test
ParserParams:
  - Name: user
    Type: string
    Default: '*'
  - Name: since
    Type: datetime
    Default: datetime(null)
  - Name: disabled
    Type: bool
    Default: False
ParserQuery: |
  let parser = (disabled: bool = false) {
    SignIns | where not(disabled) and (user == '*' or User == user)
  };
  parser(disabled = disabled)
`
	template := `{"resources": [{"resources": [{"type": "savedSearches", "properties": {"FunctionAlias": "imTest", "displayName": "d",
		"query": "SignIns | where not(disabled)", "functionParameters": "disabled:bool=False"}}]}]}`
	m := &memory{}
	add := func(path, name, text string) {
		t.Helper()
		list, err := workspace.ReadFunctions(path, name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		m.functions = append(m.functions, list...)
	}
	add("p.yaml", "", parser)
	add("t.json", "", template)
	add("a.kql", "", "let Twice = (n: long, d: dynamic = dynamic({})) { n * 2 };\nlet Failed = () { SignIns | where Result != 0 };")
	add("Plain.kql", "", "// all\nlet x = 0;\nSignIns | where Result == x")
	add("l.kql", "Lambda", "(u: string = \"bob\") { SignIns | where User == u }")
	add("s.kql", "Again", "Again | take 1")
	e := house(t, m, workspace.Mirror{})
	check(t, e, map[string]string{
		`_ASim_Authentication_Test | count`:                       `3`,
		`ASimAuthenticationTest(user="bob") | project Result`:     `50126`,
		`ASimAuthenticationTest("ada", disabled=true) | count`:    `0`,
		`imTest(true) | count`:                                    `0`,
		`imTest | count`:                                          `3`,
		`print Twice(21)`:                                         `42`,
		`Failed | project User`:                                   `"bob"`,
		`Plain | count`:                                           `2`,
		`Lambda() | project User`:                                 `"bob"`,
		`union Lambda("ada"), Failed | summarize make_list(User)`: `["ada","bob"]`,
		`Again`:                                                    `error Again`,
		`_Im_WebSession(starttime=ago(1d))`:                        `error sleuth functions add PARSER.yaml`,
		`imDns | take 1`:                                           `error sleuth functions add PARSER.yaml`,
		`workspace("main").SignIns | count`:                        `3`,
		`workspace("other").SignIns | count`:                       `error workspace("other") is not configured`,
		`cluster("x").database("main").SignIns | count`:            `error cluster("x") is not configured`,
		`union workspace("MAIN").SignIns, SignIns | count`:         `6`,
		`materialized_view("x") | count`:                           `error materialized_view`,
		`stored_query_result("x") | count`:                         `error stored_query_result`,
		`let x = imTest; x | where User == "ada" | project Result`: `0`,
	})
}

func TestParameters(t *testing.T) {
	f := workspace.Function{Name: "f", Params: "T: (*), S: (a: string, b: long), user: string, days: int = 7, since: datetime = datetime(2026-01-01)", Body: "T | take days"}
	got, err := f.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	want := []workspace.Parameter{
		{Name: "T", Columns: types.Schema{}},
		{Name: "S", Columns: types.Schema{{Name: "a", Type: types.String}, {Name: "b", Type: types.Long}}},
		{Name: "user", Type: types.String},
		{Name: "days", Type: types.Int, Default: "7"},
		{Name: "since", Type: types.DateTime, Default: "datetime(2026-01-01)"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReadFunctionsRefuses(t *testing.T) {
	for _, c := range []struct{ path, name, text, want string }{
		{"a.yaml", "", "a: [", "YAML"},
		{"a.yaml", "", "id: 1\n", "needs ParserName"},
		{"a.json", "", "{}", "no saved search"},
		{"a.kql", "bad name", "T", "cannot name a function"},
		{"a.kql", "F", "T | where (", "function F"},
		{"a.kql", "F", "T };\nlet evil = () { U", "function F"},
		{"a.kql", "F", "", "no query"},
	} {
		if _, err := workspace.ReadFunctions(c.path, c.name, []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %s", c.path, c.text, err, c.want)
		}
	}
}

func TestExternalData(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("n|s\n7|seven\n")); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	put("h.example/a/iocs.csv", "\ufeffDate,IoC\n2026-01-02,\"a, b\"\nnot a date,c\n")
	put("h.example/p.psv.gz", packed.String())
	put("h.example/j.json", "{\"IoC\": \"x\", \"n\": 1}\n{\"IoC\": null, \"d\": {\"k\": [1]}}\n")
	put("h.example/m.json", `[{"IoC": "x"}, {"IoC": "y", "n": "12"}]`)
	put("h.example/list", "one\r\ntwo\n")
	put("h.example/q.csv?raw=true", "q\n")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "h.example", "leak.txt")); err != nil {
		t.Fatal(err)
	}
	e := house(t, &memory{}, workspace.Mirror{Dir: dir})
	check(t, e, map[string]string{
		`externaldata(Date:datetime, IoC:string)[@"https://h.example/a/iocs.csv"] with (format="csv", ignoreFirstRecord=true)`:     `"2026-01-02T00:00:00.0000000Z","a, b"; null,"c"`,
		`externaldata(Date:string, IoC:string, More:long)["https://H.example/a/../a/iocs.csv"] | take 1`:                           `"Date","IoC",null`,
		`externaldata(n:long, s:string)[h"https://h.example/p.psv.gz?sv=1&sig=abc"] with (ignoreFirstRecord=True)`:                 `7,"seven"`,
		`externaldata(IoC:string, n:int, d:dynamic)["https://h.example/j.json"] with (format=multijson)`:                           `"x",1,null; "",null,{"k":[1]}`,
		`externaldata(IoC:string, n:int)["https://h.example/m.json"] with (format="multijson")`:                                    `"x",null; "y",12`,
		`external_data(l:string)["https://h.example/list", "https://h.example/list"] with (format="txt") | summarize count() by l`: `"one",2; "two",2`,
		`externaldata(x:string)["https://h.example/q.csv?raw=true"]`:                                                               `"q"`,
		`let t = externaldata(x:string)["https://h.example/q.csv?raw=true"]; SignIns | where User !in (t) | count`:                 `3`,
		`externaldata(x:string)["https://h.example/none.csv"]`:                                                                     `error curl -fL --create-dirs -o '` + dir + `/h.example/none.csv'`,
		`externaldata(x:string)["https://h.example/leak.txt"]`:                                                                     `error cannot be read`,
		`externaldata(x:string)["https://h.example/../../../etc/passwd"]`:                                                          `error not in the mirror`,
		`externaldata(x:string)["file:///etc/passwd"]`:                                                                             `error not the address`,
		`externaldata(x:string)["https://../etc/passwd"]`:                                                                          `error not the address`,
		`externaldata(x:string)["https://h.example/list"] with (format="parquet")`:                                                 `error the format "parquet" is not read`,
	})
	allowed := house(t, &memory{}, workspace.Mirror{Dir: dir, Allow: []string{"https://h.example/a/", "https://h.example/list"}})
	host := house(t, &memory{}, workspace.Mirror{Dir: dir, Allow: []string{"https://h.example/"}})
	check(t, host, map[string]string{`externaldata(x:string)["https://h.example/m.json"] | count`: `2`})
	check(t, allowed, map[string]string{
		`externaldata(x:string)["https://h.example/a/iocs.csv"] | count`:  `3`,
		`externaldata(x:string)["https://h.example/list"] | count`:        `2`,
		`externaldata(x:string)["https://h.example/m.json"] | count`:      `error not on the allow-list`,
		`externaldata(x:string)["https://h.example/a/../m.json"] | count`: `error not on the allow-list`,
	})
}

func FuzzReadFunctions(f *testing.F) {
	f.Add("a.yaml", "ParserName: x\nParserQuery: T\n")
	f.Add("a.json", `{"functionAlias": "x", "query": "T"}`)
	f.Add("a.kql", "let f = (a: long = 1) { T };")
	f.Fuzz(func(t *testing.T, path, text string) {
		list, err := workspace.ReadFunctions(path, "", []byte(text))
		if err != nil {
			return
		}
		for _, fn := range list {
			if fn.Check() != nil {
				t.Errorf("%+v was read and does not pass", fn)
			}
		}
	})
}

func FuzzReadWatchlist(f *testing.F) {
	f.Add("a,b\n1,2\n", "a")
	f.Fuzz(func(t *testing.T, text, key string) {
		w, items, err := workspace.ReadWatchlist("x", key, "f", []byte(text), now)
		if err != nil {
			return
		}
		for _, it := range items {
			if len(it.Values) != len(w.Columns) {
				t.Errorf("%v has not the columns %v", it, w.Columns)
			}
		}
	})
}

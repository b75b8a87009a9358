package engine

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

var update = flag.Bool("update", false, "write docs/reference/coverage.md instead of comparing it")

const coveragePage = "../../docs/reference/coverage.md"

// covered counts, for one operator or function, the cases that gave the expected rows.
type covered struct{ reference, duckdb int }

// coverage runs cases and counts what they cover.
type coverage struct {
	t      *testing.T
	engine *Engine
	mem    *memory
	by     map[string]*covered // "kind name"
	tables int
}

// TestCoverage runs the cases of testdata/coverage.yaml and every example of the function library in the reference, and in
// DuckDB where the whole query has SQL, and makes docs/reference/coverage.md of what gave the expected rows.
func TestCoverage(t *testing.T) {
	m := newMemory(t)
	people(t, m)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	e.everything = true
	c := &coverage{t: t, engine: e, mem: m, by: map[string]*covered{}}
	for _, x := range coverageCases(t) {
		c.run(x)
	}
	for _, f := range builtin.Standard().All() {
		for _, x := range f.Examples {
			c.example(f, x)
		}
	}
	c.page()
}

// coverageCase is a query, the rows that it gives, and the operators and functions that it is a case of.
type coverageCase struct {
	Of    []string // "operator where", "infix has", "aggregate sum", "plugin pivot", "window prev", "scalar pack_all"
	Query string
	Rows  []string // as lines writes them
}

func coverageCases(t testing.TB) []coverageCase {
	text, err := os.ReadFile("testdata/coverage.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []coverageCase
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// run counts a case where it gives its rows. What it covers must stand in its text.
func (c *coverage) run(x coverageCase) {
	for _, of := range x.Of {
		if _, name, _ := strings.Cut(of, " "); !strings.Contains(x.Query, name) {
			c.t.Errorf("%s\nis no case of %s", x.Query, of)
		}
	}
	want := strings.Join(x.Rows, "\n")
	check := func(name string, o Options) bool {
		res, err := c.engine.Query(context.Background(), x.Query, o)
		if err != nil {
			c.t.Errorf("%s\n%s: %v", x.Query, name, err)
			return false
		}
		if got := strings.Join(allLines(res), "\n"); got != want {
			c.t.Errorf("%s\n%s gives\n%s\nand not\n%s", x.Query, name, got, want)
			return false
		}
		return true
	}
	now := time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)
	ref := check("reference", Options{NoPushdown: true, Now: now})
	sql := c.whole(x.Query) && check("DuckDB", Options{Now: now})
	for _, of := range x.Of {
		c.count(of, ref, sql)
	}
}

func (c *coverage) count(of string, ref, sql bool) {
	n := c.by[of]
	if n == nil {
		n = &covered{}
		c.by[of] = n
	}
	if ref {
		n.reference++
	}
	if sql {
		n.duckdb++
	}
}

// example runs an example of a function with its constant arguments in the columns of a table, so that nothing is computed
// before it runs.
func (c *coverage) example(f *builtin.Function, x builtin.Example) {
	if f.Kind != builtin.Scalar {
		return
	}
	call, columns := c.outOfLine(f, x.Call)
	o := Options{Now: time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)}
	ask := func(query string, o Options) (string, bool) {
		res, err := c.engine.Query(context.Background(), query, o)
		if err != nil || len(res.Rows()) != 1 {
			c.t.Errorf("%s: %v", query, err)
			return "", false
		}
		return res.Columns()[0].Type.String() + " " + lines(res.Tables[0])[0], true
	}
	want, ok := ask("print x = "+x.Result, o)
	if !ok {
		return
	}
	query := "print x = " + x.Call
	if columns != nil {
		query = columns.name + " | project x = " + call
	}
	got, ok := ask(query, Options{NoPushdown: true, Now: o.Now})
	if ok && got != want {
		c.t.Errorf("%s gives %s, not %s (%s)", query, got, want, x.Call)
	}
	sql := false
	if columns != nil && c.whole(query) {
		in, ran := ask(query, o)
		if ran && in != want {
			c.t.Errorf("in DuckDB %s gives %s, not %s (%s)", query, in, want, x.Call)
		}
		sql = ran && in == want
	}
	c.count("scalar "+f.Name, ok && got == want, sql)
}

// row is a table of one row that holds arguments.
type row struct {
	name    string
	columns types.Schema
	values  types.Row
}

// outOfLine moves the arguments of a call that are literals into a table, but those that must be constants; nil where
// none can move.
func (c *coverage) outOfLine(f *builtin.Function, call string) (string, *row) {
	query, list := syntax.Parse("print x = " + call)
	if list.Failed() {
		return call, nil
	}
	x := query.Statements[0].(*syntax.QueryStmt).Expr.(*syntax.TabularExpr).Source.(*syntax.OperatorExpr).Operator.(*syntax.ProjectOp).Columns[0].Value
	e, ok := x.(*syntax.CallExpr)
	if !ok {
		return call, nil
	}
	var args []syntax.Expr
	for i, a := range e.Args {
		if !constantParam(f, i, len(e.Args)) {
			args = append(args, a.Value)
		}
	}
	c.tables++
	out := &row{name: fmt.Sprintf("Example%d", c.tables)}
	text, at := "print x = "+call, 0
	var b strings.Builder
	for _, a := range args {
		span := a.Span()
		value, ok := c.literal(text[span.Start:span.End])
		if !ok {
			continue
		}
		name := fmt.Sprintf("a%d", len(out.values))
		out.columns = append(out.columns, types.Column{Name: name, Type: value.Type()})
		out.values = append(out.values, value)
		b.WriteString(text[at:span.Start] + name)
		at = span.End
	}
	if len(out.values) == 0 {
		return call, nil
	}
	b.WriteString(text[at:])
	c.mem.add(c.t, out.name, out.columns, []types.Row{out.values})
	return strings.TrimPrefix(b.String(), "print x = "), out
}

// literal is the value of an argument that is a constant and of a known type.
func (c *coverage) literal(text string) (types.Value, bool) {
	res, err := c.engine.Query(context.Background(), "print x = "+text, Options{NoPushdown: true})
	if err != nil || len(res.Rows()) != 1 || len(res.Rows()[0]) != 1 || res.Columns()[0].Type == types.Unknown {
		return types.Value{}, false
	}
	v := res.Rows()[0][0]
	if v.Type() == types.Dynamic && !strings.HasPrefix(strings.TrimSpace(text), "dynamic") {
		return types.Value{}, false
	}
	return v, true
}

// constantParam reports whether the i-th of n arguments must be a constant in any of the function's forms, or names a type.
func constantParam(f *builtin.Function, i, n int) bool {
	for _, s := range f.Signatures {
		if s.NamesType && i == n-1 {
			return true
		}
		if p := s.Params; i < len(p) && (p[i].Constant || len(p[i].Values) > 0) {
			return true
		}
	}
	return false
}

// whole reports whether all of a query has SQL.
func (c *coverage) whole(text string) bool {
	q := c.engine.begin(context.Background(), Options{Now: time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)})
	bound, _, err := q.bind(diag.NewSource("query", text))
	if err != nil {
		return false
	}
	_, ok := q.prepare(full, bound.Node).split.(*plan.RemoteOp)
	return ok && len(bound.Others) <= 1
}

// allLines are the rows of all results; a line names each of several.
func allLines(res *Result) []string {
	if len(res.Tables) == 1 {
		return lines(res.Tables[0])
	}
	var out []string
	for _, t := range res.Tables {
		out = append(out, "-- "+t.Name)
		out = append(out, lines(t)...)
	}
	return out
}

// page writes or compares the page, and logs the totals.
func (c *coverage) page() {
	var b strings.Builder
	b.WriteString("# Coverage of the language\n\nMade by `go test ./kql/engine -run TestCoverage`: each number counts the cases that gave the expected rows in the\n" +
		"reference executor, in plain Go, and in DuckDB, where the whole query has SQL. A dash: no case; what has no SQL is\n" +
		"run by the reference on rows that DuckDB has already reduced. Operators of graphs and plugins have no SQL.\n")
	total := covered{}
	var names int
	for _, part := range c.parts() {
		fmt.Fprintf(&b, "\n## %s\n\n| name | reference | DuckDB |\n|---|---|---|\n", part.title)
		for _, name := range part.names {
			n := covered{}
			if have := c.by[part.kind+" "+name]; have != nil {
				n = *have
			}
			names++
			total.reference += min(1, n.reference)
			total.duckdb += min(1, n.duckdb)
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.ReplaceAll(name, "|", `\|`), dash(n.reference), dash(n.duckdb))
			delete(c.by, part.kind+" "+name)
		}
	}
	for _, left := range slices.Sorted(maps.Keys(c.by)) {
		c.t.Errorf("a case is of %s, which is not in the language", left)
	}
	c.t.Logf("coverage: reference %d/%d, DuckDB %d/%d", total.reference, names, total.duckdb, names)
	fmt.Fprintf(&b, "\nIn all: reference %d of %d, DuckDB %d.\n", total.reference, names, total.duckdb)
	if *update {
		if err := os.WriteFile(coveragePage, []byte(b.String()), 0o644); err != nil {
			c.t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(coveragePage); err != nil || string(have) != b.String() {
		c.t.Errorf("docs/reference/coverage.md is not what the cases show (%v): run make generate", err)
	}
}

func dash(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

type coveragePart struct {
	title, kind string
	names       []string
}

// parts are all names of the language; plugins that are refused are not among them.
func (c *coverage) parts() []coveragePart {
	out := []coveragePart{{title: "Tabular operators", kind: "operator", names: syntax.OperatorNames()}}
	for _, k := range []struct {
		kind        builtin.Kind
		title, name string
	}{
		{builtin.Operator, "Scalar operators", "infix"}, {builtin.Scalar, "Scalar functions", "scalar"},
		{builtin.Aggregate, "Aggregation functions", "aggregate"}, {builtin.Window, "Window functions", "window"},
		{builtin.Plugin, "Plugins", "plugin"},
	} {
		part := coveragePart{title: k.title, kind: k.name}
		for _, f := range builtin.Standard().All() {
			if f.Kind == k.kind && !(k.kind == builtin.Plugin && c.refused(f.Name)) {
				part.names = append(part.names, f.Name)
			}
		}
		slices.Sort(part.names)
		out = append(out, part)
	}
	return out
}

// refused reports whether the binder refuses a plugin whatever its arguments (KQL1207).
func (c *coverage) refused(plugin string) bool {
	for _, d := range c.engine.Check("People | evaluate " + plugin + "()").Items {
		if d.Code == "KQL1207" {
			return true
		}
	}
	return false
}

// people is the table that the cases ask.
func people(t testing.TB, m *memory) {
	t.Helper()
	at := func(text string) types.Value {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return types.NewDateTime(types.TicksOf(when))
	}
	js := func(text string) types.Value {
		if text == "" {
			return types.Null(types.Dynamic)
		}
		tree, err := types.ParseJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		return types.NewDynamic(tree)
	}
	str, long := types.NewString, types.NewLong
	schema := types.Schema{{Name: "Name", Type: types.String}, {Name: "Age", Type: types.Long}, {Name: "Dept", Type: types.String},
		{Name: "At", Type: types.DateTime}, {Name: "Tags", Type: types.Dynamic}, {Name: "Bag", Type: types.Dynamic}}
	m.add(t, "People", schema, []types.Row{
		{str("ann"), long(30), str("it"), at("2026-11-01T10:00:00Z"), js(`["a","b"]`), js(`{"x":1}`)},
		{str("bob"), long(25), str("hr"), at("2026-11-01T11:00:00Z"), js(`["b"]`), js(`{"x":2,"y":"q"}`)},
		{str("cat"), types.Null(types.Long), str("it"), at("2026-11-02T09:30:00Z"), js(`[]`), js(`{}`)},
		{str("dan"), long(41), str("hr"), at("2026-11-03T00:00:00Z"), js(""), js("")},
		{str("eve"), long(25), str("it"), at("2026-11-03T12:00:00Z"), js(`["a","c"]`), js(`{"x":3}`)},
	})
}

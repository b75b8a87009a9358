package bind_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func bindSample(t *testing.T, query string, opts bind.Options) (*plan.Result, string) {
	t.Helper()
	q, errs := syntax.Parse(query)
	if errs.Failed() {
		t.Fatalf("%s\n%v", query, errs)
	}
	res, diags := bind.Bind(q, sampleCatalog(), library(), opts)
	if diags.Failed() {
		return nil, diags.First().Code
	}
	return res, ""
}

// TestBombs: lets and functions that double at each step stay small, or are refused.
func TestBombs(t *testing.T) {
	var tables, functions, scalars strings.Builder
	tables.WriteString("let x0 = T;\n")
	functions.WriteString("let f0 = (n:long) { n };\n")
	scalars.WriteString("let s0 = (n:long) { n + n };\n")
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&tables, "let x%d = union x%d, x%d;\n", i, i-1, i-1)
		fmt.Fprintf(&functions, "let f%d = (n:long) { f%d(n) + f%d(n) };\n", i, i-1, i-1)
		fmt.Fprintf(&scalars, "let s%d = (n:long) { s%d(n + n) };\n", i, i-1)
	}
	for name, query := range map[string]string{
		"tables":    tables.String() + "x40",
		"functions": functions.String() + "T | extend f40(a)",
		"scalars":   scalars.String() + "T | extend s40(a)",
	} {
		if _, code := bindSample(t, query, bind.Options{}); code != "KQL1280" {
			t.Errorf("%s: code %q", name, code)
		}
	}
	shared := strings.ReplaceAll(tables.String(), "let x1 = union x0, x0;", "let x1 = materialize(union x0, x0);")
	if _, code := bindSample(t, shared+"x8", bind.Options{}); code != "" {
		t.Errorf("a materialised let is refused: %s", code)
	}
}

// TestLongChains: long conditions are bound, and their tree is shallow.
func TestLongChains(t *testing.T) {
	query := "T | where a == 0" + strings.Repeat(" or a == 1", 5000)
	res, code := bindSample(t, query, bind.Options{})
	if code != "" {
		t.Fatal(code)
	}
	if d := depth(res.Node.(*plan.FilterOp).Predicate); d > 20 {
		t.Errorf("the condition is %d deep", d)
	}
}

func depth(e plan.Expr) int {
	c, ok := e.(*plan.Call)
	if !ok {
		return 1
	}
	most := 0
	for _, a := range c.Args {
		most = max(most, depth(a))
	}
	return most + 1
}

// TestConstants: now and what is computed from it are one value throughout the query.
func TestConstants(t *testing.T) {
	now := types.UnixEpochTicks + 20000*types.TicksPerDay
	for query, want := range map[string]string{
		"print now()":   "2024-10-04T00:00:00.0000000Z",
		"print ago(1d)": "2024-10-03T00:00:00.0000000Z",
		"let w = 7d; let start = ago(2 * w); print start": "2024-09-20T00:00:00.0000000Z",
		"print now(-1h)": "2024-10-03T23:00:00.0000000Z",
		"let d = todatetime('2020-02-01') + 1d; print d":        "2020-02-02T00:00:00.0000000Z",
		"let n = -(3 + 4) * 2; print n":                         "-14",
		"let f = (x:long = 2) { x * 10 }; let y = f(); print y": "20",
	} {
		res, code := bindSample(t, query, bind.Options{Now: now})
		if code != "" {
			t.Errorf("%s: %s", query, code)
			continue
		}
		lit, ok := res.Node.(*plan.ProjectOp).Columns[0].Expr.(*plan.Literal)
		if !ok || lit.Value.Text() != want {
			t.Errorf("%s: %v, want %s", query, res.Node.(*plan.ProjectOp).Columns[0].Expr, want)
		}
	}
}

// TestParameters: values of declared parameters come from the caller, of the declared type.
func TestParameters(t *testing.T) {
	query := "declare query_parameters(n:long, s:string = 'x'); T | where a == n and b == s"
	for _, c := range []struct {
		params map[string]types.Value
		code   string
	}{
		{map[string]types.Value{"n": types.NewLong(3)}, ""},
		{map[string]types.Value{"n": types.NewString("3")}, "KQL1224"},
		{nil, "KQL1223"},
	} {
		if _, code := bindSample(t, query, bind.Options{Params: c.params}); code != c.code {
			t.Errorf("%v: code %q, want %q", c.params, code, c.code)
		}
	}
}

// TestProbe: a schema that depends on the data is asked for, and then closed.
func TestProbe(t *testing.T) {
	asked := 0
	probe := func(n plan.Node) (types.Schema, error) {
		asked++
		if _, ok := n.(*plan.EvaluateOp); !ok {
			t.Errorf("asked about %T", n)
		}
		return types.Schema{{Name: "a", Type: types.Long}, {Name: "p", Type: types.String}}, nil
	}
	res, code := bindSample(t, "T | project a, d | evaluate bag_unpack(d) | where p has 'x'", bind.Options{Probe: probe})
	if code != "" || asked != 1 || res.Node.Schema().String() != "a:long, p:string" {
		t.Errorf("code %q, asked %d", code, asked)
	}
	if _, code := bindSample(t, "T | project a, d | evaluate bag_unpack(d) | where q has 'x'", bind.Options{Probe: probe}); code != "KQL1203" {
		t.Errorf("code %q for a column that the probe does not know", code)
	}
}

// TestSharing: a materialised let is one shared node, a plain one is not.
func TestSharing(t *testing.T) {
	for query, want := range map[string]int{
		"let v = materialize(T | project a); union v, v": 2,
		"let v = T | project a; union v, v":              0,
	} {
		res, code := bindSample(t, query, bind.Options{})
		if code != "" {
			t.Fatal(code)
		}
		ids, n := map[int]bool{}, 0
		for _, in := range res.Node.Inputs() {
			if s, ok := in.(*plan.SharedOp); ok {
				ids[s.ID] = true
				n++
			}
		}
		if n != want || len(ids) > 1 {
			t.Errorf("%s: %d shared nodes of %d IDs", query, n, len(ids))
		}
	}
}

// TestTimespan: the period of a request narrows tables with a time column, and those only.
func TestTimespan(t *testing.T) {
	cat := sampleCatalog()
	cat.tables["H"].TimeColumn = "when"
	from, to := int64(10), int64(20)
	for query, filters := range map[string]int{"H": 2, "T": 0, "H | join (H) on a": 4} {
		q, _ := syntax.Parse(query)
		res, diags := bind.Bind(q, cat, library(), bind.Options{Timespan: &bind.Timespan{From: &from, To: &to}})
		if diags.Failed() {
			t.Fatal(diags)
		}
		n := 0
		plan.Walk(res.Node, func(x plan.Node) {
			if _, ok := x.(*plan.FilterOp); ok {
				n++
			}
		})
		if n != filters {
			t.Errorf("%s: %d filters, want %d", query, n, filters)
		}
	}
}

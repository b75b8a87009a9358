package reference_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Plans are made by hand here; the conformance test runs the same executor behind the parser and binder.

func long(n int64) types.Value    { return types.NewLong(n) }
func text(s string) types.Value   { return types.NewString(s) }
func nullLong() types.Value       { return types.Null(types.Long) }
func lit(v types.Value) plan.Expr { return &plan.Literal{Value: v} }
func col(name string, t types.Type) plan.Expr {
	return &plan.Column{Name: name, Typ: t}
}

func json(s string) types.Value { return types.NewDynamicJSON(s) }

func op(name string, t types.Type, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: &builtin.Function{Name: name, Kind: builtin.Operator}, Args: args, Typ: t}
}

func window(name string, t types.Type, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: &builtin.Function{Name: name, Kind: builtin.Window}, Args: args, Typ: t}
}

func agg(name, out string, t types.Type, args ...plan.Expr) plan.Aggregate {
	f := &builtin.Function{Name: name, Kind: builtin.Aggregate}
	return plan.Aggregate{Func: f, Args: args, Out: types.Schema{{Name: out, Type: t}}}
}

func values(schema types.Schema, rows ...types.Row) *plan.ValuesOp {
	return &plan.ValuesOp{Columns: schema, Rows: rows}
}

var kv = types.Schema{{Name: "k", Type: types.Long}, {Name: "v", Type: types.String}}

func env() reference.Env { return reference.Env{Scalar: scalar.NewEnv(0, 1)} }

// run gives the rows as text: cells by tostring, null as ∅.
func run(t *testing.T, n plan.Node) []string {
	t.Helper()
	table, err := reference.New(reference.Options{}).Table(context.Background(), n, env())
	if err != nil {
		t.Fatal(err)
	}
	return rowTexts(table.Rows)
}

func rowTexts(rows []types.Row) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, v := range row {
			if cells[j] = v.Text(); v.IsNull() {
				cells[j] = "∅"
			}
		}
		out[i] = strings.Join(cells, "|")
	}
	return out
}

func expect(t *testing.T, n plan.Node, want ...string) {
	t.Helper()
	if got := run(t, n); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q\nplan:\n%s", got, want, plan.Format(n))
	}
}

func people() *plan.ValuesOp {
	return values(kv, types.Row{long(2), text("b")}, types.Row{nullLong(), text("n")}, types.Row{long(1), text("a")}, types.Row{long(2), text("c")})
}

func TestPerRowOperators(t *testing.T) {
	k := col("k", types.Long)
	expect(t, &plan.FilterOp{Input: people(), Predicate: op(">", types.Bool, k, lit(long(1)))}, "2|b", "2|c")
	expect(t, &plan.ProjectOp{Input: people(), Columns: []plan.Named{{Name: "x", Expr: op("+", types.Long, k, lit(long(10)))}}}, "12", "∅", "11", "12")
	expect(t, &plan.ExtendOp{Input: people(), Columns: []plan.Named{{Name: "v", Expr: k}, {Name: "w", Expr: col("v", types.String)}}},
		"2|2|b", "∅|∅|n", "1|1|a", "2|2|c")
	expect(t, &plan.TakeOp{Input: people(), Count: lit(long(2))}, "2|b", "∅|n")
	expect(t, &plan.RangeOp{Column: types.Column{Name: "x", Type: types.Long}, From: lit(long(5)), To: lit(long(1)), Step: lit(long(-2))}, "5", "3", "1")
	expect(t, &plan.UnionOp{Sources: []plan.Node{values(kv, types.Row{long(1), text("x")}), values(kv)}}, "1|x")
}

func TestLogicIsThreeValuedAndLazy(t *testing.T) {
	null := lit(types.Null(types.Bool))
	for _, c := range []struct {
		x    plan.Expr
		want string
	}{
		{op("and", types.Bool, null, lit(types.NewBool(false))), "false"},
		{op("and", types.Bool, null, lit(types.NewBool(true))), "∅"},
		{op("or", types.Bool, null, lit(types.NewBool(true))), "true"},
		{op("iff", types.Long, null, lit(long(1)), lit(long(2))), "2"},
		{op("coalesce", types.Long, lit(nullLong()), lit(long(3))), "3"},
	} {
		expect(t, &plan.ProjectOp{Input: values(nil, types.Row{}), Columns: []plan.Named{{Name: "x", Expr: c.x}}}, c.want)
	}
}

func TestSummarize(t *testing.T) {
	by := []plan.Named{{Name: "k", Expr: col("k", types.Long)}}
	expect(t, &plan.SummarizeOp{Input: people(), By: by, Aggregates: []plan.Aggregate{
		agg("count", "n", types.Long), agg("make_list", "l", types.Dynamic, col("v", types.String)),
	}}, `2|2|["b","c"]`, `∅|1|["n"]`, `1|1|["a"]`)
	empty := values(kv)
	expect(t, &plan.SummarizeOp{Input: empty, By: by, Aggregates: []plan.Aggregate{agg("count", "n", types.Long)}})
	expect(t, &plan.SummarizeOp{Input: empty, Aggregates: []plan.Aggregate{
		agg("count", "n", types.Long), agg("sum", "s", types.Long, col("k", types.Long)), agg("max", "m", types.Long, col("k", types.Long)),
		agg("make_set", "l", types.Dynamic, col("k", types.Long)),
	}}, "0|0|∅|[]")
	pick := agg("arg_max", "k", types.Long, col("k", types.Long), col("v", types.String))
	pick.Out = kv
	expect(t, &plan.SummarizeOp{Input: people(), Aggregates: []plan.Aggregate{pick}}, "2|b")
	expect(t, &plan.DistinctOp{Input: &plan.ProjectOp{Input: people(), Columns: by}}, "2", "∅", "1")
}

func TestSortPutsNullsWhereTheKeySays(t *testing.T) {
	key := func(desc, first bool) []plan.SortKey {
		return []plan.SortKey{{Expr: col("k", types.Long), Desc: desc, NullsFirst: first}}
	}
	expect(t, &plan.SortOp{Input: people(), Keys: key(false, true)}, "∅|n", "1|a", "2|b", "2|c")
	expect(t, &plan.SortOp{Input: people(), Keys: key(true, false)}, "2|b", "2|c", "1|a", "∅|n")
}

func TestJoinKinds(t *testing.T) {
	right := types.Schema{{Name: "k", Type: types.Int}, {Name: "w", Type: types.String}}
	r := values(right, types.Row{types.NewInt(2), text("x")}, types.Row{types.NewInt(2), text("y")}, types.Row{types.Null(types.Int), text("m")}, types.Row{types.NewInt(9), text("z")})
	both := []plan.JoinColumn{{Name: "v", Source: "v", Typ: types.String}, {Name: "w", Source: "w", Right: true, Typ: types.String}}
	left, only := both[:1], both[1:]
	for _, c := range []struct {
		kind string
		out  []plan.JoinColumn
		want []string
	}{
		{"inner", both, []string{"b|x", "b|y", "n|m", "c|x", "c|y"}},
		{"innerunique", both, []string{"b|x", "b|y", "n|m"}},
		{"leftouter", both, []string{"b|x", "b|y", "n|m", "a|", "c|x", "c|y"}},
		{"fullouter", both, []string{"b|x", "b|y", "n|m", "a|", "c|x", "c|y", "|z"}},
		{"rightouter", both, []string{"b|x", "b|y", "n|m", "c|x", "c|y", "|z"}},
		{"leftsemi", left, []string{"b", "n", "c"}},
		{"leftanti", left, []string{"a"}},
		{"rightsemi", only, []string{"x", "y", "m"}},
		{"rightanti", only, []string{"z"}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			expect(t, &plan.JoinOp{Kind: c.kind, Left: people(), Right: r, Output: c.out,
				Keys: []plan.JoinKey{{Left: col("k", types.Long), Right: col("k", types.Int)}}}, c.want...)
		})
	}
}

func TestExpand(t *testing.T) {
	in := types.Schema{{Name: "id", Type: types.Long}, {Name: "a", Type: types.Dynamic}, {Name: "b", Type: types.Dynamic}}
	rows := values(in, types.Row{long(1), json(`[1,2]`), json(`{"p":true}`)}, types.Row{long(2), json(`[]`), json(`[]`)}, types.Row{long(3), json(``), json(`[]`)})
	out := types.Schema{{Name: "id", Type: types.Long}, {Name: "a", Type: types.Long}, {Name: "b", Type: types.Dynamic}, {Name: "i", Type: types.Long}}
	expand := []plan.MvColumn{{Name: "a", Expr: col("a", types.Dynamic), Typ: types.Long}, {Name: "b", Expr: col("b", types.Dynamic), Typ: types.Dynamic}}
	expect(t, &plan.MvExpandOp{Input: rows, Columns: expand, ItemIndex: "i", Out: out}, `1|1|{"p":true}|0`, `1|2|∅|1`, `3|∅|∅|0`)
	expect(t, &plan.MvExpandOp{Input: rows, Columns: expand, ItemIndex: "i", Limit: lit(long(1)), BagArrays: true, Out: out}, `1|1|["p",true]|0`, `3|∅|∅|0`)
	group := &plan.GroupInputOp{Columns: out[:3]}
	sum := agg("sum", "s", types.Long, col("a", types.Long))
	expect(t, &plan.MvApplyOp{Input: rows, Columns: expand, Keep: []string{"id"},
		Subquery: &plan.SummarizeOp{Input: group, Aggregates: []plan.Aggregate{sum}},
		Out:      types.Schema{{Name: "id", Type: types.Long}, {Name: "s", Type: types.Long}}}, "1|3", "3|0")
}

func TestWindowsSeeEveryRow(t *testing.T) {
	k, v := col("k", types.Long), col("v", types.String)
	cols := []plan.Named{
		{Name: "n", Expr: window("row_number", types.Long)},
		{Name: "p", Expr: window("prev", types.String, v)},
		{Name: "x", Expr: window("next", types.String, v, lit(long(1)), lit(text("end")))},
		// The sum runs over all rows although iff asks for it in one row only.
		{Name: "c", Expr: op("iff", types.Long, op("==", types.Bool, k, lit(long(1))), window("row_cumsum", types.Long, k), lit(long(0)))},
	}
	expect(t, &plan.SerializeOp{Input: people(), Columns: cols}, "2|b|1||n|0", "∅|n|2|b|a|0", "1|a|3|n|c|3", "2|c|4|a|end|0")
}

func TestLimitsAndCancelling(t *testing.T) {
	many := &plan.RangeOp{Column: types.Column{Name: "x", Type: types.Long}, From: lit(long(1)), To: lit(long(1 << 40)), Step: lit(long(1))}
	sorted := &plan.SortOp{Input: many, Keys: []plan.SortKey{{Expr: col("x", types.Long)}}}
	for _, limits := range []reference.Limits{{Rows: 1000}, {Memory: 1 << 20}} {
		e := env()
		e.Limits = limits
		_, err := reference.New(reference.Options{}).Table(context.Background(), sorted, e)
		var limit *reference.LimitError
		if !errors.As(err, &limit) {
			t.Errorf("limits %+v: got %v", limits, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := reference.New(reference.Options{}).Table(ctx, sorted, env()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type countingSource struct {
	mu    sync.Mutex
	scans int
}

func (s *countingSource) Scan(context.Context, *plan.ScanOp) (reference.Rows, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans++
	return reference.SliceRows(people().Rows), nil
}

func TestSharedNodesAreComputedOnce(t *testing.T) {
	src := &countingSource{}
	shared := &plan.SharedOp{ID: 1, Input: &plan.ScanOp{Table: &plan.Table{Name: "T", Relation: "t"}, Columns: kv}}
	x := reference.New(reference.Options{Source: src})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			table, err := x.Table(context.Background(), &plan.UnionOp{Sources: []plan.Node{shared, shared}}, env())
			if err != nil || len(table.Rows) != 8 {
				t.Errorf("%v, %v", table, err)
			}
		})
	}
	wg.Wait()
	if src.scans != 1 {
		t.Errorf("scanned %d times", src.scans)
	}
}

func TestRemoteGivesSubPlans(t *testing.T) {
	marked := &plan.RemoteOp{Input: &plan.ScanOp{Table: &plan.Table{Name: "T"}, Columns: kv}}
	x := reference.New(reference.Options{Remote: func(_ context.Context, n plan.Node) (reference.Rows, bool, error) {
		if n == plan.Node(marked) {
			return reference.SliceRows(people().Rows), true, nil
		}
		return nil, false, nil
	}})
	table, err := x.Table(context.Background(), &plan.TakeOp{Input: marked, Count: lit(long(1))}, env())
	if err != nil || fmt.Sprint(rowTexts(table.Rows)) != "[2|b]" {
		t.Errorf("%v, %v", table, err)
	}
}

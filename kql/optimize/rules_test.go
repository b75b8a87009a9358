package optimize

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The plans here are made by hand: a column is its name, whose first letter tells its type.

func library() *builtin.Library {
	return builtin.NewLibrary([]*builtin.Function{
		{Name: "and", Kind: builtin.Operator}, {Name: "==", Kind: builtin.Operator}, {Name: ">", Kind: builtin.Operator}, {Name: "+", Kind: builtin.Operator},
		{Name: "-", Kind: builtin.Operator}, {Name: ">=", Kind: builtin.Operator}, {Name: "<", Kind: builtin.Operator}, {Name: "bin"}, {Name: "sum", Kind: builtin.Aggregate},
		{Name: "tolower"}, {Name: "abs"}, {Name: "geo_distance_2points"}, {Name: "/", Kind: builtin.Operator}, {Name: "rand", Impure: true},
		{Name: "count", Kind: builtin.Aggregate}, {Name: "max", Kind: builtin.Aggregate}, {Name: "prev", Kind: builtin.Window},
	})
}

func function(name string) *builtin.Function {
	lib := library()
	for _, k := range []builtin.Kind{builtin.Scalar, builtin.Operator, builtin.Aggregate, builtin.Window} {
		if f := lib.Lookup(k, name); f != nil {
			return f
		}
	}
	panic("no function " + name)
}

func typeOf(name string) types.Type {
	return map[byte]types.Type{'s': types.String, 'n': types.Long, 't': types.DateTime, 'j': types.Dynamic, 'r': types.Real}[name[0]]
}

func col(name string) *plan.Column { return &plan.Column{Name: name, Typ: typeOf(name)} }

func num(n int64) *plan.Literal { return &plan.Literal{Value: types.NewLong(n)} }

func call(name string, t types.Type, args ...plan.Expr) *plan.Call {
	return &plan.Call{Func: function(name), Typ: t, Args: args}
}

func eq(a, b plan.Expr) plan.Expr { return call("==", types.Bool, a, b) }

func and(a, b plan.Expr) plan.Expr { return call("and", types.Bool, a, b) }

func schema(names ...string) types.Schema {
	var s types.Schema
	for _, n := range names {
		s = append(s, types.Column{Name: n, Type: typeOf(n)})
	}
	return s
}

func scan(table string, names ...string) *plan.ScanOp {
	return &plan.ScanOp{Table: &plan.Table{Name: table, Relation: table, Columns: schema(names...)}, Columns: schema(names...)}
}

func filter(in plan.Node, p plan.Expr) plan.Node { return &plan.FilterOp{Input: in, Predicate: p} }

func named(name string, x plan.Expr) plan.Named { return plan.Named{Name: name, Expr: x} }

func extend(in plan.Node, c ...plan.Named) plan.Node { return &plan.ExtendOp{Input: in, Columns: c} }

func project(in plan.Node, c ...plan.Named) plan.Node { return &plan.ProjectOp{Input: in, Columns: c} }

func keepCols(names ...string) []plan.Named {
	var out []plan.Named
	for _, n := range names {
		out = append(out, named(n, col(n)))
	}
	return out
}

func join(kind string, l, r plan.Node, left []string, right []string) *plan.JoinOp {
	j := &plan.JoinOp{Kind: kind, Left: l, Right: r, Keys: []plan.JoinKey{{Left: col(left[0]), Right: col(right[0])}}}
	for _, n := range left {
		j.Output = append(j.Output, plan.JoinColumn{Name: n, Source: n, Typ: typeOf(n)})
	}
	for _, n := range right {
		j.Output = append(j.Output, plan.JoinColumn{Name: n + "1", Source: n, Right: true, Typ: typeOf(n)})
	}
	return j
}

// series is make-series of an aggregate over the first day there is, by hours.
func series(in plan.Node, of string) plan.Node {
	at := func(ticks int64) plan.Expr { return &plan.Literal{Value: types.NewDateTime(ticks)} }
	return &plan.MakeSeriesOp{Input: in, Axis: named("t", col("t")), From: at(0), To: at(types.TicksPerDay), Step: &plan.Literal{Value: types.NewTimeSpan(types.TicksPerHour)},
		By: keepCols("s"), Aggregates: []plan.SeriesAggregate{{Name: "n5", Aggregate: plan.Aggregate{Func: function(of), Out: schema("n5")}}}}
}

// distance is the column r, the distance of two points in a unit of so many meters.
func distance(unit float64) plan.Named {
	meters := call("geo_distance_2points", types.Real, col("r1"), col("r2"), col("r3"), col("r4"))
	return named("r", call("/", types.Real, meters, &plan.Literal{Value: types.NewReal(unit)}))
}

// ruleCases are plans and what the named rule, alone and once, makes of their root; "" where it must not apply.
func ruleCases() []struct {
	rule  string
	in    plan.Node
	after string
} {
	T := scan("T", "s", "n", "t")
	upper := named("s2", call("tolower", types.String, col("s")))
	prev := named("n2", call("prev", types.Long, col("n")))
	yes := &plan.Literal{Value: types.NewBool(true)}
	is := eq(col("n"), num(1))
	late := series(T, "count").(*plan.MakeSeriesOp)
	late.From = &plan.Literal{Value: types.NewDateTime(1)} // no bin begins there
	points := scan("T", "s", "n", "r1", "r2", "r3", "r4")
	more := func(n int64) plan.Expr { return call(">", types.Bool, col("r"), num(n)) }
	return []struct {
		rule  string
		in    plan.Node
		after string
	}{
		{"foldConstants", filter(T, eq(col("n"), call("+", types.Long, num(1), num(2)))), "Filter ==(n, 3)\n  Scan T"},
		{"foldConstants", filter(T, eq(col("n"), call("rand", types.Long))), ""},
		{"dropTrueFilter", filter(T, yes), "Scan T"},
		{"mergeFilters", filter(filter(T, is), eq(col("s"), col("s"))), "Filter and(==(n, 1), ==(s, s))\n  Scan T"},
		{"pushFilterBelowSort", filter(&plan.SortOp{Input: T, Keys: []plan.SortKey{{Expr: col("n")}}}, is), "Sort n asc nulls last\n  Filter ==(n, 1)\n    Scan T"},
		{"pushFilterBelowSort", filter(&plan.SortOp{Input: T, Keys: []plan.SortKey{{Expr: col("n")}}}, eq(col("n"), prev.Expr)), ""},
		{"pushFilterBelowProject", filter(project(T, named("n9", col("n")), upper), and(eq(col("n9"), num(1)), eq(col("s2"), col("s2")))), "Filter ==(s2, s2)\n  Project n9=n, s2=tolower(s)\n    Filter ==(n, 1)\n      Scan T"},
		{"pushFilterBelowExtend", filter(extend(T, upper), and(is, eq(col("s2"), col("s")))), "Filter ==(s2, s)\n  Extend s2=tolower(s)\n    Filter ==(n, 1)\n      Scan T"},
		{"pushFilterBelowExtend", filter(extend(T, named("n", call("+", types.Long, col("n"), num(1)))), is), ""},
		{"pushFilterBelowExtend", filter(extend(T, prev), is), ""},
		{"pushFilterBelowSummarize", filter(&plan.SummarizeOp{Input: T, By: keepCols("n"), Aggregates: []plan.Aggregate{{Func: function("count"), Out: schema("n5")}}}, and(is, eq(col("n5"), num(2)))), "Filter ==(n5, 2)\n  Summarize n5=count() by n\n    Filter ==(n, 1)\n      Scan T"},
		{"pushFilterBelowSummarize", filter(&plan.SummarizeOp{Input: T, Aggregates: []plan.Aggregate{{Func: function("count"), Out: schema("n")}}}, is), ""},
		{"pushFilterBelowDistinct", filter(&plan.DistinctOp{Input: T}, is), "Distinct\n  Filter ==(n, 1)\n    Scan T"},
		{"pushFilterBelowMvExpand", filter(&plan.MvExpandOp{Input: scan("T", "n", "j"), Columns: []plan.MvColumn{{Name: "j", Expr: col("j"), Typ: types.Dynamic}}, Out: schema("n", "j")}, is), "MvExpand j:dynamic=j\n  Filter ==(n, 1)\n    Scan T"},
		{"pushFilterBelowMvExpand", filter(&plan.MvExpandOp{Input: scan("T", "n", "j"), Columns: []plan.MvColumn{{Name: "n", Expr: col("n"), Typ: types.Long}}, Out: schema("n", "j")}, is), ""},
		{"pushFilterIntoUnion", filter(&plan.UnionOp{Sources: []plan.Node{T, T}}, is), "Union\n  Filter ==(n, 1)\n    Scan T\n  Filter ==(n, 1)\n    Scan T"},
		{"pushFilterIntoJoin", filter(join("inner", T, T, []string{"n", "s"}, []string{"n", "s"}), and(and(eq(col("s"), col("s")), eq(col("n1"), num(3))), eq(col("n"), col("n1")))), "Filter ==(n, n1)\n  Join inner on n==n -> (n:long, s:string, n1:long, s1:string)\n    Filter ==(s, s)\n      Scan T\n    Filter ==(n, 3)\n      Scan T"},
		{"pushFilterIntoJoin", filter(join("leftouter", T, T, []string{"n"}, []string{"n"}), eq(col("n1"), num(3))), ""},
		{"pushFilterIntoJoin", filter(join("innerunique", T, T, []string{"n", "s"}, []string{"n"}), eq(col("s"), col("s"))), ""},
		{"pushTakeBelowProject", &plan.TakeOp{Input: extend(T, upper), Count: num(5)}, "Extend s2=tolower(s)\n  Take 5\n    Scan T"},
		{"pushTakeBelowProject", &plan.TakeOp{Input: extend(T, prev), Count: num(5)}, ""},
		{"mergeProjects", project(project(T, upper, named("n", col("n"))), named("s3", col("s2"))), "Project s3=tolower(s)\n  Scan T"},
		{"mergeProjects", project(project(T, upper), named("s3", col("s2")), named("s4", col("s2"))), ""},
		{"countBelowSeries", series(T, "count"), "MakeSeries n5=sum($count) on t=$bin by s\n  Summarize $count=count() by $bin=bin(t, timespan(01:00:00)), s\n    Filter and(>=(t, datetime(0001-01-01T00:00:00.0000000Z)), <(t, datetime(0001-01-02T00:00:00.0000000Z)))\n      Scan T"},
		{"countBelowSeries", series(T, "max"), ""},
		{"countBelowSeries", late, "MakeSeries n5=sum($count) on t=$bin by s\n  Summarize $count=count() by $bin=+(datetime(0001-01-01T00:00:00.0000001Z), bin(-(t, datetime(0001-01-01T00:00:00.0000001Z)), timespan(01:00:00))), s\n    Filter and(>=(t, datetime(0001-01-01T00:00:00.0000001Z)), <(t, datetime(0001-01-02T00:00:00.0000000Z)))\n      Scan T"},
		{"farApart", filter(extend(extend(points, distance(112)), upper), and(eq(col("n"), num(1)), more(1000))),
			"Filter and(==(n, 1), >(r, 1000))\n  Extend s2=tolower(s)\n    Extend r=/(geo_distance_2points(r1, r2, r3, r4), 112.0)\n      Filter >=(+(abs(-(r1, r3)), abs(-(r2, r4))), 1.0)\n        Scan T"},
		{"farApart", filter(extend(extend(points, distance(112)), prev), more(1000)), ""}, // the window sees all rows
		{"farApart", filter(extend(points, distance(112)), call("<", types.Bool, col("r"), num(1000))), ""},
		{"farApart", filter(extend(points, distance(1e-9)), more(1000)), ""}, // too near for the rounding
		{"farApart", filter(extend(points, distance(-112)), more(1000)), ""},
	}
}

func TestRules(t *testing.T) {
	o := New(library(), func(c *plan.Call) (types.Value, error) {
		if c.Func.Name != "+" {
			return types.Value{}, errors.New("not folded")
		}
		return types.NewLong(c.Args[0].(*plan.Literal).Value.Long() + c.Args[1].(*plan.Literal).Value.Long()), nil
	})
	tested := map[string]bool{"pruneColumns": true}
	for _, c := range ruleCases() {
		tested[c.rule] = true
		i := slices.IndexFunc(o.rules, func(r Rule) bool { return r.Name == c.rule })
		if i < 0 {
			t.Errorf("no rule %s", c.rule)
			continue
		}
		got := o.rules[i].Apply(c.in)
		if got == nil {
			if c.after != "" {
				t.Errorf("%s did not fire on\n%s", c.rule, plan.Format(c.in))
			}
			continue
		}
		if text := brief(got); text != c.after {
			t.Errorf("%s on\n%sgot\n%s\nwant\n%s", c.rule, plan.Format(c.in), text, c.after)
		}
	}
	for _, r := range o.rules {
		if !tested[r.Name] {
			t.Errorf("no case for %s", r.Name)
		}
	}
}

// brief is a plan without the columns of scans.
func brief(n plan.Node) string {
	lines := strings.Split(strings.TrimSpace(plan.Format(n)), "\n")
	for i, l := range lines {
		if at := strings.Index(l, "Scan T("); at >= 0 {
			lines[i] = l[:at] + "Scan T"
		}
	}
	return strings.Join(lines, "\n")
}

func TestPruneColumns(t *testing.T) {
	T := scan("T", "s", "n", "t", "j")
	count := []plan.Aggregate{{Func: function("count"), Out: schema("n5")}}
	shared := func() plan.Node { return &plan.SharedOp{ID: 1, Input: scan("T", "s", "n", "t", "j")} }
	for _, c := range []struct {
		name string
		in   plan.Node
		want string
	}{
		{"summarize", &plan.SummarizeOp{Input: filter(T, eq(col("t"), col("t"))), By: keepCols("s"), Aggregates: count},
			"Summarize n5=count() by s\n  Filter ==(t, t)\n    Scan T(s:string, t:datetime)\n"},
		{"count keeps a narrow column", &plan.SummarizeOp{Input: T, Aggregates: count}, "Summarize n5=count()\n  Scan T(n:long)\n"},
		{"all used", T, ""},
		{"unused extend", project(extend(T, named("s2", call("tolower", types.String, col("s")))), keepCols("n")...), "Project n\n  Scan T(n:long)\n"},
		{"join", project(join("inner", T, T, []string{"n", "s"}, []string{"n", "t"}), keepCols("s")...),
			"Project s\n  Join inner on n==n -> (s:string)\n    Scan T(s:string, n:long)\n    Scan T(n:long)\n"},
		{"union", project(&plan.UnionOp{Sources: []plan.Node{T, project(T, keepCols("s", "n", "t", "j")...)}}, keepCols("n")...),
			"Project n\n  Union\n    Scan T(n:long)\n    Project n\n      Scan T(n:long)\n"},
		{"parse", project(&plan.ParseOp{Input: T, Value: col("s"), Parts: []plan.ParsePart{{Column: "n", Typ: types.Long}, {Column: "s9", Typ: types.String}}, Out: schema("s", "n", "t", "j", "s9")}, keepCols("s9", "t")...),
			"Project s9, t\n  Parse s as (s:string, n:long, t:datetime, s9:string)\n    Scan T(s:string, n:long, t:datetime)\n"},
		{"top-hitters", &plan.TopHittersOp{Input: T, Count: num(3), Of: named("s", col("s")), Out: schema("s", "n5")},
			"TopHitters 3 of s\n  Scan T(s:string)\n"},
		{"shared keeps what any use needs", &plan.UnionOp{Sources: []plan.Node{project(shared(), named("n", col("n"))), project(filter(shared(), eq(col("s"), col("s"))), keepCols("n")...)}},
			"Union\n  Project n\n    Shared 1 \n      Scan T(s:string, n:long)\n  Project n\n    Filter ==(s, s)\n      Shared 1 \n        Scan T(s:string, n:long)\n"},
	} {
		got := ""
		if m := pruneColumns(c.in); m != nil {
			got = plan.Format(m)
		}
		if got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestSplitKeepsTheLargestPart(t *testing.T) {
	o := New(library(), nil)
	T := scan("T", "s", "n")
	hard := eq(call("tolower", types.String, col("s")), col("s"))
	easy := eq(col("n"), num(1))
	capable := func(n plan.Node) bool {
		ok := true
		plan.Walk(n, func(n plan.Node) {
			for _, x := range plan.Exprs(n) {
				ok = ok && !anyCall(x, func(c *plan.Call) bool { return c.Func.Name == "tolower" })
			}
		})
		return ok
	}
	for _, c := range []struct {
		name string
		in   plan.Node
		want string
	}{
		{"all", filter(T, easy), "Remote\n  Filter ==(n, 1)\n    Scan T"},
		{"conjuncts", filter(T, and(hard, easy)), "Filter ==(tolower(s), s)\n  Remote\n    Filter ==(n, 1)\n      Scan T"},
		{"below", &plan.DistinctOp{Input: filter(T, hard)}, "Distinct\n  Filter ==(tolower(s), s)\n    Remote\n      Scan T"},
		{"literal rows stay", &plan.ValuesOp{Columns: schema("n")}, "Values (n:long) 0 rows"},
		{"a query inside", filter(&plan.ValuesOp{Columns: schema("n")}, &plan.In{Op: "in", Left: col("n"), Query: T}), "Remote\n  Filter in(n, (query))\n    Values (n:long) 0 rows\n    (query)\n      Scan T"},
	} {
		if got := brief(o.Split(c.in, capable)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

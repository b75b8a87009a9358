package reference_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func texts(list ...string) *plan.ValuesOp {
	op := values(types.Schema{{Name: "s", Type: types.String}})
	for _, s := range list {
		op.Rows = append(op.Rows, types.Row{text(s)})
	}
	return op
}

var s = col("s", types.String)

func TestParse(t *testing.T) {
	number := plan.ParsePart{Column: "n", Typ: types.Long}
	word := plan.ParsePart{Column: "w", Typ: types.String}
	star := plan.ParsePart{Star: true}
	txt := func(s string) plan.ParsePart { return plan.ParsePart{Text: s} }
	for _, c := range []struct {
		name, kind, flags, text string
		parts                   []plan.ParsePart
		want                    string
	}{
		{"between texts", "simple", "", "id=5 by ann", []plan.ParsePart{txt("id="), number, txt(" by "), word}, "5|ann"},
		{"must begin at once", "simple", "", "x id=5 by ann", []plan.ParsePart{txt("id="), number, txt(" by "), word}, "∅|"},
		{"star before", "simple", "", "x id=5 by ann", []plan.ParsePart{star, txt("id="), number, txt(" by "), word}, "5|ann"},
		{"number before star", "simple", "", "id=5, then by ann", []plan.ParsePart{txt("id="), number, star, txt("by "), word}, "5|ann"},
		{"one bad column fails all", "simple", "", "id=no by ann", []plan.ParsePart{txt("id="), number, txt(" by "), word}, "∅|"},
		{"relaxed keeps the others", "relaxed", "", "id=no by ann", []plan.ParsePart{txt("id="), number, txt(" by "), word}, "∅|ann"},
		{"regex is greedy", "regex", "", "a1b2c", []plan.ParsePart{word, txt(`[0-9]`), star}, "a1b"},
		{"U turns greed around", "regex", "U", "a1b2c", []plan.ParsePart{word, txt(`[0-9]`), star}, "a"},
		{"numbers in regex", "regex", "i", "ID 42 END", []plan.ParsePart{txt("id "), number, txt(" end")}, "42"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out types.Schema
			for _, p := range c.parts {
				if p.Column != "" {
					out = append(out, types.Column{Name: p.Column, Type: p.Typ})
				}
			}
			full := append(types.Schema{{Name: "s", Type: types.String}}, out...)
			n := &plan.ParseOp{Input: texts(c.text), Value: s, Kind: c.kind, Flags: c.flags, Parts: c.parts, Out: full}
			expect(t, n, c.text+"|"+c.want)
			where := *n
			where.Where = true
			if got := run(t, &where); (len(got) == 0) != (c.want == "∅|") {
				t.Errorf("parse-where gives %q", got)
			}
		})
	}
}

func TestParseKV(t *testing.T) {
	out := types.Schema{{Name: "a", Type: types.String}, {Name: "n", Type: types.Long}}
	for _, c := range []struct {
		name, text string
		op         plan.ParseKVOp
		want       string
	}{
		{"first of a key counts", "a=1;a=2;n=3", plan.ParseKVOp{PairDelimiter: ";", KVDelimiter: "="}, "1|3"},
		{"value with delimiter", "a=x=y n=7", plan.ParseKVOp{PairDelimiter: " ", KVDelimiter: "="}, "x=y|7"},
		{"quotes", `a="x; y";n=1`, plan.ParseKVOp{PairDelimiter: ";", KVDelimiter: "=", Quote: `"`}, "x; y|1"},
		{"two quotes", `(a)=(x; y);n=1`, plan.ParseKVOp{PairDelimiter: ";", KVDelimiter: "=", Quote: `()`}, "x; y|1"},
		{"escape", `a="x\"y";n=1`, plan.ParseKVOp{PairDelimiter: ";", KVDelimiter: "=", Quote: `"`, Escape: `\`}, `x"y|1`},
		{"greedy", "a=big red n=2", plan.ParseKVOp{PairDelimiter: " ", KVDelimiter: "=", Greedy: true}, "big red|2"},
		{"without delimiters", "[x] a: yes, n: 9", plan.ParseKVOp{}, "yes|9"},
		{"regex", "<a:q><n:4>", plan.ParseKVOp{Regex: `<(\w+):(\w+)>`}, "q|4"},
		{"nothing", "", plan.ParseKVOp{PairDelimiter: " ", KVDelimiter: "="}, "|∅"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := c.op
			n.Input, n.Value, n.Columns = texts(c.text), s, out
			n.Out = append(types.Schema{{Name: "s", Type: types.String}}, out...)
			expect(t, &n, c.text+"|"+c.want)
		})
	}
}

func FuzzParseKV(f *testing.F) {
	f.Add(`a="x" n=1`, " ", "=", `"`, `\`, false)
	f.Add(`a=x y`, " ", "=", ``, ``, true)
	f.Fuzz(func(t *testing.T, in, pair, kv, quote, escape string, greedy bool) {
		n := &plan.ParseKVOp{Input: texts(in), Value: s, PairDelimiter: pair, KVDelimiter: kv, Quote: quote, Escape: escape, Greedy: greedy,
			Columns: types.Schema{{Name: "a", Type: types.String}}, Out: types.Schema{{Name: "s", Type: types.String}, {Name: "a", Type: types.String}}}
		if got := run(t, n); len(got) != 1 {
			t.Errorf("%d rows", len(got))
		}
	})
}

func TestMakeSeries(t *testing.T) {
	in := types.Schema{{Name: "g", Type: types.String}, {Name: "x", Type: types.Long}}
	rows := values(in, types.Row{text("a"), long(3)}, types.Row{text("a"), long(7)}, types.Row{text("b"), long(5)}, types.Row{text("a"), long(99)})
	n := &plan.MakeSeriesOp{
		Input:      rows,
		Aggregates: []plan.SeriesAggregate{{Aggregate: agg("count", "n", types.Long), Name: "n", Default: lit(long(0))}},
		Axis:       plan.Named{Name: "x", Expr: col("x", types.Long)},
		From:       lit(long(1)), To: lit(long(9)), Step: lit(long(4)),
		By: []plan.Named{{Name: "g", Expr: col("g", types.String)}},
	}
	n.Out = types.Schema{{Name: "g", Type: types.String}, {Name: "n", Type: types.Dynamic}, {Name: "x", Type: types.Dynamic}}
	expect(t, n, "a|[1,1]|[1,5]", "b|[0,1]|[1,5]")
	open := *n
	open.From, open.To = nil, lit(long(9))
	expect(t, &open, "a|[1,1,0]|[0,4,8]", "b|[1,0]|[4,8]")
}

func TestScan(t *testing.T) {
	in := types.Schema{{Name: "t", Type: types.Long}, {Name: "e", Type: types.String}}
	rows := values(in)
	for i, e := range []string{"start", "x", "y", "stop", "z", "start", "stop"} {
		rows.Rows = append(rows.Rows, types.Row{long(int64(i)), text(e)})
	}
	is := func(name string) plan.Expr {
		return &plan.In{Op: "in", Left: col("e", types.String), List: []plan.Expr{lit(text(name))}}
	}
	other := &plan.In{Op: "!in", Left: col("e", types.String), List: []plan.Expr{lit(text("start")), lit(text("stop"))}}
	n := &plan.ScanStateOp{Input: rows, MatchID: "id",
		Declares: []plan.ScanDeclare{{Name: "began", Typ: types.Long, Default: lit(nullLong())}},
		Steps: []plan.ScanStep{
			{Name: "s1", Output: "all", Condition: is("start"), Assignments: []plan.Named{{Name: "began", Expr: col("t", types.Long)}}},
			{Name: "s2", Output: "last", Condition: other, Assignments: []plan.Named{{Name: "began", Expr: col("s1.began", types.Long)}}},
			{Name: "s3", Output: "all", Condition: is("stop"), Assignments: []plan.Named{{Name: "began", Expr: col("s1.began", types.Long)}}},
		}}
	n.Out = append(append(types.Schema(nil), in...), types.Column{Name: "began", Type: types.Long}, types.Column{Name: "id", Type: types.Long})
	// The second start is not followed by a step of the middle; the second stop goes on with the sequence that is at the
	// last step (check 2 of the page).
	expect(t, n, "0|start|0|0", "2|y|0|0", "3|stop|0|0", "5|start|5|1", "6|stop|0|0")
}

func TestTopNestedOthers(t *testing.T) {
	in := types.Schema{{Name: "g", Type: types.String}, {Name: "v", Type: types.Long}}
	rows := values(in, types.Row{text("a"), long(5)}, types.Row{text("b"), long(9)}, types.Row{text("c"), long(1)}, types.Row{text("a"), long(1)})
	n := &plan.TopNestedOp{Input: rows, Levels: []plan.TopNestedLevel{
		{Count: lit(long(1)), Of: plan.Named{Name: "g", Expr: col("g", types.String)}, Others: lit(text("rest")), By: agg("sum", "t", types.Long, col("v", types.Long)), Desc: true},
		{Of: plan.Named{Name: "v", Expr: col("v", types.Long)}, By: agg("count", "n", types.Long), Desc: true},
	}, Out: types.Schema{{Name: "g", Type: types.String}, {Name: "t", Type: types.Long}, {Name: "v", Type: types.Long}, {Name: "n", Type: types.Long}}}
	expect(t, n, "b|9|9|1", "rest|7|∅|3")
}

func evaluate(name string, in plan.Node, out types.Schema, args ...plan.Expr) *plan.EvaluateOp {
	return &plan.EvaluateOp{Input: in, Plugin: &builtin.Function{Name: name, Kind: builtin.Plugin}, Args: args, Out: out}
}

func TestBagUnpack(t *testing.T) {
	in := types.Schema{{Name: "id", Type: types.Long}, {Name: "d", Type: types.Dynamic}}
	rows := values(in, types.Row{long(1), json(`{"n":1,"m":"x","d":[1]}`)}, types.Row{long(2), json(`{"n":2.5}`)}, types.Row{long(3), json(``)})
	n := evaluate("bag_unpack", rows, nil, col("d", types.Dynamic))
	n.Dynamic = true
	schema, err := reference.New(reference.Options{}).Probe(context.Background(), n, env())
	if want := "id:long, d:dynamic, m:string, n:real"; err != nil || schema.String() != want {
		t.Fatalf("%v, %v instead of %s", schema, err, want)
	}
	n.Out, n.Dynamic = schema, false
	expect(t, n, "1|[1]|x|1.0", "2|∅||2.5", "3|∅||∅")
	clash := evaluate("bag_unpack", values(in, types.Row{long(1), json(`{"id":7}`)}), in[:1], col("d", types.Dynamic))
	if _, err := reference.New(reference.Options{}).Table(context.Background(), clash, env()); err == nil {
		t.Error("a property named as a column is not refused")
	}
	clash.Args = append(clash.Args, lit(text("")), lit(text("replace_source")))
	expect(t, clash, "7")
}

func TestIPLookupFindsTheNetwork(t *testing.T) {
	nets := values(types.Schema{{Name: "net", Type: types.String}, {Name: "name", Type: types.String}},
		types.Row{text("10.0.0.0/8"), text("ten")}, types.Row{text("fd00::/8"), text("local")}, types.Row{text("1.2.3.4"), text("one")})
	n := evaluate("ipv4_lookup", texts("10.9.8.7", "1.2.3.4", "1.2.3.5", "fd12::1", "no address"), nil, s, col("net", types.String))
	n.Tables = []plan.Node{nets}
	n.Out = types.Schema{{Name: "s", Type: types.String}, {Name: "net", Type: types.String}, {Name: "name", Type: types.String}}
	expect(t, n, "10.9.8.7|10.0.0.0/8|ten", "1.2.3.4|1.2.3.4|one", "fd12::1|fd00::/8|local")
	n.Options = map[string]plan.Expr{"return_unmatched": lit(types.NewBool(true))}
	if got := run(t, n); len(got) != 5 {
		t.Errorf("%q", got)
	}
}

func TestPatterns(t *testing.T) {
	in := types.Schema{{Name: "app", Type: types.String}, {Name: "city", Type: types.String}, {Name: "ok", Type: types.String}}
	rows := values(in)
	for i := range 100 {
		app, city, ok := "mail", "Oslo", "yes"
		if i%10 == 0 {
			app, city, ok = fmt.Sprint("app", i), "Rome", "no"
		}
		rows.Rows = append(rows.Rows, types.Row{text(app), text(city), text(ok)})
	}
	head := types.Schema{{Name: "SegmentId", Type: types.Long}, {Name: "Count", Type: types.Long}, {Name: "Percent", Type: types.Real}}
	expect(t, evaluate("autocluster", rows, append(head[:3:3], in...)), "0|90|90.0|mail|Oslo|yes", "1|10|10.0||Rome|no")
	got := run(t, evaluate("basket", rows, append(head[:3:3], in...), lit(types.NewReal(0.5))))
	if len(got) != 7 { // every non-empty subset of three cells
		t.Errorf("%d patterns: %q", len(got), got)
	}
	diff := evaluate("diffpatterns", rows, nil, col("ok", types.String), lit(text("yes")), lit(text("no")))
	diff.Out = append(types.Schema{{Name: "SegmentId", Type: types.Long}, {Name: "CountA", Type: types.Long}, {Name: "CountB", Type: types.Long},
		{Name: "PercentA", Type: types.Real}, {Name: "PercentB", Type: types.Real}, {Name: "PercentDiffAB", Type: types.Real}}, in...)
	if got := run(t, diff); len(got) == 0 || got[0] != "0|90|0|100.0|0.0|100.0|mail|Oslo|" {
		t.Errorf("%q", got)
	}
}

func TestSequenceDetect(t *testing.T) {
	in := types.Schema{{Name: "t", Type: types.DateTime}, {Name: "e", Type: types.String}, {Name: "u", Type: types.String}}
	at := func(minute int64) types.Value { return types.NewDateTime(minute * types.TicksPerMinute) }
	rows := values(in, types.Row{at(5), text("b"), text("ann")}, types.Row{at(0), text("a"), text("ann")}, types.Row{at(0), text("a"), text("bob")}, types.Row{at(90), text("b"), text("bob")})
	is := func(e string) plan.Expr {
		return &plan.In{Op: "in", Left: col("e", types.String), List: []plan.Expr{lit(text(e))}}
	}
	hour := lit(types.NewTimeSpan(types.TicksPerHour))
	n := evaluate("sequence_detect", rows, nil, col("t", types.DateTime), hour, hour, is("a"), is("b"), col("u", types.String))
	n.Names = []string{"x", "y"}
	n.Out = types.Schema{{Name: "u", Type: types.String}, {Name: "x_t", Type: types.DateTime}, {Name: "y_t", Type: types.DateTime}, {Name: "Duration", Type: types.TimeSpan}}
	expect(t, n, "ann|0001-01-01T00:00:00.0000000Z|0001-01-01T00:05:00.0000000Z|00:05:00")
}

func TestAggregatesOverNulls(t *testing.T) {
	in := types.Schema{{Name: "x", Type: types.Real}}
	none := values(in, types.Row{types.Null(types.Real)})
	some := values(in, types.Row{types.NewReal(1)}, types.Row{types.Null(types.Real)}, types.Row{types.NewReal(3)})
	x := col("x", types.Real)
	for _, c := range []struct{ name, none, some string }{
		{"sum", "0.0", "4.0"}, {"avg", "NaN", "2.0"}, {"min", "∅", "1.0"}, {"max", "∅", "3.0"}, {"stdev", "NaN", "1.4142135623730951"},
		{"variancep", "NaN", "1.0"}, {"take_any", "∅", "1.0"},
	} {
		n := &plan.SummarizeOp{Input: none, Aggregates: []plan.Aggregate{agg(c.name, "y", types.Real, x)}}
		expect(t, n, c.none)
		n.Input = some
		expect(t, n, c.some)
	}
	n := &plan.SummarizeOp{Input: some, Aggregates: []plan.Aggregate{
		agg("dcount", "a", types.Long, x), agg("make_list", "b", types.Dynamic, x), agg("make_list_with_nulls", "c", types.Dynamic, x),
		agg("percentile", "d", types.Real, x, lit(long(50))), agg("countif", "e", types.Long, op(">", types.Bool, x, lit(types.NewReal(0)))),
		agg("sumif", "f", types.Real, x, op(">", types.Bool, x, lit(types.NewReal(2)))),
	}}
	expect(t, n, "2|[1.0,3.0]|[1.0,null,3.0]|1.0|2|3.0")
}

func TestToScalarOfTheGroup(t *testing.T) {
	group := &plan.GroupInputOp{Columns: kv}
	key := &plan.Subquery{Typ: types.Long, Query: &plan.ProjectOp{Input: &plan.TakeOp{Input: group, Count: lit(long(1))},
		Columns: []plan.Named{{Name: "k", Expr: col("k", types.Long)}}}}
	other := values(types.Schema{{Name: "o", Type: types.String}}, types.Row{text("t")})
	n := &plan.PartitionOp{Input: people(), By: col("k", types.Long),
		Subquery: &plan.ExtendOp{Input: other, Columns: []plan.Named{{Name: "key", Expr: key}}}}
	expect(t, n, "t|2", "t|∅", "t|1")
}

func TestSampleIsRepeatable(t *testing.T) {
	n := &plan.SampleOp{Input: numbers(1000), Count: lit(long(5))}
	first, again := run(t, n), run(t, n)
	if len(first) != 5 || fmt.Sprint(first) != fmt.Sprint(again) {
		t.Errorf("%q, then %q", first, again)
	}
	if all := run(t, &plan.SampleOp{Input: people(), Count: lit(long(10))}); len(all) != 4 {
		t.Errorf("%q", all)
	}
}

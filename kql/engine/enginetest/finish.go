package enginetest

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// finish ends a pipeline, and says whether the rows have a total order.
func (d *draw) finish() (stages []*Expr, ordered bool) {
	switch d.IntN(12) {
	case 0:
		return []*Expr{stage("count")}, false
	case 1, 2, 3:
		return []*Expr{d.summarize()}, false
	case 4:
		return d.lists()
	case 5:
		return []*Expr{stage("distinct " + d.names(2))}, false
	case 6, 7:
		return d.sorted()
	case 8:
		if d.one(3) {
			return d.stepped()
		}
		return d.windowed()
	case 9:
		a, b := d.keyType(), d.keyType()
		e1, e2 := d.expr(a, 2), d.expr(b, 2)
		return []*Expr{stage("summarize x1 = count() by k1 = "+hole+", k2 = "+hole, e1, e2), stage("summarize n = count(), t = sum(x1), mx = max(x1) by k1")}, false
	}
	var texts []string
	var args []*Expr
	for i := range 1 + d.IntN(5) {
		t := d.anyType()
		texts, args = append(texts, "y"+string(rune('0'+i))+" = "+hole), append(args, d.expr(t, 4))
	}
	return []*Expr{stage("project "+strings.Join(texts, ", "), args...)}, false
}

// names are some of the columns.
func (d *draw) names(most int) string {
	var out []string
	for range 1 + d.IntN(most) {
		if c := d.cols[d.IntN(len(d.cols))]; c.typ != types.Dynamic && !contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	if len(out) == 0 {
		return "k = " + d.constantKey()
	}
	return strings.Join(out, ", ")
}

func (d *draw) constantKey() string { return d.pick("1", "'x'", "bool(null)") }

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// aggregate draws an aggregation whose result does not hang on the order of the rows, nor on that of a sum of reals.
func (d *draw) aggregate(as string) (string, []*Expr) {
	exact := []types.Type{types.Long, types.Int, types.TimeSpan}[d.IntN(3)]
	ordered := []types.Type{types.Long, types.Int, types.TimeSpan, types.DateTime, types.String, types.Bool, types.Real}[d.IntN(7)]
	anything := d.anyType()
	switch d.IntN(15) {
	case 0:
		return as + " = count()", nil
	case 1:
		return as + " = countif(" + hole + ")", []*Expr{d.expr(types.Bool, 3)}
	case 2:
		return as + " = dcount(" + hole + ")", []*Expr{d.expr(anything, 2)}
	case 3:
		return as + " = " + d.pick("min", "max") + "(" + hole + ")", []*Expr{d.expr(ordered, 3)}
	case 4:
		return as + " = sum(" + hole + ")", []*Expr{d.expr(exact, 2)}
	case 5:
		return as + " = avg(" + hole + ")", []*Expr{d.column(exact)}
	case 6:
		return "set_" + as + " = make_set(" + hole + ")", []*Expr{d.expr(anything, 2)}
	case 7:
		return as + " = percentile(" + hole + ", " + d.pick("0", "50", "95", "99.9", "100", "33.3") + ")", []*Expr{d.expr(exact, 2)}
	case 8:
		return as + " = sumif(" + hole + ", " + hole + ")", []*Expr{d.expr(exact, 1), d.expr(types.Bool, 2)}
	case 9:
		return as + " = dcountif(" + hole + ", " + hole + ")", []*Expr{d.expr(types.String, 1), d.expr(types.Bool, 2)}
	case 10:
		return as + " = " + d.pick("minif", "maxif") + "(" + hole + ", " + hole + ")", []*Expr{d.expr(ordered, 1), d.expr(types.Bool, 2)}
	case 11:
		return "set_" + as + " = make_set_if(" + hole + ", " + hole + ")", []*Expr{d.expr(types.String, 1), d.expr(types.Bool, 2)}
	case 12:
		if d.key {
			return "(" + as + ", s_" + as + ", b_" + as + ") = arg_" + d.pick("max", "min") + "(id, " + hole + ", " + hole + ")", []*Expr{d.expr(types.String, 2), d.expr(anything, 1)}
		}
		return as + " = count()", nil
	case 13:
		return as + " = count_distinct(" + hole + ")", []*Expr{d.expr(anything, 2)}
	}
	return as + " = " + d.pick("binary_all_and", "binary_all_or", "binary_all_xor") + "(" + hole + ")", []*Expr{d.column(types.Long)}
}

func (d *draw) summarize() *Expr {
	var texts, keys []string
	var args []*Expr
	for i := range 1 + d.IntN(3) {
		text, of := d.aggregate("a" + string(rune('0'+i)))
		texts, args = append(texts, text), append(args, of...)
	}
	for i := range d.IntN(3) {
		t := d.keyType()
		keys, args = append(keys, "k"+string(rune('0'+i))+" = "+hole), append(args, d.expr(t, 2))
	}
	text := "summarize " + strings.Join(texts, ", ")
	if len(keys) > 0 {
		text += " by " + strings.Join(keys, ", ")
	}
	return stage(text, args...)
}

// lists are aggregations that hang on the order of the rows.
func (d *draw) lists() ([]*Expr, bool) {
	if !d.key {
		return []*Expr{d.summarize()}, false
	}
	e, k := d.expr(d.anyType(), 2), d.expr(d.keyType(), 1)
	text := "summarize l = " + d.pick("make_list(", "make_list_with_nulls(") + hole + ") by k = " + hole
	return []*Expr{stage("sort by id " + d.pick("asc", "desc")), stage(text, e, k)}, false
}

// sorted is a sort, and take in a total order.
func (d *draw) sorted() ([]*Expr, bool) {
	if !d.key {
		return []*Expr{stage("sort by " + d.names(2))}, false
	}
	t := []types.Type{types.Long, types.Int, types.TimeSpan, types.DateTime, types.String, types.Bool, types.Real, types.GUID}[d.IntN(8)]
	order := d.pick("", " asc", " desc", " asc nulls last", " desc nulls first", " asc nulls first", " desc nulls last")
	e := d.expr(t, 2)
	shown := d.expr(d.anyType(), 2)
	keep := stage("project id, z = "+hole, shown)
	switch d.IntN(3) {
	case 0:
		return []*Expr{stage("sort by "+hole+order+", id asc", e), keep}, true
	case 1:
		return []*Expr{stage("sort by "+hole+order+", id asc", e), stage("take " + d.pick("0", "1", "5", "1000")), keep}, true
	}
	return []*Expr{stage("top "+d.pick("1", "3", "20")+" by "+hole+order+", id desc", e), keep}, true
}

// windowed are functions over the rows in their order.
func (d *draw) windowed() ([]*Expr, bool) {
	if !d.key {
		return []*Expr{d.summarize()}, false
	}
	by := d.column([]types.Type{types.Long, types.String, types.Bool}[d.IntN(3)])
	var texts []string
	var args []*Expr
	for i := range 1 + d.IntN(3) {
		as := "w" + string(rune('0'+i)) + " = "
		t := d.anyType()
		switch d.IntN(5) {
		case 0:
			texts = append(texts, as+"row_number()")
		case 1:
			texts, args = append(texts, as+"prev("+hole+d.pick("", ", 1", ", 2")+")"), append(args, d.expr(t, 1))
		case 2:
			texts, args = append(texts, as+"next("+hole+d.pick("", ", 1", ", 3")+")"), append(args, d.expr(t, 1))
		case 3:
			texts, args = append(texts, as+"row_cumsum("+hole+")"), append(args, d.column(types.Int))
		case 4:
			texts, args = append(texts, as+d.pick("row_rank_dense", "row_rank_min")+"("+hole+")"), append(args, d.column(types.String))
		}
	}
	return []*Expr{stage("sort by "+hole+d.pick(" asc", " desc")+", id asc", by), stage("extend "+strings.Join(texts, ", "), args...)}, true
}

// stepped compares each row with the one before it of the same group, as queries do that look for a change.
func (d *draw) stepped() ([]*Expr, bool) {
	if !d.key {
		return []*Expr{d.summarize()}, false
	}
	by := d.column([]types.Type{types.Long, types.String, types.Int, types.DateTime, types.Bool, types.Real}[d.IntN(6)])
	texts, args := []string{"before = prev(" + hole + ")"}, []*Expr{by}
	for i := range 1 + d.IntN(2) {
		texts = append(texts, "w"+string(rune('0'+i))+" = "+d.pick("prev(", "prev(", "prev(", "next(")+hole+d.pick("", "", "", ", 2")+")")
		args = append(args, d.read())
	}
	order := d.pick(" asc", " asc", " desc", " asc nulls last", " desc nulls first") + ", id" + d.pick(" asc", " desc")
	out := []*Expr{stage("sort by "+hole+order, by), stage(d.pick("extend ", "serialize ")+strings.Join(texts, ", "), args...),
		stage("where "+d.pick(hole+" == before", "before == "+hole), by)}
	if d.one(2) {
		return append(out, stage("project id, before, w0, z = "+hole, d.read())), true
	}
	return out, true
}

// read is an expression that is often a conversion of what stands in a bag.
func (d *draw) read() *Expr {
	t := d.anyType()
	if f := readers[t]; f != "" && d.has("j") && d.one(2) {
		return leaf(t, f+"(j."+d.pick("n", "country", "f", "ok", "x.y")+")")
	}
	return d.expr(t, 1)
}

var readers = map[types.Type]string{types.String: "tostring", types.Long: "tolong", types.Real: "toreal", types.Int: "toint", types.Bool: "tobool", types.DateTime: "todatetime"}

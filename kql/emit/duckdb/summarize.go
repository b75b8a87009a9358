package duckdb

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// aggregateTemplate makes the columns of an aggregate. order is the ORDER BY of the rows it sees, empty where they have none.
type aggregateTemplate func(b *binding, a plan.Aggregate, args []sqlExpr, order string) ([]sqlExpr, error)

// summarize groups. Keys and arguments that are not simple are computed once, below.
func (st *statement) summarize(n *plan.SummarizeOp) (*relation, error) {
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	var exprs []plan.Expr
	for _, k := range n.By {
		exprs = append(exprs, k.Expr)
	}
	for _, a := range n.Aggregates {
		exprs = append(exprs, a.Args...)
	}
	r = st.ready(r, exprs...)
	r, by, args, err := st.groupInput(r, n)
	if err != nil {
		return nil, err
	}
	order := ""
	if len(r.order) > 0 {
		order = " ORDER BY " + joinKeys(r.order)
	}
	cols := make([]column, 0, len(n.Schema()))
	keys := make([]string, len(n.By))
	for i, k := range n.By {
		if err := groupable(by[i]); err != nil {
			return nil, err
		}
		keys[i] = by[i].sql
		cols = append(cols, column{k.Name, by[i]})
	}
	for i, a := range n.Aggregates {
		t, ok := st.e.aggregates[a.Func.Name]
		if !ok {
			return nil, notEmitted("the aggregate " + a.Func.Name)
		}
		out, err := t(&binding{st: st, r: r}, a, args[i], order)
		if err != nil {
			return nil, err
		}
		if len(out) != len(a.Out) {
			return nil, notEmitted("the columns of " + a.Func.Name)
		}
		for j, x := range out {
			if sqlType(x.typ) != sqlType(a.Out[j].Type) {
				return nil, notEmitted(a.Func.Name + " as " + a.Out[j].Type.String())
			}
			x.typ = a.Out[j].Type
			cols = append(cols, column{a.Out[j].Name, x})
		}
	}
	grouped := relation{cols: cols, from: r.from, where: r.where}
	text := grouped.selectSQL(false, false)
	if len(keys) > 0 {
		text += "\nGROUP BY " + strings.Join(keys, ", ")
	}
	return st.table(text, cols), nil
}

// groupInput is the input with the SQL of the keys and of each aggregate's arguments. Where a key is an expression the
// input is wrapped with the keys as columns, so that GROUP BY and the outputs name one column.
func (st *statement) groupInput(r *relation, n *plan.SummarizeOp) (*relation, []sqlExpr, [][]sqlExpr, error) {
	wide := *r
	wide.cols = nil
	add := func(x plan.Expr) (int, *sqlExpr, error) {
		e, err := st.expr(r, x)
		if err != nil || e.lit != nil && e.simple {
			return -1, &e, err
		}
		wide.cols = append(wide.cols, column{"", e})
		return len(wide.cols) - 1, &e, nil
	}
	byAt, argAt := make([]int, len(n.By)), make([][]int, len(n.Aggregates))
	by, args := make([]sqlExpr, len(n.By)), make([][]sqlExpr, len(n.Aggregates))
	for i, k := range n.By {
		at, e, err := add(k.Expr)
		if err != nil {
			return nil, nil, nil, err
		}
		byAt[i], by[i] = at, *e
	}
	for i, a := range n.Aggregates {
		argAt[i], args[i] = make([]int, len(a.Args)), make([]sqlExpr, len(a.Args))
		for j, x := range a.Args {
			at, e, err := add(x)
			if err != nil {
				return nil, nil, nil, err
			}
			argAt[i][j], args[i][j] = at, *e
		}
	}
	simple := true
	for _, c := range wide.cols {
		simple = simple && c.simple
	}
	if simple && r.limit == "" {
		return r, by, args, nil
	}
	w := st.wrap(&wide)
	pick := func(at int, e *sqlExpr) {
		if at >= 0 {
			*e = w.cols[at].sqlExpr
		}
	}
	for i := range by {
		pick(byAt[i], &by[i])
	}
	for i := range args {
		for j := range args[i] {
			pick(argAt[i][j], &args[i][j])
		}
	}
	return w, by, args, nil
}

// aggregateTemplates are the aggregation functions.
func aggregateTemplates() map[string]aggregateTemplate {
	return map[string]aggregateTemplate{
		"count":          aggCount,
		"countif":        aggCountIf,
		"dcount":         aggDistinctCount,
		"count_distinct": aggDistinctCount,
		"sum":            aggSum,
		"avg":            aggAvg,
		"min":            aggMinMax("min"),
		"max":            aggMinMax("max"),
		"arg_max":        aggArg("max"),
		"arg_min":        aggArg("min"),
		"take_any":       aggAny,
		"make_set":       aggList(true),
		"make_list":      aggList(false),
	}
}

func aggCount(_ *binding, _ plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
	if len(args) != 0 {
		return nil, notEmitted("count of something")
	}
	return []sqlExpr{{sql: "count(*)", typ: types.Long}}, nil
}

func aggCountIf(_ *binding, _ plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
	if args[0].typ != types.Bool {
		return nil, notEmitted("countif of a " + args[0].typ.String())
	}
	return []sqlExpr{{sql: fill("count(*) FILTER (WHERE $1)", args[0]), typ: types.Long}}, nil
}

// aggDistinctCount counts exactly; the second argument of dcount, the accuracy, then changes nothing.
func aggDistinctCount(_ *binding, a plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
	if err := groupable(args[0]); err != nil {
		return nil, err
	}
	if len(args) > 1 && args[1].lit == nil {
		return nil, notEmitted(a.Func.Name + " with a computed accuracy")
	}
	return []sqlExpr{{sql: fill("count(DISTINCT $1)", args[0]), typ: types.Long}}, nil
}

// aggSum adds integers in HUGEINT, which DuckDB's sum gives, and wraps around as the service does. Sums of reals depend on the
// order of rows.
func aggSum(_ *binding, a plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
	switch args[0].typ {
	case types.Int, types.Long, types.TimeSpan:
		return []sqlExpr{{sql: "coalesce(" + wrapAround("sum("+args[0].sql+")") + ", 0)", typ: a.Out[0].Type}}, nil
	}
	return nil, notEmitted("sum of a " + args[0].typ.String())
}

// wrapAround is a HUGEINT cut to 64 bits in two's complement.
func wrapAround(huge string) string {
	return "(((" + huge + " + 9223372036854775808::HUGEINT) & 18446744073709551615::HUGEINT) - 9223372036854775808::HUGEINT)::BIGINT"
}

func aggAvg(_ *binding, a plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
	return nil, notEmitted("avg of a " + args[0].typ.String())
}

func aggMinMax(f string) aggregateTemplate {
	return func(_ *binding, _ plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
		switch args[0].typ {
		case types.Int, types.Long, types.DateTime, types.TimeSpan:
			return []sqlExpr{{sql: f + "(" + args[0].sql + ")", typ: args[0].typ, null: true}}, nil
		}
		return nil, notEmitted(f + " of a " + args[0].typ.String())
	}
}

// aggArg is arg_max and arg_min: the row with the extreme key, all of whose columns come from one row.
func aggArg(f string) aggregateTemplate {
	return func(_ *binding, a plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
		switch args[0].typ {
		case types.Int, types.Long, types.DateTime, types.TimeSpan:
		default:
			return nil, notEmitted("arg_" + f + " of a " + args[0].typ.String())
		}
		out := []sqlExpr{{sql: f + "(" + args[0].sql + ")", typ: args[0].typ, null: true}}
		if len(args) == 1 {
			return out, nil
		}
		// One struct per row, not one arg_max per column: among equal keys all columns must come from the same row.
		fields := make([]string, 0, len(args)-1)
		for i, x := range args[1:] {
			fields = append(fields, "'f"+strconv.Itoa(i)+"': "+x.sql)
		}
		row := "arg_" + f + "({" + strings.Join(fields, ", ") + "}, " + args[0].sql + ")"
		for i, x := range args[1:] {
			e := sqlExpr{sql: row + ".f" + strconv.Itoa(i), typ: x.typ, null: true}
			if x.typ == types.String {
				e.sql, e.null = "coalesce("+e.sql+", '')", false
			}
			out = append(out, e)
		}
		return out, nil
	}
}

// aggAny takes the columns of one row.
func aggAny(_ *binding, _ plan.Aggregate, args []sqlExpr, _ string) ([]sqlExpr, error) {
	if len(args) != 1 {
		return nil, notEmitted("take_any of several columns")
	}
	x := sqlExpr{sql: "any_value(" + args[0].sql + ")", typ: args[0].typ, null: true}
	if x.typ == types.String {
		x.sql, x.null = "coalesce("+fill("any_value($1) FILTER (WHERE $1 <> '')", args[0])+", '')", false
	}
	return []sqlExpr{x}, nil
}

// aggList is make_list and make_set: the JSON array of the values that are not null, in the order of the rows.
func aggList(distinct bool) aggregateTemplate {
	return func(_ *binding, a plan.Aggregate, args []sqlExpr, order string) ([]sqlExpr, error) {
		if len(args) > 1 {
			return nil, notEmitted(a.Func.Name + " with a maximum")
		}
		var item string
		switch x := args[0]; x.typ {
		case types.String, types.Int, types.Long, types.Bool:
			item = x.sql
		case types.DateTime:
			item = dateTimeText(x.sql)
		default:
			return nil, notEmitted(a.Func.Name + " of a " + args[0].typ.String())
		}
		d := ""
		if distinct {
			d, order = "DISTINCT ", ""
		}
		sql := "coalesce(to_json(list(" + d + item + order + ") FILTER (WHERE " + args[0].sql + " IS NOT NULL))::VARCHAR, '[]')"
		return []sqlExpr{{sql: sql, typ: types.Dynamic}}, nil
	}
}

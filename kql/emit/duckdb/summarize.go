package duckdb

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

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
	if counts, err := st.countsOfShadows(r, n); counts != nil || err != nil {
		return counts, err
	}
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
		out, err := st.aggregate(r, a, args[i], order)
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
	made, at := rowsOnce(cols)
	grouped := relation{cols: made, from: r.source(), where: r.where}
	text := grouped.selectSQL(false, false)
	if len(keys) > 0 {
		text = append(text, "\nGROUP BY "+strings.Join(keys, ", "))
	}
	out := membersOf(st.table(text, made), cols, at)
	for i, k := range n.By {
		if size := binSize(k.Expr); size != "" {
			out.cols[i].sql, out.cols[i].simple = fillSQL("($1 * $2)", out.cols[i].sql, size), false
		}
	}
	out.scrambled = len(keys) > 0 // one row needs no order
	return out, nil
}

// rowsOnce are the columns with each struct whose members are meant once, and the place of each column among them. A row of
// arg_max(t, *) has as many members as its table has columns, so that to repeat it for each makes a text of their square.
func rowsOnce(cols []column) (made []column, at []int) {
	at = make([]int, len(cols))
	rows := map[string]int{}
	for i, c := range cols {
		if have, ok := rows[c.sql]; ok && c.member != "" {
			at[i] = have
			continue
		}
		at[i] = len(made)
		if c.member != "" {
			rows[c.sql] = at[i]
		}
		made = append(made, c)
	}
	return made, at
}

// membersOf has the columns of a summarize over the table of what rowsOnce made.
func membersOf(made *relation, cols []column, at []int) *relation {
	out := *made
	out.cols = make([]column, len(cols))
	for i, c := range cols {
		x := made.cols[at[i]].sqlExpr
		x.typ, x.null = c.typ, c.null
		if c.member != "" {
			x.sql += "." + c.member
			if c.typ == types.String {
				x.sql, x.simple = "coalesce("+x.sql+", '')", false
			}
		}
		out.cols[i] = column{c.name, x}
	}
	return &out
}

// binSize is the size of the bins of a key that is a bin of times, "" for another key. Rows are grouped by the number of their bin,
// which becomes its time once for each group: to divide is a third of the work of the bin, which multiplies and subtracts too.
func binSize(x plan.Expr) string {
	c, ok := x.(*plan.Call)
	if !ok || c.Func.Kind != builtin.Scalar || c.Func.Name != "bin" || c.Args[0].Type() != types.DateTime {
		return ""
	}
	size, ok := c.Args[1].(*plan.Literal)
	if !ok || size.Value.Type() != types.TimeSpan || size.Value.IsNull() || size.Value.Ticks() <= 0 {
		return ""
	}
	return quoteInteger(size.Value.Ticks()) + "::BIGINT"
}

// groupKey is the SQL of a key, for a bin of times the bin's number.
func (st *statement) groupKey(r *relation, x plan.Expr) (sqlExpr, error) {
	size := binSize(x)
	if size == "" {
		return st.expr(r, x)
	}
	t, err := st.expr(r, x.(*plan.Call).Args[0])
	return sqlExpr{sql: fillSQL("($1 // $2)", t.sql, size), typ: t.typ, null: t.null}, err
}

// groupInput is the input with the SQL of the keys and of each aggregate's arguments. Where a key is an expression the
// input is wrapped with the keys as columns, so that GROUP BY and the outputs name one column.
func (st *statement) groupInput(r *relation, n *plan.SummarizeOp) (*relation, []sqlExpr, [][]sqlExpr, error) {
	wide := *r
	wide.cols = nil
	add := func(make func(*relation, plan.Expr) (sqlExpr, error), x plan.Expr) (int, *sqlExpr, error) {
		e, err := make(r, x)
		if err != nil || e.lit != nil && e.simple {
			return -1, &e, err
		}
		wide.cols = append(wide.cols, column{"", e})
		return len(wide.cols) - 1, &e, nil
	}
	byAt, argAt := make([]int, len(n.By)), make([][]int, len(n.Aggregates))
	by, args := make([]sqlExpr, len(n.By)), make([][]sqlExpr, len(n.Aggregates))
	for i, k := range n.By {
		at, e, err := add(st.groupKey, k.Expr)
		if err != nil {
			return nil, nil, nil, err
		}
		byAt[i], by[i] = at, *e
	}
	for i, a := range n.Aggregates {
		argAt[i], args[i] = make([]int, len(a.Args)), make([]sqlExpr, len(a.Args))
		for j, x := range a.Args {
			at, e, err := add(st.expr, x)
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

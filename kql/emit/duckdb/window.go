package duckdb

import (
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// windowTemplate makes a window function's SQL; over is the OVER clause's ordering.
type windowTemplate func(c *plan.Call, args []sqlExpr, over string) (sqlExpr, error)

// serialize computes columns over ordered rows. The order is first made a row number, so that every window of the pipeline sees
// the same order among equal keys. Rows without an order have none that SQL would keep.
func (st *statement) serialize(n *plan.SerializeOp) (*relation, error) {
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	if len(n.Columns) == 0 {
		return r, nil
	}
	return st.windowed(r, n.Columns)
}

// windowed adds columns that may hold window functions.
func (st *statement) windowed(r *relation, named []plan.Named) (*relation, error) {
	if len(r.order) == 0 {
		return nil, notEmitted("windows over rows without an order")
	}
	numbered := *r
	numbered.cols = append(append([]column(nil), r.cols...),
		column{"", sqlExpr{sql: "row_number() OVER (ORDER BY " + joinKeys(r.order) + ")", typ: types.Long}})
	if r.limit != "" {
		w := st.wrap(r)
		numbered = *w
		numbered.cols = append(append([]column(nil), w.cols...),
			column{"", sqlExpr{sql: "row_number() OVER (ORDER BY " + joinKeys(w.order) + ")", typ: types.Long}})
	}
	numbered.order = nil
	in := st.wrap(&numbered)
	at := in.cols[len(in.cols)-1].sql
	in.cols = in.cols[:len(in.cols)-1]
	in.order = []orderKey{{at, false, false}}
	out := *in
	out.cols = append([]column(nil), in.cols...)
	for _, c := range named {
		b := &binding{st: st, r: in, over: "OVER (ORDER BY " + at + ")"}
		x, err := b.expr(c.Expr)
		if err != nil {
			return nil, err
		}
		x.simple = false
		if have := out.find(c.Name); have != nil {
			have.sqlExpr = x
			continue
		}
		out.cols = append(out.cols, column{c.Name, x})
	}
	return st.wrap(&out), nil
}

// projectWindows is project and extend over serialized rows.
func (st *statement) projectWindows(r *relation, named []plan.Named, keep bool) (*relation, error) {
	out, err := st.windowed(r, named)
	if err != nil || keep {
		return out, err
	}
	cols := make([]column, len(named))
	for i, c := range named {
		cols[i] = *out.find(c.Name)
	}
	out.cols = cols
	return out, nil
}

// hasWindow reports whether an expression holds a window function.
func hasWindow(named []plan.Named) bool {
	found := false
	for _, c := range named {
		plan.WalkExpr(c.Expr, func(x plan.Expr) {
			if call, ok := x.(*plan.Call); ok && call.Func.Kind == builtin.Window {
				found = true
			}
		})
	}
	return found
}

// window is a call of a window function; over is only set where they may stand.
func (b *binding) window(c *plan.Call) (sqlExpr, error) {
	t, ok := b.st.e.windows[c.Func.Name]
	if !ok || b.over == "" {
		return sqlExpr{}, notEmitted("the window function " + c.Func.Name)
	}
	inner := &binding{st: b.st, r: b.r} // windows do not nest in SQL
	args, err := inner.exprs(c.Args)
	if err != nil {
		return sqlExpr{}, err
	}
	x, err := t(c, args, b.over)
	if err != nil {
		return sqlExpr{}, err
	}
	if sqlType(x.typ) != sqlType(c.Typ) {
		return sqlExpr{}, notEmitted(c.Func.Name + " as " + c.Typ.String())
	}
	x.typ = c.Typ
	return x, nil
}

// windowTemplates are the functions over neighbouring rows.
func windowTemplates() map[string]windowTemplate {
	return map[string]windowTemplate{
		"prev":       neighbour("lag"),
		"next":       neighbour("lead"),
		"row_number": rowNumber,
	}
}

// neighbour is prev and next: value, rows away, and what stands for a row that is not there.
func neighbour(f string) windowTemplate {
	return func(c *plan.Call, args []sqlExpr, over string) (sqlExpr, error) {
		away := int64(1)
		if len(args) > 1 {
			n, ok := args[1].integer()
			if !ok || n < 1 {
				return sqlExpr{}, notEmitted(c.Func.Name + " of a computed distance")
			}
			away = n
		}
		x := args[0]
		other := "NULL::" + sqlType(x.typ)
		null := true
		if x.typ == types.String {
			other, null = "''", false
		}
		if len(args) > 2 {
			d, err := convertChoice(args[2], x.typ)
			if err != nil {
				return sqlExpr{}, err
			}
			other, null = d.sql, d.null
		}
		sql := f + "(" + x.sql + ", " + strconv.FormatInt(away, 10) + ", " + other + ") " + over
		return sqlExpr{sql: "(" + sql + ")", typ: x.typ, null: null || x.null}, nil
	}
}

// rowNumber counts from its first argument; a second one restarts the count.
func rowNumber(_ *plan.Call, args []sqlExpr, over string) (sqlExpr, error) {
	start := int64(1)
	if len(args) > 0 {
		n, ok := args[0].integer()
		if !ok {
			return sqlExpr{}, notEmitted("row_number from a computed start")
		}
		start = n
	}
	if len(args) > 1 {
		return sqlExpr{}, notEmitted("row_number with restart")
	}
	return sqlExpr{sql: "(row_number() " + over + " + " + quoteInteger(start-1) + "::BIGINT)", typ: types.Long}, nil
}

package duckdb

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// windowTemplate makes a window function's SQL; over is the OVER clause's ordering.
type windowTemplate func(c *plan.Call, args []sqlExpr, over string) (sqlExpr, error)

// serialize computes columns over ordered rows. Rows without an order have none that SQL would keep.
func (st *statement) serialize(n *plan.SerializeOp, within []string) (*relation, error) {
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	if len(n.Columns) == 0 {
		return r, nil
	}
	return st.windowed(r, n.Columns, within)
}

// windowed adds columns that may hold window functions, which see the rows that agree in the columns of within (see there). The
// order becomes a row number made in the same pass, so that all that follows sees the same order among equal keys.
func (st *statement) windowed(r *relation, named []plan.Named, within []string) (*relation, error) {
	if len(r.order) == 0 {
		return nil, notEmitted("windows over rows without an order")
	}
	exprs := make([]plan.Expr, len(named))
	for i, c := range named {
		exprs[i] = c.Expr
	}
	r = st.ready(r, exprs...)
	parts := r.leadingKeys(within)
	over := "OVER (ORDER BY " + joinKeys(r.order) + ")"
	if n := len(parts); n > 0 && n < len(r.order) {
		over = "OVER (PARTITION BY " + strings.Join(parts, ", ") + " ORDER BY " + joinKeys(r.order[n:]) + ")"
	} else {
		parts = nil
	}
	out := *r
	out.cols = append([]column(nil), r.cols...)
	out.order = append(append([]orderKey(nil), r.order[:len(parts)]...), orderKey{"row_number() " + over, false, false})
	for _, c := range named {
		b := &binding{st: st, r: r, over: over}
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

// leadingKeys are the SQL of the columns named as far as they are the first keys of the relation's order: a column that holds a
// constant orders nothing, and is no key.
func (r *relation) leadingKeys(names []string) []string {
	var out []string
	for i, name := range names {
		c := r.find(name)
		if c == nil || i >= len(r.order) || r.order[i].sql != c.sql {
			break
		}
		out = append(out, c.sql)
	}
	return out
}

// within are the first keys of a sort that a filter keeps equal between a row and the one before it:
//
//	sort by User asc, Time asc | extend PrevUser = prev(User), PrevTime = prev(Time) | where User == PrevUser
//
// The rows kept see the same neighbours where the windows see the rows of one user only. The first row of all is kept where its
// text is the empty one, which is what prev gives it: that row is the first of its user too, as ascending texts begin with it.
func within(named []plan.Named, input plan.Node, predicate plan.Expr) []string {
	s, ok := input.(*plan.SortOp)
	if !ok || !onlyPrevious(named) {
		return nil
	}
	same := map[string]bool{}
	for _, x := range conjuncts(predicate) {
		if c, ok := x.(*plan.Call); ok && c.Func.Kind == builtin.Operator && c.Func.Name == "==" {
			for i := range 2 {
				if name, ok := previousOf(named, c.Args[i]); ok && isColumn(c.Args[1-i], name) {
					same[name] = true
				}
			}
		}
	}
	var out []string
	for _, k := range s.Keys {
		c, ok := k.Expr.(*plan.Column)
		if !ok || !same[c.Name] {
			break
		}
		switch c.Typ {
		case types.String:
			if k.Desc {
				return out
			}
		case types.Long, types.Int, types.DateTime:
		default:
			return out
		}
		out = append(out, c.Name)
	}
	return out
}

func isColumn(x plan.Expr, name string) bool {
	c, ok := x.(*plan.Column)
	return ok && c.Name == name
}

// previousOf is the column of the input whose value in the row before a column of named holds.
func previousOf(named []plan.Named, x plan.Expr) (string, bool) {
	made, ok := x.(*plan.Column)
	if !ok {
		return "", false
	}
	name, found := "", false
	for _, c := range named {
		call, ok := c.Expr.(*plan.Call)
		if c.Name != made.Name || !ok || call.Func.Name != "prev" || len(call.Args) != 1 {
			continue
		}
		if col, ok := call.Args[0].(*plan.Column); ok {
			name, found = col.Name, true
		}
	}
	for _, c := range named {
		if c.Name == name { // it is not the column of the input that the filter sees
			return "", false
		}
	}
	return name, found
}

// onlyPrevious reports whether all windows look at the row before and no further.
func onlyPrevious(named []plan.Named) bool {
	only := true
	for _, c := range named {
		plan.WalkExpr(c.Expr, func(x plan.Expr) {
			if call, ok := x.(*plan.Call); ok && call.Func.Kind == builtin.Window && (call.Func.Name != "prev" || len(call.Args) != 1) {
				only = false
			}
		})
	}
	return only
}

// projectWindows is project and extend over serialized rows.
func (st *statement) projectWindows(r *relation, named []plan.Named, keep bool, within []string) (*relation, error) {
	out, err := st.windowed(r, named, within)
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

package duckdb

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// in is membership in a list or in the first column of a query. A null is in nothing, and nulls among the others
// do not count.
func (b *binding) in(x *plan.In) (sqlExpr, error) {
	if strings.Contains(x.Op, "has_a") {
		return b.hasItems(x)
	}
	fold := strings.HasSuffix(x.Op, "~")
	left, leafOnly, err := b.inLeft(x)
	if err != nil {
		return sqlExpr{}, err
	}
	var set string
	null := left.null
	if x.Query != nil {
		if leafOnly {
			return sqlExpr{}, notEmitted("a dynamic in a query")
		}
		set, err = b.inQuery(x.Query, left.typ, fold)
	} else {
		var maybe bool
		set, maybe, err = b.inList(x.List, left.typ, fold, leafOnly)
		null = null || maybe
	}
	if err != nil {
		return sqlExpr{}, err
	}
	out := sqlExpr{sql: "false", typ: types.Bool}
	if set != "" {
		l := left.sql
		if fold && left.typ == types.String {
			l = "lower(" + l + ")"
		}
		out.sql = "(" + l + " IN (" + set + "))"
		if null {
			out.sql = "coalesce(" + out.sql + ", false)"
		}
	}
	if strings.HasPrefix(x.Op, "!") {
		out.sql = "(NOT " + out.sql + ")"
	}
	return out, nil
}

// inLeft is the left side. A path is compared as the string it may be, with texts that only strings print as.
func (b *binding) inLeft(x *plan.In) (left sqlExpr, leafOnly bool, err error) {
	if p, ok := x.Left.(*plan.Path); ok {
		sql, err := b.pathText(p)
		return sqlExpr{sql: sql, typ: types.String, null: true}, true, err
	}
	left, err = b.expr(x.Left)
	if err != nil {
		return left, false, err
	}
	switch left.typ {
	case types.String, types.Int, types.Long, types.DateTime, types.TimeSpan, types.GUID, types.Bool:
		return left, false, nil
	}
	return left, false, notEmitted(x.Op + " of a " + left.typ.String())
}

// inQuery leaves nulls out: one of them would make NOT IN null for every row.
func (b *binding) inQuery(q plan.Node, t types.Type, fold bool) (string, error) {
	r, err := b.st.node(q)
	if err != nil {
		return "", err
	}
	if len(r.cols) == 0 || r.cols[0].typ != t {
		return "", notEmitted("in a query of another type")
	}
	if r.limit == "" {
		r.order = nil
	}
	r = b.st.wrap(r)
	r.cols, r.order = r.cols[:1:1], nil
	c := &r.cols[0]
	if c.null {
		r.where = append(r.where, c.sql+" IS NOT NULL")
	}
	if fold && t == types.String {
		c.sql = "lower(" + c.sql + ")"
	}
	return r.selectSQL(false, false).String(), nil
}

func (b *binding) inList(list []plan.Expr, t types.Type, fold, leafOnly bool) (set string, null bool, err error) {
	var parts []string
	for _, e := range list {
		x, err := b.expr(e)
		if err != nil {
			return "", false, err
		}
		items := []sqlExpr{x}
		if x.typ == types.Dynamic {
			if items, err = elements(x); err != nil {
				return "", false, err
			}
		}
		for _, i := range items {
			if i.lit != nil && i.lit.IsNull() {
				continue
			}
			part, err := inItem(i, t, fold, leafOnly)
			if err != nil {
				return "", false, err
			}
			parts, null = append(parts, part), null || i.null
		}
	}
	return strings.Join(parts, ", "), null, nil
}

// inItem is the SQL of one member of a list, in the type of the left side.
func inItem(x sqlExpr, t types.Type, fold, leafOnly bool) (string, error) {
	s, constant := x.text()
	switch {
	case leafOnly && (!constant || !onlyString(strings.ToLower(s))):
		return "", notEmitted("a dynamic in a list of more than texts")
	case x.typ != t && !(x.typ.Integral() && t.Integral()):
		return "", notEmitted("a " + t.String() + " in a list with a " + x.typ.String())
	case fold && t == types.String && constant:
		return validString(strings.ToLower(s))
	case fold && t == types.String:
		return "lower(" + x.sql + ")", nil
	}
	return x.sql, nil
}

// elements are the members of a constant array, which stands for them; another dynamic is the scalar in it.
func elements(x sqlExpr) ([]sqlExpr, error) {
	if x.lit == nil {
		return nil, notEmitted("in a computed dynamic")
	}
	list, ok := x.lit.Tree().([]types.Tree)
	if !ok {
		list = []types.Tree{x.lit.Tree()}
	}
	out := make([]sqlExpr, len(list))
	for i, e := range list {
		v, err := constant(types.FromTree(e))
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

package duckdb

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// in is membership in a list of constants or in the first column of a query.
func (b *binding) in(x *plan.In) (sqlExpr, error) {
	not := strings.HasPrefix(x.Op, "!")
	if x.Op != "in" && x.Op != "!in" {
		return sqlExpr{}, notEmitted(x.Op)
	}
	left, err := b.expr(x.Left)
	if err != nil {
		return sqlExpr{}, err
	}
	if left.typ != types.String && !left.typ.Integral() && left.typ != types.DateTime && left.typ != types.GUID {
		return sqlExpr{}, notEmitted(x.Op + " of a " + left.typ.String())
	}
	var set string
	if x.Query != nil {
		set, err = b.inQuery(x.Query, left.typ)
	} else {
		set, err = b.inList(x.List, left.typ)
	}
	if err != nil {
		return sqlExpr{}, err
	}
	out := sqlExpr{sql: "(" + left.sql + " IN (" + set + "))", typ: types.Bool}
	if left.null {
		out.sql = "coalesce(" + out.sql + ", false)"
	}
	if not {
		out.sql = "(NOT " + out.sql + ")"
	}
	return out, nil
}

// inQuery leaves nulls out: one of them would make NOT IN null for every row.
func (b *binding) inQuery(q plan.Node, t types.Type) (string, error) {
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
	r.cols, r.order = r.cols[:1], nil
	if r.cols[0].null {
		r.where = append(r.where, r.cols[0].sql+" IS NOT NULL")
	}
	return indent(r.selectSQL(false, false)), nil
}

func (b *binding) inList(list []plan.Expr, t types.Type) (string, error) {
	var parts []string
	for _, e := range list {
		x, err := b.expr(e)
		if err != nil {
			return "", err
		}
		items := []sqlExpr{x}
		if x.typ == types.Dynamic && x.lit != nil {
			if items, err = elements(x.lit.Tree()); err != nil {
				return "", err
			}
		}
		for _, i := range items {
			if i.lit == nil {
				return "", notEmitted("in a list that is not constant")
			}
			if i.lit.IsNull() {
				return "", notEmitted("in a list with null")
			}
			if i.typ != t && !(i.typ.Integral() && t.Integral()) {
				return "", notEmitted("a " + t.String() + " in a list with a " + i.typ.String())
			}
			parts = append(parts, i.sql)
		}
	}
	if len(parts) == 0 {
		return "", notEmitted("in an empty list")
	}
	return strings.Join(parts, ", "), nil
}

// elements are the members of a constant array, which stands for them.
func elements(t types.Tree) ([]sqlExpr, error) {
	list, ok := t.([]types.Tree)
	if !ok {
		return nil, notEmitted("in a dynamic that is not an array")
	}
	out := make([]sqlExpr, len(list))
	for i, e := range list {
		x, err := constant(types.FromTree(e))
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

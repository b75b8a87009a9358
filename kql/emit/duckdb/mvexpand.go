package duckdb

import (
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// mvExpand makes a row per element of one array. A value that is null or an empty array makes one row with null; a bag and a
// scalar are left to the reference by the guard.
func (st *statement) mvExpand(n *plan.MvExpandOp) (*relation, error) {
	if len(n.Columns) != 1 || n.Limit != nil || n.ItemIndex != "" || n.BagArrays {
		return nil, notEmitted("mv-expand with several columns or options")
	}
	c := n.Columns[0]
	if c.Typ != types.Dynamic {
		return nil, notEmitted("mv-expand to a " + c.Typ.String())
	}
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	r = st.ready(r, c.Expr)
	b := &binding{st: st, r: r}
	x, err := b.expr(c.Expr)
	if err != nil {
		return nil, err
	}
	if x.typ != types.Dynamic {
		return nil, notEmitted("mv-expand of a " + x.typ.String())
	}
	g, err := b.guard("mv-expand of bags and scalars", types.Dynamic)
	if err != nil {
		return nil, err
	}
	const list = "(CASE WHEN $1 IS NULL OR $1 = '[]' THEN [NULL::VARCHAR]" +
		" WHEN json_type($1) = 'ARRAY' THEN json_extract($1, '$[*]')::VARCHAR[] ELSE [$2] END)"
	r2 := *r
	r2.cols = append(append([]column(nil), r.cols...), column{"", sqlExpr{sql: fillSQL(list, x.sql, g)}})
	in := st.wrap(&r2)
	at := in.cols[len(in.cols)-1].sql
	in.cols = in.cols[:len(in.cols)-1]
	t := st.alias()
	in.from += ",\n  unnest(" + at + ") WITH ORDINALITY AS " + t + "(item, place)"
	if len(in.order) > 0 {
		in.order = append(in.order, orderKey{t + ".place", false, false})
	}
	item := sqlExpr{sql: "nullif(" + t + ".item, 'null')", typ: types.Dynamic, null: true}
	out := *in
	out.cols = nil
	for _, o := range n.Out {
		if o.Name == c.Name {
			out.cols = append(out.cols, column{o.Name, item})
			continue
		}
		src := in.find(o.Name)
		if src == nil {
			return nil, notEmitted("the mv-expand column " + strconv.Quote(o.Name))
		}
		out.cols = append(out.cols, *src)
	}
	return &out, nil
}

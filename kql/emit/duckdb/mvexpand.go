package duckdb

import (
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// mvExpand makes a row per element of one array: none of an empty one, one of null or another scalar. A bag, which expands to a
// bag per property, is left to the reference by the guard.
func (st *statement) mvExpand(n *plan.MvExpandOp) (*relation, error) {
	if len(n.Columns) != 1 || n.BagArrays {
		return nil, notEmitted("mv-expand of several columns or of bags as pairs")
	}
	c := n.Columns[0]
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	r = st.ready(r, c.Expr)
	list, err := expandable(&binding{st: st, r: r}, c.Expr)
	if err != nil {
		return nil, err
	}
	wide := *r
	wide.cols = append(append([]column(nil), r.cols...), column{"", sqlExpr{sql: list}})
	in := st.wrap(&wide)
	at := in.cols[len(in.cols)-1].sql
	// unnest among the columns streams; as a table beside the rows it would be a join, slow and in another order each time.
	rows, made := *in, len(in.cols)-1
	rows.cols = append(in.cols[:made:made], column{"", sqlExpr{sql: "unnest(" + at + ")"}})
	if n.ItemIndex != "" || n.Limit != nil || len(in.order) > 0 {
		rows.cols = append(rows.cols, column{"", sqlExpr{sql: "unnest(range(1, len(" + at + ") + 1))"}})
	}
	in = st.wrap(&rows)
	item, place := in.cols[made].sql, in.cols[len(in.cols)-1].sql
	in.cols = in.cols[:made]
	if len(in.order) > 0 {
		in.order = append(in.order, orderKey{place, false, false})
	}
	if n.Limit != nil {
		l, ok := n.Limit.(*plan.Literal)
		if !ok || !l.Value.Type().Integral() || l.Value.IsNull() || l.Value.Long() < 0 {
			return nil, notEmitted("mv-expand with a computed limit")
		}
		in.where = append(in.where, place+" <= "+strconv.FormatInt(l.Value.Long(), 10))
	}
	return st.expanded(n, in, item, place)
}

// expandable is the list of the elements of a dynamic, as JSON texts.
func expandable(b *binding, array plan.Expr) (string, error) {
	x, err := b.expr(array)
	if err != nil {
		return "", err
	}
	if x.typ != types.Dynamic {
		return "", notEmitted("mv-expand of a " + x.typ.String())
	}
	g, err := b.guard("mv-expand, which may meet bags,", types.Dynamic)
	if err != nil {
		return "", err
	}
	// JSON text with a bracket first is an array, without a reader's look at all of it.
	const list = "(CASE WHEN starts_with($1, '[') THEN json_extract($1, '$[*]')::VARCHAR[]" +
		" WHEN json_type($1) = 'ARRAY' THEN json_extract($1, '$[*]')::VARCHAR[] WHEN json_type($1) = 'OBJECT' THEN [$2] ELSE [$1] END)"
	return fillSQL(list, x.sql, g), nil
}

// expanded puts the element, a JSON text, in its column.
func (st *statement) expanded(n *plan.MvExpandOp, in *relation, element, place string) (*relation, error) {
	c := n.Columns[0]
	item := sqlExpr{sql: "nullif(" + element + ", 'null')", typ: types.Dynamic, null: true}
	switch c.Typ {
	case types.Dynamic:
	case types.String:
		b := &binding{st: st, r: in}
		text, err := b.leafToString("json_extract_string("+element+", '$')", element)
		if err != nil {
			return nil, err
		}
		item = text
	default:
		return nil, notEmitted("mv-expand to a " + c.Typ.String())
	}
	out := *in
	out.cols = nil
	for _, o := range n.Out {
		if o.Name == c.Name {
			out.cols = append(out.cols, column{o.Name, item})
			continue
		}
		if o.Name == n.ItemIndex {
			out.cols = append(out.cols, column{o.Name, sqlExpr{sql: "(" + place + " - 1)", typ: types.Long}})
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

package duckdb

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// countsOfShadows is a count by the texts of shadows: rows are counted by the shadows as they stand, which DuckDB's dictionaries
// make cheap, and only what is left, a row per value, is turned to text and added up. It is nil for another summarize.
func (st *statement) countsOfShadows(r *relation, n *plan.SummarizeOp) (*relation, error) {
	if len(n.By) == 0 || len(n.Aggregates) == 0 {
		return nil, nil
	}
	for _, a := range n.Aggregates {
		if a.Func.Name != "count" || len(a.Args) != 0 {
			return nil, nil
		}
	}
	b := &binding{st: st, r: r}
	var cols []column
	var keys []string
	for _, k := range n.By {
		c, ok := k.Expr.(*plan.Call)
		if !ok || c.Func.Name != "tostring" || len(c.Args) != 1 {
			return nil, nil
		}
		shadow, ok := b.shadow(c.Args[0])
		if !ok {
			return nil, nil
		}
		cols, keys = append(cols, column{k.Name, sqlExpr{sql: shadow, typ: types.Dynamic, null: true}}), append(keys, shadow)
	}
	by := strings.Join(keys, ", ")
	cols = append(cols, column{"", sqlExpr{sql: "count(*)", typ: types.Long}})
	counted := relation{cols: cols, from: r.source(), where: r.where}
	in := st.table(append(counted.selectSQL(false, false), "\nGROUP BY "+by), cols)
	for i := range n.By {
		text, err := b.shadowToString(in.cols[i].sql)
		if err != nil {
			return nil, err
		}
		in.cols[i].sqlExpr = text
	}
	w := st.wrap(in)
	names := make([]string, len(n.By))
	for i := range n.By {
		names[i] = w.cols[i].sql
	}
	sum := sqlExpr{sql: "sum(" + w.cols[len(n.By)].sql + ")::BIGINT", typ: types.Long}
	added := relation{from: w.source(), cols: append([]column(nil), w.cols[:len(n.By)]...)}
	for _, a := range n.Aggregates {
		added.cols = append(added.cols, column{a.Out[0].Name, sum})
	}
	out := st.table(append(added.selectSQL(false, false), "\nGROUP BY "+strings.Join(names, ", ")), added.cols)
	out.scrambled = true
	return out, nil
}

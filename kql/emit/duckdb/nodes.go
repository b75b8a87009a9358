package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// node is the relation of a plan node; a node that fails is remembered, with those above it that were on the way.
func (st *statement) node(n plan.Node) (*relation, error) {
	if err, ok := st.failed[n]; ok {
		return nil, err
	}
	first := st.aliases == 0
	made, ok := st.made[n]
	if first && made != nil {
		return st.resume(made), nil
	}
	r, err := st.relation(n)
	switch {
	case err != nil:
		st.failed[n] = err
	case first:
		st.made[n] = st.mark(r)
	case !ok:
		st.made[n] = nil // it has SQL, but stands behind other rows here
	}
	return r, err
}

func (st *statement) relation(n plan.Node) (*relation, error) {
	switch n := n.(type) {
	case *plan.ScanOp:
		return st.scan(n)
	case *plan.ValuesOp:
		return st.values(n)
	case *plan.RangeOp:
		return st.rangeOf(n)
	case *plan.FilterOp:
		return st.filter(n)
	case *plan.ProjectOp:
		return st.project(n.Input, n.Columns, false, nil)
	case *plan.ExtendOp:
		return st.project(n.Input, n.Columns, true, nil)
	case *plan.SerializeOp:
		return st.serialize(n, nil)
	case *plan.SummarizeOp:
		return st.summarize(n)
	case *plan.DistinctOp:
		return st.distinct(n)
	case *plan.SortOp:
		return st.sort(n)
	case *plan.TakeOp:
		return st.take(n)
	case *plan.JoinOp:
		return st.join(n)
	case *plan.UnionOp:
		return st.union(n)
	case *plan.MvExpandOp:
		return st.mvExpand(n)
	case *plan.SharedOp:
		return st.sharedOp(n)
	default:
		return nil, notEmitted(strings.Fields(plan.Label(n))[0])
	}
}

// scan reads a table's relation. A table that exists in the catalog only has no rows.
func (st *statement) scan(n *plan.ScanOp) (*relation, error) {
	if n.Table.Load != nil {
		return nil, notEmitted("a table that the backend does not hold")
	}
	if n.Table.Relation == "" {
		return st.empty(n.Columns), nil
	}
	name, err := quoteRelation(n.Table.Relation)
	if err != nil {
		return nil, err
	}
	t := st.alias()
	r := rowsAs(pieces{name + " AS " + t}, t)
	for _, c := range n.Columns {
		id, err := quoteIdent(c.Name)
		if err != nil {
			return nil, err
		}
		r.cols = append(r.cols, column{c.Name, sqlExpr{sql: t + "." + id, typ: c.Type, null: c.Type != types.String, simple: true,
			shadows: st.shadowsOf(n.Table, t, c.Name)}})
	}
	return r, nil
}

func (st *statement) empty(s types.Schema) *relation {
	r := &relation{where: []string{"false"}}
	for _, c := range s {
		sql := "NULL::" + sqlType(c.Type)
		if c.Type == types.String {
			sql = "''"
		}
		r.cols = append(r.cols, column{c.Name, sqlExpr{sql: sql, typ: c.Type, null: c.Type != types.String, simple: true}})
	}
	return st.wrap(r)
}

func (st *statement) values(n *plan.ValuesOp) (*relation, error) {
	if len(n.Rows) == 0 {
		return st.empty(n.Columns), nil
	}
	rows := make([]string, len(n.Rows))
	null := make([]bool, len(n.Columns))
	for i, row := range n.Rows {
		cells := make([]string, len(row))
		for j, v := range row {
			sql, err := literal(v)
			if err != nil {
				return nil, err
			}
			cells[j], null[j] = sql, null[j] || v.IsNull()
		}
		if len(cells) == 0 {
			cells = []string{"1"}
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	t := st.alias()
	names := []string{"nothing"}
	r := &relation{}
	for i, c := range n.Columns {
		names[0], names = "c0", append(names[:i:i], "c"+strconv.Itoa(i))
		r.cols = append(r.cols, column{c.Name, sqlExpr{sql: t + ".c" + strconv.Itoa(i), typ: c.Type, null: null[i], simple: true}})
	}
	r.from = pieces{"(VALUES " + strings.Join(rows, ", ") + ") AS " + t + "(" + strings.Join(names, ", ") + ")"}
	return r, nil
}

func (st *statement) filter(n *plan.FilterOp) (*relation, error) {
	r, err := st.filtered(n)
	if err != nil {
		return nil, err
	}
	r = st.ready(r, n.Predicate)
	for _, p := range conjuncts(n.Predicate) {
		sql, err := st.predicate(r, p)
		if err != nil {
			return nil, err
		}
		r.where = append(r.where, sql)
	}
	return r, nil
}

// filtered is what a filter stands over.
func (st *statement) filtered(n *plan.FilterOp) (*relation, error) {
	switch in := n.Input.(type) {
	case *plan.ExtendOp:
		if k := within(in.Columns, in.Input, n.Predicate); len(k) > 0 {
			return st.project(in.Input, in.Columns, true, k)
		}
	case *plan.SerializeOp:
		if k := within(in.Columns, in.Input, n.Predicate); len(k) > 0 {
			return st.serialize(in, k)
		}
	}
	return st.node(n.Input)
}

// conjuncts are the parts of a chain of and.
func conjuncts(x plan.Expr) []plan.Expr {
	if c, ok := x.(*plan.Call); ok && c.Func.Name == "and" {
		var out []plan.Expr
		for _, a := range c.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	return []plan.Expr{x}
}

// project computes columns; with keep it is extend. A limit must see its rows before anything is added, a subselect's
// columns are then plain.
func (st *statement) project(input plan.Node, named []plan.Named, keep bool, within []string) (*relation, error) {
	r, err := st.node(input)
	if err != nil {
		return nil, err
	}
	exprs := make([]plan.Expr, len(named))
	for i, c := range named {
		exprs[i] = c.Expr
	}
	if hasWindow(named) {
		return st.projectWindows(r, named, keep, within)
	}
	if r.limit == "" || !allColumns(exprs) {
		r = st.ready(r, exprs...)
	}
	out := *r
	out.cols = nil
	if keep {
		out.cols = append(out.cols, r.cols...)
	}
	for _, c := range named {
		x, err := st.expr(r, c.Expr)
		if err != nil {
			return nil, err
		}
		if have := out.find(c.Name); keep && have != nil {
			have.sqlExpr = x
			continue
		}
		out.cols = append(out.cols, column{c.Name, x})
	}
	return &out, nil
}

func allColumns(list []plan.Expr) bool {
	for _, x := range list {
		if _, ok := x.(*plan.Column); !ok {
			return false
		}
	}
	return true
}

func (st *statement) sort(n *plan.SortOp) (*relation, error) {
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	exprs := make([]plan.Expr, len(n.Keys))
	for i, k := range n.Keys {
		exprs[i] = k.Expr
	}
	r = st.ready(r, exprs...)
	out := *r
	out.order = nil
	for _, k := range n.Keys {
		x, err := st.expr(r, k.Expr)
		if err != nil {
			return nil, err
		}
		keys, err := orderable(x, k)
		if err != nil {
			return nil, err
		}
		if columnOf.MatchString(x.sql) { // a constant orders nothing, and DuckDB refuses a text as a key
			out.order = append(out.order, keys...)
		}
	}
	out.order = append(out.order, r.order...) // stable: what was ordered before decides among equals
	return &out, nil
}

// orderable is the keys that order by x. DuckDB has NaN above all numbers, here it is below; decimals and dynamics are text
// there, which orders otherwise.
func orderable(x sqlExpr, k plan.SortKey) ([]orderKey, error) {
	switch x.typ {
	case types.Decimal, types.Dynamic, types.Unknown:
		return nil, notEmitted("order by a " + x.typ.String())
	case types.Real:
		// The sum keeps DuckDB from making -0.0 in the rows 0.0, as it does with sort keys.
		return []orderKey{{"isnan(" + x.sql + ")", !k.Desc, k.NullsFirst}, {x.sql + " + 0.0", k.Desc, k.NullsFirst}}, nil
	}
	return []orderKey{{x.sql, k.Desc, k.NullsFirst}}, nil
}

// columnOf finds a column of a relation in SQL.
var columnOf = regexp.MustCompile(`\bt[0-9]+\.`)

func (st *statement) take(n *plan.TakeOp) (*relation, error) {
	l, ok := n.Count.(*plan.Literal)
	if !ok || !l.Value.Type().Integral() || l.Value.IsNull() || l.Value.Long() < 0 {
		return nil, notEmitted("take of something that is not a number")
	}
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	if r.limit != "" {
		r = st.wrap(r)
	}
	out := *r
	out.settle()
	out.limit = strconv.FormatInt(l.Value.Long(), 10)
	return &out, nil
}

func (st *statement) distinct(n *plan.DistinctOp) (*relation, error) {
	r, err := st.node(n.Input)
	if err != nil {
		return nil, err
	}
	for _, c := range r.cols {
		if err := groupable(c.sqlExpr); err != nil {
			return nil, err
		}
	}
	if r.limit != "" {
		r = st.wrap(r)
	}
	flat := *r
	flat.order = nil
	out := st.table(flat.selectSQL(false, false).distinct(""), r.cols)
	out.scrambled = true
	return out, nil
}

// groupable reports whether equal values of x have equal SQL values: not so for the text of decimals and dynamics.
func groupable(x sqlExpr) error {
	switch x.typ {
	case types.Decimal, types.Dynamic, types.Unknown:
		return notEmitted("grouping by a " + x.typ.String())
	}
	return nil
}

func (st *statement) union(n *plan.UnionOp) (*relation, error) {
	if len(n.Sources) == 0 {
		return nil, notEmitted("a union of nothing")
	}
	var all pieces
	var cols []column
	scrambled := false
	for i, s := range n.Sources {
		r, err := st.node(s)
		if err != nil {
			return nil, err
		}
		if r.limit == "" {
			r.order = nil
		}
		if i == 0 {
			cols = append(cols, r.cols...)
		}
		if len(r.cols) != len(cols) {
			return nil, fmt.Errorf("union of %d and %d columns", len(cols), len(r.cols))
		}
		for j, c := range r.cols {
			if c.typ != cols[j].typ {
				return nil, fmt.Errorf("union of column %s as %s and %s", c.name, cols[j].typ, c.typ)
			}
			cols[j].null = cols[j].null || c.null
		}
		between := "\nUNION ALL\n"
		if i == 0 {
			between = ""
		}
		all = append(all, r.selectSQL(false, false).around(between+"(", ")")...)
		scrambled = scrambled || r.scrambled
	}
	out := st.table(all, cols)
	out.scrambled = scrambled // UNION ALL itself keeps the order: https://duckdb.org/docs/stable/sql/dialect/order_preservation
	return out, nil
}

// sharedTable is a common table expression.
type sharedTable struct {
	name      string
	cols      []column
	scrambled bool
}

// sharedOp computes a sub-plan once, as the query asked for.
func (st *statement) sharedOp(n *plan.SharedOp) (*relation, error) {
	sh := st.shared[n.ID]
	if sh == nil {
		r, err := st.node(n.Input)
		if err != nil {
			return nil, err
		}
		sh = &sharedTable{name: "shared" + strconv.Itoa(n.ID), cols: r.cols, scrambled: r.scrambled}
		st.shared[n.ID] = sh
		st.with = append(st.with, r.selectSQL(false, true).around(sh.name+" AS MATERIALIZED (", ")").String())
	}
	t := st.alias()
	out := rowsAs(pieces{sh.name + " AS " + t}, t)
	out.scrambled = sh.scrambled
	for i, c := range sh.cols {
		out.cols = append(out.cols, column{c.name, sqlExpr{sql: t + ".c" + strconv.Itoa(i), typ: c.typ, null: c.null, simple: true}})
	}
	return out, nil
}

func (st *statement) rangeOf(n *plan.RangeOp) (*relation, error) {
	return nil, notEmitted("range")
}

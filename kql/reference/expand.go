package reference

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// expander makes the rows of mv-expand and mv-apply: the input's columns with the elements in place.
type expander struct {
	arrays []evaluator
	cols   []plan.MvColumn
	at     []int // of each expanded column in the row made
	index  int   // of the item index; -1 without
	width  int
	bags   bool
	limit  int64
}

func (c *compiler) expander(cols []plan.MvColumn, index string, limit plan.Expr, bags bool, in, out types.Schema) (*expander, error) {
	sc := overRows(in)
	e := &expander{cols: cols, index: -1, width: len(out), bags: bags, limit: math.MaxInt64}
	for _, col := range cols {
		x, err := c.expr(col.Expr, sc)
		if err != nil {
			return nil, err
		}
		e.arrays = append(e.arrays, x)
		e.at = append(e.at, out.Find(col.Name))
	}
	if index != "" {
		e.index = out.Find(index)
	}
	if limit != nil {
		var err error
		if e.limit, err = c.count(limit); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// rows expands a row. The columns are expanded side by side, the shorter ones filled with nulls. A null makes one row
// and an empty array or bag none (https://learn.microsoft.com/kusto/query/mv-expand-operator).
func (e *expander) rows(s *state, row types.Row) ([]types.Row, error) {
	items := make([][]types.Tree, len(e.arrays))
	count := 0
	for i, x := range e.arrays {
		v, err := x(row)
		if err != nil {
			return nil, err
		}
		items[i] = e.items(v)
		count = max(count, len(items[i]))
	}
	if int64(count) > e.limit {
		count = int(e.limit)
	}
	out := make([]types.Row, count)
	for n := range out {
		made := make(types.Row, e.width)
		copy(made, row)
		for i, col := range e.cols {
			v := types.Null(types.Dynamic)
			if n < len(items[i]) {
				v = types.NewDynamic(items[i][n])
			}
			made[e.at[i]] = conform(v, col.Typ)
		}
		if e.index >= 0 {
			made[e.index] = types.NewLong(int64(n))
		}
		out[n] = made
		if err := s.tick(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// items are what a value expands to. A bag makes a bag per property, or a pair; a scalar stands for itself.
func (e *expander) items(v types.Value) []types.Tree {
	if v.Type() != types.Dynamic {
		return []types.Tree{types.ToTree(v)}
	}
	switch t := v.Tree().(type) {
	case []types.Tree:
		return t
	case *types.Bag:
		out := make([]types.Tree, 0, t.Len())
		for _, k := range t.Keys() {
			x, _ := t.Get(k)
			if e.bags {
				out = append(out, []types.Tree{k, x})
				continue
			}
			b := types.NewBag()
			b.Set(k, x)
			out = append(out, b)
		}
		return out
	default:
		return []types.Tree{t}
	}
}

// conform is "to typeof": numbers become each other, texts that are times become times as JSON has no others, and
// anything has a text; what does not conform is null.
func conform(v types.Value, t types.Type) types.Value {
	if t == types.Dynamic {
		return v
	}
	l := leaf(v)
	switch {
	case t == types.String:
		return types.NewString(v.Text())
	case l.Type() == types.String && (t.Temporal() || t == types.GUID):
		return castText(l.Str(), t)
	case l.Type() == types.String, l.Type() == types.Bool && t.Numeric():
		return types.Null(t)
	}
	return convert(l, t)
}

func (c *compiler) compileMvExpand(n *plan.MvExpandOp) (opener, error) {
	e, err := c.expander(n.Columns, n.ItemIndex, n.Limit, n.BagArrays, n.Input.Schema(), n.Out)
	if err != nil {
		return nil, err
	}
	return c.spreading(n.Input, e.rows)
}

// compileMvApply runs the subquery over the rows that each row expands to; its rows get the columns that the input row
// keeps. A row that expands to nothing is dropped, as by mv-expand: there is no group to run the subquery on.
func (c *compiler) compileMvApply(n *plan.MvApplyOp) (opener, error) {
	e, err := c.expander(n.Columns, n.ItemIndex, n.Limit, false, n.Input.Schema(), groupSchema(n))
	if err != nil {
		return nil, err
	}
	inner, group := c.within()
	sub, err := inner.compile(n.Subquery)
	if err != nil {
		return nil, err
	}
	from := applySources(n)
	return c.spreading(n.Input, func(s *state, row types.Row) ([]types.Row, error) {
		rows, err := e.rows(s, row)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		made, err := group.run(s, "mv-apply", sub, rows)
		if err != nil {
			return nil, err
		}
		out := make([]types.Row, len(made))
		for i, m := range made {
			out[i] = make(types.Row, len(from))
			for j, f := range from {
				if f.sub {
					out[i][j] = m[f.at]
				} else {
					out[i][j] = row[f.at]
				}
			}
		}
		return out, nil
	})
}

// applySource says where an output column of mv-apply comes from.
type applySource struct {
	sub bool
	at  int
}

func applySources(n *plan.MvApplyOp) []applySource {
	keep := map[string]bool{}
	for _, k := range n.Keep {
		keep[k] = true
	}
	sub, in := n.Subquery.Schema(), n.Input.Schema()
	out := make([]applySource, len(n.Out))
	for i, col := range n.Out {
		if keep[col.Name] {
			out[i] = applySource{at: in.Find(col.Name)}
		} else {
			out[i] = applySource{sub: true, at: sub.Find(col.Name)}
		}
	}
	return out
}

// groupSchema is the columns that the subquery sees: the input's with the expanded ones in place or behind.
func groupSchema(n *plan.MvApplyOp) types.Schema {
	s := append(types.Schema(nil), n.Input.Schema()...)
	put := func(c types.Column) {
		if i := s.Find(c.Name); i >= 0 {
			s[i] = c
		} else {
			s = append(s, c)
		}
	}
	for _, c := range n.Columns {
		put(types.Column{Name: c.Name, Type: c.Typ})
	}
	if n.ItemIndex != "" {
		put(types.Column{Name: n.ItemIndex, Type: types.Long})
	}
	return s
}

// compilePartition runs the subquery on the rows of each value, in the order of their first rows.
func (c *compiler) compilePartition(n *plan.PartitionOp) (opener, error) {
	by, err := c.expr(n.By, overRows(n.Input.Schema()))
	if err != nil {
		return nil, err
	}
	inner, group := c.within()
	sub, err := inner.compile(n.Subquery)
	if err != nil {
		return nil, err
	}
	return c.blocking("partition", n.Input, func(s *state, rows []types.Row) ([]types.Row, error) {
		groups, err := groupRows(rows, []evaluator{by})
		if err != nil {
			return nil, err
		}
		var out []types.Row
		for _, g := range groups {
			made, err := group.run(s, "partition", sub, g)
			if err != nil {
				return nil, err
			}
			out = append(out, made...)
		}
		return out, nil
	})
}

// groupRows divides rows by the values of keys, in the order of first rows.
func groupRows(rows []types.Row, keys []evaluator) ([][]types.Row, error) {
	at := map[string]int{}
	var out [][]types.Row
	var buf []byte
	for _, row := range rows {
		buf = buf[:0]
		for _, e := range keys {
			v, err := e(row)
			if err != nil {
				return nil, err
			}
			buf = appendKey(buf, v)
		}
		i, ok := at[string(buf)]
		if !ok {
			i = len(out)
			at[string(buf)] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], row)
	}
	return out, nil
}

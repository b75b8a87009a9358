package reference

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// nestedLevel is one compiled level of top-nested.
type nestedLevel struct {
	plan.TopNestedLevel
	of     evaluator
	agg    *aggregation
	wrap   evaluator // the order's expression over the aggregate; nil when plain
	count  int64     // -1: all
	others types.Value
}

// compileTopNested takes the top values of each level within those of the level above
// (https://learn.microsoft.com/kusto/query/top-nested-operator).
func (c *compiler) compileTopNested(n *plan.TopNestedOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	levels := make([]*nestedLevel, len(n.Levels))
	for i, l := range n.Levels {
		var err error
		if levels[i], err = c.nestedLevel(l, sc); err != nil {
			return nil, err
		}
	}
	return c.blocking("top-nested", n.Input, func(s *state, rows []types.Row) ([]types.Row, error) {
		return nest(s, levels, rows, nil, nil)
	})
}

func (c *compiler) nestedLevel(l plan.TopNestedLevel, sc *scope) (*nestedLevel, error) {
	out := &nestedLevel{TopNestedLevel: l, count: -1}
	var err error
	if out.of, err = c.expr(l.Of.Expr, sc); err != nil {
		return nil, err
	}
	agg := l.By
	if l.ByExpr != nil {
		// The aggregate itself has its function's type; the column has the expression's.
		agg.Out = types.Schema{{Name: agg.Out[0].Name, Type: innerType(l.ByExpr, agg.Out[0])}}
		if out.wrap, err = c.expr(l.ByExpr, overRows(agg.Out)); err != nil {
			return nil, err
		}
	}
	if out.agg, err = c.aggregation(&agg, sc); err != nil {
		return nil, err
	}
	if l.Count != nil {
		v, err := c.constant(l.Count)
		if err != nil {
			return nil, err
		}
		if v = convert(v, types.Long); !v.IsNull() {
			out.count = v.Long()
		}
	}
	if l.Others != nil {
		out.others, err = c.constant(l.Others)
	}
	return out, err
}

// innerType is the type that an expression has for a column it names.
func innerType(x plan.Expr, col types.Column) types.Type {
	t := col.Type
	plan.WalkExpr(x, func(x plan.Expr) {
		if c, ok := x.(*plan.Column); ok && c.Name == col.Name {
			t = c.Typ
		}
	})
	return t
}

// total is the level's aggregate over some rows.
func (l *nestedLevel) total(s *state, rows []types.Row) (types.Value, error) {
	a := l.agg.make()
	held := s.child(nil)
	defer held.release()
	for _, row := range rows {
		if err := l.agg.feed(held, a, row); err != nil {
			return types.Value{}, err
		}
	}
	vals, err := l.agg.finish(a, nil)
	if err != nil {
		return types.Value{}, err
	}
	if l.wrap != nil {
		return l.wrap(vals)
	}
	return vals[0], nil
}

type nestedGroup struct {
	value, total types.Value
	rows         []types.Row
}

// nest appends the rows of the levels below prefix to out.
func nest(s *state, levels []*nestedLevel, rows []types.Row, prefix types.Row, out []types.Row) ([]types.Row, error) {
	if len(levels) == 0 {
		out = append(out, slices.Clone(prefix))
		return out, s.keep("top-nested", prefix, len(out))
	}
	l := levels[0]
	groups, rest, err := l.groups(s, rows)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if out, err = nest(s, levels[1:], g.rows, append(slices.Clone(prefix), g.value, g.total), out); err != nil {
			return nil, err
		}
	}
	if l.Others == nil || len(rest) == 0 {
		return out, nil
	}
	total, err := l.total(s, rest)
	if err != nil {
		return nil, err
	}
	row := append(slices.Clone(prefix), l.others, total)
	// Below the others there is one row, of the levels' own others.
	for _, below := range levels[1:] {
		total, err := below.total(s, rest)
		if err != nil {
			return nil, err
		}
		value := types.Null(below.Of.Expr.Type())
		if below.Others != nil {
			value = below.others
		}
		row = append(row, value, total)
	}
	out = append(out, row)
	return out, s.keep("top-nested", row, len(out))
}

// groups are the level's top values in order, and the rows of the others.
func (l *nestedLevel) groups(s *state, rows []types.Row) (top []*nestedGroup, rest []types.Row, err error) {
	parts, err := groupRows(rows, []evaluator{l.of})
	if err != nil {
		return nil, nil, err
	}
	for _, part := range parts {
		g := &nestedGroup{rows: part}
		if g.value, err = l.of(part[0]); err != nil {
			return nil, nil, err
		}
		if g.total, err = l.total(s, part); err != nil {
			return nil, nil, err
		}
		top = append(top, g)
	}
	slices.SortStableFunc(top, func(a, b *nestedGroup) int { return compareWithNulls(a.total, b.total, l.Desc, !l.Desc) })
	if l.count >= 0 && int64(len(top)) > l.count {
		for _, g := range top[l.count:] {
			rest = append(rest, g.rows...)
		}
		top = top[:l.count]
	}
	return top, rest, nil
}

// compileTopHitters counts values, or sums their weights, and gives the greatest. The counts here are exact.
func (c *compiler) compileTopHitters(n *plan.TopHittersOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	of, err := c.expr(n.Of.Expr, sc)
	if err != nil {
		return nil, err
	}
	weight, err := c.expr(n.Weight, sc)
	if err != nil {
		return nil, err
	}
	t := n.Out[1].Type
	return c.blocking("top-hitters", n.Input, func(_ *state, rows []types.Row) ([]types.Row, error) {
		count, err := c.count(n.Count)
		if err != nil {
			return nil, err
		}
		parts, err := groupRows(rows, []evaluator{of})
		if err != nil {
			return nil, err
		}
		var out []types.Row
		for _, part := range parts {
			v, err := of(part[0])
			if err != nil {
				return nil, err
			}
			total, err := weigh(part, weight, t)
			if err != nil {
				return nil, err
			}
			out = append(out, types.Row{v, total})
		}
		slices.SortStableFunc(out, func(a, b types.Row) int { return compareWithNulls(a[1], b[1], true, false) })
		return out[:min(int64(len(out)), count)], nil
	})
}

func weigh(rows []types.Row, weight evaluator, t types.Type) (types.Value, error) {
	if weight == nil {
		return types.NewLong(int64(len(rows))), nil
	}
	sum := newSummer(t)
	for _, row := range rows {
		v, err := weight(row)
		if err != nil {
			return v, err
		}
		sum.add(v)
	}
	return convert(sum.total(), t), nil
}

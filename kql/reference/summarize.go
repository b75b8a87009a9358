package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// aggregation is one aggregation function compiled over the rows of an operator: its arguments and how to begin.
type aggregation struct {
	name string
	args []evaluator
	out  types.Schema
	make func() aggregate
	vals []types.Value // the arguments of the current row
}

// aggregate is an aggregation function over the rows of one group.
type aggregate interface {
	// add takes in one row's arguments, which are valid during the call only.
	add(args []types.Value) error
	// result is the columns made, in order.
	result() ([]types.Value, error)
}

func (c *compiler) aggregations(list []plan.Aggregate, sc *scope) ([]*aggregation, error) {
	out := make([]*aggregation, len(list))
	for i := range list {
		var err error
		if out[i], err = c.aggregation(&list[i], sc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *compiler) aggregation(a *plan.Aggregate, sc *scope) (*aggregation, error) {
	args, err := c.exprs(a.Args, sc)
	if err != nil {
		return nil, err
	}
	start, err := c.aggregateFunc(a)
	if err != nil {
		return nil, err
	}
	return &aggregation{name: a.Func.Name, args: args, out: a.Out, make: start, vals: make([]types.Value, len(args))}, nil
}

// feed computes the arguments over a row and adds them to the group's aggregate.
func (a *aggregation) feed(s *state, to aggregate, row types.Row) error {
	for i, e := range a.args {
		var err error
		if a.vals[i], err = e(row); err != nil {
			return err
		}
	}
	if err := to.add(a.vals); err != nil {
		return err
	}
	if g, ok := to.(growing); ok {
		if n := g.grown(); n > 0 {
			return s.charge(a.name, n)
		}
	}
	return nil
}

// finish appends the aggregate's columns to row, in the types that the plan gives them.
func (a *aggregation) finish(from aggregate, row types.Row) (types.Row, error) {
	vals, err := from.result()
	if err != nil {
		return nil, err
	}
	for i := range a.out {
		v := types.Null(a.out[i].Type)
		if i < len(vals) {
			v = convert(vals[i], a.out[i].Type)
		}
		row = append(row, v)
	}
	return row, nil
}

// group is the rows of one value of the keys.
type group struct {
	key  types.Row
	aggs []aggregate
}

func newGroup(key types.Row, aggs []*aggregation) *group {
	g := &group{key: key, aggs: make([]aggregate, len(aggs))}
	for i, a := range aggs {
		g.aggs[i] = a.make()
	}
	return g
}

// compileSummarize groups by hash. Null keys make a group, groups come in the order of their first rows, and without
// keys there is one group also over no rows.
func (c *compiler) compileSummarize(n *plan.SummarizeOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	by, err := c.named(n.By, sc)
	if err != nil {
		return nil, err
	}
	aggs, err := c.aggregations(n.Aggregates, sc)
	if err != nil {
		return nil, err
	}
	if sc.frame.used() {
		return c.blocking("summarize", n.Input, func(s *state, rows []types.Row) ([]types.Row, error) {
			if err := sc.frame.fill(rows); err != nil {
				return nil, err
			}
			return summarize(s, SliceRows(rows), by, aggs, sc.frame)
		})
	}
	open, err := c.compile(n.Input)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		return &lazyRows{make: func() ([]types.Row, error) {
			rows, err := open(s)
			if err != nil {
				return nil, err
			}
			return summarize(s, rows, by, aggs, nil)
		}}, nil
	}, nil
}

func summarize(s *state, rows Rows, by []evaluator, aggs []*aggregation, f *frame) ([]types.Row, error) {
	groups := map[string]*group{}
	var order []*group
	if len(by) == 0 {
		order = []*group{newGroup(nil, aggs)}
		groups[""] = order[0]
	}
	key := make(types.Row, len(by))
	var buf []byte
	i := 0
	err := each(rows, func(row types.Row) error {
		if f != nil {
			f.at = i
			i++
		}
		buf = buf[:0]
		for j, e := range by {
			var err error
			if key[j], err = e(row); err != nil {
				return err
			}
			buf = appendKey(buf, key[j])
		}
		g := groups[string(buf)]
		if g == nil {
			g = newGroup(append(types.Row(nil), key...), aggs)
			groups[string(buf)] = g
			order = append(order, g)
			if err := s.keep("summarize", g.key, len(order)); err != nil {
				return err
			}
		}
		for j, a := range aggs {
			if err := a.feed(s, g.aggs[j], row); err != nil {
				return err
			}
		}
		return s.tick()
	})
	if err != nil {
		return nil, err
	}
	return finishGroups(order, aggs)
}

func finishGroups(order []*group, aggs []*aggregation) ([]types.Row, error) {
	out := make([]types.Row, len(order))
	for i, g := range order {
		row := append(make(types.Row, 0, len(g.key)+len(aggs)), g.key...)
		for j, a := range aggs {
			var err error
			if row, err = a.finish(g.aggs[j], row); err != nil {
				return nil, err
			}
		}
		out[i] = row
	}
	return out, nil
}

package reference

import (
	"math"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxBins bounds the length of a series (https://learn.microsoft.com/kusto/query/make-series-operator).
const maxBins = 1_048_576

// series is a compiled make-series.
type series struct {
	op             *plan.MakeSeriesOp
	aggs           []*aggregation // of all series
	made           []madeSeries
	defaults       []types.Tree
	axis           evaluator
	by             []evaluator
	from, to, step types.Value
}

// madeSeries is how one series comes of the aggregates of a bin: the n from first on, by wrap where that is an expression.
type madeSeries struct {
	first, n int
	wrap     evaluator
	typ      types.Type
}

// seriesGroup is the bins of one value of the keys.
type seriesGroup struct {
	key  types.Row
	bins map[int64][]aggregate
	low  int64
	high int64
}

func (c *compiler) compileMakeSeries(n *plan.MakeSeriesOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	m := &series{op: n}
	var err error
	for i := range n.Aggregates {
		if err := m.addSeries(c, &n.Aggregates[i], sc); err != nil {
			return nil, err
		}
	}
	if m.axis, err = c.expr(n.Axis.Expr, sc); err != nil {
		return nil, err
	}
	if m.by, err = c.named(n.By, sc); err != nil {
		return nil, err
	}
	return c.blocking("make-series", n.Input, func(s *state, rows []types.Row) ([]types.Row, error) {
		if err := m.bounds(c); err != nil {
			return nil, err
		}
		groups, err := m.collect(s, rows)
		if err != nil {
			return nil, err
		}
		return m.rows(s, groups)
	})
}

// addSeries compiles one series: a plain aggregate, or an expression over some.
func (m *series) addSeries(c *compiler, a *plan.SeriesAggregate, sc *scope) error {
	list := a.Inner
	made := madeSeries{first: len(m.aggs), typ: a.Aggregate.Out[0].Type}
	if a.Expr == nil {
		list = []plan.Aggregate{a.Aggregate}
	}
	aggs, err := c.aggregations(list, sc)
	if err != nil {
		return err
	}
	if a.Expr != nil {
		var inner types.Schema
		for _, x := range aggs {
			inner = append(inner, x.out...)
		}
		if made.wrap, err = c.expr(a.Expr, overRows(inner)); err != nil {
			return err
		}
	}
	made.n = len(aggs)
	m.aggs = append(m.aggs, aggs...)
	m.made = append(m.made, made)
	return nil
}

// bounds computes the constants of the axis and the defaults.
func (m *series) bounds(c *compiler) error {
	var err error
	for _, p := range []struct {
		to   *types.Value
		expr plan.Expr
	}{{&m.from, m.op.From}, {&m.to, m.op.To}, {&m.step, m.op.Step}} {
		if *p.to, err = c.constant(p.expr); err != nil {
			return err
		}
		*p.to = leaf(*p.to)
	}
	if m.step.IsNull() || number(m.step) <= 0 {
		return badArgument(diag.Span{}, "make-series", "the step must be greater than 0")
	}
	m.defaults = nil
	for _, a := range m.op.Aggregates {
		v, err := c.constant(a.Default)
		if err != nil {
			return err
		}
		m.defaults = append(m.defaults, types.ToTree(v))
	}
	return nil
}

// number is a point of the axis as a float; for times its ticks.
func number(v types.Value) float64 {
	if v.Type().Temporal() {
		return float64(v.Ticks())
	}
	return v.Float()
}

// whole reports that the axis is of integers or times, whose bins are exact.
func (m *series) whole() bool {
	for _, v := range []types.Value{m.from, m.step} {
		if v.Type() == types.Real || v.Type() == types.Decimal {
			return false
		}
	}
	t := m.op.Axis.Expr.Type()
	return t != types.Real && t != types.Decimal
}

// bin is the bin of a value: counted from the start where there is one, else from 0 as bin() does.
func (m *series) bin(v types.Value) int64 {
	if m.whole() {
		x := v.Long()
		if !m.from.IsNull() {
			x -= m.from.Long()
		}
		return floorDiv(x, m.step.Long())
	}
	x := number(v)
	if !m.from.IsNull() {
		x -= number(m.from)
	}
	return int64(math.Floor(x / number(m.step)))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// point is the value of the axis at a bin.
func (m *series) point(bin int64) types.Value {
	if m.whole() {
		x := bin * m.step.Long()
		if !m.from.IsNull() {
			x += m.from.Long()
		}
		return fromInt(m.op.Axis.Expr.Type(), x)
	}
	x := float64(bin) * number(m.step)
	if !m.from.IsNull() {
		x += number(m.from)
	}
	return types.NewReal(x)
}

// inside reports whether a value is on the axis: the start is, the end is not.
func (m *series) inside(v types.Value) bool {
	if v.IsNull() || v.Type() == types.Real && math.IsNaN(v.Real()) {
		return false
	}
	if !m.from.IsNull() && compare(v, m.from) < 0 {
		return false
	}
	return m.to.IsNull() || compare(v, m.to) < 0
}

func (m *series) collect(s *state, rows []types.Row) ([]*seriesGroup, error) {
	groups := map[string]*seriesGroup{}
	var order []*seriesGroup
	var buf []byte
	for _, row := range rows {
		at, err := m.axis(row)
		if err != nil {
			return nil, err
		}
		if !m.inside(at) {
			continue
		}
		key := make(types.Row, len(m.by))
		for i, e := range m.by {
			if key[i], err = e(row); err != nil {
				return nil, err
			}
		}
		buf = rowKey(buf[:0], key)
		bin := m.bin(at)
		g := groups[string(buf)]
		if g == nil {
			g = &seriesGroup{key: key, bins: map[int64][]aggregate{}, low: bin, high: bin}
			groups[string(buf)] = g
			order = append(order, g)
		}
		if err := m.feed(s, g, bin, row); err != nil {
			return nil, err
		}
		if err := s.tick(); err != nil {
			return nil, err
		}
	}
	return order, nil
}

func (m *series) feed(s *state, g *seriesGroup, bin int64, row types.Row) error {
	g.low, g.high = min(g.low, bin), max(g.high, bin)
	states, ok := g.bins[bin]
	if !ok {
		states = newGroup(nil, m.aggs).aggs
		g.bins[bin] = states
	}
	for i, a := range m.aggs {
		if err := a.feed(s, states[i], row); err != nil {
			return err
		}
	}
	return nil
}

// rows makes the series of each group, from the first to the last bin: those of the axis where it has ends, else those
// with data.
func (m *series) rows(s *state, groups []*seriesGroup) ([]types.Row, error) {
	var out []types.Row
	for _, g := range groups {
		low, high := g.low, g.high
		if !m.from.IsNull() {
			low = 0
		}
		if !m.to.IsNull() {
			high = m.bin(m.to)
			if compare(m.point(high), m.to) >= 0 {
				high--
			}
		}
		if high-low >= maxBins {
			return nil, badArgument(diag.Span{}, "make-series", "the axis has too many steps: raise the step or narrow the range")
		}
		row := append(types.Row(nil), g.key...)
		lists := make([][]types.Tree, len(m.made)+1)
		for bin := low; bin <= high; bin++ {
			if err := m.fill(lists, g.bins[bin], bin); err != nil {
				return nil, err
			}
			if err := s.tick(); err != nil {
				return nil, err
			}
		}
		for _, list := range lists {
			row = append(row, types.NewDynamic(append([]types.Tree{}, list...)))
		}
		out = append(out, row)
		if err := s.keep("make-series", row, len(out)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fill adds one bin to the lists; the last list is the axis.
func (m *series) fill(lists [][]types.Tree, states []aggregate, bin int64) error {
	for i, made := range m.made {
		if states == nil {
			lists[i] = append(lists[i], m.defaults[i])
			continue
		}
		var vals types.Row
		var err error
		for j := made.first; j < made.first+made.n; j++ {
			if vals, err = m.aggs[j].finish(states[j], vals); err != nil {
				return err
			}
		}
		if made.wrap != nil {
			v, err := made.wrap(vals)
			if err != nil {
				return err
			}
			vals = types.Row{convert(v, made.typ)}
		}
		lists[i] = append(lists[i], types.ToTree(vals[0]))
	}
	last := len(m.made)
	lists[last] = append(lists[last], types.ToTree(m.point(bin)))
	return nil
}

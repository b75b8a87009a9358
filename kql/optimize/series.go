package optimize

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The columns that countBelowSeries makes. No query names them: they do not leave the series.
const (
	seriesTime  = "$bin"
	seriesCount = "$count"
)

// countBelowSeries counts the rows of each bin before a series of counts is made, so that the series sees a row a bin, and a backend
// does the counting:
//
//	make-series count() on t from a to b step s by k
//	  = where t >= a and t < b | summarize c = count() by k, t = a + bin(t - a, s) | make-series sum(c) on t from a to b step s by k
func (o *Optimizer) countBelowSeries(n plan.Node) plan.Node {
	m, ok := n.(*plan.MakeSeriesOp)
	if !ok || o.lib == nil || anyWindow(m.By) {
		return nil
	}
	axis, ok := m.Axis.Expr.(*plan.Column)
	if !ok || axis.Typ != types.DateTime || !constantOf(m.From, types.DateTime) || !constantOf(m.To, types.DateTime) || !constantOf(m.Step, types.TimeSpan) ||
		m.Step.(*plan.Literal).Value.Ticks() <= 0 {
		return nil
	}
	sum := o.lib.Lookup(builtin.Aggregate, "sum")
	if sum == nil || len(m.Aggregates) == 0 {
		return nil
	}
	counted := &plan.Column{Name: seriesCount, Typ: types.Long}
	c := *m
	c.Aggregates = append([]plan.SeriesAggregate(nil), m.Aggregates...)
	var count *builtin.Function
	for i, a := range c.Aggregates {
		if a.Expr != nil || a.Aggregate.Func.Name != "count" || len(a.Aggregate.Args) != 0 {
			return nil
		}
		count = a.Aggregate.Func
		c.Aggregates[i].Aggregate.Func, c.Aggregates[i].Aggregate.Args = sum, []plan.Expr{counted}
	}
	bin, inside := o.seriesBin(axis, m), o.seriesRange(axis, m)
	if bin == nil || inside == nil {
		return nil
	}
	by := []plan.Named{{Name: seriesTime, Expr: bin}}
	c.By = append([]plan.Named(nil), m.By...)
	for i, k := range m.By {
		by = append(by, plan.Named{Name: k.Name, Expr: k.Expr})
		c.By[i].Expr = &plan.Column{Name: k.Name, Typ: k.Expr.Type()}
	}
	c.Axis.Expr = &plan.Column{Name: seriesTime, Typ: types.DateTime}
	c.Input = &plan.SummarizeOp{Input: &plan.FilterOp{Input: m.Input, Predicate: inside}, By: by,
		Aggregates: []plan.Aggregate{{Func: count, Out: types.Schema{{Name: seriesCount, Type: types.Long}}}}}
	return &c
}

func constantOf(x plan.Expr, t types.Type) bool {
	l, ok := x.(*plan.Literal)
	return ok && l.Value.Type() == t && !l.Value.IsNull()
}

// seriesBin is the start of a time's bin: a + bin(t - a, s), which is bin(t, s) for a series that begins with a bin. It is nil where
// the library lacks one of its functions.
func (o *Optimizer) seriesBin(axis *plan.Column, m *plan.MakeSeriesOp) plan.Expr {
	bin, plus, minus := o.lib.Lookup(builtin.Scalar, "bin"), o.lib.Lookup(builtin.Operator, "+"), o.lib.Lookup(builtin.Operator, "-")
	if bin == nil || plus == nil || minus == nil {
		return nil
	}
	from, step := m.From.(*plan.Literal).Value.Ticks(), m.Step.(*plan.Literal).Value.Ticks()
	if from%step == 0 {
		return &plan.Call{Func: bin, Typ: types.DateTime, Args: []plan.Expr{axis, m.Step}}
	}
	since := &plan.Call{Func: minus, Typ: types.TimeSpan, Args: []plan.Expr{axis, m.From}}
	return &plan.Call{Func: plus, Typ: types.DateTime, Args: []plan.Expr{m.From, &plan.Call{Func: bin, Typ: types.TimeSpan, Args: []plan.Expr{since, m.Step}}}}
}

// seriesRange is the condition for times on the axis: the start is, the end is not.
func (o *Optimizer) seriesRange(axis *plan.Column, m *plan.MakeSeriesOp) plan.Expr {
	from, to := o.lib.Lookup(builtin.Operator, ">="), o.lib.Lookup(builtin.Operator, "<")
	if from == nil || to == nil || o.and == nil {
		return nil
	}
	return o.conjunction([]plan.Expr{
		&plan.Call{Func: from, Typ: types.Bool, Args: []plan.Expr{axis, m.From}},
		&plan.Call{Func: to, Typ: types.Bool, Args: []plan.Expr{axis, m.To}},
	})
}

package bind

import (
	"fmt"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The plugins over a user column and a timeline share their first arguments: who, when, start, end, then windows, then
// dimensions.

// timelineArgs binds the user and timeline columns, the constants up to the n-th argument, and the dimensions behind them.
func (p *pluginCall) timelineArgs(n int) (when types.Column, dims types.Schema, ok bool) {
	if !p.need(n, -1) {
		return types.Column{}, nil, false
	}
	_, who := p.column(0, "IdColumn")
	when, at := p.column(1, "TimelineColumn")
	for i := 2; i < n; i++ {
		p.constant(i, fmt.Sprintf("arg%d", i))
	}
	return when, p.rest(n), who && at
}

// timeline is a plugin that gives the time bin, the dimensions and counts.
func timeline(n int, counts ...string) func(*pluginCall) (types.Schema, bool) {
	return func(p *pluginCall) (types.Schema, bool) {
		when, dims, ok := p.timelineArgs(n)
		out := append(types.Schema{when}, dims...)
		for _, c := range counts {
			out = append(out, types.Column{Name: c, Type: types.Long})
		}
		return out, ok
	}
}

func activityMetrics(p *pluginCall) (types.Schema, bool) {
	n := min(5, max(3, p.positional()))
	when, dims, ok := p.timelineArgs(n)
	out := append(types.Schema{when}, dims...)
	return append(out, types.Column{Name: "dcount_values", Type: types.Long}, types.Column{Name: "dcount_newvalues", Type: types.Long},
		types.Column{Name: "retention_rate", Type: types.Real}, types.Column{Name: "churn_rate", Type: types.Real}), ok
}

// activityEngagement has a form without start and end.
func activityEngagement(p *pluginCall) (types.Schema, bool) {
	n := 6
	if p.positional() == 4 {
		n = 4
	}
	when, dims, ok := p.timelineArgs(n)
	out := append(types.Schema{when}, dims...)
	return append(out, types.Column{Name: "dcount_activities_inner", Type: types.Long},
		types.Column{Name: "dcount_activities_outer", Type: types.Long}, types.Column{Name: "activity_ratio", Type: types.Real}), ok
}

func newActivityMetrics(p *pluginCall) (types.Schema, bool) {
	if !p.need(5, -1) {
		return nil, false
	}
	_, who := p.column(0, "IdColumn")
	when, at := p.column(1, "TimelineColumn")
	for i := 2; i < 5; i++ {
		p.constant(i, "")
	}
	var dims types.Schema
	for i := 5; i < p.positional(); i++ {
		e := p.arg(i, "")
		if p.b.isTable(e, p.v) {
			p.table(i, "")
			continue
		}
		x := p.b.bindExpr(e, p.v)
		p.out.Args = append(p.out.Args, x)
		if c, ok := x.(*plan.Column); ok {
			dims = append(dims, types.Column{Name: c.Name, Type: c.Typ})
		}
	}
	out := types.Schema{{Name: "from_" + when.Name, Type: when.Type}, {Name: "to_" + when.Name, Type: when.Type}}
	out = append(out, dims...)
	for _, c := range []string{"dcount_new_values", "dcount_retained_values", "dcount_churn_values"} {
		out = append(out, types.Column{Name: c, Type: types.Long})
	}
	return append(out, types.Column{Name: "retention_rate", Type: types.Real}, types.Column{Name: "churn_rate", Type: types.Real}), who && at
}

// funnelSequence(id, timeline, start, end, maxWindow, step, state, sequence).
func funnelSequence(p *pluginCall) (types.Schema, bool) {
	when, state, ok := p.funnelArgs(6)
	return types.Schema{when, {Name: "prev", Type: state.Type}, {Name: "next", Type: state.Type},
		{Name: "dcount", Type: types.Long}, {Name: "samples", Type: types.Dynamic}}, ok
}

// funnelCompletion(id, timeline, start, end, bin, state, sequence, windows).
func funnelCompletion(p *pluginCall) (types.Schema, bool) {
	when, state, ok := p.funnelArgs(5)
	return types.Schema{when, state, {Name: "Period", Type: types.TimeSpan}, {Name: "dcount", Type: types.Long}}, ok
}

func (p *pluginCall) funnelArgs(state int) (when, st types.Column, ok bool) {
	if !p.need(8, 8) {
		return when, st, false
	}
	_, who := p.column(0, "IdColumn")
	when, at := p.column(1, "TimelineColumn")
	for i := 2; i < state; i++ {
		p.constant(i, "")
	}
	st, has := p.column(state, "StateColumn")
	for i := state + 1; i < 8; i++ {
		p.constant(i, "")
	}
	return when, st, who && at && has
}

// sequenceDetect(timeline, maxStep, maxSpan, name=predicate ..., dimensions): the dimensions, the time of each step, the
// whole duration.
func sequenceDetect(p *pluginCall) (types.Schema, bool) {
	if !p.need(5, -1) {
		return nil, false
	}
	when, ok := p.column(0, "TimelineColumn")
	p.constant(1, "")
	p.constant(2, "")
	var steps []string
	var dims types.Schema
	for i, a := range p.args {
		if i < 3 {
			continue
		}
		x := p.b.bindExpr(a.Value, p.v)
		p.out.Args = append(p.out.Args, x)
		c, isColumn := x.(*plan.Column)
		switch {
		case x.Type() == types.Bool && (a.Name != nil || !isColumn):
			name := ""
			if a.Name != nil {
				name = a.Name.Text
			}
			steps = append(steps, name)
			p.out.Names = append(p.out.Names, name)
		case isColumn:
			dims = append(dims, types.Column{Name: c.Name, Type: c.Typ})
		case x.Type() != types.Unknown:
			p.b.report(notBool(a.Span(), x.Type()))
		}
	}
	out := dims
	n := newNamer(nil)
	for _, s := range steps {
		out = append(out, types.Column{Name: n.auto(s + "_" + when.Name), Type: when.Type})
	}
	return append(out, types.Column{Name: "Duration", Type: types.TimeSpan}), ok
}

// rollingPercentile(value, percentile, index, bin, binsPerWindow, dimensions...).
func rollingPercentile(p *pluginCall) (types.Schema, bool) {
	if !p.need(5, -1) {
		return nil, false
	}
	value, ok := p.column(0, "ValueColumn")
	pct := p.constant(1, "Percentile")
	index, has := p.column(2, "IndexColumn")
	p.constant(3, "BinSize")
	bins := p.constant(4, "BinsPerWindow")
	dims := p.rest(5)
	name := "rolling_" + literalText(bins) + "_percentile_" + value.Name + "_" + literalText(pct)
	return append(append(types.Schema{index}, dims...), types.Column{Name: name, Type: value.Type}), ok && has
}

func literalText(e plan.Expr) string {
	if lit, ok := e.(*plan.Literal); ok {
		return underscored(lit.Value)
	}
	return ""
}

// dcountIntersect(hll, ...): the input's columns and a count per argument.
func dcountIntersect(p *pluginCall) (types.Schema, bool) {
	if !p.need(2, 16) {
		return nil, false
	}
	n := newNamer(nil)
	out := append(types.Schema(nil), p.in.schema()...)
	for _, c := range out {
		n.auto(c.Name)
	}
	for i, a := range p.args {
		x := p.b.bindExpr(a.Value, p.v)
		if t := x.Type(); t != types.Dynamic && t != types.Unknown {
			p.b.report(notDynamic(a.Span(), t))
		}
		p.out.Args = append(p.out.Args, x)
		out = append(out, types.Column{Name: n.auto(numbered("s", i)), Type: types.Long})
	}
	return out, true
}

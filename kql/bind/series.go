package bind

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindMakeSeries is make-series: keys, then an array per aggregate, then the axis
// (https://learn.microsoft.com/kusto/query/make-series-operator).
func (b *binder) bindMakeSeries(op *syntax.MakeSeriesOp, in *relation, v env) *relation {
	n := newNamer(nil)
	out := &plan.MakeSeriesOp{Input: in.node}
	out.By = b.bindKeys(op.By, in, v, n)
	row := in.row()
	for _, a := range op.Aggregates {
		if s, ok := b.bindSeries(a, row, keyColumns(out.By), v, n); ok {
			out.Aggregates = append(out.Aggregates, s)
		}
	}
	b.bindAxis(op, out, in, v, n)
	out.Out = schemaOf(out.By)
	for _, a := range out.Aggregates {
		out.Out = append(out.Out, types.Column{Name: a.Name, Type: types.Dynamic})
	}
	out.Out = append(out.Out, types.Column{Name: out.Axis.Name, Type: types.Dynamic})
	return &relation{node: out, open: in.broken, broken: in.broken}
}

func (b *binder) bindAxis(op *syntax.MakeSeriesOp, out *plan.MakeSeriesOp, in *relation, v env, n *namer) {
	axis := b.bindColumns(op.On, v.over(in), n)
	if len(axis) != 1 {
		out.Axis = plan.Named{Name: n.column(), Expr: unknown(types.Unknown)}
		return
	}
	out.Axis = axis[0]
	t := out.Axis.Expr.Type()
	if t == types.Dynamic || t == types.String || t == types.Bool || t == types.GUID {
		b.report(badAxis(op.On.Span(), t))
		t = types.Unknown
	}
	bound := func(e syntax.Expr, step bool) plan.Expr {
		if e == nil {
			return nil
		}
		x := b.constant(e, v)
		want := t
		if step && t == types.DateTime {
			want = types.TimeSpan
		}
		if !boundFits(want, x.Type(), false) {
			b.report(boundType(e.Span(), want, x.Type()))
		}
		return x
	}
	out.From, out.To, out.Step = bound(op.From, false), bound(op.To, false), bound(op.Step, true)
	if out.Step == nil {
		b.report(seriesWithoutStep(op.Keyword))
		out.Step = unknown(types.Unknown)
	}
	// in range(from, to, step) includes its end, where "to" does not.
	if op.InRange && out.To != nil {
		out.To = b.fold(b.binary("+", op.To.Span(), out.To, out.Step))
	}
}

// bindSeries binds one series: an aggregate, or an expression over some.
func (b *binder) bindSeries(a *syntax.SeriesAggregate, row *row, by map[string]bool, v env, n *namer) (plan.SeriesAggregate, bool) {
	aggs := &aggregates{row: row, by: by}
	inner := env{scope: v.scope, base: row, agg: aggs}
	e, ok := unparen(a.Value).(*syntax.CallExpr)
	var f *builtin.Function
	if ok {
		f = b.lib.Lookup(builtin.Aggregate, e.Name.Text)
	}
	if f == nil {
		return b.bindSeriesExpr(a, inner, v, n), true
	}
	agg := b.bindAggregate(f, e, inner)
	out := plan.SeriesAggregate{Aggregate: agg}
	switch {
	case len(a.Names) > 0:
		out.Name = b.explicitName(n, a.Names[0])
	case agg.Func == nil:
		return out, false
	case agg.Out[0].Name == "":
		out.Name = n.column()
	default:
		out.Name = n.auto(agg.Out[0].Name)
	}
	if agg.Func == nil {
		out.Aggregate.Out = types.Schema{{Name: out.Name, Type: types.Unknown}}
	}
	out.Aggregate.Out = types.Schema{{Name: out.Name, Type: out.Aggregate.Out[0].Type}}
	out.Default = b.seriesDefault(a, out.Aggregate.Out[0].Type, v)
	return out, true
}

// bindSeriesExpr binds a series that is an expression over aggregates, such as round(avg(x), 2).
func (b *binder) bindSeriesExpr(a *syntax.SeriesAggregate, inner, v env, n *namer) plan.SeriesAggregate {
	out := plan.SeriesAggregate{Expr: b.bindExpr(a.Value, inner), Inner: inner.agg.list}
	t := out.Expr.Type()
	if len(out.Inner) == 0 && t != types.Unknown && !isConstant(out.Expr) {
		b.report(seriesNotAggregate(a.Value.Span()))
	}
	name, kind := b.autoName(a.Value, inner)
	switch {
	case len(a.Names) > 0:
		out.Name = b.explicitName(n, a.Names[0])
	case kind == nameNone:
		out.Name = n.column()
	default:
		out.Name = n.auto(name)
	}
	out.Aggregate.Out = types.Schema{{Name: out.Name, Type: t}}
	out.Default = b.seriesDefault(a, t, v)
	return out
}

// seriesDefault fills bins without rows: 0 unless the query says otherwise.
func (b *binder) seriesDefault(a *syntax.SeriesAggregate, t types.Type, v env) plan.Expr {
	if a.Default != nil {
		return b.constant(a.Default, v)
	}
	switch t {
	case types.Real:
		return &plan.Literal{Value: types.NewReal(0)}
	case types.TimeSpan:
		return &plan.Literal{Value: types.NewTimeSpan(0)}
	case types.Int, types.Long, types.Unknown:
		return long(0)
	}
	return &plan.Literal{Value: types.Null(t)}
}

package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (b *binder) bindBetween(e *syntax.BetweenExpr, v env) plan.Expr {
	x := b.bindExpr(e.Value, v)
	low, high := b.bindExpr(e.Low, v), b.bindExpr(e.High, v)
	op := "between"
	if e.Not {
		op = "!between"
	}
	t := x.Type()
	switch {
	case t == types.Unknown || t == types.Dynamic || t.Numeric() || t.Temporal():
	default:
		b.report(badBetween(e.Span(), op, t, low.Type(), high.Type()))
		return unknown(types.Bool)
	}
	if !boundFits(t, low.Type(), false) {
		b.report(boundType(e.Low.Span(), t, low.Type()))
		return unknown(types.Bool)
	}
	// datetime between (d .. 7d): the upper bound counts from the lower.
	if t == types.DateTime && high.Type() == types.TimeSpan {
		high = b.binary("+", e.High.Span(), low, high)
	}
	if !boundFits(t, high.Type(), true) {
		b.report(boundType(e.High.Span(), t, high.Type()))
		return unknown(types.Bool)
	}
	return b.operator(op, types.Bool, e.Span(), x, low, high)
}

func boundFits(t, bound types.Type, high bool) bool {
	switch {
	case t == types.Unknown || bound == types.Unknown || t == types.Dynamic || bound == types.Dynamic:
		return true
	case t.Numeric():
		return bound.Numeric()
	}
	return t == bound
}

package bind

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (b *binder) bindLiteral(e *syntax.Literal) plan.Expr {
	if v, ok := literalValue(e); ok {
		return &plan.Literal{Value: v}
	}
	t := literalType(e.Kind)
	b.report(badLiteral(e.Span(), e.Text, t))
	return unknown(t)
}

func literalType(k syntax.LiteralKind) types.Type {
	switch k {
	case syntax.LitBool:
		return types.Bool
	case syntax.LitInt:
		return types.Int
	case syntax.LitLong:
		return types.Long
	case syntax.LitReal:
		return types.Real
	case syntax.LitDecimal:
		return types.Decimal
	case syntax.LitDateTime:
		return types.DateTime
	case syntax.LitTimeSpan:
		return types.TimeSpan
	case syntax.LitGUID:
		return types.GUID
	case syntax.LitNull:
		return types.Dynamic
	default:
		return types.String
	}
}

// literalValue reads a literal's text; false when it is none of its type.
func literalValue(e *syntax.Literal) (types.Value, bool) {
	t := literalType(e.Kind)
	s := strings.TrimSpace(e.Text)
	if e.Kind != syntax.LitString && (strings.EqualFold(s, "null") || e.Kind == syntax.LitNull) {
		return types.Null(t), true
	}
	switch e.Kind {
	case syntax.LitBool:
		b, ok := types.ParseBool(s)
		return types.NewBool(b), ok
	case syntax.LitInt:
		n, ok := types.ParseInt(s)
		return types.NewInt(n), ok
	case syntax.LitLong:
		n, ok := types.ParseLong(s)
		return types.NewLong(n), ok
	case syntax.LitReal:
		f, ok := types.ParseReal(s)
		return types.NewReal(f), ok
	case syntax.LitDecimal:
		d, ok := types.ParseDecimal(s)
		if !ok {
			return types.Null(t), false
		}
		return types.NewDecimal(d), true
	case syntax.LitDateTime:
		ticks, ok := types.ParseDateTime(dashed(s))
		return types.NewDateTime(ticks), ok
	case syntax.LitTimeSpan:
		ticks, ok := types.ParseTimeSpan(s)
		return types.NewTimeSpan(ticks), ok
	case syntax.LitGUID:
		g, ok := types.ParseGUID(s)
		return types.NewGUID(g), ok
	default:
		return types.NewString(e.Text), true
	}
}

// dashed is datetime(2025, 6, 14) in the form that dates have elsewhere.
func dashed(s string) string {
	if !strings.Contains(s, ",") || strings.ContainsAny(s, ":-/ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return s
	}
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, "-")
}

// dynamicTree reads what stands inside dynamic(...).
func (b *binder) dynamicTree(e syntax.Expr) types.Tree {
	switch e := e.(type) {
	case *syntax.Literal:
		v, ok := literalValue(e)
		if !ok {
			b.report(badLiteral(e.Span(), e.Text, literalType(e.Kind)))
		}
		return types.ToTree(v)
	case *syntax.ArrayLit:
		out := make([]types.Tree, len(e.Items))
		for i, x := range e.Items {
			out[i] = b.dynamicTree(x)
		}
		return out
	case *syntax.BagLit:
		bag := types.NewBag()
		for i, k := range e.Keys {
			bag.Set(k, b.dynamicTree(e.Values[i]))
		}
		return bag
	case *syntax.DynamicLit:
		return b.dynamicTree(e.Value)
	case *syntax.UnaryExpr:
		if v, ok := b.fold(b.bindExpr(e, env{scope: newScope(nil)})).(*plan.Literal); ok {
			return types.ToTree(v.Value)
		}
	case *syntax.BadExpr:
		return nil
	}
	if e != nil {
		b.report(notInDynamic(e.Span()))
	}
	return nil
}

package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

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
		return boolLiteral(s)
	case syntax.LitInt:
		n, ok := integer(s)
		if !ok || n != int64(int32(n)) {
			return types.Null(t), ok && false
		}
		return types.NewInt(int32(n)), true
	case syntax.LitLong:
		n, ok := integer(s)
		return types.NewLong(n), ok
	case syntax.LitReal:
		return realLiteral(s)
	case syntax.LitDecimal:
		d, _, err := apd.NewFromString(s)
		if err != nil || d.Form != apd.Finite {
			return types.Null(t), false
		}
		return types.NewDecimal(d), true
	case syntax.LitDateTime:
		ticks, ok := parseDateTime(s)
		return types.NewDateTime(ticks), ok
	case syntax.LitTimeSpan:
		ticks, ok := timeSpanLiteral(s)
		return types.NewTimeSpan(ticks), ok
	case syntax.LitGUID:
		g, ok := types.ParseGUID(s)
		return types.NewGUID(g), ok
	default:
		return types.NewString(e.Text), true
	}
}

func boolLiteral(s string) (types.Value, bool) {
	switch strings.ToLower(s) {
	case "true", "1":
		return types.NewBool(true), true
	case "false", "0":
		return types.NewBool(false), true
	}
	if n, ok := integer(s); ok {
		return types.NewBool(n != 0), true
	}
	return types.Null(types.Bool), false
}

func integer(s string) (int64, bool) {
	neg := strings.HasPrefix(s, "-")
	digits := strings.TrimLeft(s, "+-")
	if h := strings.TrimPrefix(strings.ToLower(digits), "0x"); h != strings.ToLower(digits) {
		n, err := strconv.ParseUint(h, 16, 64)
		if neg {
			n = -n
		}
		return int64(n), err == nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func realLiteral(s string) (types.Value, bool) {
	switch strings.ToLower(s) {
	case "nan":
		return types.NewReal(math.NaN()), true
	case "+inf", "inf":
		return types.NewReal(math.Inf(1)), true
	case "-inf":
		return types.NewReal(math.Inf(-1)), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		if n, ok := integer(s); ok {
			return types.NewReal(float64(n)), true
		}
		return types.Null(types.Real), false
	}
	return types.NewReal(f), true
}

// units are the suffixes of timespan literals
// (https://learn.microsoft.com/kusto/query/scalar-data-types/timespan).
var units = []struct {
	names []string
	ticks int64
}{
	{[]string{"microseconds", "microsecond"}, types.TicksPerMicrosecond},
	{[]string{"milliseconds", "millisecond", "milli", "millis", "ms"}, types.TicksPerMillisecond},
	{[]string{"nanoseconds", "nanosecond"}, 0},
	{[]string{"ticks", "tick"}, 1},
	{[]string{"seconds", "second", "sec", "s"}, types.TicksPerSecond},
	{[]string{"minutes", "minute", "min", "m"}, types.TicksPerMinute},
	{[]string{"hours", "hour", "hrs", "hr", "h"}, types.TicksPerHour},
	{[]string{"days", "day", "d"}, types.TicksPerDay},
}

// timeSpanLiteral reads 1d, 2.5h, -1.02:03:04 and what stands inside timespan(...): a bare number is days.
func timeSpanLiteral(s string) (int64, bool) {
	if ticks, ok := parseTimeSpan(s); ok {
		return ticks, true
	}
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '-' || s[i] == '+') {
		i++
	}
	amount, err := strconv.ParseFloat(s[:i], 64)
	if err != nil {
		return 0, false
	}
	unit := strings.ToLower(strings.TrimSpace(s[i:]))
	for _, u := range units {
		for _, n := range u.names {
			if n != unit {
				continue
			}
			if u.ticks == 0 {
				return int64(amount / 100), true
			}
			if whole, err := strconv.ParseInt(s[:i], 10, 64); err == nil {
				return whole * u.ticks, !overflows(whole, u.ticks)
			}
			ticks := math.Round(amount * float64(u.ticks))
			return int64(ticks), math.Abs(ticks) < math.MaxInt64
		}
	}
	return 0, false
}

func overflows(a, b int64) bool { return a != 0 && (a*b)/a != b }

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

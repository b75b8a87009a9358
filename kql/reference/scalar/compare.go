package scalar

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// comparisonFunctions are the comparisons of values. A null is before and after nothing: the result is null. It differs
// from every value, and whether it equals another null is null again
// (https://learn.microsoft.com/kusto/query/scalar-data-types/null-values).
func comparisonFunctions() map[string]Func {
	return map[string]Func{
		"==": equality(false), "!=": equality(true), "<>": equality(true),
		"<":        order(func(c int) bool { return c < 0 }),
		"<=":       order(func(c int) bool { return c <= 0 }),
		">":        order(func(c int) bool { return c > 0 }),
		">=":       order(func(c int) bool { return c >= 0 }),
		"between":  between(false),
		"!between": between(true),
		"max_of":   extreme(1),
		"min_of":   extreme(-1),
		"around":   strict(around),
	}
}

// pair gives two operands the types in which they can be compared: a dynamic's leaf stands for itself, and a text
// becomes what the other side is.
func pair(a, b types.Value) (types.Value, types.Value) {
	s, t := a.Type(), b.Type()
	a, b = a.Leaf(), b.Leaf()
	switch {
	case a.Type() == b.Type():
	case s == types.Dynamic && t == types.String:
		a = types.NewString(types.ToText(a))
	case t == types.Dynamic && s == types.String:
		b = types.NewString(types.ToText(b))
	case a.Type() == types.String && b.Type() != types.Dynamic:
		a = types.Convert(a, b.Type())
	case b.Type() == types.String && a.Type() != types.Dynamic:
		b = types.Convert(b, a.Type())
	}
	return a, b
}

func equality(negated bool) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		switch x, y := isNull(args[0]), isNull(args[1]); {
		case x && y:
			return types.Null(types.Bool), nil
		case x || y: // a null differs from every value
			return types.NewBool(negated), nil
		}
		a, b := pair(args[0], args[1])
		if a.IsNull() || b.IsNull() {
			return types.NewBool(negated), nil
		}
		return types.NewBool(types.Equal(a, b) != negated), nil
	}
}

func order(test func(int) bool) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		return compared(args[0], args[1], test), nil
	}
}

func compared(a, b types.Value, test func(int) bool) types.Value {
	if isNull(a) || isNull(b) {
		return types.Null(types.Bool)
	}
	a, b = pair(a, b)
	switch {
	case a.IsNull() || b.IsNull(), !comparable(a.Type(), b.Type()):
		return types.Null(types.Bool)
	case isNaN(a) || isNaN(b):
		return types.NewBool(false)
	}
	return types.NewBool(test(types.Compare(a, b)))
}

func comparable(a, b types.Type) bool {
	number := func(t types.Type) bool { return t.Numeric() || t == types.Bool }
	return a == b || number(a) && number(b)
}

func isNaN(v types.Value) bool { return v.Type() == types.Real && math.IsNaN(v.Real()) }

// between includes both bounds. An upper bound that is a timespan counts from the lower one of datetimes.
func between(negated bool) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		v, low, high := args[0], args[1], args[2]
		if v.Type() == types.DateTime && high.Type() == types.TimeSpan && !isNull(low) && !isNull(high) {
			high = operate(add, low.Leaf(), high)
		}
		from := compared(v, low, func(c int) bool { return c >= 0 })
		to := compared(v, high, func(c int) bool { return c <= 0 })
		switch {
		case !from.IsNull() && !from.Bool() || !to.IsNull() && !to.Bool():
			return types.NewBool(negated), nil
		case from.IsNull() || to.IsNull():
			return types.Null(types.Bool), nil
		}
		return types.NewBool(!negated), nil
	}
}

// extreme is max_of and min_of; nulls are left out.
func extreme(side int) Func {
	return func(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
		best := types.Null(result)
		for _, a := range args {
			if isNull(a) {
				continue
			}
			a = a.Leaf()
			if isNaN(a) {
				return types.Convert(a, result), nil
			}
			if best.IsNull() || types.Compare(a, best)*side > 0 {
				best = a
			}
		}
		if result == types.String && best.Type() == types.String && len(args) > 0 {
			best = args[0]
			for _, a := range args[1:] {
				if types.Compare(a, best)*side > 0 {
					best = a
				}
			}
		}
		return types.Convert(best, result), nil
	}
}

// around is around(value, center, delta): within delta on either side.
func around(args []types.Value) types.Value {
	low, high := operate(subtract, args[1].Leaf(), args[2].Leaf()), operate(add, args[1].Leaf(), args[2].Leaf())
	from := compared(args[0], low, func(c int) bool { return c >= 0 })
	to := compared(args[0], high, func(c int) bool { return c <= 0 })
	if from.IsNull() || to.IsNull() {
		return types.Null(types.Bool)
	}
	return types.NewBool(from.Bool() && to.Bool())
}

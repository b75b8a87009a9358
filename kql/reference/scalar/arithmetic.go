package scalar

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// arithmeticFunctions are + - * / % and the functions over them. The result type says in which type to compute: two ints
// meet in a long. Whole numbers wrap around, a whole division by zero is null, a real one is infinite or NaN
// (https://learn.microsoft.com/kusto/query/numerical-operators).
func arithmeticFunctions() map[string]Func {
	return map[string]Func{
		"+": arithmetic(add), "-": minus, "*": arithmetic(multiply), "/": arithmetic(divide), "%": arithmetic(modulo),
		"negate": minus,
		"bin":    arithmetic(binDown), "floor": arithmetic(binDown), "bin_at": binAt,
		"abs": strict(absolute), "sign": strict(sign), "round": strict(round), "ceiling": strict(ceiling),
		"binary_and":         onBits(func(a, b int64) int64 { return a & b }),
		"binary_or":          onBits(func(a, b int64) int64 { return a | b }),
		"binary_xor":         onBits(func(a, b int64) int64 { return a ^ b }),
		"binary_shift_left":  onBits(func(a, b int64) int64 { return a << (uint64(b) % 64) }),
		"binary_shift_right": onBits(func(a, b int64) int64 { return a >> (uint64(b) % 64) }),
		"binary_not": strict(func(args []types.Value) types.Value {
			n, ok := integer(args[0])
			return longOr(^n, ok)
		}),
		"bitset_count_ones": strict(func(args []types.Value) types.Value {
			n, ok := integer(args[0])
			count := int64(0)
			for u := uint64(n); u != 0; u &= u - 1 {
				count++
			}
			return longOr(count, ok)
		}),
	}
}

func longOr(n int64, ok bool) types.Value {
	if !ok {
		return null
	}
	return types.NewLong(n)
}

func realOr(f float64, ok bool) types.Value {
	if !ok {
		return null
	}
	return types.NewReal(f)
}

func onBits(f func(a, b int64) int64) Func {
	return strict(func(args []types.Value) types.Value {
		a, okA := integer(args[0])
		b, okB := integer(args[1])
		return longOr(f(a, b), okA && okB)
	})
}

// operation is a binary operation in each of the four kinds of arithmetic; times are whole ticks.
type operation struct {
	whole   func(a, b int64) (int64, bool)
	real    func(a, b float64) float64
	decimal func(c *apd.Context, d, a, b *apd.Decimal) bool
	times   func(a, b types.Value) types.Value
}

// arithmetic runs an operation on two operands, which may be leaves of dynamics.
func arithmetic(op operation) Func {
	return func(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
		a, b := args[0].Leaf(), args[1].Leaf()
		if a.IsNull() || b.IsNull() {
			return types.Null(result), nil
		}
		return types.Convert(operate(op, a, b), result), nil
	}
}

func operate(op operation, a, b types.Value) types.Value {
	if a.Type() == types.Bool {
		a = types.Convert(a, types.Long)
	}
	if b.Type() == types.Bool {
		b = types.Convert(b, types.Long)
	}
	s, t := a.Type(), b.Type()
	switch {
	case s.Temporal() || t.Temporal():
		if (s.Temporal() || s.Numeric()) && (t.Temporal() || t.Numeric()) {
			return op.times(a, b)
		}
		return null
	case !s.Numeric() || !t.Numeric():
		return null
	case s == types.Decimal || t == types.Decimal:
		x, y := types.Convert(a, types.Decimal), types.Convert(b, types.Decimal)
		if x.IsNull() || y.IsNull() {
			return null
		}
		var d apd.Decimal
		if !op.decimal(types.DecimalContext(), &d, x.Decimal(), y.Decimal()) {
			return null
		}
		return types.NewDecimal(&d)
	case s == types.Real || t == types.Real:
		return types.NewReal(op.real(a.Float(), b.Float()))
	}
	n, ok := op.whole(a.Long(), b.Long())
	return longOr(n, ok)
}

// inDecimal tells whether a decimal operation worked.
func inDecimal(f func(c *apd.Context, d, a, b *apd.Decimal) (apd.Condition, error)) func(c *apd.Context, d, a, b *apd.Decimal) bool {
	return func(c *apd.Context, d, a, b *apd.Decimal) bool {
		_, err := f(c, d, a, b)
		return err == nil && d.Form == apd.Finite
	}
}

var add = operation{
	whole:   func(a, b int64) (int64, bool) { return a + b, true },
	real:    func(a, b float64) float64 { return a + b },
	decimal: inDecimal((*apd.Context).Add),
	times: func(a, b types.Value) types.Value {
		return tickSum(a, b, a.Ticks()+b.Ticks(), overflowsAdd(a.Ticks(), b.Ticks()))
	},
}

var subtract = operation{
	whole:   func(a, b int64) (int64, bool) { return a - b, true },
	real:    func(a, b float64) float64 { return a - b },
	decimal: inDecimal((*apd.Context).Sub),
	times: func(a, b types.Value) types.Value {
		n := a.Ticks() - b.Ticks()
		over := (a.Ticks() < 0) != (b.Ticks() < 0) && (n < 0) != (a.Ticks() < 0)
		if a.Type() == types.DateTime && b.Type() == types.DateTime {
			return types.NewTimeSpan(n)
		}
		return tickSum(a, b, n, over)
	},
}

func overflowsAdd(a, b int64) bool {
	n := a + b
	return (a < 0) == (b < 0) && (n < 0) != (a < 0)
}

// tickSum is a sum or difference with a time in it: a datetime where one side is, else a timespan. A number does
// not add to a time.
func tickSum(a, b types.Value, n int64, over bool) types.Value {
	switch {
	case over || !a.Type().Temporal() || !b.Type().Temporal():
		return null
	case a.Type() == types.DateTime || b.Type() == types.DateTime:
		return datetime(n)
	}
	return types.NewTimeSpan(n)
}

// datetime is null outside years 1 to 9999.
func datetime(ticks int64) types.Value {
	if ticks < 0 || ticks > types.MaxDateTimeTicks {
		return types.Null(types.DateTime)
	}
	return types.NewDateTime(ticks)
}

var multiply = operation{
	whole:   func(a, b int64) (int64, bool) { return a * b, true },
	real:    func(a, b float64) float64 { return a * b },
	decimal: inDecimal((*apd.Context).Mul),
	times: func(a, b types.Value) types.Value {
		if b.Type().Temporal() && !a.Type().Temporal() {
			a, b = b, a
		}
		return scaled(a, b, func(x, y float64) float64 { return x * y }, func(x, y int64) (int64, bool) {
			n := x * y
			return n, x == 0 || n/x == y && (x != -1 || y != math.MinInt64)
		})
	},
}

// scaled is a time multiplied or divided by a number: exact where the number is whole.
func scaled(time, by types.Value, real func(a, b float64) float64, whole func(a, b int64) (int64, bool)) types.Value {
	var n int64
	ok := true
	switch by.Type() {
	case types.Int, types.Long, types.TimeSpan:
		n, ok = whole(time.Ticks(), by.Long())
	default:
		f := real(float64(time.Ticks()), by.Float())
		if math.IsNaN(f) || math.Abs(f) >= math.MaxInt64 {
			return null
		}
		n = int64(f)
	}
	switch {
	case !ok:
		return null
	case time.Type() == types.DateTime:
		return datetime(n)
	}
	return types.NewTimeSpan(n)
}

var divide = operation{
	whole: func(a, b int64) (int64, bool) {
		switch b {
		case 0:
			return 0, false
		case -1:
			return -a, true // the least long stays what it is
		}
		return a / b, true
	},
	real: func(a, b float64) float64 { return a / b },
	decimal: func(c *apd.Context, d, a, b *apd.Decimal) bool {
		if b.IsZero() || !inDecimal((*apd.Context).Quo)(c, d, a, b) {
			return false
		}
		d.Reduce(d) // 1/8 is 0.125, without the zeros of all 34 digits
		return true
	},
	times: func(a, b types.Value) types.Value {
		if a.Type().Temporal() && b.Type().Temporal() {
			return types.NewReal(float64(a.Ticks()) / float64(b.Ticks()))
		}
		if !a.Type().Temporal() {
			return null
		}
		return scaled(a, b, func(x, y float64) float64 { return x / y }, func(x, y int64) (int64, bool) {
			if y == 0 {
				return 0, false
			}
			return x / y, y != -1 || x != math.MinInt64
		})
	},
}

// The remainder is never negative in the service: -7 % 3 is 2, and 7 % -3 is 1.
var modulo = operation{
	whole: wholeModulo,
	real: func(a, b float64) float64 {
		r := math.Mod(a, b)
		if r < 0 {
			r += math.Abs(b)
		}
		return r
	},
	decimal: func(c *apd.Context, d, a, b *apd.Decimal) bool {
		if b.IsZero() || !inDecimal((*apd.Context).Rem)(c, d, a, b) {
			return false
		}
		if d.Sign() < 0 {
			var size apd.Decimal
			size.Abs(b)
			_, err := c.Add(d, d, &size)
			return err == nil
		}
		return true
	},
	times: func(a, b types.Value) types.Value {
		n, ok := wholeModulo(a.Ticks(), types.Convert(b, types.Long).Long())
		if !ok || !a.Type().Temporal() {
			return null
		}
		return types.NewTimeSpan(n)
	},
}

func wholeModulo(a, b int64) (int64, bool) {
	if b == 0 {
		return 0, false
	}
	if b == -1 {
		return 0, true
	}
	r := a % b
	if r < 0 {
		if b < 0 {
			b = -b
		}
		r += b
	}
	return r, true
}

// minus is - with one or two operands.
func minus(env *Env, args []types.Value, result types.Type) (types.Value, error) {
	if len(args) == 2 {
		return arithmetic(subtract)(env, args, result)
	}
	v := args[0].Leaf()
	if v.IsNull() {
		return types.Null(result), nil
	}
	switch v.Type() {
	case types.Int, types.Long:
		v = types.NewLong(-v.Long())
	case types.Real:
		v = types.NewReal(-v.Real())
	case types.TimeSpan:
		v = types.NewTimeSpan(-v.Ticks())
	case types.Decimal:
		var d apd.Decimal
		d.Neg(v.Decimal())
		v = types.NewDecimal(&d)
	default:
		v = null
	}
	return types.Convert(v, result), nil
}

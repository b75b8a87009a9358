package scalar

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// binDown rounds down to a multiple of the second operand (https://learn.microsoft.com/kusto/query/bin-function).
var binDown = operation{
	whole: func(a, b int64) (int64, bool) {
		if b <= 0 {
			return 0, false
		}
		r, _ := wholeModulo(a, b)
		return a - r, true
	},
	real: func(a, b float64) float64 {
		if b <= 0 {
			return math.NaN()
		}
		return math.Floor(a/b) * b
	},
	decimal: func(c *apd.Context, d, a, b *apd.Decimal) bool {
		if b.Sign() <= 0 {
			return false
		}
		var r apd.Decimal
		if !modulo.decimal(c, &r, a, b) {
			return false
		}
		_, err := c.Sub(d, a, &r)
		return err == nil
	},
	times: func(a, b types.Value) types.Value {
		size, ok := integer(b)
		if b.Type() == types.Real || !a.Type().Temporal() || !ok || size <= 0 {
			return null
		}
		r, _ := wholeModulo(a.Ticks(), size)
		if a.Type() == types.DateTime {
			return datetime(a.Ticks() - r)
		}
		return types.NewTimeSpan(a.Ticks() - r)
	},
}

// binAt is bin_at(value, size, fixed): bins that begin at a fixed point.
func binAt(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
	v, size, at := args[0].Leaf(), args[1].Leaf(), args[2].Leaf()
	if v.IsNull() || size.IsNull() || at.IsNull() {
		return types.Null(result), nil
	}
	if v.Type().Temporal() {
		step, ok := integer(size)
		if !ok || step <= 0 || at.Type() != v.Type() {
			return types.Null(result), nil
		}
		r, _ := wholeModulo(v.Ticks()-at.Ticks(), step)
		if v.Type() == types.DateTime {
			return types.Convert(datetime(v.Ticks()-r), result), nil
		}
		return types.Convert(types.NewTimeSpan(v.Ticks()-r), result), nil
	}
	binned := operate(binDown, operate(subtract, v, at), size)
	if binned.IsNull() {
		return types.Null(result), nil
	}
	return types.Convert(operate(add, binned, at), result), nil
}

func absolute(args []types.Value) types.Value {
	v := args[0].Leaf()
	switch v.Type() {
	case types.Int, types.Long, types.TimeSpan:
		n := v.Long()
		if n < 0 {
			n = -n
		}
		if v.Type() == types.TimeSpan {
			return types.NewTimeSpan(n)
		}
		return types.NewLong(n)
	case types.Real:
		return types.NewReal(math.Abs(v.Real()))
	case types.Decimal:
		var d apd.Decimal
		d.Abs(v.Decimal())
		return types.NewDecimal(&d)
	}
	return null
}

func sign(args []types.Value) types.Value {
	f, ok := number(args[0])
	switch {
	case !ok:
		return null
	case f > 0:
		return types.NewReal(1)
	case f < 0:
		return types.NewReal(-1)
	}
	return types.NewReal(0) // of NaN too
}

// round rounds halves away from zero; a negative precision rounds before the point.
func round(args []types.Value) types.Value {
	digits, ok := optInteger(args, 1, 0)
	v := args[0].Leaf()
	if !ok || digits > 30 || digits < -30 {
		return null
	}
	if v.Type() == types.Decimal {
		var d apd.Decimal
		c := types.DecimalContext()
		if _, err := c.Quantize(&d, v.Decimal(), int32(-digits)); err != nil {
			return null
		}
		return types.NewDecimal(&d)
	}
	f, ok := number(v)
	if !ok {
		return null
	}
	return types.NewReal(roundTo(f, digits))
}

func roundTo(f float64, digits int64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	scale := math.Pow(10, math.Abs(float64(digits)))
	if digits < 0 {
		return math.Round(f/scale) * scale
	}
	scaled := f * scale
	if math.IsInf(scaled, 0) || math.Abs(scaled) > 1<<53 {
		return f
	}
	return math.Round(scaled) / scale
}

func ceiling(args []types.Value) types.Value {
	v := args[0].Leaf()
	if v.Type() == types.Decimal {
		var d apd.Decimal
		if _, err := types.DecimalContext().Ceil(&d, v.Decimal()); err != nil {
			return null
		}
		return types.NewDecimal(&d)
	}
	f, ok := number(v)
	return realOr(math.Ceil(f), ok)
}

package scalar

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// mathFunctions are the functions over reals. Outside their domain they give NaN or an infinity, as IEEE 754 has it.
func mathFunctions() map[string]Func {
	return map[string]Func{
		"sqrt": unary(math.Sqrt), "exp": unary(math.Exp), "exp2": unary(math.Exp2),
		"exp10": unary(func(x float64) float64 { return math.Pow(10, x) }),
		"log":   logarithm(math.Log), "log2": logarithm(math.Log2), "log10": logarithm(math.Log10),
		"sin": unary(math.Sin), "cos": unary(math.Cos), "tan": unary(math.Tan),
		"asin": unary(math.Asin), "acos": unary(math.Acos), "atan": unary(math.Atan),
		"cot":     unary(func(x float64) float64 { return 1 / math.Tan(x) }),
		"degrees": unary(func(x float64) float64 { return x * 180 / math.Pi }),
		"radians": unary(func(x float64) float64 { return x * math.Pi / 180 }),
		"pi": func(*Env, []types.Value, types.Type) (types.Value, error) {
			return types.NewReal(math.Pi), nil
		},
		"pow": ofTwo(math.Pow), "atan2": ofTwo(math.Atan2),
	}
}

// logarithm is null for negative numbers, where a root is NaN.
func logarithm(f func(float64) float64) Func {
	return overReals(func(x []float64) (float64, bool) { return f(x[0]), !(x[0] < 0) })
}

func unary(f func(float64) float64) Func {
	return strict(func(args []types.Value) types.Value {
		x, ok := number(args[0])
		return realOr(f(x), ok)
	})
}

func ofTwo(f func(a, b float64) float64) Func {
	return strict(func(args []types.Value) types.Value {
		a, okA := number(args[0])
		b, okB := number(args[1])
		return realOr(f(a, b), okA && okB)
	})
}

// reals are all arguments as reals; false when one of them is none.
func reals(args []types.Value) ([]float64, bool) {
	out := make([]float64, len(args))
	for i, a := range args {
		var ok bool
		if out[i], ok = number(a); !ok {
			return nil, false
		}
	}
	return out, true
}

// overReals makes a function of reals; it is null where f has no value.
func overReals(f func(x []float64) (float64, bool)) Func {
	return strict(func(args []types.Value) types.Value {
		x, ok := reals(args)
		if !ok {
			return null
		}
		y, ok := f(x)
		return realOr(y, ok)
	})
}

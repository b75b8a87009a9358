package scalar

import (
	"fmt"
	"math"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// logicFunctions are and, or, not, the conditionals and the tests for null and empty.
func logicFunctions() map[string]Func {
	return map[string]Func{
		"and": logical(false), "or": logical(true), "not": not,
		"iff": choose, "case": choose, "coalesce": coalesce,
		"isnull":     test(isNull),
		"isnotnull":  test(func(v types.Value) bool { return !isNull(v) }),
		"isempty":    test(isEmpty),
		"isnotempty": test(func(v types.Value) bool { return !isEmpty(v) }),
		"isnan":      realTest(math.IsNaN),
		"isinf":      realTest(func(f float64) bool { return math.IsInf(f, 0) }),
		"isfinite":   realTest(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }),
		"assert":     assert,
	}
}

func truth(v types.Value) types.Value {
	v = v.Leaf()
	if v.Type() == types.Bool || v.Type().Numeric() {
		return types.Convert(v, types.Bool)
	}
	return types.Null(types.Bool)
}

// logical is and and or with nulls as "unknown": decisive is the value that settles the result by itself.
func logical(decisive bool) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		unknown := false
		for _, a := range args {
			t := truth(a)
			switch {
			case t.IsNull():
				unknown = true
			case t.Bool() == decisive:
				return types.NewBool(decisive), nil
			}
		}
		if unknown {
			return types.Null(types.Bool), nil
		}
		return types.NewBool(!decisive), nil
	}
}

func not(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
	t := truth(args[0])
	if t.IsNull() {
		return t, nil
	}
	return types.NewBool(!t.Bool()), nil
}

// choose is iff and case: conditions and values in turn, and a last value.
func choose(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
	last := len(args) - 1
	for i := 0; i+1 <= last; i += 2 {
		if truth(args[i]).Bool() {
			return types.Convert(args[i+1], result), nil
		}
	}
	return types.Convert(args[last], result), nil
}

func coalesce(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
	for _, a := range args {
		if !isNull(a) && !(a.Type() == types.String && a.Str() == "") {
			return types.Convert(a, result), nil
		}
	}
	return types.Null(result), nil
}

func test(f func(types.Value) bool) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		return types.NewBool(f(args[0])), nil
	}
}

// isEmpty is true for null and for the empty text, also inside a dynamic.
func isEmpty(v types.Value) bool {
	if isNull(v) {
		return true
	}
	l := v.Leaf()
	return l.Type() == types.String && l.Str() == ""
}

func realTest(f func(float64) bool) Func {
	return strict(func(args []types.Value) types.Value {
		x, ok := number(args[0])
		if !ok {
			return types.Null(types.Bool)
		}
		return types.NewBool(f(x))
	})
}

// assert fails the query where its condition does not hold.
func assert(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
	if truth(args[0]).Bool() {
		return types.NewBool(true), nil
	}
	return types.Null(types.Bool), fmt.Errorf("assertion failed: %s", text(args[1]))
}

package scalar

import (
	"maps"
	"sort"
	"sync"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Lookup is the function of that canonical name, or the operator of that spelling; nil when there is none.
func Lookup(name string) Func { return functions()[name] }

// Names are all names that Lookup knows, in order.
func Names() []string {
	var out []string
	for n := range functions() {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// functions is the table of all functions, made once and never changed.
var functions = sync.OnceValue(func() map[string]Func {
	out := map[string]Func{}
	for _, family := range []map[string]Func{
		arithmeticFunctions(), comparisonFunctions(), textOperators(), logicFunctions(), castFunctions(),
		mathFunctions(), specialMathFunctions(), stringFunctions(), regexFunctions(), parseFunctions(), codecFunctions(),
		hashFunctions(), datetimeFunctions(), formatFunctions(), dynamicFunctions(), arrayFunctions(), setFunctions(),
		ipFunctions(), seriesFunctions(), systemFunctions(), digestFunctions(), geoFunctions(), geoAreaFunctions(), unitFunctions(), decomposeFunctions(),
		agentFunctions(), placeFunctions(),
	} {
		maps.Copy(out, family)
	}
	for _, name := range composing() {
		out[name] = bounded(out[name])
	}
	return out
})

// strict makes a function that gives null when any argument is null, out of one that never sees a null. The result
// is given the type of the call.
func strict(f func(args []types.Value) types.Value) Func {
	return func(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
		for _, a := range args {
			if isNull(a) {
				return types.Null(result), nil
			}
		}
		return types.Convert(f(args), result), nil
	}
}

// strictErr is strict for functions that need the Env or can fail.
func strictErr(f func(env *Env, args []types.Value) (types.Value, error)) Func {
	return func(env *Env, args []types.Value, result types.Type) (types.Value, error) {
		for _, a := range args {
			if isNull(a) {
				return types.Null(result), nil
			}
		}
		v, err := f(env, args)
		return types.Convert(v, result), err
	}
}

// plain makes a function that looks at nulls itself and needs neither Env nor result type.
func plain(f func(args []types.Value) types.Value) Func {
	return func(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
		return types.Convert(f(args), result), nil
	}
}

// plainErr is plain for functions that can fail.
func plainErr(f func(args []types.Value) (types.Value, error)) Func {
	return func(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
		v, err := f(args)
		return types.Convert(v, result), err
	}
}

// isNull reports null, also of a dynamic that holds null.
func isNull(v types.Value) bool {
	if v.IsNull() {
		return true
	}
	return v.Type() == types.Dynamic && v.Tree() == nil
}

var null = types.Value{}

// text is an argument as a string.
func text(v types.Value) string {
	if v.Type() == types.String {
		return v.Str()
	}
	return types.ToText(v)
}

// integer is an argument as a long; false when it is none.
func integer(v types.Value) (int64, bool) {
	v = types.Convert(v, types.Long)
	return v.Long(), !v.IsNull()
}

// number is an argument as a real; false when it is none.
func number(v types.Value) (float64, bool) {
	v = types.Convert(v, types.Real)
	return v.Real(), !v.IsNull()
}

// list is an argument's array; false when it is none.
func array(v types.Value) ([]types.Tree, bool) {
	if v.Type() != types.Dynamic {
		return nil, false
	}
	l, ok := v.Tree().([]types.Tree)
	return l, ok
}

// bag is an argument's property bag; false when it is none.
func bag(v types.Value) (*types.Bag, bool) {
	if v.Type() != types.Dynamic {
		return nil, false
	}
	b, ok := v.Tree().(*types.Bag)
	return b, ok
}

// optInteger is the i-th argument, or otherwise when there is none.
func optInteger(args []types.Value, i int, otherwise int64) (int64, bool) {
	if i >= len(args) {
		return otherwise, true
	}
	return integer(args[i])
}

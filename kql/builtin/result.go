package builtin

import "github.com/sleuth-sec/sleuth/kql/types"

// resultRule is the result of a signature whose type depends on the arguments:
//
//	same      the first argument's type
//	second    the second argument's type
//	promoted  the first argument's type, an int counting as a long
//	wide      the widest number among the arguments
//	common    the type that all arguments meet in
//	branches  the type that the values of iff and case meet in
func resultRule(name string, params []Param) ResultFunc {
	switch name {
	case "same":
		return func(args []types.Type) types.Type { return argument(args, 0, params) }
	case "second":
		return func(args []types.Type) types.Type { return argument(args, 1, params) }
	case "promoted":
		return func(args []types.Type) types.Type {
			t := argument(args, 0, params)
			if t == types.Int {
				return types.Long
			}
			return t
		}
	case "wide":
		return widest
	case "common":
		return commonType
	case "branches":
		return func(args []types.Type) types.Type { return commonType(branchValues(args)) }
	}
	return nil
}

// argument is the type of the i-th argument. The value in a dynamic that a function takes as a number or a time
// is a real, which any number fits in; a parameter that takes texts too leaves it dynamic.
func argument(args []types.Type, i int, params []Param) types.Type {
	if i >= len(args) || i >= len(params) {
		return types.Unknown
	}
	if args[i] == types.Dynamic && params[i].Accepts&(ClsDynamic|ClsString) == 0 {
		if params[i].Accepts&Number == 0 {
			return only(params[i].Accepts)
		}
		return types.Real
	}
	return args[i]
}

// only is the type of a class of one type.
func only(c Class) types.Type {
	for t := types.Bool; t <= types.Dynamic; t++ {
		if c == Class(1<<t) {
			return t
		}
	}
	return types.Unknown
}

// widest is the widest number: int, long, real, decimal in this order.
func widest(args []types.Type) types.Type {
	t := types.Unknown
	for _, a := range args {
		switch {
		case a == types.Dynamic && t < types.Real:
			t = types.Real
		case a.Numeric() && a > t:
			t = a
		}
	}
	return t
}

// commonType is the type that arguments meet in: numbers in the widest of them, all else in the type that is not
// dynamic. A null literal has no type of its own and is dynamic or unknown here.
func commonType(args []types.Type) types.Type {
	t := types.Unknown
	for _, a := range args {
		switch {
		case a == types.Unknown || a == t:
		case t == types.Unknown || t == types.Dynamic:
			t = a
		case a.Numeric() && t.Numeric():
			t = max(t, a)
		}
	}
	return t
}

// branchValues are the values among the arguments of iff and case: every second one, and the last.
func branchValues(args []types.Type) []types.Type {
	var out []types.Type
	for i, a := range args {
		if i%2 == 1 || i == len(args)-1 {
			out = append(out, a)
		}
	}
	return out
}

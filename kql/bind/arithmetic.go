package bind

import (
	"github.com/sleuth-sec/sleuth/kql/types"
)

// widest is the type that two numbers meet in; two ints meet in a long.
func widest(l, r types.Type) types.Type {
	return max(l, r, types.Long)
}

func arithmetic(op string, l, r types.Type) (types.Type, bool) {
	switch {
	case l.Numeric() && r.Numeric():
		return widest(l, r), true
	case l == types.Dynamic || r == types.Dynamic:
		return dynamicArithmetic(op, l, r)
	}
	switch op {
	case "+":
		switch {
		case l == types.TimeSpan && r == types.TimeSpan:
			return types.TimeSpan, true
		case l.Temporal() && r.Temporal():
			return types.DateTime, true
		}
	case "-":
		switch {
		case l == r && l.Temporal():
			return types.TimeSpan, true
		case l.Temporal() && r.Temporal():
			return types.DateTime, true
		}
	default:
		return scaling(op, l, r)
	}
	return arithmeticGuess(l, r), false
}

// scaling is *, / and % where a side is a time.
func scaling(op string, l, r types.Type) (types.Type, bool) {
	switch {
	case l.Temporal() && r.Numeric():
		return l, true
	case op == "*" && l.Numeric() && r.Temporal():
		return r, true
	case op == "*" && l == types.TimeSpan && r == types.TimeSpan:
		return types.TimeSpan, true
	case l.Temporal() && r.Temporal() && (l == types.DateTime || r == types.TimeSpan):
		if op == "/" {
			return types.Real, true
		}
		if op == "%" {
			return types.TimeSpan, true
		}
	}
	return arithmeticGuess(l, r), false
}

// arithmeticGuess is the likely type of a faulty operation: the number's, where a side is one.
func arithmeticGuess(l, r types.Type) types.Type {
	switch {
	case l.Numeric():
		return l
	case r.Numeric():
		return r
	}
	return types.Unknown
}

// dynamicArithmetic: the side that has a type gives the result's; an int counts as a long.
func dynamicArithmetic(op string, l, r types.Type) (types.Type, bool) {
	other := l
	if l == types.Dynamic {
		other = r
	}
	switch {
	case other == types.Dynamic:
		return types.Unknown, false
	case other == types.Int:
		return types.Long, true
	case other.Numeric():
		return other, true
	case op == "-" && other == types.DateTime:
		return types.TimeSpan, true
	case (op == "+" || op == "-") && other.Temporal():
		return other, true
	}
	return types.Unknown, false
}

package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// choice is the arguments among which a function chooses its result, where it is one of those that do: their
// common type is the result's.
func choice(f *builtin.Function, args []plan.Expr) ([]plan.Expr, bool) {
	switch f.Name {
	case "iff", "iif":
		if len(args) == 3 {
			return args[1:], true
		}
	case "case":
		if len(args) >= 3 && len(args)%2 == 1 {
			var out []plan.Expr
			for i := 1; i < len(args); i += 2 {
				out = append(out, args[i])
			}
			return append(out, args[len(args)-1]), true
		}
	case "coalesce", "max_of", "min_of":
		return args, len(args) > 0
	}
	return nil, false
}

// commonType is the type that the values meet in: numbers in the widest, a dynamic in the other's type, anything else
// in a dynamic.
func commonType(list []plan.Expr) types.Type {
	t := types.Unknown
	for _, e := range list {
		x := e.Type()
		switch {
		case x == types.Unknown || x == t:
		case t == types.Unknown, t == types.Dynamic:
			t = x
		case x == types.Dynamic:
		case x.Numeric() && t.Numeric():
			t = max(x, t)
		default:
			return types.Dynamic
		}
	}
	return t
}

// chooses types a choosing function. The pages of case and coalesce ask for values of one type, and the service refuses
// to choose between whole numbers and reals there.
func (b *binder) chooses(f *builtin.Function, list []plan.Expr, at diag.Span) types.Type {
	t := commonType(list)
	if f.Name != "case" && f.Name != "coalesce" {
		return t
	}
	whole, broken := false, false
	for _, e := range list {
		whole = whole || e.Type().Integral()
		broken = broken || e.Type() == types.Real || e.Type() == types.Decimal
	}
	if whole && broken {
		var have []types.Type
		for _, e := range list {
			have = append(have, e.Type())
		}
		b.report(noCommonType(at, f.Name, have))
	}
	return t
}

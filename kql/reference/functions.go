package reference

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// scalarCall is a call of a function of package scalar. Its arguments are computed into one buffer, which
// functions do not keep.
func (c *compiler) scalarCall(x *plan.Call, args []evaluator) (evaluator, error) {
	name := x.Func.Name
	if name == "-" && len(args) == 1 {
		name = "negate"
	}
	f := scalar.Lookup(name)
	if f == nil {
		return nil, notImplemented(x.At, "function", x.Func.Name)
	}
	env, vals := c.env.Scalar, make([]types.Value, len(args))
	return func(r types.Row) (types.Value, error) {
		for i, e := range args {
			var err error
			if vals[i], err = e(r); err != nil {
				return vals[i], err
			}
		}
		v, err := f(env, vals, x.Typ)
		if err != nil {
			return v, failedCall(x.At, x.Func.Name, err)
		}
		return convert(v, x.Typ), nil
	}, nil
}

// hasItems is has_any and has_all: has with each of the values.
func (c *compiler) hasItems(x *plan.In, left evaluator, items itemsFunc) (evaluator, error) {
	has := scalar.Lookup("has")
	if has == nil {
		return nil, notImplemented(diag.Span{}, "operator", x.Op)
	}
	all := x.Op == "has_all" || x.Op == "!has_all"
	negated := x.Op[0] == '!'
	env := c.env.Scalar
	return func(r types.Row) (types.Value, error) {
		v, err := left(r)
		if err != nil {
			return v, err
		}
		list, _, err := items(r)
		if err != nil {
			return v, err
		}
		found := all
		for _, item := range list {
			is, err := has(env, []types.Value{v, types.NewString(item.Text())}, types.Bool)
			if err != nil {
				return v, err
			}
			if is.Bool() != all {
				found = !all
				break
			}
		}
		return types.NewBool(found != negated), nil
	}, nil
}

// castText reads a text as a value of a type, as the to... functions do; null when it is none.
func castText(s string, t types.Type) types.Value {
	switch t {
	case types.String, types.Unknown:
		return types.NewString(s)
	case types.GUID:
		return convert(types.NewString(s), t)
	case types.Dynamic:
		return types.NewDynamicJSON(s)
	}
	f := scalar.Lookup(castName(t))
	if f == nil {
		return convert(types.NewString(s), t)
	}
	v, err := f(&scalar.Env{}, []types.Value{types.NewString(s)}, t)
	if err != nil {
		return types.Null(t)
	}
	return convert(v, t)
}

func castName(t types.Type) string {
	if t == types.Real {
		return "toreal"
	}
	return "to" + t.String()
}

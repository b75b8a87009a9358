package scalar

import (
	"github.com/sleuth-sec/sleuth/kql/types"
)

// castFunctions are the conversions. What does not convert is null.
func castFunctions() map[string]Func {
	return map[string]Func{
		"tostring": plain(func(args []types.Value) types.Value { return types.NewString(text(args[0])) }),
		"tobool":   cast(types.Bool), "toint": cast(types.Int), "tolong": cast(types.Long), "toreal": cast(types.Real),
		"todecimal": cast(types.Decimal), "todatetime": cast(types.DateTime), "totimespan": cast(types.TimeSpan),
		"toguid": cast(types.GUID), "gettype": plain(typeName),
		"parse_json": plain(parseJSON), "dynamic_to_json": plain(toJSON),
	}
}

func cast(t types.Type) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		return types.Convert(args[0], t), nil
	}
}

// parseJSON reads a text as JSON when it is first looked into; a text that is no JSON is itself, as a dynamic.
func parseJSON(args []types.Value) types.Value {
	v := args[0]
	switch v.Type() {
	case types.String:
		return types.NewDynamicJSON(v.Str())
	case types.Dynamic:
		if s, ok := v.Tree().(string); ok {
			return types.NewDynamicJSON(s)
		}
		return v
	}
	return types.Convert(v, types.Dynamic)
}

// toJSON prints a bag with its keys in order, so that equal bags print the same.
func toJSON(args []types.Value) types.Value {
	if args[0].Type() != types.Dynamic {
		return types.NewString(types.FormatJSON(sorted(types.ToTree(args[0]))))
	}
	return types.NewString(types.FormatJSON(sorted(args[0].Tree())))
}

// typeName is gettype: the type of what is held at run time.
func typeName(args []types.Value) types.Value {
	v := args[0]
	if v.Type() != types.Dynamic {
		return types.NewString(v.Type().String())
	}
	switch t := v.Tree().(type) {
	case nil:
		return types.NewString("null")
	case []types.Tree:
		return types.NewString("array")
	case *types.Bag:
		return types.NewString("dictionary")
	case float64:
		return types.NewString("double")
	default:
		return types.NewString(types.FromTree(t).Type().String())
	}
}

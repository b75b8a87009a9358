package scalar

import (
	"fmt"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// tooLarge is the error of a call whose work or result passes a bound.
func tooLarge(what string, n, limit int) error {
	return fmt.Errorf("%s: %d, where the limit is %d", what, n, limit)
}

func errValue() error {
	return fmt.Errorf("the result would have more than %d MiB, the limit of one value", maxText>>20)
}

// bounded refuses arguments that together make a value beyond the limit.
func bounded(f Func) Func {
	return func(env *Env, args []types.Value, result types.Type) (types.Value, error) {
		left := maxText
		for _, a := range args {
			if left -= weight(a, left); left < 0 {
				return types.Null(result), errValue()
			}
		}
		return f(env, args, result)
	}
}

// composing are the functions whose result is as large as all arguments together; functions holds them
// to the limit.
func composing() []string {
	return []string{"strcat", "strcat_delim", "strcat_array", "tostring", "dynamic_to_json", "parse_json", "url_encode", "url_encode_component",
		"pack_array", "array_concat", "array_iff", "array_shift_left", "array_shift_right", "zip", "set_union", "set_difference", "bag_pack",
		"pack_all", "bag_merge", "bag_set_key", "bag_zip", "base64_encode_tostring", "base64_encode_fromarray", "reverse", "toupper", "tolower",
		"regex_quote", "translate", "split", "extract_all", "unicode_codepoints_from_string"}
}

// weight is about how many bytes a value has when it is written out; beyond a limit it need not be exact.
func weight(v types.Value, limit int) int {
	switch {
	case v.IsNull():
		return 4
	case v.Type() == types.String:
		return len(v.Str())
	case v.Type() == types.Dynamic:
		return treeWeight(v.Tree(), limit)
	}
	return 8
}

func treeWeight(t types.Tree, limit int) int {
	switch x := t.(type) {
	case string:
		return len(x) + 2
	case []types.Tree:
		n := 2 + 4*len(x)
		for _, e := range x {
			if n > limit {
				break
			}
			n += treeWeight(e, limit-n)
		}
		return n
	case *types.Bag:
		n := 2
		for _, k := range x.Keys() {
			if n > limit {
				break
			}
			e, _ := x.Get(k)
			n += len(k) + 4 + treeWeight(e, limit-n)
		}
		return n
	}
	return 4
}

package scalar

import (
	"math"
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// setFunctions work on arrays as sets. Elements keep the order in which they came first.
func setFunctions() map[string]Func {
	return map[string]Func{
		"set_union": strict(setUnion), "set_intersect": strict(setIntersect), "set_difference": strict(setDifference),
		"set_has_element": plain(setHasElement), "set_equals": strict(setEquals), "jaccard_index": strict(jaccard),
	}
}

// ElementKey is a text that is equal for equal elements: numbers by value, everything else by type and text.
func ElementKey(t types.Tree) string {
	switch t := t.(type) {
	case float64:
		if t == math.Trunc(t) && math.Abs(t) < 1<<62 {
			return "n" + strconv.FormatInt(int64(t), 10)
		}
		return "n" + strconv.FormatFloat(t, 'g', -1, 64)
	case int64:
		return "n" + strconv.FormatInt(t, 10)
	case string:
		return "s" + t
	case types.Value:
		return t.Type().String() + t.Text()
	}
	return "j" + types.FormatJSON(sorted(t))
}

// members are the distinct elements of an argument; a value that is no array is its only element.
func members(v types.Value) ([]types.Tree, map[string]bool) {
	l, ok := array(v)
	if !ok {
		l = []types.Tree{types.ToTree(v)}
	}
	has := make(map[string]bool, len(l))
	out := []types.Tree{}
	for _, t := range l {
		if k := ElementKey(t); !has[k] {
			has[k] = true
			out = append(out, t)
		}
	}
	return out, has
}

func setUnion(args []types.Value) types.Value {
	out, has := members(args[0])
	for _, a := range args[1:] {
		list, _ := members(a)
		for _, t := range list {
			if k := ElementKey(t); !has[k] {
				has[k] = true
				out = append(out, t)
			}
		}
	}
	return types.NewDynamic(out)
}

// filtered are the members of the first set that are, or are not, in each of the others.
func filtered(args []types.Value, in bool) []types.Tree {
	out, _ := members(args[0])
	for _, a := range args[1:] {
		_, has := members(a)
		kept := []types.Tree{}
		for _, t := range out {
			if has[ElementKey(t)] == in {
				kept = append(kept, t)
			}
		}
		out = kept
	}
	return out
}

func setIntersect(args []types.Value) types.Value { return types.NewDynamic(filtered(args, true)) }

func setDifference(args []types.Value) types.Value { return types.NewDynamic(filtered(args, false)) }

func setHasElement(args []types.Value) types.Value {
	l, ok := array(args[0])
	if !ok {
		return types.Null(types.Bool)
	}
	want := ElementKey(types.ToTree(args[1]))
	for _, t := range l {
		if ElementKey(t) == want {
			return types.NewBool(true)
		}
	}
	return types.NewBool(false)
}

func setEquals(args []types.Value) types.Value {
	a, _ := members(args[0])
	b, has := members(args[1])
	if len(a) != len(b) {
		return types.NewBool(false)
	}
	for _, t := range a {
		if !has[ElementKey(t)] {
			return types.NewBool(false)
		}
	}
	return types.NewBool(true)
}

// jaccard is the size of the intersection over that of the union; NaN for two empty sets.
func jaccard(args []types.Value) types.Value {
	union, _ := array(setUnion(args))
	return types.NewReal(float64(len(filtered(args, true))) / float64(len(union)))
}

package scalar

import (
	"sort"
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// dynamicFunctions make property bags and take them apart.
func dynamicFunctions() map[string]Func {
	return map[string]Func{
		"bag_pack": plain(func(args []types.Value) types.Value { return pack(args, false) }),
		"pack_all": plain(func(args []types.Value) types.Value { return pack(args, true) }),
		"bag_keys": strict(bagKeys), "bag_has_key": strict(bagHasKey), "bag_merge": plain(bagMerge),
		"bag_remove_keys": strict(bagRemoveKeys), "bag_set_key": plain(bagSetKey), "bag_zip": plain(bagZip),
		"treepath": strict(func(args []types.Value) types.Value {
			out := []types.Tree{}
			paths(args[0].Tree(), "", &out)
			return types.NewDynamic(out)
		}),
	}
}

// sorted is a tree whose bags have their keys in order.
func sorted(t types.Tree) types.Tree {
	switch t := t.(type) {
	case []types.Tree:
		out := make([]types.Tree, len(t))
		for i, x := range t {
			out[i] = sorted(x)
		}
		return out
	case *types.Bag:
		keys := append([]string(nil), t.Keys()...)
		sort.Strings(keys)
		out := types.NewBag()
		for _, k := range keys {
			v, _ := t.Get(k)
			out.Set(k, sorted(v))
		}
		return out
	}
	return t
}

// pack makes a bag of names and values in turn, leaving out what is null or empty when asked to.
func pack(args []types.Value, skip bool) types.Value {
	b := types.NewBag()
	for i := 0; i+1 < len(args); i += 2 {
		if skip && isEmpty(args[i+1]) {
			continue
		}
		b.Set(text(args[i]), types.ToTree(args[i+1]))
	}
	return types.NewDynamic(b)
}

func bagKeys(args []types.Value) types.Value {
	b, ok := bag(args[0])
	if !ok {
		return null
	}
	return texts(b.Keys())
}

func bagHasKey(args []types.Value) types.Value {
	b, ok := bag(args[0])
	if !ok {
		return null
	}
	_, found := at(b, keyPath(text(args[1])))
	return types.NewBool(found)
}

// bagMerge keeps the value of the first bag that has a key.
func bagMerge(args []types.Value) types.Value {
	var out *types.Bag
	for _, a := range args {
		b, ok := bag(a)
		if !ok {
			continue
		}
		if out == nil {
			out = types.NewBag()
		}
		for _, k := range b.Keys() {
			if _, has := out.Get(k); !has {
				v, _ := b.Get(k)
				out.Set(k, v)
			}
		}
	}
	if out == nil {
		return null
	}
	return types.NewDynamic(out)
}

func bagRemoveKeys(args []types.Value) types.Value {
	b, ok := bag(args[0])
	keys, isList := array(args[1])
	if !ok {
		return null
	}
	if !isList {
		keys = []types.Tree{types.ToTree(args[1])}
	}
	for _, k := range keys {
		b = without(b, keyPath(text(types.NewDynamic(k))))
	}
	return types.NewDynamic(b)
}

func bagSetKey(args []types.Value) types.Value {
	b, ok := bag(args[0])
	if !ok {
		return null
	}
	return types.NewDynamic(put(b, keyPath(text(args[1])), types.ToTree(args[2])))
}

// bagZip pairs an array of keys with one of values; keys that are no texts are left out with their value.
func bagZip(args []types.Value) types.Value {
	keys, ok := array(args[0])
	if !ok {
		return null
	}
	values, _ := array(args[1])
	b := types.NewBag()
	for i, k := range keys {
		name, ok := k.(string)
		if !ok {
			continue
		}
		if i < len(values) {
			b.Set(name, values[i])
		} else {
			b.Set(name, nil)
		}
	}
	return types.NewDynamic(b)
}

// paths appends the path of everything inside a tree.
func paths(t types.Tree, prefix string, out *[]types.Tree) {
	switch t := t.(type) {
	case *types.Bag:
		for _, k := range t.Keys() {
			p := prefix + "['" + k + "']"
			*out = append(*out, p)
			v, _ := t.Get(k)
			paths(v, p, out)
		}
	case []types.Tree:
		for i, v := range t {
			p := prefix + "[" + strconv.Itoa(i) + "]"
			*out = append(*out, p)
			paths(v, p, out)
		}
	}
}

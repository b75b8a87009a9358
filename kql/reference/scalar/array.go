package scalar

import (
	"sort"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// arrayFunctions make arrays and work on them. What is no array gives null.
func arrayFunctions() map[string]Func {
	return map[string]Func{
		"pack_array": plain(packArray), "array_length": strict(arrayLength), "array_concat": plain(arrayConcat),
		"array_slice": strict(arraySlice), "array_split": strict(arraySplit), "array_reverse": onArray(reversed),
		"array_index_of": plain(arrayIndexOf), "array_iff": strict(arrayIff), "array_sum": strict(arraySum),
		"array_rotate_left": rotate(1), "array_rotate_right": rotate(-1),
		"array_shift_left": shift(1), "array_shift_right": shift(-1),
		"array_sort_asc": plain(func(args []types.Value) types.Value { return sortArrays(args, false) }),
		"array_sort_desc": plain(func(args []types.Value) types.Value {
			return sortArrays(args, true)
		}),
		"zip": plain(zip), "range": strict(rangeOf), "repeat": boundedRepeat,
	}
}

// maxList bounds the arrays that range and repeat make (https://learn.microsoft.com/kusto/query/range-function).
const maxList = 1 << 20

func packArray(args []types.Value) types.Value {
	out := make([]types.Tree, len(args))
	for i, a := range args {
		out[i] = types.ToTree(a)
	}
	return types.NewDynamic(out)
}

func arrayLength(args []types.Value) types.Value {
	l, ok := array(args[0])
	return longOr(int64(len(l)), ok)
}

func onArray(f func([]types.Tree) []types.Tree) Func {
	return strict(func(args []types.Value) types.Value {
		l, ok := array(args[0])
		if !ok {
			return null
		}
		return types.NewDynamic(f(l))
	})
}

func reversed(l []types.Tree) []types.Tree {
	out := make([]types.Tree, len(l))
	for i, t := range l {
		out[len(l)-1-i] = t
	}
	return out
}

// arrayConcat leaves out what is null; a value that is no array stands for itself.
func arrayConcat(args []types.Value) types.Value {
	var out []types.Tree
	for _, a := range args {
		if l, ok := array(a); ok {
			out = append(append([]types.Tree{}, out...), l...)
		} else if !isNull(a) {
			out = append(out, types.ToTree(a))
		}
	}
	if out == nil {
		return null
	}
	return types.NewDynamic(out)
}

// arraySlice includes both ends; negative ones count from the end of the array.
func arraySlice(args []types.Value) types.Value {
	l, ok := array(args[0])
	from, ok1 := integer(args[1])
	to, ok2 := integer(args[2])
	if !ok || !ok1 || !ok2 {
		return null
	}
	size := int64(len(l))
	if from < 0 {
		from = max(0, from+size)
	}
	if to < 0 {
		to += size
	}
	to = min(to, size-1)
	if from > to {
		return types.NewDynamic([]types.Tree{})
	}
	return types.NewDynamic(l[from : to+1 : to+1])
}

// arraySplit cuts an array before the places given.
func arraySplit(args []types.Value) types.Value {
	l, ok := array(args[0])
	if !ok {
		return null
	}
	places, isList := array(args[1])
	if !isList {
		places = []types.Tree{types.ToTree(args[1])}
	}
	out := []types.Tree{}
	last := 0
	for _, p := range places {
		n, ok := integer(types.FromTree(p))
		if !ok {
			return null
		}
		if n < 0 {
			n += int64(len(l))
		}
		cut := int(min(max(n, int64(last)), int64(len(l))))
		out = append(out, append([]types.Tree{}, l[last:cut]...))
		last = cut
	}
	return types.NewDynamic(append(out, append([]types.Tree{}, l[last:]...)))
}

// arrayIndexOf is array_index_of(array, value, start, length, occurrence).
func arrayIndexOf(args []types.Value) types.Value {
	l, ok := array(args[0])
	start, ok1 := optInteger(args, 2, 0)
	length, ok2 := optInteger(args, 3, -1)
	occurrence, ok3 := optInteger(args, 4, 1)
	if !ok || !ok1 || !ok2 || !ok3 || length < -1 || occurrence < 1 {
		return null
	}
	size := int64(len(l))
	if start < 0 {
		start = max(0, start+size)
	}
	end := size
	if length >= 0 && start+length < size {
		end = start + length
	}
	for i := start; i < end; i++ {
		if sameTree(l[i], types.ToTree(args[1])) {
			if occurrence--; occurrence == 0 {
				return types.NewLong(i)
			}
		}
	}
	return types.NewLong(-1)
}

// sameTree: types count, but not those of numbers: 1 is 1.0 and not "1".
func sameTree(a, b types.Tree) bool { return ElementKey(a) == ElementKey(b) }

// arrayIff chooses element by element; a single value stands for all.
func arrayIff(args []types.Value) types.Value {
	conditions, ok := array(args[0])
	if !ok {
		return null
	}
	pick := func(v types.Value, i int) types.Tree {
		if l, ok := array(v); ok {
			if i < len(l) {
				return l[i]
			}
			return nil
		}
		return types.ToTree(v)
	}
	out := make([]types.Tree, len(conditions))
	for i, c := range conditions {
		if t := truth(types.FromTree(c)); !t.IsNull() && t.Bool() {
			out[i] = pick(args[1], i)
		} else if !t.IsNull() {
			out[i] = pick(args[2], i)
		}
	}
	return types.NewDynamic(out)
}

func arraySum(args []types.Value) types.Value {
	l, ok := array(args[0])
	if !ok {
		return null
	}
	sum := 0.0
	for _, t := range l {
		if v := types.FromTree(t); v.Type().Numeric() {
			sum += v.Float()
		}
	}
	return types.NewReal(sum)
}

func rotate(sign int64) Func {
	return strict(func(args []types.Value) types.Value {
		l, ok := array(args[0])
		by, okBy := integer(args[1])
		if !ok || !okBy {
			return null
		}
		if len(l) == 0 {
			return args[0]
		}
		n, _ := wholeModulo(sign*(by%int64(len(l))), int64(len(l)))
		return types.NewDynamic(append(append([]types.Tree{}, l[n:]...), l[:n]...))
	})
}

// shift moves elements and fills with null or the value given.
func shift(sign int64) Func {
	return plain(func(args []types.Value) types.Value {
		l, ok := array(args[0])
		by, okBy := integer(args[1])
		if !ok || !okBy {
			return null
		}
		var fill types.Tree
		if len(args) > 2 {
			fill = types.ToTree(args[2])
		}
		size := int64(len(l))
		by = sign * min(max(by, -size), size)
		out := make([]types.Tree, size)
		for i := range size {
			if j := i + by; j >= 0 && j < size {
				out[i] = l[j]
			} else {
				out[i] = fill
			}
		}
		return types.NewDynamic(out)
	})
}

// sortArrays sorts the first array, and the others in the same way. Nulls come last unless a last argument is false.
// Several arrays give an array of arrays. An array whose length differs becomes null.
func sortArrays(args []types.Value, descending bool) types.Value {
	nullsLast := true
	if n := len(args) - 1; n > 0 && args[n].Type() == types.Bool {
		nullsLast = args[n].Bool() || args[n].IsNull()
		args = args[:n]
	}
	keys, ok := array(args[0])
	if !ok {
		return null
	}
	place := make([]int, len(keys))
	for i := range place {
		place[i] = i
	}
	sort.SliceStable(place, func(i, j int) bool {
		a, b := types.FromTree(keys[place[i]]), types.FromTree(keys[place[j]])
		switch {
		case a.IsNull() || b.IsNull():
			return a.IsNull() != b.IsNull() && a.IsNull() != nullsLast
		case descending:
			return types.Compare(a, b) > 0
		}
		return types.Compare(a, b) < 0
	})
	out := make([]types.Tree, len(args))
	for i, a := range args {
		l, ok := array(a)
		if !ok || len(l) != len(keys) {
			continue
		}
		moved := make([]types.Tree, len(l))
		for j, p := range place {
			moved[j] = l[p]
		}
		out[i] = moved
	}
	if len(args) == 1 {
		return types.NewDynamic(out[0])
	}
	return types.NewDynamic(out)
}

// zip makes rows of columns; shorter ones are filled with null.
func zip(args []types.Value) types.Value {
	longest := 0
	lists := make([][]types.Tree, len(args))
	for i, a := range args {
		l, ok := array(a)
		if !ok && !isNull(a) {
			return null
		}
		lists[i], longest = l, max(longest, len(l))
	}
	out := make([]types.Tree, longest)
	for i := range out {
		row := make([]types.Tree, len(lists))
		for j, l := range lists {
			if i < len(l) {
				row[j] = l[i]
			}
		}
		out[i] = row
	}
	return types.NewDynamic(out)
}

// rangeOf includes the stop where a step meets it. Without a step it is 1, or an hour for times.
func rangeOf(args []types.Value) types.Value {
	v, stop := args[0].Leaf(), args[1].Leaf()
	step := types.NewLong(1)
	if v.Type().Temporal() {
		step = types.NewTimeSpan(types.TicksPerHour)
	}
	if len(args) > 2 {
		step = args[2].Leaf()
	}
	if v.Type() == types.DateTime && step.Type() != types.TimeSpan || !comparable(v.Type(), stop.Type()) {
		return null
	}
	zero := types.Compare(types.Convert(step, types.Real), types.NewReal(0))
	out := []types.Tree{}
	if zero == 0 {
		return null
	}
	start := v
	for i := int64(0); len(out) <= maxList && !v.IsNull() && types.Compare(v, stop)*zero <= 0; {
		out = append(out, types.ToTree(v))
		i++
		v = operate(add, start, operate(multiply, step, types.NewLong(i)))
	}
	return types.NewDynamic(out[:min(len(out), maxList)])
}

func repeat(args []types.Value) types.Value {
	n, ok := integer(args[1])
	if !ok {
		return null
	}
	out := make([]types.Tree, min(max(n, 0), maxList))
	for i := range out {
		out[i] = types.ToTree(args[0])
	}
	return types.NewDynamic(out)
}

// boundedRepeat holds the copies together to the limit of a value: they share their memory until they are written out.
func boundedRepeat(env *Env, args []types.Value, result types.Type) (types.Value, error) {
	n, _ := integer(args[1])
	if w := weight(args[0], maxText); n > 0 && int64(w) > maxText/min(n, maxList) {
		return types.Null(result), errValue()
	}
	return plain(repeat)(env, args, result)
}

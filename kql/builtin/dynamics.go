package builtin

// arrays are the functions on arrays in dynamics.
func arrays() []*Function {
	return []*Function{
		scalar("The number of elements, null for what is no array.", "array_length(array: dynamic): long").was("arraylength").
			gives("array_length(dynamic([1, 2, 3]))", "3").gives("array_length(dynamic({}))", "long(null)"),
		scalar("The arrays as one.", "array_concat(array...: dynamic): dynamic").gives("array_concat(dynamic([1]), dynamic([2]))", "dynamic([1, 2])"),
		scalar("Element by element, one of two values by a bool.", "array_iff(condition: dynamic, when_true: any, when_false: any): dynamic").also("array_iif").
			gives("array_iff(dynamic([true, false]), dynamic([1, 2]), dynamic([3, 4]))", "dynamic([1, 4])"),
		scalar("The position of a value, or -1.", "array_index_of(array: dynamic, value: any, start?: integer, length?: integer, occurrence?: integer): long").
			gives("array_index_of(dynamic(['a', 'b']), 'b')", "1"),
		scalar("The elements from one position to another, both included.", "array_slice(array: dynamic, start: integer, end: integer): dynamic").
			gives("array_slice(dynamic([1, 2, 3, 4]), 1, 2)", "dynamic([2, 3])").gives("array_slice(dynamic([1, 2, 3]), -2, -1)", "dynamic([2, 3])"),
		scalar("The array cut before a position, or several.", "array_split(array: dynamic, index: integer|dynamic): dynamic").
			gives("array_split(dynamic([1, 2, 3]), 2)", "dynamic([[1, 2], [3]])"),
		scalar("The elements moved to the left, the gap filled.", "array_shift_left(array: dynamic, count: integer, default?: any): dynamic").
			gives("array_shift_left(dynamic([1, 2, 3]), 1, 0)", "dynamic([2, 3, 0])"),
		scalar("The elements moved to the right, the gap filled.", "array_shift_right(array: dynamic, count: integer, default?: any): dynamic").
			gives("array_shift_right(dynamic([1, 2, 3]), 1, 0)", "dynamic([0, 1, 2])"),
		scalar("The elements moved to the left, those that fall out coming in again.", "array_rotate_left(array: dynamic, count: integer): dynamic").
			gives("array_rotate_left(dynamic([1, 2, 3]), 1)", "dynamic([2, 3, 1])"),
		scalar("The elements moved to the right, those that fall out coming in again.", "array_rotate_right(array: dynamic, count: integer): dynamic").
			gives("array_rotate_right(dynamic([1, 2, 3]), 1)", "dynamic([3, 1, 2])"),
		scalar("The elements backwards.", "array_reverse(array: dynamic): dynamic").gives("array_reverse(dynamic([1, 2]))", "dynamic([2, 1])"),
		scalar("The elements in ascending order, and further arrays in the order of the first.",
			"array_sort_asc(array...: dynamic): dynamic", "array_sort_asc(array...: dynamic, nulls_last: bool): dynamic").
			gives("array_sort_asc(dynamic([2, 1, 3]))", "dynamic([1, 2, 3])"),
		scalar("The elements in descending order, and further arrays in the order of the first.",
			"array_sort_desc(array...: dynamic): dynamic", "array_sort_desc(array...: dynamic, nulls_last: bool): dynamic").
			gives("array_sort_desc(dynamic([2, 1, 3]))", "dynamic([3, 2, 1])"),
		scalar("The sum of the elements.", "array_sum(array: dynamic): real").gives("array_sum(dynamic([1, 2, 3]))", "6.0"),
		scalar("The values from one to another in steps.", "range(start: measure, stop: measure, step?: measure): dynamic").gives("range(1, 8, 3)", "dynamic([1, 4, 7])"),
		scalar("A value a number of times.", "repeat(value: any, count: integer): dynamic").gives("repeat(1, 3)", "dynamic([1, 1, 1])"),
		scalar("The arrays' elements by their positions.", "zip(array...: dynamic): dynamic").gives("zip(dynamic([1, 3]), dynamic([2, 4]))", "dynamic([[1, 2], [3, 4]])"),
		scalar("An array of its arguments.", "pack_array(value...: any): dynamic").seesNulls().gives("pack_array(1, 'a')", "dynamic([1, 'a'])"),
	}
}

// sets are the functions on arrays as sets.
func sets() []*Function {
	return []*Function{
		scalar("Whether a set has a value.", "set_has_element(set: dynamic, value: any): bool").gives("set_has_element(dynamic([1, 2]), 2)", "true"),
		scalar("The values of any of the sets, each once.", "set_union(set...: dynamic): dynamic").gives("set_union(dynamic([1]), dynamic([1, 2]))", "dynamic([1, 2])"),
		scalar("The values of all sets, each once.", "set_intersect(set...: dynamic): dynamic").gives("set_intersect(dynamic([1, 2]), dynamic([2]))", "dynamic([2])"),
		scalar("The values of the first set that no other has.", "set_difference(set...: dynamic): dynamic").
			gives("set_difference(dynamic([1, 2]), dynamic([2]))", "dynamic([1])"),
		scalar("Whether two sets have the same values.", "set_equals(set1: dynamic, set2: dynamic): bool").gives("set_equals(dynamic([1, 2]), dynamic([2, 1]))", "true"),
		scalar("The size of two sets' intersection by that of their union.", "jaccard_index(set1: dynamic, set2: dynamic): dynamic").
			gives("jaccard_index(dynamic([1, 2]), dynamic([2, 3, 4]))", "dynamic(0.25)"),
	}
}

// bags are the functions on property bags in dynamics.
func bags() []*Function {
	return []*Function{
		scalar("A bag of keys and values by turns.", "bag_pack(key...: string, value...: any): dynamic").was("pack", "pack_dictionary").on("pack-function").seesNulls().
			gives("bag_pack('a', 1, 'b', 'x')", "dynamic({'a': 1, 'b': 'x'})"),
		scalar("A bag of columns under their names.", "bag_pack_columns(column...: any): dynamic").seesNulls(),
		scalar("A bag of all columns of the row; on demand without the empty ones.",
			"pack_all(ignore_null_empty?: bool): dynamic", "pack_all(key...: string, value...: any): dynamic").was("packall").seesNulls(),
		scalar("The keys of a bag.", "bag_keys(bag: dynamic): dynamic").gives("bag_keys(dynamic({'a': 1, 'b': {'c': 2}}))", "dynamic(['a', 'b'])"),
		scalar("The bags as one; of a key in several, the first value.", "bag_merge(bag...: dynamic): dynamic").
			gives("bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))", "dynamic({'a': 1, 'b': 3})"),
		scalar("The bag without some keys.", "bag_remove_keys(bag: dynamic, keys: dynamic): dynamic").
			gives("bag_remove_keys(dynamic({'a': 1, 'b': 2}), dynamic(['a']))", "dynamic({'b': 2})"),
		scalar("Whether a bag has a key, or a path of keys.", "bag_has_key(bag: dynamic, key: string): bool").gives("bag_has_key(dynamic({'a': 1}), 'a')", "true"),
		scalar("The bag with the value of a key set.", "bag_set_key(bag: dynamic, key: string, value: any): dynamic").
			gives("bag_set_key(dynamic({'a': 1}), 'a', 2)", "dynamic({'a': 2})"),
		scalar("A bag of an array of keys and one of values.", "bag_zip(keys: dynamic, values: dynamic): dynamic").on("bag-zip").
			gives("bag_zip(dynamic(['a']), dynamic([1]))", "dynamic({'a': 1})"),
		scalar("The paths of all values in a dynamic.", "treepath(object: dynamic): dynamic").
			gives("treepath(dynamic({'a': 1}))", "dynamic([\"['a']\"])"),
		scalar("The names of a table's columns.", "column_names_of(table: any): dynamic"),
	}
}

package reference

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// appendKey appends an encoding of v that is equal for equal values, for grouping: nulls are equal to each other,
// and so are numbers of different types with the same value.
func appendKey(b []byte, v types.Value) []byte {
	if v.IsNull() {
		return append(b, 0)
	}
	switch v.Type() {
	case types.Bool, types.Int, types.Long:
		return appendNumber(append(b, 'n'), v.Long())
	case types.Real:
		return appendReal(b, v.Real())
	case types.Decimal:
		return appendDecimal(b, v.Decimal())
	case types.DateTime:
		return appendNumber(append(b, 'd'), v.Ticks())
	case types.TimeSpan:
		return appendNumber(append(b, 't'), v.Ticks())
	case types.GUID:
		return appendText(append(b, 'g'), v.Str())
	case types.Dynamic:
		return appendTree(b, v.Tree())
	}
	return appendText(append(b, 's'), v.Str())
}

// appendTree encodes a leaf as the scalar it is, and an array or bag as its text.
func appendTree(b []byte, t types.Tree) []byte {
	switch t.(type) {
	case []types.Tree, *types.Bag:
		return appendText(append(b, 'j'), types.FormatJSON(t))
	}
	return appendKey(b, types.FromTree(t))
}

func appendNumber(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendReal(b []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1<<62 {
		return appendNumber(append(b, 'n'), int64(f))
	}
	if math.IsNaN(f) {
		f = math.NaN()
	}
	return appendNumber(append(b, 'r'), int64(math.Float64bits(f)))
}

func appendDecimal(b []byte, d *apd.Decimal) []byte {
	if n, err := d.Int64(); err == nil {
		return appendNumber(append(b, 'n'), n)
	}
	var r apd.Decimal
	r.Reduce(d)
	return appendText(append(b, 'm'), r.Text('e'))
}

// rowKey is the key of a whole row.
func rowKey(b []byte, row types.Row) []byte {
	for i := range row {
		b = appendKey(b, row[i])
	}
	return b
}

// compare orders two values that are not null. Values of different types, which only dynamics hold, are ordered by
// type.
func compare(a, b types.Value) int {
	if a.Type() == types.Dynamic || b.Type() == types.Dynamic {
		return compareLeaves(a, b)
	}
	switch {
	case a.Type() == types.Decimal && b.Type().Numeric() || b.Type() == types.Decimal && a.Type().Numeric():
		return toDecimal(a).Cmp(toDecimal(b))
	case a.Type() == types.Real && b.Type().Numeric() || b.Type() == types.Real && a.Type().Numeric():
		return compareReals(a.Float(), b.Float())
	case a.Type() == types.String || a.Type() == types.GUID:
		return strings.Compare(a.Text(), b.Text())
	}
	return compareInts(a.Long(), b.Long())
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// compareReals puts NaN before all numbers.
func compareReals(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return -1
	case math.IsNaN(b):
		return 1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareLeaves(a, b types.Value) int {
	a, b = leaf(a), leaf(b)
	if a.IsNull() || b.IsNull() {
		return compareInts(boolInt(!a.IsNull()), boolInt(!b.IsNull()))
	}
	if a.Type() == types.Dynamic || b.Type() == types.Dynamic {
		return strings.Compare(a.Text(), b.Text())
	}
	if rank(a.Type()) != rank(b.Type()) {
		return compareInts(rank(a.Type()), rank(b.Type()))
	}
	return compare(a, b)
}

func rank(t types.Type) int64 {
	if t.Numeric() || t == types.Bool {
		return 0
	}
	return int64(t)
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// leaf is the scalar inside a dynamic; arrays, bags and other values are themselves.
func leaf(v types.Value) types.Value {
	if v.Type() == types.Dynamic {
		return types.FromTree(v.Tree())
	}
	return v
}

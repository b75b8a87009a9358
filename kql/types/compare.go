package types

import (
	"cmp"
	"math"
	"strings"
)

// Compare orders two values that are not null: -1, 0 or 1. Numbers compare by value whatever their types, NaN before all
// others; texts by bytes; bags and arrays by their JSON. Values that have nothing in common are ordered by type.
func Compare(a, b Value) int {
	a, b = a.Leaf(), b.Leaf()
	number := func(v Value) bool { return v.typ.Numeric() || v.typ == Bool }
	switch {
	case number(a) && number(b):
		return compareNumbers(a, b)
	case a.typ != b.typ:
		if (a.typ == GUID || a.typ == String) && (b.typ == GUID || b.typ == String) {
			return strings.Compare(a.str, b.str)
		}
		return cmp.Compare(a.typ, b.typ)
	case a.typ == Dynamic:
		return strings.Compare(a.Text(), b.Text())
	case a.typ == String || a.typ == GUID:
		return strings.Compare(a.str, b.str)
	}
	return cmp.Compare(a.num, b.num)
}

func compareNumbers(a, b Value) int {
	switch {
	case a.typ == Decimal || b.typ == Decimal:
		x, y := toDecimal2(a), toDecimal2(b)
		if x.IsNull() || y.IsNull() { // NaN or an infinity
			return cmp.Compare(a.Float(), b.Float())
		}
		return x.Decimal().Cmp(y.Decimal())
	case a.typ == Real && b.typ == Real:
		return cmp.Compare(a.Real(), b.Real())
	case a.typ == Real:
		return -compareRealLong(b.num, a.Real())
	case b.typ == Real:
		return compareRealLong(a.num, b.Real())
	}
	return cmp.Compare(a.num, b.num)
}

func toDecimal2(v Value) Value {
	if v.typ == Decimal {
		return v
	}
	return toDecimal(v)
}

// compareRealLong compares exactly where the long has more digits than a real.
func compareRealLong(n int64, f float64) int {
	switch {
	case math.IsNaN(f):
		return 1
	case f >= math.MaxInt64:
		return -1
	case f < math.MinInt64:
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(n, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(0, f-whole)
}

// Equal reports whether two values that are not null are equal as == has it: NaN equals nothing, arrays and bags are
// equal when their JSON is.
func Equal(a, b Value) bool {
	a, b = a.Leaf(), b.Leaf()
	if a.typ == Real && math.IsNaN(a.Real()) || b.typ == Real && math.IsNaN(b.Real()) {
		return false
	}
	return Compare(a, b) == 0
}

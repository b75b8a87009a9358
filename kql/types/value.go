package types

import (
	"math"
	"sync"

	"github.com/cockroachdb/apd/v3"
)

// Value is one scalar: a type, and either null or a value of it. The zero Value is a null of
// type Unknown. Values are immutable and cheap to copy.
type Value struct {
	typ  Type
	null bool
	num  int64 // bool, int, long; ticks of datetime and timespan; bits of real
	str  string
	ref  any // *apd.Decimal, or the tree of a dynamic
}

// Null is the null of t. A null string does not exist: it is the empty string.
func Null(t Type) Value {
	if t == String {
		return Value{typ: String}
	}
	return Value{typ: t, null: true}
}

// NewBool makes a bool.
func NewBool(b bool) Value {
	if b {
		return Value{typ: Bool, num: 1}
	}
	return Value{typ: Bool}
}

// NewInt makes an int (32 bits).
func NewInt(n int32) Value { return Value{typ: Int, num: int64(n)} }

// NewLong makes a long.
func NewLong(n int64) Value { return Value{typ: Long, num: n} }

// NewReal makes a real; NaN and infinities are values.
func NewReal(f float64) Value { return Value{typ: Real, num: int64(math.Float64bits(f))} }

// NewDecimal makes a decimal; d must not be changed afterwards.
func NewDecimal(d *apd.Decimal) Value { return Value{typ: Decimal, ref: d} }

// NewString makes a string.
func NewString(s string) Value { return Value{typ: String, str: s} }

// NewDateTime makes a datetime from ticks since 0001-01-01.
func NewDateTime(ticks int64) Value { return Value{typ: DateTime, num: ticks} }

// NewTimeSpan makes a timespan from ticks.
func NewTimeSpan(ticks int64) Value { return Value{typ: TimeSpan, num: ticks} }

// NewGUID makes a guid from its canonical text (see ParseGUID).
func NewGUID(canonical string) Value { return Value{typ: GUID, str: canonical} }

// NewDynamic makes a dynamic from a tree (see Tree). A nil tree is null.
func NewDynamic(tree Tree) Value {
	if tree == nil {
		return Null(Dynamic)
	}
	return Value{typ: Dynamic, ref: tree}
}

// NewDynamicJSON makes a dynamic from JSON text that is parsed when it is first looked into; most
// cells of a result never are. Text that is not JSON stands for itself as a string.
func NewDynamicJSON(text string) Value {
	if text == "" || text == "null" {
		return Null(Dynamic)
	}
	return Value{typ: Dynamic, ref: &lazyTree{text: text}}
}

// lazyTree is a dynamic that is still text. It is shared by copies of its Value.
type lazyTree struct {
	once sync.Once
	text string
	tree Tree
}

func (l *lazyTree) get() Tree {
	l.once.Do(func() {
		t, err := ParseJSON(l.text)
		if err != nil {
			t = l.text
		}
		l.tree = t
	})
	return l.tree
}

// Type is the value's type.
func (v Value) Type() Type { return v.typ }

// IsNull reports whether the value is null.
func (v Value) IsNull() bool { return v.null || v.typ == Unknown }

// Bool is a bool's value; false for null.
func (v Value) Bool() bool { return v.num != 0 && !v.null }

// Long is the value of an int or long, or the ticks of a datetime or timespan.
func (v Value) Long() int64 { return v.num }

// Ticks is the ticks of a datetime or timespan.
func (v Value) Ticks() int64 { return v.num }

// Real is the value of a real.
func (v Value) Real() float64 { return math.Float64frombits(uint64(v.num)) }

// Decimal is the value of a decimal; the caller must not change it.
func (v Value) Decimal() *apd.Decimal { return v.ref.(*apd.Decimal) }

// Str is the value of a string, or the canonical text of a guid.
func (v Value) Str() string { return v.str }

// Tree is the tree of a dynamic; nil for null.
func (v Value) Tree() Tree {
	if l, ok := v.ref.(*lazyTree); ok {
		return l.get()
	}
	return v.ref
}

// Float is a number's value as a float64: of int, long, real, decimal, and of bool as 0 or 1.
func (v Value) Float() float64 {
	switch v.typ {
	case Real:
		return v.Real()
	case Decimal:
		f, _ := v.Decimal().Float64()
		return f
	default:
		return float64(v.num)
	}
}

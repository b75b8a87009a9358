package types

import (
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Leaf is the scalar inside a dynamic that holds one; every other value is itself.
func (v Value) Leaf() Value {
	if v.typ == Dynamic {
		return FromTree(v.Tree())
	}
	return v
}

// Convert makes v a value of t as the conversion functions do (toint, todatetime, ...). What does not convert is null.
func Convert(v Value, t Type) Value {
	if v.typ == t || t == Unknown {
		return v
	}
	if v.typ == Dynamic {
		if t == String {
			return NewString(ToText(v))
		}
		v = v.Leaf()
		if v.typ == t {
			return v
		}
		if t.Integral() && v.typ.Numeric() && !v.IsNull() {
			return integerOfLeaf(v, t)
		}
	}
	if v.IsNull() {
		return Null(t)
	}
	switch t {
	case String:
		return NewString(ToText(v))
	case Dynamic:
		return NewDynamic(ToTree(v))
	case Bool:
		return toBool(v)
	case Int, Long:
		return toInteger(v, t)
	case Real:
		return toReal(v)
	case Decimal:
		return toDecimal(v)
	case DateTime, TimeSpan:
		return toTime(v, t)
	case GUID:
		if g, ok := ParseGUID(v.Text()); ok {
			return NewGUID(g)
		}
	}
	return Null(t)
}

// ToText is what tostring gives. A bool is True or False there, as the service has it, while one inside a dynamic is
// true or false; an infinity is inf.
func ToText(v Value) string {
	switch {
	case v.IsNull():
		return ""
	case v.typ == Bool && v.Bool():
		return "True"
	case v.typ == Bool:
		return "False"
	case v.typ == Real && math.IsInf(v.Real(), 1):
		return "inf"
	case v.typ == Real && math.IsInf(v.Real(), -1):
		return "-inf"
	case v.typ == Real && !math.IsNaN(v.Real()):
		return engineReal(v.Real())
	}
	return v.Text()
}

// integerOfLeaf takes the nearest whole number for a real inside a dynamic that is out of range, where a real outside
// one gives null.
func integerOfLeaf(v Value, t Type) Value {
	if v.typ != Real || math.IsNaN(v.Real()) {
		return Convert(v, t)
	}
	f := v.Real()
	switch {
	case t == Int:
		return NewInt(int32(min(max(f, math.MinInt32), math.MaxInt32)))
	case f >= math.MaxInt64:
		return NewLong(math.MaxInt64)
	case f <= math.MinInt64:
		return NewLong(math.MinInt64)
	}
	return NewLong(int64(f))
}

func toBool(v Value) Value {
	switch v.typ {
	case Int, Long:
		return NewBool(v.num != 0)
	case Real, Decimal:
		return NewBool(v.Float() != 0)
	case String:
		if b, ok := ParseBool(v.str); ok {
			return NewBool(b)
		}
	}
	return Null(Bool)
}

func toInteger(v Value, t Type) Value {
	var n int64
	switch v.typ {
	case Bool, Int, Long, DateTime, TimeSpan:
		n = v.num
	case Real:
		f := math.Trunc(v.Real())
		if math.IsNaN(f) || f < math.MinInt64 || f > math.MaxInt64 {
			return Null(t)
		}
		if n = int64(f); f >= math.MaxInt64 {
			n = math.MaxInt64
		}
	case Decimal:
		var d apd.Decimal
		if _, err := decimalContext.RoundToIntegralValue(&d, truncated(v.Decimal())); err != nil {
			return Null(t)
		}
		whole, err := d.Int64()
		if err != nil {
			return Null(t)
		}
		n = whole
	case String:
		var ok bool
		if n, ok = ParseLong(v.str); !ok {
			return Null(t)
		}
	default:
		return Null(t)
	}
	if t == Long {
		return NewLong(n)
	}
	if v.typ != Long && n != int64(int32(n)) {
		return Null(Int)
	}
	return NewInt(int32(n)) // the low bits of a long, as the service has it
}

// decimalContext is the arithmetic of decimals: 34 digits, as in the service's 128-bit decimals.
var decimalContext = apd.Context{Precision: 34, MaxExponent: 6144, MinExponent: -6143, Rounding: apd.RoundHalfEven}

// DecimalContext is the arithmetic of decimals.
func DecimalContext() *apd.Context {
	c := decimalContext
	return &c
}

// truncated cuts a decimal's fraction.
func truncated(d *apd.Decimal) *apd.Decimal {
	var whole, frac apd.Decimal
	d.Modf(&whole, &frac)
	return &whole
}

func toReal(v Value) Value {
	switch v.typ {
	case Bool, Int, Long, Decimal:
		return NewReal(v.Float())
	case DateTime, TimeSpan:
		return NewReal(float64(v.num))
	case String:
		if f, ok := ParseReal(v.str); ok {
			return NewReal(f)
		}
	}
	return Null(Real)
}

func toDecimal(v Value) Value {
	switch v.typ {
	case Bool, Int, Long, DateTime, TimeSpan:
		return NewDecimal(apd.New(v.num, 0))
	case Real:
		if d, ok := ParseDecimal(FormatReal(v.Real())); ok {
			return NewDecimal(d)
		}
	case String:
		if d, ok := ParseDecimal(v.str); ok {
			return NewDecimal(d)
		}
	}
	return Null(Decimal)
}

// toTime reads a text, or takes a number as ticks.
func toTime(v Value, t Type) Value {
	var n int64
	ok := true
	switch {
	case v.typ == Int || v.typ == Long || v.typ == DateTime || v.typ == TimeSpan:
		n = v.num
	case v.typ == Real || v.typ == Decimal:
		l := toInteger(v, Long)
		n, ok = l.num, !l.null
	case v.typ == String && t == DateTime:
		n, ok = ParseDateTime(v.str)
	case v.typ == String:
		// A literal may count days with a fraction, a text may not.
		if _, fraction := ParseReal(v.str); fraction && strings.ContainsAny(v.str, ".eE") {
			return Null(t)
		}
		n, ok = ParseTimeSpan(v.str)
	default:
		ok = false
	}
	switch {
	case !ok, t == DateTime && (n < 0 || n > MaxDateTimeTicks):
		return Null(t)
	case t == DateTime:
		return NewDateTime(n)
	}
	return NewTimeSpan(n)
}

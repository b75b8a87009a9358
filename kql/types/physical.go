package types

import (
	"fmt"

	"github.com/cockroachdb/apd/v3"
)

// The physical form of a value is what storage and backends hold: bool, int, long and real as such, datetime and timespan as
// ticks, everything else as text; a dynamic as JSON.

// OfInteger is the value of a physical integer: of int, long, and the ticks of datetime and timespan.
func OfInteger(n int64, t Type) (Value, error) {
	switch t {
	case Int:
		return NewInt(int32(n)), nil
	case Long:
		return NewLong(n), nil
	case DateTime:
		return NewDateTime(n), nil
	case TimeSpan:
		return NewTimeSpan(n), nil
	}
	return Value{}, fmt.Errorf("an integer is not a %s", t)
}

// OfText is the value of a physical text: of string, guid, dynamic and decimal.
func OfText(s string, t Type) (Value, error) {
	switch t {
	case String:
		return NewString(s), nil
	case GUID:
		return NewGUID(s), nil
	case Dynamic:
		return NewDynamicJSON(s), nil
	case Decimal:
		d, _, err := apd.NewFromString(s)
		if err != nil {
			return Value{}, fmt.Errorf("decimal %q: %w", s, err)
		}
		return NewDecimal(d), nil
	}
	return Value{}, fmt.Errorf("a text is not a %s", t)
}

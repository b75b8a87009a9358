package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// ParseBool reads what tobool reads: true and false in any case, or a number, of which all but zero are true.
func ParseBool(s string) (value, ok bool) {
	s = strings.TrimSpace(s)
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	n, ok := ParseLong(s)
	return n != 0, ok
}

// ParseLong reads what tolong reads: decimal digits with a sign, or hexadecimal digits after 0x, which may fill all
// 64 bits and have no sign before them. A text with a fraction or an exponent is no whole number.
func ParseLong(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		n, err := strconv.ParseUint(s[2:], 16, 64)
		return int64(n), err == nil
	}
	return 0, false
}

// ParseInt reads what toint reads: as ParseLong, within 32 bits.
func ParseInt(s string) (int32, bool) {
	n, ok := ParseLong(s)
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, false
	}
	return int32(n), true
}

// LongOfReal cuts a real to a whole number; false for NaN, infinities and what needs more than 64 bits.
func LongOfReal(f float64) (int64, bool) {
	// -2^63 is a long, 2^63 is not; NaN fails both comparisons.
	if f >= -(1<<63) && f < 1<<63 {
		return int64(f), true
	}
	return 0, false
}

// ParseReal reads what toreal reads: digits with a point and an exponent, NaN, and infinities by the names inf
// and Infinity. Hexadecimal and underscored forms, which Go knows, are not numbers of KQL.
func ParseReal(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "INF" || s == "-INF" || s == "+INF" {
		return 0, false // the service knows inf and Infinity only
	}
	switch strings.ToLower(strings.TrimPrefix(s, "+")) {
	case "nan", "-nan":
		return math.NaN(), true
	case "inf", "infinity", "∞":
		return math.Inf(1), true
	case "-inf", "-infinity", "-∞":
		return math.Inf(-1), true
	}
	if !plainNumber(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// plainNumber reports whether a text has only what decimal numbers are written with.
func plainNumber(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '+', c == '-', c == 'e', c == 'E':
		default:
			return false
		}
	}
	return s != ""
}

// decimalDigits is how many digits a decimal keeps, as the service's 128-bit decimal does
// (https://learn.microsoft.com/kusto/query/scalar-data-types/decimal).
const decimalDigits = 34

// ParseDecimal reads what todecimal reads: digits with a point and an exponent, rounded to 34 digits.
func ParseDecimal(s string) (*apd.Decimal, bool) {
	s = strings.TrimSpace(s)
	if !plainNumber(s) {
		return nil, false
	}
	// An exponent without bound would make its plain text as long as it says.
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 6 {
		return nil, false
	}
	d, cond, err := apd.BaseContext.WithPrecision(decimalDigits).NewFromString(s)
	if err != nil || d.Form != apd.Finite || cond.Overflow() || cond.Underflow() {
		return nil, false
	}
	return d, true
}

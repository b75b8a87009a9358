package types

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Ticks per unit of time. A tick is 100 ns.
const (
	TicksPerMicrosecond = int64(10)
	TicksPerMillisecond = 1000 * TicksPerMicrosecond
	TicksPerSecond      = 1000 * TicksPerMillisecond
	TicksPerMinute      = 60 * TicksPerSecond
	TicksPerHour        = 60 * TicksPerMinute
	TicksPerDay         = 24 * TicksPerHour
)

// UnixEpochTicks is 1970-01-01T00:00:00Z; MaxDateTimeTicks is 9999-12-31T23:59:59.9999999Z.
const (
	UnixEpochTicks   = int64(621355968000000000)
	MaxDateTimeTicks = int64(3155378975999999999)
)

// TicksOf converts a time to ticks, cutting below 100 ns.
func TicksOf(t time.Time) int64 {
	return UnixEpochTicks + t.Unix()*TicksPerSecond + int64(t.Nanosecond())/100
}

// TimeOf converts ticks to a UTC time.
func TimeOf(ticks int64) time.Time {
	d := ticks - UnixEpochTicks
	sec, rest := d/TicksPerSecond, d%TicksPerSecond
	if rest < 0 {
		sec, rest = sec-1, rest+TicksPerSecond
	}
	return time.Unix(sec, rest*100).UTC()
}

// FormatDateTime prints ticks as tostring does: 2026-11-14T02:11:09.4310000Z, seven digits always.
func FormatDateTime(ticks int64) string {
	return TimeOf(ticks).Format("2006-01-02T15:04:05.0000000Z")
}

// FormatTimeSpan prints ticks as tostring does: [-][d.]hh:mm:ss[.fffffff].
func FormatTimeSpan(ticks int64) string {
	u := uint64(ticks)
	var b strings.Builder
	if ticks < 0 {
		b.WriteByte('-')
		u = -u
	}
	if d := u / uint64(TicksPerDay); d > 0 {
		fmt.Fprintf(&b, "%d.", d)
	}
	r := int64(u % uint64(TicksPerDay))
	fmt.Fprintf(&b, "%02d:%02d:%02d", r/TicksPerHour, r/TicksPerMinute%60, r/TicksPerSecond%60)
	if f := r % TicksPerSecond; f != 0 {
		fmt.Fprintf(&b, ".%07d", f)
	}
	return b.String()
}

// FormatReal prints a real as tostring does: shortest digits that read back the same, and at least ".0".
func FormatReal(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	a := math.Abs(f)
	if a != 0 && (a < 1e-5 || a >= 1e15) {
		return strconv.FormatFloat(f, 'E', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// Text is what tostring(v) gives: the empty string for null.
func (v Value) Text() string {
	if v.IsNull() {
		return ""
	}
	switch v.typ {
	case Bool:
		return map[bool]string{true: "true", false: "false"}[v.num != 0]
	case Int, Long:
		return strconv.FormatInt(v.num, 10)
	case Real:
		return FormatReal(v.Real())
	case Decimal:
		return v.Decimal().Text('f')
	case DateTime:
		return FormatDateTime(v.num)
	case TimeSpan:
		return FormatTimeSpan(v.num)
	case Dynamic:
		switch t := v.Tree().(type) {
		case string:
			return t
		case Value:
			return t.Text()
		default:
			return FormatJSON(t)
		}
	default:
		return v.str
	}
}

// ParseGUID reads a guid in any of the usual forms (with or without dashes or braces) into its
// canonical text: lower case, dashed.
func ParseGUID(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '{' && s[len(s)-1] == '}' || s[0] == '(' && s[len(s)-1] == ')') {
		s = s[1 : len(s)-1]
	}
	var hex []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '-':
			if n := len(hex); len(s) != 36 || (n != 8 && n != 12 && n != 16 && n != 20) {
				return "", false
			}
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
			hex = append(hex, c)
		case c >= 'A' && c <= 'F':
			hex = append(hex, c+'a'-'A')
		default:
			return "", false
		}
	}
	if len(hex) != 32 {
		return "", false
	}
	h := string(hex)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], true
}

package types

import (
	"math"
	"math/big"
	"strings"
)

// ParseTimeSpan reads what totimespan reads, as ticks: a number with a unit (1d, 2.5h, 100ms), the constant form
// [-][d.]hh:mm[:ss[.fffffff]] and its relative d:hh:mm:ss, and a bare number of days
// (https://learn.microsoft.com/kusto/query/scalar-data-types/timespan).
func ParseTimeSpan(s string) (int64, bool) {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	switch strings.ToLower(s) {
	case "min":
		return math.MinInt64, true
	case "max":
		return math.MaxInt64, true
	}
	body, neg := strings.CutPrefix(s, "-")
	if !neg {
		body = strings.TrimPrefix(body, "+")
	}
	if body == "" || body[0] < '0' && body[0] != '.' || body[0] > '9' {
		return 0, false
	}
	if strings.Contains(body, ":") {
		return clockSpan(body, neg)
	}
	return unitSpan(body, neg)
}

// spanUnit is the ticks of a unit by any of its spellings; 0 for none.
func spanUnit(name string) int64 {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "d", "day", "days":
		return TicksPerDay
	case "h", "hr", "hrs", "hour", "hours":
		return TicksPerHour
	case "m", "min", "minute", "minutes":
		return TicksPerMinute
	case "s", "sec", "second", "seconds":
		return TicksPerSecond
	case "ms", "milli", "millis", "millisec", "millisecond", "milliseconds":
		return TicksPerMillisecond
	case "us", "micro", "micros", "microsec", "microsecond", "microseconds":
		return TicksPerMicrosecond
	case "tick", "ticks":
		return 1
	}
	return 0
}

// unitSpan reads a number with a unit. It multiplies exactly: 0.1s is 1000000 ticks, with no error of a float.
func unitSpan(s string, neg bool) (int64, bool) {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	// A rational of more digits than a span can have is none.
	const mostDigits = 40
	unit := spanUnit(s[end:])
	if unit == 0 || end > mostDigits {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(s[:end])
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt64(unit))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if neg {
		n.Neg(n)
	}
	return n.Int64(), n.IsInt64()
}

// clockSpan reads [d.]hh:mm[:ss[.fffffff]] and d:hh:mm:ss.
func clockSpan(s string, neg bool) (int64, bool) {
	sc := scanner{text: s}
	first, ok := sc.number(8)
	if !ok {
		return 0, false
	}
	var days, hours int64
	switch {
	case sc.take('.'):
		days = first
		if hours, ok = sc.number(2); !ok || !sc.take(':') {
			return 0, false
		}
	case sc.take(':') && strings.Count(s, ":") == 3:
		days = first
		if hours, ok = sc.number(2); !ok || !sc.take(':') {
			return 0, false
		}
	default:
		hours = first
	}
	minutes, ok := sc.number(2)
	if !ok || hours > 23 || minutes > 59 || days > math.MaxInt64/TicksPerDay {
		return 0, false
	}
	rest := int64(0)
	if sc.take(':') {
		if rest, ok = sc.seconds(); !ok {
			return 0, false
		}
	}
	total := days*TicksPerDay + hours*TicksPerHour + minutes*TicksPerMinute + rest
	if !sc.end() || total < 0 {
		return 0, false
	}
	if neg {
		total = -total
	}
	return total, true
}

package bind

import (
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// dateTimeLayouts are the forms of a datetime that the reference lists: ISO 8601, RFC 822 and RFC 850
// (https://learn.microsoft.com/kusto/query/scalar-data-types/datetime).
var dateTimeLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
	"2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 -07:00",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04Z07:00", "2006-01-02 15:04", "2006-01-02T15", "2006-01-02 15",
	"2006-01-02", "2006-1-2", "2006-1-2 15:4:5", "2006-1-2 15:4", "2006-01", "2006-1", "2006", "20060102", "2006/01/02", "2006/1/2", "2006/1/2 15:4:5", "2006.1.2",
	"1-2-2006", "1-2-2006 15:04:05", "2006, 1, 2", "1/2/2006", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM",
	"Mon, 2 Jan 06 15:04:05 MST", "Mon, 2 Jan 06 15:04:05", "Mon, 2 Jan 06 15:04 MST", "Mon, 2 Jan 06 15:04",
	"2 Jan 06 15:04:05 MST", "2 Jan 06 15:04:05", "2 Jan 06 15:04 MST", "2 Jan 06 15:04", "2 Jan 06",
	"Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05", "2 Jan 2006",
	"Monday, 02-Jan-06 15:04:05 MST", "Monday, 02-Jan-06 15:04:05", "Monday, 02-Jan-06 15:04 MST", "Monday, 02-Jan-06 15:04",
	"02-Jan-06 15:04:05 MST", "02-Jan-06 15:04:05", "02-Jan-06 15:04 MST", "02-Jan-06 15:04", "02-Jan-06",
	"Jan 2 2006", "Jan 2, 2006", "January 2, 2006", "2 January 2006", "Jan 2 2006 15:04:05",
}

// parseDateTime reads a datetime without a zone as UTC.
func parseDateTime(s string) (int64, bool) {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	switch strings.ToLower(s) {
	case "min":
		return 0, true
	case "max":
		return types.MaxDateTimeTicks, true
	}
	for _, layout := range dateTimeLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		ticks := types.TicksOf(t)
		return ticks, ticks >= 0 && ticks <= types.MaxDateTimeTicks
	}
	return 0, false
}

// parseTimeSpan reads [-][d.]hh:mm[:ss[.fffffff]], and d:hh:mm:ss.
func parseTimeSpan(s string) (int64, bool) {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	switch strings.ToLower(s) {
	case "min":
		return -1 << 63, true
	case "max":
		return 1<<63 - 1, true
	}
	body, neg := strings.CutPrefix(s, "-")
	parts := strings.Split(body, ":")
	if len(parts) == 1 {
		days, err := strconv.ParseInt(body, 10, 64)
		return signed(days*types.TicksPerDay, neg), err == nil && !overflows(days, types.TicksPerDay)
	}
	if len(parts) == 4 {
		parts = append([]string{parts[0] + "." + parts[1]}, parts[2:]...)
	}
	if len(parts) > 3 {
		return 0, false
	}
	var total int64
	if day, hour, ok := strings.Cut(parts[0], "."); ok {
		n, err := strconv.ParseInt(day, 10, 64)
		if err != nil || n > 10675199 {
			return 0, false
		}
		total, parts[0] = n*types.TicksPerDay, hour
	}
	for i, unit := range []int64{types.TicksPerHour, types.TicksPerMinute} {
		n, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil || (i == 0 && n > 23) || (i == 1 && n > 59) {
			return 0, false
		}
		total += int64(n) * unit
	}
	if len(parts) == 3 {
		ticks, ok := secondTicks(parts[2])
		if !ok {
			return 0, false
		}
		total += ticks
	}
	return signed(total, neg), true
}

func secondTicks(s string) (int64, bool) {
	sec, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseUint(sec, 10, 8)
	if err != nil || n > 59 || len(frac) > 7 {
		return 0, false
	}
	ticks := int64(n) * types.TicksPerSecond
	if frac == "" {
		return ticks, true
	}
	f, err := strconv.ParseUint((frac + "0000000")[:7], 10, 32)
	return ticks + int64(f), err == nil
}

func signed(n int64, neg bool) int64 {
	if neg {
		return -n
	}
	return n
}

package loganalytics

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// readTimespan reads the period of a request: a duration that ends now, or start/end, start/duration, duration/end in
// ISO 8601. It narrows every table by its time column, in addition to what the query says
// (https://learn.microsoft.com/azure/azure-monitor/logs/api/timespan). The empty text is no period.
func readTimespan(text string, now int64) (*engine.Timespan, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	first, second, pair := strings.Cut(text, "/")
	if !pair {
		span, ok := readDuration(first)
		if !ok {
			return nil, badTimespan(text)
		}
		return between(text, now-span, now)
	}
	from, isFrom := readMoment(first)
	to, isTo := readMoment(second)
	switch {
	case isFrom && isTo:
		return between(text, from, to)
	case isFrom:
		if span, ok := readDuration(second); ok {
			return between(text, from, from+span)
		}
	case isTo:
		if span, ok := readDuration(first); ok {
			return between(text, to-span, to)
		}
	}
	return nil, badTimespan(text)
}

func badTimespan(text string) error {
	return fmt.Errorf("timespan %s is no period in ISO 8601: P1D, PT12H, 2026-11-01/2026-11-02T12:00:00Z or 2026-11-01/P7D", short(text))
}

func between(text string, from, to int64) (*engine.Timespan, error) {
	if from > to {
		return nil, fmt.Errorf("timespan %s ends before it begins", short(text))
	}
	return &engine.Timespan{From: max(from, 0), To: min(to, types.MaxDateTimeTicks)}, nil
}

func readMoment(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	return types.ParseDateTime(s)
}

// readDuration reads PnYnMnWnDTnHnMnS as ticks; a year is 365 days and a month 30, as the service has it. The last
// number may have a fraction.
func readDuration(s string) (int64, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" || strings.HasSuffix(rest, "T") {
		return 0, false
	}
	date, clock, _ := strings.Cut(rest, "T")
	var total float64
	for _, part := range []struct {
		text  string
		units string
		days  map[byte]float64
	}{
		{date, "YMWD", map[byte]float64{'Y': 365, 'M': 30, 'W': 7, 'D': 1}},
		{clock, "HMS", map[byte]float64{'H': 1.0 / 24, 'M': 1.0 / 1440, 'S': 1.0 / 86400}},
	} {
		text, units := part.text, part.units
		for text != "" {
			i := strings.IndexAny(text, units)
			if i < 0 {
				return 0, false
			}
			n, err := strconv.ParseFloat(strings.ReplaceAll(text[:i], ",", "."), 64)
			if err != nil || n < 0 || strings.Trim(text[:i], "0123456789.,") != "" {
				return 0, false
			}
			total += n * part.days[text[i]]
			units = units[strings.IndexByte(units, text[i])+1:] // each unit once, larger ones first
			text = text[i+1:]
		}
	}
	ticks := math.Round(total * float64(types.TicksPerDay))
	if ticks > float64(types.MaxDateTimeTicks) {
		return types.MaxDateTimeTicks, true
	}
	return int64(ticks), true
}

package fill

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	// quotedList is a list of texts in quotes, none of which holds a quote, a backslash or the end of a line.
	quotedList = regexp.MustCompile(`^(?:"[^"\\\r\n]*"|'[^'\\\r\n]*')(?:\s*,\s*(?:"[^"\\\r\n]*"|'[^'\\\r\n]*'))*$`)
	numbers    = regexp.MustCompile(`^-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?)*$`)
	span       = regexp.MustCompile(`^(\d+)\s*([a-zA-Z]+)$`)
	// unitBehind is the unit that a template writes behind a hole: ago({{days}}d).
	unitBehind = regexp.MustCompile(`^(d|h|m|s)\b`)
)

var (
	datetimeBefore = regexp.MustCompile(`(?i)\b(?:to)?datetime\(\s*["']?$`)
	datetimeAfter  = regexp.MustCompile(`^["']?\s*\)`)
)

// moment is the moment that a timespan lies before now, where the hole is all of a datetime(...).
func (s *scanner) moment(v, before, after string) (string, bool) {
	m := span.FindStringSubmatch(strings.TrimSpace(v))
	if m == nil || unitOf(m[2]) == "" || !datetimeBefore.MatchString(before) || !datetimeAfter.MatchString(after) {
		return "", false
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil {
		return "", false
	}
	// Timespans of many years are as good as the beginning of time.
	back := min(n*seconds[unitOf(m[2])], 200*365*86400)
	return s.now.UTC().Add(-time.Duration(back) * time.Second).Format("2006-01-02T15:04:05Z"), true
}

// bare is a value as it may stand outside of literals, so that no token around its hole changes: one number, timespan, datetime or
// list of names or of texts.
func bare(v, before, after string) (string, bool) {
	before = strings.TrimRight(before, " \t\r\n")
	if unit := unitBehind.FindString(after); unit != "" {
		if span.MatchString(v) {
			return inUnit(v, unit)
		}
	}
	switch {
	case quotedList.MatchString(v), numbers.MatchString(v):
		return v, true
	case strings.HasSuffix(before, "[") && strings.HasPrefix(strings.TrimLeft(after, " \t\r\n"), "]"):
		return quoteEach(v), true // a list of texts, as dynamic([{{severities}}]) takes it
	case plain.MatchString(v):
		return v, true
	}
	if m := span.FindStringSubmatch(v); m != nil { // "7 days"
		if unit := unitOf(m[2]); unit != "" {
			return m[1] + unit, true
		}
	}
	return "", false
}

// quoteEach makes texts of the items of a list with commas.
func quoteEach(v string) string {
	var out []string
	for item := range strings.SplitSeq(v, ",") {
		if item = strings.Trim(strings.TrimSpace(item), `"'`); item != "" {
			out = append(out, `"`+escape(item)+`"`)
		}
	}
	return strings.Join(out, ", ")
}

// unitOf is the KQL unit of a word for one.
func unitOf(word string) string {
	switch w := strings.ToLower(word); w {
	case "d", "day", "days":
		return "d"
	case "h", "hour", "hours":
		return "h"
	case "m", "min", "minute", "minutes":
		return "m"
	case "s", "sec", "second", "seconds":
		return "s"
	}
	return ""
}

// seconds of a unit.
var seconds = map[string]int64{"d": 86400, "h": 3600, "m": 60, "s": 1}

// inUnit is a timespan as a number of a unit, where it is a whole one: "7d" before d is 7, "48h" is 2.
func inUnit(v, unit string) (string, bool) {
	m := span.FindStringSubmatch(v)
	if m == nil || unitOf(m[2]) == "" {
		return "", false
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil {
		return "", false
	}
	total := n * seconds[unitOf(m[2])]
	if total%seconds[unit] != 0 {
		return "", false
	}
	return strconv.FormatInt(total/seconds[unit], 10), true
}

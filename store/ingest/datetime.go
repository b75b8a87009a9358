package ingest

import (
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond: a tick is 100 ns, as in .NET and KQL.
const ticksPerSecond = 10_000_000

// unixEpochTicks is 1970-01-01 in ticks since 0001-01-01.
const unixEpochTicks = 621_355_968_000_000_000

// maxTicks is 9999-12-31T23:59:59.9999999Z.
const maxTicks = 3_155_378_975_999_999_999

// dateOrder is how a file writes 1/2/2026. It is decided per file, because a single value cannot
// tell.
type dateOrder int8

const (
	monthFirst dateOrder = iota
	dayFirst
)

// Ticks converts a moment.
func Ticks(t time.Time) int64 {
	return unixEpochTicks + t.Unix()*ticksPerSecond + int64(t.Nanosecond())/100
}

// parseTime reads the ways exports write a moment. A moment without zone is UTC. More than seven
// digits of fraction are cut.
//
//	2026-11-09T21:54:27.1234567Z  2026-11-09 21:54:27  +00:00 offsets
//	11/9/2026 9:54:27 AM          9/19/2023, 1:45:17.287 PM
//	Sep 19, 2023 1:45:17 PM       19.09.2023 13:45:17
//	/Date(1700000000000)/         Windows PowerShell 5
func parseTime(s string, order dateOrder) (int64, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 6 {
		return 0, false
	}
	if inner, ok := strings.CutPrefix(strings.ReplaceAll(s, `\/`, "/"), "/Date("); ok {
		return parsePowerShellDate(strings.TrimSuffix(inner, ")/"))
	}
	if len(s) >= 10 && s[4] == '-' && s[7] == '-' {
		return parseISO(s)
	}
	if s[0] >= '0' && s[0] <= '9' {
		return parseCulture(s, order)
	}
	return parseNamedMonth(s)
}

func parsePowerShellDate(s string) (int64, bool) {
	if i := strings.LastIndexAny(s, "+-"); i > 0 { // the zone only says how it was shown
		s = s[:i]
	}
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, false
	}
	t := unixEpochTicks + ms*10_000
	return t, t >= 0 && t <= maxTicks
}

func parseISO(s string) (int64, bool) {
	y, ok1 := digits(s[0:4])
	mo, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	rest := s[10:]
	if rest == "" || rest == "Z" {
		return civil(y, mo, d, 0, 0, 0, 0)
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return 0, false
	}
	return parseClock(y, mo, d, strings.TrimSpace(rest[1:]))
}

// parseCulture reads number dates: month or day first by order, the day first where dots stand.
func parseCulture(s string, order dateOrder) (int64, bool) {
	i := strings.IndexAny(s, "/.-")
	if i < 1 || i > 4 {
		return 0, false
	}
	sep := s[i]
	j := strings.IndexByte(s[i+1:], sep)
	if j < 1 || j > 2 {
		return 0, false
	}
	j += i + 1
	k := j + 1
	for k < len(s) && s[k] >= '0' && s[k] <= '9' {
		k++
	}
	a, ok1 := digits(s[:i])
	b, ok2 := digits(s[i+1 : j])
	c, ok3 := digits(s[j+1 : k])
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	y, mo, d := c, a, b
	switch {
	case i == 4:
		y, mo, d = a, b, c
	case sep != '/' || order == dayFirst:
		mo, d = b, a
	}
	if y < 100 {
		y += 2000
	}
	rest := strings.TrimLeft(s[k:], ", T")
	if rest == "" {
		return civil(y, mo, d, 0, 0, 0, 0)
	}
	return parseClock(y, mo, d, rest)
}

// parseNamedMonth reads "Sep 19, 2023 1:45:17 PM".
func parseNamedMonth(s string) (int64, bool) {
	f := strings.Fields(strings.ReplaceAll(s, ",", " "))
	if len(f) < 3 || len(f[0]) < 3 {
		return 0, false
	}
	mo := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(f[0][:3]))
	d, ok1 := digits(f[1])
	y, ok2 := digits(f[2])
	if mo < 0 || mo%3 != 0 || !ok1 || !ok2 {
		return 0, false
	}
	if len(f) == 3 {
		return civil(y, mo/3+1, d, 0, 0, 0, 0)
	}
	return parseClock(y, mo/3+1, d, strings.Join(f[3:], " "))
}

// parseClock reads h:mm[:ss[.fraction]] [AM|PM] [Z|UTC|±hh:mm] on a day.
func parseClock(y, mo, d int, s string) (int64, bool) {
	s, offset, ok := cutZone(s)
	if !ok {
		return 0, false
	}
	half := -1
	for i, mark := range []string{"AM", "PM"} {
		if t := strings.TrimSpace(s); len(t) > 2 && strings.EqualFold(t[len(t)-2:], mark) {
			half, s = i, strings.TrimRight(t[:len(t)-2], " \u00a0\u202f")
			break
		}
	}
	parts := strings.SplitN(s, ":", 3)
	if len(parts) < 2 {
		return 0, false
	}
	h, ok1 := digits(parts[0])
	mi, ok2 := digits(parts[1])
	sec, frac := 0, int64(0)
	ok3 := true
	if len(parts) == 3 {
		whole, fraction, _ := strings.Cut(parts[2], ".")
		sec, ok3 = digits(whole)
		if fraction != "" {
			var okf bool
			if frac, okf = fractionTicks(fraction); !okf {
				return 0, false
			}
		}
	}
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	if half >= 0 {
		if h < 1 || h > 12 {
			return 0, false
		}
		h = h%12 + 12*half
	}
	t, ok := civil(y, mo, d, h, mi, sec, frac)
	t -= offset
	return t, ok && t >= 0 && t <= maxTicks
}

// cutZone takes Z, UTC, GMT or an offset off the end of a clock time; offset is in ticks.
func cutZone(s string) (rest string, offset int64, ok bool) {
	for _, z := range []string{"Z", "z", "UTC", "GMT"} {
		if r, found := strings.CutSuffix(s, z); found {
			return strings.TrimSpace(r), 0, true
		}
	}
	i := strings.LastIndexAny(s, "+-")
	if i < 0 {
		return s, 0, true
	}
	z := strings.ReplaceAll(s[i+1:], ":", "")
	if len(z) == 2 {
		z += "00"
	}
	n, isNumber := digits(z)
	if len(z) != 4 || !isNumber || n/100 > 14 || n%100 > 59 {
		return s, 0, false
	}
	offset = int64(n/100*3600+n%100*60) * ticksPerSecond
	if s[i] == '-' {
		offset = -offset
	}
	return strings.TrimSpace(s[:i]), offset, true
}

func fractionTicks(f string) (int64, bool) {
	if len(f) > 7 {
		if _, ok := digitsLong(f); !ok {
			return 0, false
		}
		f = f[:7]
	}
	n, ok := digits(f)
	if !ok {
		return 0, false
	}
	t := int64(n)
	for i := len(f); i < 7; i++ {
		t *= 10
	}
	return t, true
}

func digits(s string) (int, bool) {
	if len(s) == 0 || len(s) > 9 {
		return 0, false
	}
	return digitsLong(s)
}

// digitsLong reads digits only; the value of more than 18 is not used by its callers.
func digitsLong(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// civil is the tick of a moment in the proleptic Gregorian calendar; ok is false for days and
// clock times that do not exist.
func civil(y, mo, d, h, mi, s int, frac int64) (int64, bool) {
	if y < 1 || y > 9999 || mo < 1 || mo > 12 || d < 1 || h > 23 || mi > 59 || s > 60 {
		return 0, false
	}
	if s == 60 { // a leap second is the last second of its minute, as .NET has none
		s = 59
	}
	t := time.Date(y, time.Month(mo), d, h, mi, s, 0, time.UTC)
	if t.Day() != d {
		return 0, false
	}
	return Ticks(t) + frac, true
}

// parseSpan reads a timespan: d.hh:mm:ss.fffffff or ISO 8601 PnDTnHnMnS, in ticks.
func parseSpan(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "P") {
		t, ok := parseISODuration(s[1:])
		if neg {
			t = -t
		}
		return t, ok
	}
	days := 0
	if i := strings.IndexByte(s, '.'); i > 0 && i < strings.IndexByte(s, ':') {
		d, ok := digits(s[:i])
		if !ok {
			return 0, false
		}
		days, s = d, s[i+1:]
	}
	t, ok := parseClock(1, 1, 1, s)
	t += int64(days) * 86400 * ticksPerSecond
	if neg {
		t = -t
	}
	return t, ok
}

func parseISODuration(s string) (int64, bool) {
	var total float64
	units := map[byte]float64{'W': 604800, 'D': 86400}
	n := ""
	seen := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'T':
			units = map[byte]float64{'H': 3600, 'M': 60, 'S': 1}
		case c >= '0' && c <= '9' || c == '.':
			n += string(c)
		default:
			f, err := strconv.ParseFloat(n, 64)
			if err != nil || units[c] == 0 {
				return 0, false
			}
			total += f * units[c]
			n, seen = "", true
		}
	}
	if n != "" || !seen || total > 9e11 {
		return 0, false
	}
	return int64(total * ticksPerSecond), true
}

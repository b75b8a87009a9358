package types

import (
	"strings"
	"time"
)

// ParseDateTime reads what todatetime reads, as ticks; a text without a zone is UTC. It knows ISO 8601 with T or
// a blank and with any of its later parts left out, RFC 822 and RFC 850 dates, and dates with slashes, which are
// month/day/year unless the year comes first, with AM and PM as spreadsheets and the portal's exports write
// (https://learn.microsoft.com/kusto/query/scalar-data-types/datetime).
func ParseDateTime(s string) (int64, bool) {
	s = strings.Trim(strings.TrimSpace(s), `"'`)
	switch strings.ToLower(s) {
	case "min":
		return 0, true
	case "max":
		return MaxDateTimeTicks, true
	}
	p := &dateParser{scanner: scanner{text: s}, month: 1, day: 1}
	if !p.date() || !p.timeOfDay() || !p.zone() || !p.end() {
		return 0, false
	}
	return p.ticks()
}

// dateParser holds the parts of a datetime as they are read.
type dateParser struct {
	scanner
	year, month, day int64
	clock            int64 // ticks since midnight
	offset           int64 // ticks to take off for UTC
}

func (p *dateParser) ticks() (int64, bool) {
	if p.year < 1 || p.year > 9999 || p.month < 1 || p.month > 12 || p.day < 1 {
		return 0, false
	}
	t := time.Date(int(p.year), time.Month(p.month), int(p.day), 0, 0, 0, 0, time.UTC)
	if int64(t.Day()) != p.day {
		return 0, false // the month is shorter
	}
	ticks := TicksOf(t) + p.clock - p.offset
	return ticks, ticks >= 0 && ticks <= MaxDateTimeTicks
}

// date reads the date in one of its orders.
func (p *dateParser) date() bool {
	if c := p.peek() | 0x20; c >= 'a' && c <= 'z' {
		return p.namedDate()
	}
	from := p.at
	n, ok := p.number(8)
	if !ok {
		return false
	}
	width := p.at - from
	switch sep := p.peek(); {
	case width == 8:
		p.year, p.month, p.day = n/10000, n/100%100, n%100
		return true
	case width == 4:
		p.year = n
		return p.afterYear(sep)
	case width <= 2 && sep == '/':
		return p.monthFirst(n, sep)
	case width <= 2 && (sep == '-' || sep == ' ' || sep == '.'):
		return p.dayFirst(n, sep)
	}
	return false
}

// afterYear goes on with [-month[-day]], with any of the usual separators.
func (p *dateParser) afterYear(sep byte) bool {
	if sep == ' ' {
		return p.spacedAfterYear()
	}
	if sep != '-' && sep != '/' && sep != '.' {
		return true
	}
	p.at++
	var ok bool
	if p.month, ok = p.number(2); !ok {
		return false
	}
	if !p.take(sep) {
		return true
	}
	p.day, ok = p.number(2)
	return ok
}

// spacedAfterYear goes on with blanks around the dashes, 2017 - 08 - 01; another text behind the blank is the time of day.
func (p *dateParser) spacedAfterYear() bool {
	from := p.at
	p.spaces()
	if !p.take('-') {
		p.at = from
		return true
	}
	p.spaces()
	var ok bool
	if p.month, ok = p.number(2); !ok {
		return false
	}
	from = p.at
	p.spaces()
	if !p.take('-') {
		p.at = from
		return true
	}
	p.spaces()
	p.day, ok = p.number(2)
	return ok
}

// monthFirst goes on after the month of m/d/yyyy.
func (p *dateParser) monthFirst(month int64, sep byte) bool {
	p.at++
	var ok bool
	p.month = month
	if p.day, ok = p.number(2); !ok || !p.take(sep) {
		return false
	}
	return p.yearPart()
}

// dayFirst goes on after the day of 8 Nov 2014 or 08-Nov-14; with a number for the month it is m-d-yyyy.
func (p *dateParser) dayFirst(day int64, sep byte) bool {
	p.at++
	p.spaces()
	if c := p.peek(); c >= '0' && c <= '9' {
		if sep == ' ' {
			return false
		}
		p.at-- // monthFirst moves over the separator
		return p.monthFirst(day, sep)
	}
	p.day = day
	if !p.monthName() {
		return false
	}
	if !p.take(sep) {
		return false
	}
	p.spaces()
	return p.yearPart()
}

// namedDate reads dates that begin with letters: a day of the week before the date, or the month's name.
func (p *dateParser) namedDate() bool {
	from := p.at
	if p.monthName() {
		p.take('.')
		if !p.spaces() {
			return false
		}
		var ok bool
		if p.day, ok = p.number(2); !ok {
			return false
		}
		comma := p.take(',')
		return (p.spaces() || comma) && p.yearPart()
	}
	p.at = from
	if !weekday(p.word()) {
		return false
	}
	comma := p.take(',')
	if !p.spaces() && !comma {
		return false
	}
	if c := p.peek() | 0x20; c >= 'a' && c <= 'z' {
		return p.namedDate()
	}
	day, ok := p.number(2)
	if sep := p.peek(); ok && (sep == ' ' || sep == '-') {
		return p.dayFirst(day, sep)
	}
	return false
}

func (p *dateParser) monthName() bool {
	name := p.word()
	for m := time.January; m <= time.December; m++ {
		long := strings.ToLower(m.String())
		if name == long || name == long[:3] || m == time.September && name == "sept" {
			p.month = int64(m)
			return true
		}
	}
	return false
}

func weekday(name string) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		long := strings.ToLower(d.String())
		if name == long || name == long[:3] {
			return true
		}
	}
	return false
}

// yearPart reads a year of four digits, or of two, which are those from 1950 to 2049 as .NET reads them.
func (p *dateParser) yearPart() bool {
	from := p.at
	n, ok := p.number(4)
	switch width := p.at - from; {
	case !ok || width != 2 && width != 4:
		return false
	case width == 2 && n < 50:
		n += 2000
	case width == 2:
		n += 1900
	}
	p.year = n
	return true
}

// timeOfDay reads [T| |, ]hh[:mm[:ss[.f]]][ AM], or nothing.
func (p *dateParser) timeOfDay() bool {
	from := p.at
	if !p.take('T') && !p.take('t') {
		comma := p.take(',')
		if !p.spaces() && !comma && p.peek() != ':' {
			return true
		}
		p.take(':') // 01/Nov/2026:10:00:00
	}
	if c := p.peek(); c < '0' || c > '9' {
		p.at = from
		p.spaces()
		return true
	}
	hour, ok := p.number(2)
	if !ok || hour > 23 {
		return false
	}
	minute, rest := int64(0), int64(0)
	if p.take(':') {
		if minute, ok = p.number(2); !ok || minute > 59 {
			return false
		}
		if p.take(':') {
			if rest, ok = p.seconds(); !ok {
				return false
			}
		}
	}
	if hour, ok = p.halfDay(hour); !ok {
		return false
	}
	p.clock = hour*TicksPerHour + minute*TicksPerMinute + rest
	return true
}

// halfDay applies AM or PM where one follows.
func (p *dateParser) halfDay(hour int64) (int64, bool) {
	from := p.at
	p.spaces()
	word := p.word()
	if word != "am" && word != "pm" {
		p.at = from
		return hour, true
	}
	if hour < 1 || hour > 12 {
		return 0, false
	}
	hour %= 12
	if word == "pm" {
		hour += 12
	}
	return hour, true
}

// zone reads Z, a name of UTC, or an offset as +hh, +hhmm or +hh:mm.
func (p *dateParser) zone() bool {
	p.spaces()
	if p.end() {
		return true
	}
	switch p.word() {
	case "z", "utc", "gmt", "ut":
		p.spaces()
		if p.end() {
			return true
		}
	case "":
	default:
		return false
	}
	sign := p.peek()
	if sign != '+' && sign != '-' {
		return false
	}
	p.at++
	hours, minutes := p.digits(2), ""
	p.take(':')
	minutes = p.digits(2)
	if len(hours) != 2 || len(minutes) == 1 {
		return false
	}
	h, m := twoDigits(hours), twoDigits(minutes)
	// Offsets reach from -12:00 to +14:00; the service allows 14 hours both ways.
	if m > 59 || h*60+m > 14*60 {
		return false
	}
	p.offset = h*TicksPerHour + m*TicksPerMinute
	if sign == '-' {
		p.offset = -p.offset
	}
	return true
}

func twoDigits(s string) int64 {
	n := int64(0)
	for i := 0; i < len(s); i++ {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}

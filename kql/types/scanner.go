package types

import "strings"

// scanner reads the parts of a date or time from its text.
type scanner struct {
	text string
	at   int
}

func (s *scanner) end() bool { return s.at >= len(s.text) }

// peek is the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.end() {
		return 0
	}
	return s.text[s.at]
}

// take moves over c when it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// spaces moves over white space and reports whether there was any.
func (s *scanner) spaces() bool {
	from := s.at
	for s.peek() == ' ' || s.peek() == '\t' {
		s.at++
	}
	return s.at > from
}

// digits reads digits, at most the given number of them.
func (s *scanner) digits(most int) string {
	from := s.at
	for !s.end() && s.at-from < most && s.peek() >= '0' && s.peek() <= '9' {
		s.at++
	}
	return s.text[from:s.at]
}

// number reads a whole number of at most so many digits; false when there is none or it goes on.
func (s *scanner) number(most int) (int64, bool) {
	d := s.digits(most)
	if d == "" || s.peek() >= '0' && s.peek() <= '9' {
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(d); i++ {
		n = n*10 + int64(d[i]-'0')
	}
	return n, true
}

// word reads letters, in lower case.
func (s *scanner) word() string {
	from := s.at
	for c := s.peek() | 0x20; c >= 'a' && c <= 'z'; c = s.peek() | 0x20 {
		s.at++
	}
	return strings.ToLower(s.text[from:s.at])
}

// seconds reads ss[.fffffff] as ticks, cutting what is below a tick.
func (s *scanner) seconds() (int64, bool) {
	n, ok := s.number(2)
	if !ok || n > 59 {
		return 0, false
	}
	ticks := n * TicksPerSecond
	if !s.take('.') && !s.fractionComma() {
		return ticks, true
	}
	// Logs of other systems give nanoseconds and more.
	const mostDigits = 18
	f := s.digits(mostDigits)
	if f == "" {
		return 0, false
	}
	unit := TicksPerSecond / 10
	for i := 0; i < len(f) && unit > 0; i++ {
		ticks += int64(f[i]-'0') * unit
		unit /= 10
	}
	return ticks, true
}

// fractionComma takes the comma that ISO 8601 allows before a fraction: only when digits follow at once.
func (s *scanner) fractionComma() bool {
	if s.peek() == ',' && s.at+1 < len(s.text) && s.text[s.at+1] >= '0' && s.text[s.at+1] <= '9' {
		s.at++
		return true
	}
	return false
}

package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/diag"
)

// scanner cuts a text into tokens. It reports what it cannot read and always advances.
type scanner struct {
	text string
	pos  int
	errs *diag.List
}

// punctuation by length, longest first.
var punctuation = []string{"==", "=~", "=>", "!=", "!~", "<=", ">=", "<>", ".."}

const singles = "*|}]),:-.=!><{[(%+?;/~@#&^"

func (s *scanner) byteAt(i int) byte {
	if i < len(s.text) {
		return s.text[i]
	}
	return 0
}

func (s *scanner) rest() string { return s.text[s.pos:] }

// skipTrivia passes white space and // comments.
func (s *scanner) skipTrivia() {
	for s.pos < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.rest())
		switch {
		case isSpace(r):
			s.pos += n
		case strings.HasPrefix(s.rest(), "//"):
			s.pos += commentLength(s.rest())
		default:
			return
		}
	}
}

func commentLength(text string) int {
	if i := strings.IndexAny(text, "\r\n\u2028\u2029"); i >= 0 {
		return i
	}
	return len(text)
}

// isSpace holds for what Kusto's own lexer passes over, among it the zero-width characters and the byte
// order mark that pasted queries carry (KQL grammar, WHITESPACE).
func isSpace(r rune) bool {
	switch r {
	case '\u180e', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', 0:
		return true
	}
	return unicode.IsSpace(r) // includes U+00A0, U+2000..U+200A, U+2028, U+3000
}

func isNameStart(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }

func isNamePart(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || ('a' <= c && c <= 'f') || ('A' <= c && c <= 'F')
}

// token reads one token at s.pos, which is not in trivia.
func (s *scanner) token() Kind {
	if s.pos >= len(s.text) {
		return EOF
	}
	if n := stringPrefix(s.rest()); n >= 0 {
		s.stringLiteral(n)
		return String
	}
	c := s.text[s.pos]
	if isDigit(c) {
		return s.number()
	}
	r, n := utf8.DecodeRuneInString(s.rest())
	if isNameStart(r) {
		return s.name()
	}
	for _, p := range punctuation {
		if strings.HasPrefix(s.rest(), p) {
			s.pos += len(p)
			return Punct
		}
	}
	if c < utf8.RuneSelf && strings.IndexByte(singles, c) >= 0 {
		s.pos++
		return Punct
	}
	n = badLength(s.rest(), r, n)
	s.errs.Add(badCharacter(diag.Span{Start: s.pos, End: s.pos + n}, r, s.text[s.pos:s.pos+n]))
	s.pos += n
	return Bad
}

// badLength takes what stands between two typographic quotes of one line together, as the string that
// was meant.
func badLength(text string, r rune, n int) int {
	if !isTypographicQuote(r) {
		return n
	}
	end := strings.IndexFunc(text[n:], func(c rune) bool { return isTypographicQuote(c) || c == '\n' || c == '\r' })
	if end < 0 {
		return n
	}
	c, size := utf8.DecodeRuneInString(text[n+end:])
	if !isTypographicQuote(c) {
		return n
	}
	return n + end + size
}

func isTypographicQuote(r rune) bool { return strings.ContainsRune("‘’‚‛“”„‟«»", r) }

// name reads a word, and where the word is a type's name before a parenthesis, the literal.
func (s *scanner) name() Kind {
	start := s.pos
	_, n := utf8.DecodeRuneInString(s.rest())
	s.pos += n
	s.nameRest()
	if _, ok := typedLiteralKind(s.text[start:s.pos]); ok {
		return s.typed()
	}
	return Word
}

func (s *scanner) nameRest() {
	for s.pos < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.rest())
		if !isNamePart(r) {
			return
		}
		s.pos += n
	}
}

// typed reads the rest of name(...) up to the first closing parenthesis, as Kusto does: nothing inside
// is an expression.
func (s *scanner) typed() Kind {
	open := s.pos
	for open < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[open:])
		if !isSpace(r) {
			break
		}
		open += n
	}
	if s.byteAt(open) != '(' {
		return Word
	}
	end := strings.IndexByte(s.text[open:], ')')
	if end < 0 {
		return Word
	}
	s.pos = open + end + 1
	return Typed
}

// number reads an integer, a real, a duration, or a name that begins with digits.
func (s *scanner) number() Kind {
	start := s.pos
	if c := s.byteAt(s.pos + 1); s.text[s.pos] == '0' && (c == 'x' || c == 'X') && isHex(s.byteAt(s.pos+2)) {
		s.pos += 2
		for isHex(s.byteAt(s.pos)) {
			s.pos++
		}
		return s.wordIfLonger(Integer)
	}
	s.digits()
	kind := Integer
	// "1..5" is a range, so a point belongs to the number only when no second one follows.
	if s.byteAt(s.pos) == '.' && s.byteAt(s.pos+1) != '.' && !s.memberFollows() {
		kind = Decimal
		s.pos++
		s.digits()
	}
	if n := exponentLength(s.rest()); n > 0 {
		kind = Decimal
		s.pos += n
		return s.wordIfLonger(kind)
	}
	if n := unitLength(s.rest()); n > 0 {
		s.pos += n
		return Duration
	}
	if kind == Decimal {
		return Decimal
	}
	s.pos = start
	s.digits()
	return s.wordIfLonger(Integer)
}

// memberFollows holds at the point of "1.name", which is no real number.
func (s *scanner) memberFollows() bool {
	r, _ := utf8.DecodeRuneInString(s.text[s.pos+1:])
	return isNameStart(r) && exponentLength(s.text[s.pos+1:]) == 0
}

// wordIfLonger reads on where a name goes further than the number (10minutesago, 0x1fg).
func (s *scanner) wordIfLonger(kind Kind) Kind {
	before := s.pos
	s.nameRest()
	if s.pos > before {
		return Word
	}
	return kind
}

func (s *scanner) digits() {
	for isDigit(s.byteAt(s.pos)) {
		s.pos++
	}
}

func exponentLength(text string) int {
	if text == "" || (text[0] != 'e' && text[0] != 'E') {
		return 0
	}
	i := 1
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		i++
	}
	digits := i
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	if i == digits {
		return 0
	}
	return i
}

// unitLength is the length of a timespan's unit at the start of text when no longer name stands there.
func unitLength(text string) int {
	n := 0
	for n < len(text) && 'a' <= text[n] && text[n] <= 'z' {
		n++
	}
	if r, _ := utf8.DecodeRuneInString(text[n:]); isNamePart(r) && n < len(text) {
		return 0
	}
	if !isTimeUnit(text[:n]) {
		return 0
	}
	return n
}

// isTimeUnit knows the units of timespan literals (KQL grammar, TIMESPANLITERAL).
func isTimeUnit(unit string) bool {
	switch unit {
	case "d", "day", "days", "h", "hr", "hrs", "hour", "hours", "m", "min", "minute", "minutes",
		"s", "sec", "second", "seconds", "ms", "tick", "ticks":
		return true
	}
	for _, prefix := range []string{"milli", "micro", "nano"} {
		if rest, ok := strings.CutPrefix(unit, prefix); ok {
			switch rest {
			case "", "s", "sec", "second", "seconds":
				return true
			}
		}
	}
	return false
}

// typedLiteralKind is the kind of literal that a type's name before a parenthesis makes.
func typedLiteralKind(name string) (LiteralKind, bool) {
	switch name {
	case "bool", "boolean":
		return LitBool, true
	case "int", "int32":
		return LitInt, true
	case "long", "int64":
		return LitLong, true
	case "real", "double":
		return LitReal, true
	case "decimal":
		return LitDecimal, true
	case "datetime", "date":
		return LitDateTime, true
	case "timespan", "time":
		return LitTimeSpan, true
	case "guid", "uuid", "uniqueid":
		return LitGUID, true
	case "typeof":
		return LitType, true
	}
	return 0, false
}

package syntax

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/diag"
)

// stringPrefix is the number of bytes before the opening quote of a string literal at the start of
// text (h and @), or -1 when there is none.
func stringPrefix(text string) int {
	n := 0
	if n < len(text) && (text[n] == 'h' || text[n] == 'H') {
		n++
	}
	if strings.HasPrefix(text[n:], "```") || strings.HasPrefix(text[n:], "~~~") {
		return n
	}
	if n < len(text) && text[n] == '@' {
		n++
	}
	if n < len(text) && (text[n] == '"' || text[n] == '\'') {
		return n
	}
	return -1
}

// stringLiteral passes over the literal whose quote stands prefix bytes ahead.
func (s *scanner) stringLiteral(prefix int) {
	start := s.pos
	s.pos += prefix
	if c := s.text[s.pos]; c == '`' || c == '~' {
		fence := s.text[s.pos : s.pos+3]
		s.pos += 3
		if end := strings.Index(s.rest(), fence); end >= 0 {
			s.pos += end + 3
			return
		}
		s.pos = len(s.text)
		s.errs.Add(unterminatedString(diag.Span{Start: start, End: start + prefix + 3}, fence))
		return
	}
	quote := s.text[s.pos]
	verbatim := prefix > 0 && s.text[s.pos-1] == '@'
	s.pos++
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '\n' || c == '\r':
			s.errs.Add(unterminatedString(diag.Span{Start: start, End: s.pos}, string(quote)))
			return
		case c == '\\' && !verbatim:
			s.pos = min(s.pos+2, len(s.text))
			// A backslash does not carry a literal over the end of its line.
			if last := s.text[s.pos-1]; last == '\n' || last == '\r' {
				s.pos--
			}
		case c == quote && verbatim && s.byteAt(s.pos+1) == quote:
			s.pos += 2
		case c == quote:
			s.pos++
			return
		default:
			s.pos++
		}
	}
	s.errs.Add(unterminatedString(diag.Span{Start: start, End: s.pos}, string(quote)))
}

// unquote gives the value of one string literal as written, and whether it is hidden (h"..."). Escapes it
// cannot read are reported at their place and stay as they are.
func unquote(tok Token, errs *diag.List) (value string, hidden bool) {
	text := tok.Text
	if text[0] == 'h' || text[0] == 'H' {
		hidden, text = true, text[1:]
	}
	for _, fence := range []string{"```", "~~~"} {
		if body, ok := strings.CutPrefix(text, fence); ok {
			return strings.TrimSuffix(body, fence), hidden
		}
	}
	if body, ok := strings.CutPrefix(text, "@"); ok {
		quote := body[:1]
		return strings.ReplaceAll(trimQuote(body), quote+quote, quote), hidden
	}
	offset := tok.Span.End - len(text) + 1
	return unescape(trimQuote(text), offset, errs), hidden
}

// trimQuote takes the quotes off; the closing one may be missing.
func trimQuote(text string) string {
	quote, body := text[0], text[1:]
	if body != "" && body[len(body)-1] == quote {
		return body[:len(body)-1]
	}
	return body
}

func unescape(body string, offset int, errs *diag.List) string {
	if strings.IndexByte(body, '\\') < 0 {
		return body
	}
	var b strings.Builder
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			b.WriteByte(body[i])
			i++
			continue
		}
		r, n := escape(body[i:])
		if n == 0 {
			_, size := utf8.DecodeRuneInString(body[i+1:])
			n = 1 + size
			errs.Add(badEscape(diag.Span{Start: offset + i, End: offset + i + n}, body[i:i+n]))
			b.WriteString(body[i : i+n])
		} else {
			// Two \u escapes may write the halves of one character, as in UTF-16.
			if low, m := nextEscape(body[i+n:]); m > 0 && utf16.IsSurrogate(r) {
				if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
					r, n = both, n+m
				}
			}
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// nextEscape is escape where a backslash stands at the start of text, else nothing.
func nextEscape(text string) (rune, int) {
	if !strings.HasPrefix(text, `\`) {
		return 0, 0
	}
	return escape(text)
}

// escape reads the escape at the start of text: its character and length, or length 0 when unknown.
func escape(text string) (rune, int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch c := text[1]; c {
	case '\'', '"', '\\':
		return rune(c), 2
	case 'a':
		return '\a', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'v':
		return '\v', 2
	case 'x':
		return hexEscape(text, 2)
	case 'u':
		return hexEscape(text, 4)
	case 'U':
		return hexEscape(text, 8)
	}
	return octalEscape(text)
}

func hexEscape(text string, digits int) (rune, int) {
	if len(text) < 2+digits {
		return 0, 0
	}
	var r rune
	for _, c := range []byte(text[2 : 2+digits]) {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case isHex(c):
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, 0
		}
	}
	if r < 0 || r > utf8.MaxRune {
		return 0, 0
	}
	return r, 2 + digits
}

// octalEscape reads up to three octal digits, the value at most 0377.
func octalEscape(text string) (rune, int) {
	var r rune
	n := 1
	for n < len(text) && n < 4 && '0' <= text[n] && text[n] <= '7' {
		next := r<<3 | rune(text[n]-'0')
		if next > 0o377 {
			break
		}
		r = next
		n++
	}
	if n == 1 {
		return 0, 0
	}
	return r, n
}

package ingest

import (
	"bytes"
	"fmt"
)

// validator is a JSON grammar check fed byte by byte (RFC 8259).
type validator struct {
	stack   []byte // '{' or '['
	state   vstate
	started bool
	literal string // rest of true, false, null
	unicode int    // hex digits still due
	num     numState
}

type vstate uint8

const (
	wantValue vstate = iota
	wantFirstKey
	wantKey
	wantColon
	afterValue
	wantFirstElement
	inString
	inKey
	inEscape
	inKeyEscape
	inNumber
	inLiteral
)

type numState uint8

const (
	numSign numState = iota
	numZero
	numInt
	numDot
	numFrac
	numExp
	numExpSign
	numExpDigits
)

const maxDepth = 5000

func (v *validator) number() bool { return v.state == inNumber }

// endOK: the value is complete when the text ends here.
func (v *validator) endOK() bool {
	return len(v.stack) == 0 && v.state == inNumber && v.num.complete()
}

func (n numState) complete() bool {
	return n == numZero || n == numInt || n == numFrac || n == numExpDigits
}

// step takes one byte. done: the outermost value is complete (for a number: the byte is behind
// it). reason: why the text is not JSON.
func (v *validator) step(c byte) (done bool, reason string) {
	switch v.state {
	case inString, inKey:
		return v.stepString(c)
	case inEscape, inKeyEscape:
		return v.stepEscape(c)
	case inLiteral:
		if c != v.literal[0] {
			return false, "a word that is not true, false or null"
		}
		if v.literal = v.literal[1:]; v.literal == "" {
			return v.finish()
		}
		return false, ""
	case inNumber:
		return v.stepNumber(c)
	}
	if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
		return false, ""
	}
	switch v.state {
	case wantFirstKey, wantKey:
		if c == '"' {
			v.state = inKey
			return false, ""
		}
		if c == '}' && v.state == wantFirstKey {
			return v.pop()
		}
		return false, fmt.Sprintf("a property name is expected, not %q", c)
	case wantColon:
		if c != ':' {
			return false, fmt.Sprintf("a colon is expected, not %q", c)
		}
		v.state = wantValue
		return false, ""
	case afterValue:
		return v.stepAfter(c)
	case wantFirstElement:
		if c == ']' {
			return v.pop()
		}
	}
	return v.begin(c)
}

func (v *validator) begin(c byte) (bool, string) {
	v.started = true
	switch {
	case c == '{' || c == '[':
		if len(v.stack) >= maxDepth {
			return false, "nested too deep"
		}
		v.stack = append(v.stack, c)
		v.state = wantFirstKey
		if c == '[' {
			v.state = wantFirstElement
		}
	case c == '"':
		v.state = inString
	case c == '-':
		v.state, v.num = inNumber, numSign
	case c == '0':
		v.state, v.num = inNumber, numZero
	case c >= '1' && c <= '9':
		v.state, v.num = inNumber, numInt
	case c == 't':
		v.state, v.literal = inLiteral, "rue"
	case c == 'f':
		v.state, v.literal = inLiteral, "alse"
	case c == 'n':
		v.state, v.literal = inLiteral, "ull"
	default:
		return false, fmt.Sprintf("a value is expected, not %q", c)
	}
	return false, ""
}

func (v *validator) stepString(c byte) (bool, string) {
	switch {
	case c == '"':
		if v.state == inKey {
			v.state = wantColon
			return false, ""
		}
		return v.finish()
	case c == '\\' && v.state == inKey:
		v.state = inKeyEscape
	case c == '\\':
		v.state = inEscape
	case c < 0x20:
		return false, "a string runs over the end of its line"
	}
	return false, ""
}

func (v *validator) stepEscape(c byte) (bool, string) {
	back := inString
	if v.state == inKeyEscape {
		back = inKey
	}
	if v.unicode > 0 {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false, "an unfinished \\u escape"
		}
		if v.unicode--; v.unicode == 0 {
			v.state = back
		}
		return false, ""
	}
	switch c {
	case 'u':
		v.unicode = 4
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		v.state = back
	default:
		return false, fmt.Sprintf("an unknown escape \\%c", c)
	}
	return false, ""
}

func (v *validator) stepNumber(c byte) (bool, string) {
	digit := c >= '0' && c <= '9'
	switch v.num {
	case numSign:
		switch {
		case c == '0':
			v.num = numZero
		case digit:
			v.num = numInt
		default:
			return false, "a minus sign without a number"
		}
		return false, ""
	case numInt, numZero:
		switch {
		case digit && v.num == numInt:
			return false, ""
		case c == '.':
			v.num = numDot
			return false, ""
		case c == 'e' || c == 'E':
			v.num = numExp
			return false, ""
		}
	case numDot, numFrac:
		switch {
		case digit:
			v.num = numFrac
			return false, ""
		case (c == 'e' || c == 'E') && v.num == numFrac:
			v.num = numExp
			return false, ""
		}
	case numExp:
		if c == '+' || c == '-' {
			v.num = numExpSign
			return false, ""
		}
		if digit {
			v.num = numExpDigits
			return false, ""
		}
	case numExpSign, numExpDigits:
		if digit {
			v.num = numExpDigits
			return false, ""
		}
	}
	if !v.num.complete() || digit {
		return false, "a number that is not one"
	}
	if len(v.stack) == 0 {
		return true, ""
	}
	v.state = afterValue
	return v.step(c)
}

func (v *validator) stepAfter(c byte) (bool, string) {
	top := v.stack[len(v.stack)-1]
	switch {
	case c == ',' && top == '{':
		v.state = wantKey
	case c == ',':
		v.state = wantValue
	case c == '}' && top == '{', c == ']' && top == '[':
		return v.pop()
	default:
		return false, fmt.Sprintf("a comma or the end is expected, not %q", c)
	}
	return false, ""
}

func (v *validator) pop() (bool, string) {
	v.stack = v.stack[:len(v.stack)-1]
	return v.finish()
}

func (v *validator) finish() (bool, string) {
	v.state = afterValue
	return len(v.stack) == 0, ""
}

// validJSON reports whether text is one JSON value.
func validJSON(text []byte) bool {
	var v validator
	for i := 0; i < len(text); i++ {
		c := text[i]
		if (v.state == inString || v.state == inKey) && c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		done, reason := v.step(c)
		if reason != "" {
			return false
		}
		if done {
			return len(bytes.TrimSpace(text[i+1:])) == 0 && !v.number()
		}
	}
	return v.endOK()
}

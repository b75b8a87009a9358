package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxElement bounds the memory of one record: a record larger than this is set aside.
const maxElement = 256 << 20

// errSyntax marks text that is not JSON; reading resumes at a later line.
type errSyntax struct {
	line   int64
	reason string
	raw    []byte // what was set aside, at most maxReject bytes
}

// maxReject bounds what is kept of a record that cannot be read.
const maxReject = 64 << 10

func (e *errSyntax) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.reason) }

// scanner takes JSON values one by one off a stream. Only the value being read is held in memory,
// so a file of any size and any shape (one array, one value after the other) is read in constant
// space.
type scanner struct {
	r    io.Reader
	buf  []byte
	pos  int   // next byte to look at
	line int64 // 1-based line of pos
	bol  int   // where that line begins; negative when it is no longer held
	eof  bool
	err  error
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 0, 256<<10), line: 1}
}

// more reads further bytes behind buf, keeping everything from keep on; it returns how far the
// kept bytes moved down.
func (s *scanner) more(keep int) (moved int, ok bool) {
	if s.eof || s.err != nil {
		return 0, false
	}
	if keep > 0 {
		s.buf = append(s.buf[:0], s.buf[keep:]...)
		s.pos -= keep
		s.bol -= keep
		moved = keep
	}
	if len(s.buf) == cap(s.buf) {
		grown := make([]byte, len(s.buf), 2*cap(s.buf))
		copy(grown, s.buf)
		s.buf = grown
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	switch {
	case errors.Is(err, io.EOF):
		s.eof = true
	case err != nil:
		s.err = err
	}
	return moved, n > 0 || !s.eof && s.err == nil
}

// space skips blanks and the extra bytes; it returns the next byte, 0 at the end.
func (s *scanner) space(also string) byte {
	for {
		for s.pos < len(s.buf) {
			c := s.buf[s.pos]
			switch {
			case c == '\n':
				s.line++
				s.bol = s.pos + 1
			case c == ' ', c == '\t', c == '\r', c == 0x1e: // 0x1e: RFC 7464 record separator
			case also != "" && bytes.IndexByte([]byte(also), c) >= 0:
			default:
				return c
			}
			s.pos++
		}
		if _, ok := s.more(s.pos); !ok {
			if s.pos >= len(s.buf) {
				return 0
			}
		}
	}
}

// value reads the value at the current position and leaves the position behind it. The slice is
// valid until the next call. After *errSyntax the position is where resync put it.
func (s *scanner) value() (raw []byte, line int64, err error) {
	start, line := s.pos, s.line
	column := start - s.bol
	if end, ok := s.completeLine(start); ok {
		s.pos = end
		return s.buf[start:end], line, nil
	}
	var v validator
	for {
		if s.pos >= len(s.buf) {
			moved, ok := s.more(start)
			start -= moved
			if !ok {
				if s.err != nil {
					return nil, line, s.err
				}
				if v.endOK() {
					return s.buf[start:s.pos], line, nil
				}
				return nil, line, s.fail(start, line, column, "the file ends inside a value")
			}
			continue
		}
		c := s.buf[s.pos]
		done, reason := v.step(c)
		if reason != "" {
			return nil, line, s.fail(start, line, column, reason)
		}
		if done && v.number() { // the byte behind a number is not part of it
			return s.buf[start:s.pos], line, nil
		}
		s.pos++
		if c == '\n' {
			s.line++
			s.bol = s.pos
		}
		if done {
			return s.buf[start:s.pos], line, nil
		}
		if s.pos-start > maxElement {
			return nil, line, s.fail(start, line, column, "a value of more than 256 MB")
		}
	}
}

// completeLine is the fast path of one object per line.
func (s *scanner) completeLine(start int) (end int, ok bool) {
	if s.buf[start] != '{' {
		return 0, false
	}
	i := bytes.IndexByte(s.buf[start:], '\n')
	if i < 0 {
		return 0, false
	}
	text := bytes.TrimRight(s.buf[start:start+i], " \t\r,]")
	if len(text) < 2 || text[len(text)-1] != '}' || !validJSON(text) {
		return 0, false
	}
	return start + len(text), true
}

// fail gives up the value that began at start and moves to the next line on which a value may
// begin: one that starts with { or [ no deeper than the broken one did.
func (s *scanner) fail(start int, line int64, column int, reason string) error {
	s.pos, s.line = start, line
	bad := &errSyntax{line: line, reason: reason}
	for {
		i := bytes.IndexByte(s.buf[s.pos:], '\n')
		if i < 0 {
			bad.keep(s.buf[s.pos:])
			s.pos = len(s.buf)
			if _, ok := s.more(s.pos); !ok {
				return bad
			}
			continue
		}
		bad.keep(s.buf[s.pos : s.pos+i+1])
		s.pos += i + 1
		s.line++
		s.bol = s.pos
		c, indent := s.indented()
		if c == 0 || indent <= column && (c == '{' || c == '[' || c == ']') {
			return bad
		}
	}
}

// indented looks at the first byte of the line that is not blank; 0 at the end of the text.
func (s *scanner) indented() (c byte, indent int) {
	for {
		if s.pos+indent >= len(s.buf) {
			if moved, ok := s.more(s.pos); !ok && moved == 0 && s.pos+indent >= len(s.buf) {
				return 0, indent
			}
			continue
		}
		if c = s.buf[s.pos+indent]; c != ' ' && c != '\t' {
			return c, indent
		}
		indent++
	}
}

func (e *errSyntax) keep(text []byte) {
	e.raw = append(e.raw, text[:min(len(text), maxReject-len(e.raw))]...)
}

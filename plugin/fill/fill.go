package fill

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Error says which hole could not be filled and why.
type Error struct {
	Hole, Reason string
	Offset       int // byte offset of the hole in the template
}

func (e *Error) Error() string { return fmt.Sprintf("input %q: %s", e.Hole, e.Reason) }

// Filled is a filled template, which knows where its parts come from.
type Filled struct {
	Text string
	from []origin // in order of out
}

// origin says that the text from out on comes from the template from in on.
type origin struct{ out, in int }

// Origin is the place in the template of a place in the filled text: that of the hole for what a hole was filled with.
func (f *Filled) Origin(offset int) int {
	i := sort.Search(len(f.from), func(i int) bool { return f.from[i].out > offset }) - 1
	if i < 0 {
		return offset
	}
	in := f.from[i].in + offset - f.from[i].out
	if i+1 < len(f.from) {
		in = min(in, f.from[i+1].in) // a value longer than its hole
	}
	return in
}

// Fill replaces every {{name}} of template by values[name]; an absent value fills as nothing in a
// literal or comment, and is an error elsewhere. Lines that end in a comment "// when a, not b"
// are left out unless input a is present and input b is not. Names are found without regard to case. Where a template takes
// a moment and the value is a timespan ("7d"), it is filled with the moment that long before now.
func Fill(template string, values map[string]string, now time.Time) (string, error) {
	f, err := Run(template, values, now)
	if err != nil {
		return "", err
	}
	return f.Text, nil
}

// Run is Fill with the places of what was filled.
func Run(template string, values map[string]string, now time.Time) (*Filled, error) {
	text, kept := dropLines(template, values)
	f := &Filled{}
	var b strings.Builder
	s := scanner{now: now}
	origins := func(i int) { // of the text from i on
		for len(kept) > 0 && kept[0].out <= i {
			f.from = append(f.from, origin{b.Len() + kept[0].out - i, kept[0].in})
			kept = kept[1:]
		}
	}
	within := func(i int) int { // the place in the template of place i of text
		if len(f.from) == 0 {
			return i
		}
		last := f.from[len(f.from)-1]
		return last.in + b.Len() - last.out
	}
	for i := 0; i < len(text); {
		origins(i)
		if name, n := holeAt(text[i:]); n > 0 {
			at := within(i)
			v, err := s.place(name, valueOf(values, name), at, text[:i], text[i+n:])
			if err != nil {
				return nil, err
			}
			f.from = append(f.from, origin{b.Len(), at})
			b.WriteString(v)
			i += n
			f.from = append(f.from, origin{b.Len(), at + n})
			continue
		}
		n := s.step(text[i:])
		b.WriteString(text[i : i+n])
		i += n
	}
	f.Text = b.String()
	return f, nil
}

// valueOf is the value of a name, without regard to case.
func valueOf(values map[string]string, name string) string {
	if v, ok := values[name]; ok {
		return v
	}
	for k, v := range values {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// Holes lists the names of the holes of a template, each once, in order.
func Holes(template string) []string {
	var out []string
	seen := map[string]bool{}
	for i := 0; i < len(template); i++ {
		if name, n := holeAt(template[i:]); n > 0 {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
			i += n - 1
		}
	}
	return out
}

var (
	hole = regexp.MustCompile(`^\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)
	when = regexp.MustCompile(`\s*//\s*when\s+((?:not\s+)?[A-Za-z_]\w*(?:\s*,\s*(?:not\s+)?[A-Za-z_]\w*)*)\s*$`)
	// plain is what may stand outside a literal: a number with an optional unit, an ISO 8601 moment, or names.
	plain = regexp.MustCompile(`^(?:\d+(?:\.\d+)?[a-z]{0,12}|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?Z)?|[A-Za-z_]\w*(?:, ?[A-Za-z_]\w*)*)$`)
)

func holeAt(s string) (string, int) {
	if !strings.HasPrefix(s, "{{") {
		return "", 0
	}
	m := hole.FindStringSubmatch(s)
	if m == nil {
		return "", 0
	}
	return m[1], len(m[0])
}

func dropLines(template string, values map[string]string) (string, []origin) {
	lines := strings.SplitAfter(template, "\n")
	var b strings.Builder
	var from []origin
	in, dropped := 0, true
	for _, line := range lines {
		body := strings.TrimRight(line, "\r\n")
		m := when.FindStringSubmatchIndex(body)
		keep := true
		if m != nil {
			for name := range strings.SplitSeq(body[m[2]:m[3]], ",") {
				name, not := strings.CutPrefix(strings.TrimSpace(name), "not ")
				if (values[strings.TrimSpace(name)] != "") == not {
					keep = false
				}
			}
		}
		if keep && dropped {
			from = append(from, origin{b.Len(), in})
		}
		dropped = !keep || m != nil
		switch {
		case m == nil:
			b.WriteString(line)
		case keep:
			b.WriteString(body[:m[0]])
			b.WriteString(line[len(body):])
		}
		in += len(line)
	}
	return b.String(), from
}

type place int

const (
	inCode place = iota
	inComment
	inEscaped  // "..." or '...': backslash escapes
	inVerbatim // @"..." or @'...': the quote is doubled
	inFenced   // ```...``` or ~~~...~~~: no escapes at all
)

// scanner knows in which lexical place of a KQL text it stands.
type scanner struct {
	now   time.Time
	at    place
	quote string
}

// step consumes at least one byte and returns how many.
func (s *scanner) step(t string) int {
	switch s.at {
	case inCode:
		return s.enter(t)
	case inComment:
		if t[0] == '\n' {
			s.at = inCode
		}
	case inEscaped:
		if t[0] == '\\' && len(t) > 1 {
			return 2
		}
		// KQL string literals do not span lines: an unclosed one ends with its line.
		if t[0] == s.quote[0] || t[0] == '\n' {
			s.at = inCode
		}
	case inVerbatim:
		if strings.HasPrefix(t, s.quote+s.quote) {
			return 2
		}
		if t[0] == s.quote[0] {
			s.at = inCode
		}
	case inFenced:
		if strings.HasPrefix(t, s.quote) {
			s.at = inCode
			return len(s.quote)
		}
	}
	return 1
}

func (s *scanner) enter(t string) int {
	switch {
	case strings.HasPrefix(t, "//"):
		s.at = inComment
		return 2
	case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
		s.at, s.quote = inFenced, t[:3]
		return 3
	case t[0] == '@' && len(t) > 1 && (t[1] == '"' || t[1] == '\''):
		s.at, s.quote = inVerbatim, t[1:2]
		return 2
	case t[0] == '"' || t[0] == '\'':
		s.at, s.quote = inEscaped, t[:1]
	}
	return 1
}

// place writes a value so that it stays inside the place the hole stands in.
func (s *scanner) place(name, v string, offset int, before, after string) (string, error) {
	if ago, ok := s.moment(v, before, after); ok {
		return ago, nil
	}
	switch s.at {
	case inEscaped:
		return escape(v), nil
	case inVerbatim:
		if strings.ContainsAny(v, "\r\n") {
			return "", &Error{Hole: name, Reason: "a verbatim literal cannot hold a line break", Offset: offset}
		}
		return strings.ReplaceAll(v, s.quote, s.quote+s.quote), nil
	case inFenced:
		if strings.Contains(v, s.quote[:1]) {
			return "", &Error{Hole: name, Reason: "the value holds the fence of the multi-line literal it stands in", Offset: offset}
		}
		return v, nil
	case inComment:
		return strings.Map(func(r rune) rune {
			if r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085' {
				return ' '
			}
			return r
		}, v), nil
	}
	if v, ok := bare(strings.TrimSpace(v), before, after); ok {
		return v, nil
	}
	return "", &Error{Hole: name, Reason: "outside a string literal only a number, a timespan, a datetime, column names or a list of quoted texts can stand", Offset: offset}
}

// escape writes v for a "..." or '...' literal: https://learn.microsoft.com/kusto/query/scalar-data-types/string
func escape(v string) string {
	var b strings.Builder
	for _, r := range v {
		switch {
		case r == '\\' || r == '"' || r == '\'':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

package diag

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Span is a half-open range of byte offsets in a Source.
type Span struct{ Start, End int }

// Join is the smallest span that holds both.
func (s Span) Join(o Span) Span {
	return Span{Start: min(s.Start, o.Start), End: max(s.End, o.End)}
}

// Severity says whether a Diagnostic prevents the work from being done.
type Severity uint8

// The severities, most severe first.
const (
	Error Severity = iota
	Warning
	Info
)

func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "info"
	}
}

// MarshalText writes a severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Diagnostic is one message to a user: what was found, where, and what to do.
// It is also an error, so that it can travel through ordinary Go returns.
type Diagnostic struct {
	Code     string   `json:"code"` // stable, such as KQL1203; documented in docs/reference
	Severity Severity `json:"severity"`
	Span     Span     `json:"-"`              // in the Source the message is about; zero when it is about no text
	Path     string   `json:"path,omitempty"` // the file, where there is one
	Line     int      `json:"line,omitempty"` // 1-based; 0 when the producer had no Source at hand
	Column   int      `json:"column,omitempty"`
	Message  string   `json:"message"`       // what was found
	Fix      string   `json:"fix,omitempty"` // what to do; may be empty
}

// Errorf makes a Diagnostic of severity Error.
func Errorf(code string, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, args...)}
}

// Warningf makes a Diagnostic of severity Warning.
func Warningf(code string, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Severity: Warning, Span: span, Message: fmt.Sprintf(format, args...)}
}

// WithFix adds what the reader can do about it.
func (d *Diagnostic) WithFix(format string, args ...any) *Diagnostic {
	d.Fix = fmt.Sprintf(format, args...)
	return d
}

// Error renders the Diagnostic in one line.
func (d *Diagnostic) Error() string {
	var b strings.Builder
	if d.Path != "" {
		b.WriteString(d.Path)
		b.WriteByte(':')
	}
	if d.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", d.Line, d.Column)
	} else if d.Path != "" {
		b.WriteByte(' ')
	}
	if d.Code != "" {
		b.WriteString(d.Code)
		b.WriteString(": ")
	}
	b.WriteString(d.Message)
	if d.Fix != "" {
		b.WriteString("; ")
		b.WriteString(d.Fix)
	}
	return b.String()
}

// MaxReported is how many diagnostics a List keeps; the rest are only counted.
const MaxReported = 100

// List collects diagnostics and is itself an error.
type List struct {
	Items   []*Diagnostic
	Dropped int // found after MaxReported
}

// Add appends d unless the list is full or already holds the same message at the same place.
func (l *List) Add(d *Diagnostic) {
	for _, have := range l.Items {
		if have.Span == d.Span && have.Message == d.Message {
			return
		}
	}
	if len(l.Items) >= MaxReported {
		l.Dropped++
		return
	}
	l.Items = append(l.Items, d)
}

// Failed reports whether any diagnostic has severity Error.
func (l *List) Failed() bool {
	for _, d := range l.Items {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders the diagnostics by place.
func (l *List) Sort() {
	sort.SliceStable(l.Items, func(i, j int) bool { return l.Items[i].Span.Start < l.Items[j].Span.Start })
}

// Err is the list as an error, or nil when nothing of severity Error is in it.
func (l *List) Err() error {
	if !l.Failed() {
		return nil
	}
	return l
}

// First is the first diagnostic of severity Error, or nil.
func (l *List) First() *Diagnostic {
	for _, d := range l.Items {
		if d.Severity == Error {
			return d
		}
	}
	return nil
}

func (l *List) Error() string {
	var lines []string
	for _, d := range l.Items {
		lines = append(lines, d.Error())
	}
	if l.Dropped > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", l.Dropped))
	}
	return strings.Join(lines, "\n")
}

// Source is a text that diagnostics point into.
type Source struct {
	Name  string // shown before the position; a path or "query"
	Text  string
	lines []int // byte offset of each line's first byte
}

// NewSource indexes the lines of text. A line ends with LF, CR LF, or a lone CR.
func NewSource(name, text string) *Source {
	s := &Source{Name: name, Text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' || (text[i] == '\r' && (i+1 >= len(text) || text[i+1] != '\n')) {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// Position is the 1-based line and column (in characters) of a byte offset.
func (s *Source) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(s.Text)))
	i := sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > offset }) - 1
	return i + 1, utf8.RuneCountInString(s.Text[s.lines[i]:offset]) + 1
}

// Offset is the byte offset of a 1-based line and column (in characters). What lies behind the end of a line is its end.
func (s *Source) Offset(line, column int) int {
	line = max(1, min(line, len(s.lines)))
	start, end := s.lines[line-1], len(s.Text)
	if line < len(s.lines) {
		end = s.lines[line]
	}
	for i := range s.Text[start:end] {
		if column <= 1 {
			return start + i
		}
		column--
	}
	return end
}

// Locate fills in the line and column of every diagnostic that has a span.
func (s *Source) Locate(items ...*Diagnostic) {
	for _, d := range items {
		d.Line, d.Column = s.Position(d.Span.Start)
	}
}

// Render shows a diagnostic with the line it is about and a marker below its span.
func (s *Source) Render(d *Diagnostic) string {
	line, column := s.Position(d.Span.Start)
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s %s: %s\n", s.Name, line, column, d.Severity, d.Code, d.Message)
	text := s.lineText(line)
	marks := max(1, utf8.RuneCountInString(s.Text[clamp(d.Span.Start, len(s.Text)):clamp(d.Span.End, len(s.Text))]))
	marks = max(1, min(marks, utf8.RuneCountInString(text)-column+1))
	fmt.Fprintf(&b, "  %s\n  %s%s\n", text, strings.Repeat(" ", column-1), strings.Repeat("^", marks))
	if d.Fix != "" {
		fmt.Fprintf(&b, "  fix: %s\n", d.Fix)
	}
	return b.String()
}

func (s *Source) lineText(line int) string {
	start, end := s.lines[line-1], len(s.Text)
	if line < len(s.lines) {
		end = s.lines[line]
	}
	return strings.ReplaceAll(strings.TrimRight(s.Text[start:end], "\r\n"), "\t", " ")
}

func clamp(n, limit int) int { return max(0, min(n, limit)) }

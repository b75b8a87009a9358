package syntax

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// lineWidth is where lists of columns are broken into one a line.
const lineWidth = 110

// Format writes a query in canonical layout: one operator a line, keywords in their present spelling, one
// space around operators. Comments stay, each before the operator that it stood in or before. A
// query that could not be read whole comes back as it was written.
func Format(q *Query) string {
	w := &printer{lines: true, text: q.Text, comments: q.Comments}
	for i, s := range q.Statements {
		if i > 0 {
			w.put(w.divider(q.Statements[i-1]))
			w.newline(s.Span().Start)
		} else {
			w.leading(s.Span().Start)
		}
		w.statement(s)
		w.last = s.Span().End
	}
	w.leftover()
	if w.bad {
		return q.Text
	}
	return w.b.String()
}

// divider is what stands behind a statement: directives end with their line.
func (w *printer) divider(s Statement) string {
	if c, ok := s.(*Command); ok && strings.HasPrefix(c.Text, "#") {
		return ""
	}
	return ";"
}

// leading writes the comments before the first statement.
func (w *printer) leading(pos int) {
	for len(w.comments) > 0 && w.comments[0].Range.Start < pos {
		w.put(w.comment(), "\n")
	}
}

func (w *printer) comment() string {
	c := w.comments[0]
	w.comments = w.comments[1:]
	w.last = c.Range.End
	return strings.TrimRight(c.Text, " \t")
}

// newline begins a line for the node at pos, with the comments before it.
func (w *printer) newline(pos int) {
	if !w.lines {
		w.put(" ")
		return
	}
	w.trimSpace()
	margin := "\n" + strings.Repeat("    ", w.indent)
	first := true
	for len(w.comments) > 0 && w.comments[0].Range.Start < pos {
		if first && w.sameLine(w.comments[0].Range.Start) {
			w.put(" ", w.comment())
		} else {
			w.put(margin, w.comment())
		}
		first = false
	}
	w.put(margin)
}

// trimSpace takes blanks off the end of the line written last.
func (w *printer) trimSpace() {
	w.b.Truncate(len(bytes.TrimRight(w.b.Bytes(), " ")))
}

// sameLine holds when no line break stands between what was written last and pos.
func (w *printer) sameLine(pos int) bool {
	return w.last > 0 && w.last <= pos && pos <= len(w.text) && !breaksLine(w.text[w.last:pos])
}

// leftover writes the comments behind the last statement.
func (w *printer) leftover() {
	first := w.b.Len() > 0
	for len(w.comments) > 0 {
		switch {
		case w.b.Len() == 0:
		case first && w.sameLine(w.comments[0].Range.Start):
			w.put(" ")
		default:
			w.put("\n")
		}
		first = false
		w.put(w.comment())
	}
}

// skipComments drops the comments inside a part that is written as it stood.
func (w *printer) skipComments(end int) {
	for len(w.comments) > 0 && w.comments[0].Range.Start < end {
		w.comments = w.comments[1:]
	}
}

// block writes a bracket, its inside on lines of its own, and the closing bracket.
func (w *printer) block(open string, start, end int, closer string, inside func()) {
	w.put(open)
	if !w.lines {
		inside()
		w.put(closer)
		return
	}
	w.indent++
	w.newline(start)
	inside()
	w.indent--
	w.newline(end)
	w.put(closer)
}

func (w *printer) paren(e *ParenExpr) {
	if t, ok := e.Inner.(*TabularExpr); ok && len(t.Operators) > 0 {
		w.block("(", t.Range.Start, e.Range.End, ")", func() { w.tabular(t) })
		return
	}
	w.put("(")
	w.expr(e.Inner)
	w.put(")")
}

func (w *printer) tabular(t *TabularExpr) {
	if t.Source != nil {
		w.expr(t.Source)
		w.last = t.Source.Span().End
	}
	w.pipe(t.Operators, t.Source == nil)
}

// pipe writes operators with bars between; bare leaves out the first bar.
func (w *printer) pipe(ops []Operator, bare bool) {
	for i, op := range ops {
		if i > 0 || !bare {
			w.newline(op.Span().Start)
			w.put("| ")
		}
		w.operator(op)
		w.last = op.Span().End
	}
}

// subquery writes ( operator | operator ).
func (w *printer) subquery(ops []Operator, end int) {
	if len(ops) == 0 {
		w.bad = true
		return
	}
	if len(ops) == 1 {
		w.put("(")
		w.pipe(ops, true)
		w.put(")")
		return
	}
	w.block("(", ops[0].Span().Start, end, ")", func() { w.pipe(ops, true) })
}

// columns writes items with commas, one a line when they do not fit on one.
func (w *printer) columns(n int, at func(int) Node, item func(*printer, int)) {
	if !w.lines || n < 2 || w.fits(n, item) {
		w.list(n, func(i int) { item(w, i) })
		return
	}
	w.indent++
	for i := range n {
		if i > 0 {
			w.put(",")
		}
		w.newline(at(i).Span().Start)
		item(w, i)
		w.last = at(i).Span().End
	}
	w.indent--
}

func (w *printer) fits(n int, item func(*printer, int)) bool {
	probe := &printer{}
	probe.list(n, func(i int) { item(probe, i) })
	used := w.b.Len() - 1 - bytes.LastIndexByte(w.b.Bytes(), '\n')
	return used+utf8.RuneCount(probe.b.Bytes()) <= lineWidth
}

func (w *printer) namedList(list []*NamedExpr) {
	w.columns(len(list), func(i int) Node { return list[i] }, func(w *printer, i int) { w.named(list[i]) })
}

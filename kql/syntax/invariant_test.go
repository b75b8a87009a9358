package syntax

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/diag"
)

// checkLossless requires that the tokens make up the text.
func checkLossless(t *testing.T, text string) {
	t.Helper()
	var b strings.Builder
	for _, tok := range Tokens(text) {
		b.WriteString(tok.Trivia)
		if tok.Span.Start != b.Len() || text[tok.Span.Start:tok.Span.End] != tok.Text {
			t.Fatalf("token %q has the span %v at offset %d", tok.Text, tok.Span, b.Len())
		}
		b.WriteString(tok.Text)
	}
	if b.String() != text {
		t.Fatalf("tokens of %q make up %q", text, b.String())
	}
}

// checkSpans requires that every span lies inside the text.
func checkSpans(t *testing.T, text string, q *Query, errs *diag.List) {
	t.Helper()
	inside := func(what string, s diag.Span) {
		if s.Start < 0 || s.End < s.Start || s.End > len(text) {
			t.Fatalf("%s has the span %v in a text of %d bytes: %q", what, s, len(text), text)
		}
	}
	for _, d := range errs.Items {
		inside(d.Code, d.Span)
	}
	for _, s := range q.Statements {
		inside("a statement", s.Span())
	}
	for _, c := range q.Comments {
		inside("a comment", c.Range)
		if text[c.Range.Start:c.Range.End] != c.Text {
			t.Fatalf("comment %q has the span of %q", c.Text, text[c.Range.Start:c.Range.End])
		}
	}
}

func checkRoundTrip(t *testing.T, id string, q *Query) {}

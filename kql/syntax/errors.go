package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/sleuth-sec/sleuth/diag"
)

// The codes of this package are KQL1001 to KQL1099. Each has one constructor.

func unexpected(tok Token, expected string) *diag.Diagnostic {
	return diag.Errorf("KQL1001", tok.Span, "found %s where %s is expected", describe(tok), expected)
}

func unknownOperator(span diag.Span, name string) *diag.Diagnostic {
	d := diag.Errorf("KQL1002", span, "%s is not an operator", strconv.Quote(name))
	if near := nearest(name, operatorNames); near != "" {
		return d.WithFix("did you mean %s?", near)
	}
	return d.WithFix("a bar is followed by an operator such as where, extend or summarize")
}

func unterminatedString(span diag.Span, quote string) *diag.Diagnostic {
	d := diag.Errorf("KQL1003", span, "the string that begins here does not end")
	if len(quote) == 3 {
		return d.WithFix("close it with %s", quote)
	}
	return d.WithFix("close it with %s on the same line, or use ``` for text of several lines", quote)
}

func badEscape(span diag.Span, text string) *diag.Diagnostic {
	return diag.Errorf("KQL1004", span, "%s is not an escape in a string", text).
		WithFix(`write \%s for a backslash, or put @ before the opening quote`, text)
}

func badCharacter(span diag.Span, r rune, text string) *diag.Diagnostic {
	switch {
	case r == utf8.RuneError && len(text) == 1:
		return diag.Errorf("KQL1005", span, "the byte 0x%02x is not valid UTF-8", text[0]).WithFix("save the query as UTF-8")
	case isTypographicQuote(r):
		return diag.Errorf("KQL1005", span, "the typographic quote %c cannot delimit a string", r).WithFix(`write ' or "`)
	case strings.ContainsRune("–—−", r):
		return diag.Errorf("KQL1005", span, "the dash %c is not an operator", r).WithFix("write -")
	}
	return diag.Errorf("KQL1005", span, "the character %q has no meaning here", r)
}

func tooDeep(span diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1006", span, "the query is nested more than %d levels deep", maxDepth).
		WithFix("name inner parts with let")
}

func unclosed(open Token, found Token, closer string) *diag.Diagnostic {
	return diag.Errorf("KQL1007", open.Span, "this %s is not closed: found %s where %s is expected", open.Text, describe(found), quoteWord(closer)).
		WithFix("add %s", closer)
}

func assignmentInPredicate(tok Token) *diag.Diagnostic {
	return diag.Errorf("KQL1008", tok.Span, "= gives a name and does not compare").WithFix("write == to compare")
}

func chainedComparison(tok Token) *diag.Diagnostic {
	return diag.Errorf("KQL1009", tok.Span, "comparisons cannot be chained").
		WithFix("put one of them in parentheses, or join them with and")
}

func missingParentheses(span diag.Span, op string) *diag.Diagnostic {
	return diag.Errorf("KQL1010", span, "%s needs a list in parentheses", op).WithFix("write %s (a, b)", op)
}

func wrongCase(span diag.Span, written, word string) *diag.Diagnostic {
	return diag.Errorf("KQL1011", span, "%s is not a keyword: KQL is case-sensitive", strconv.Quote(written)).WithFix("write %s", word)
}

func missingBar(tok Token) *diag.Diagnostic {
	return diag.Errorf("KQL1012", tok.Span, "the operator %s has no bar before it", tok.Text).WithFix("write | %s", tok.Text)
}

func leadingPoint(tok Token, digits string) *diag.Diagnostic {
	return diag.Errorf("KQL1013", tok.Span, "a number cannot begin with a point").WithFix("write 0.%s", digits)
}

func parameterOrder(span diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1014", span, "the tabular parameter %s stands after a scalar one", name).
		WithFix("put tabular parameters first")
}

func strayClosing(tok Token) *diag.Diagnostic {
	return diag.Errorf("KQL1015", tok.Span, "this %s closes nothing", tok.Text).WithFix("remove it, or add the bracket that it closes")
}

func tooLong(span diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1016", span, "the expression chains more than %d operators", maxChain).
		WithFix("use in (...) or a datatable for long lists")
}

func resultNotLast(span diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1017", span, "this stands after the result of the function").
		WithFix("put it before the result, or close the function with } before it")
}

// describe names a token for a message.
func describe(tok Token) string {
	switch tok.Kind {
	case EOF:
		return "the end of the query"
	case String:
		return "the string " + clip(tok.Text)
	case Integer, Decimal:
		return "the number " + tok.Text
	case Typed, Duration:
		return "the literal " + clip(tok.Text)
	}
	return quoteWord(clip(tok.Text))
}

func quoteWord(text string) string { return fmt.Sprintf("%q", text) }

func clip(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "..."
}

// nearest is the candidate closest to word, or "" when none is close. Hyphens and case count little: people
// write mvexpand, projectaway and Where.
func nearest(word string, candidates []string) string {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "")) }
	best, bestDistance := "", len(word)/3+1
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(plain(word), plain(c)); d < bestDistance || (d == bestDistance && best == "" && d <= 1) {
			best, bestDistance = c, d
		}
	}
	return best
}

func twoHeads(span diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1018", span, "an edge of a pattern points one way").WithFix("write --> or <--, or -- for either direction")
}

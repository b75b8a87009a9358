package lint_test

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/lint"
	"github.com/sleuth-sec/sleuth/kql/syntax"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct{ query, codes string }{
		{`let n = 5; T | count`, "KQL1401"},
		{`let n = 5; T | take n`, ""},
		{`let f = (x: long) { x }; let unused = f(1); print 1`, "KQL1401"},
		{`let f = () { T | count };`, ""},            // declarations alone: others call them
		{`let n = 5; T | where x == "n"`, "KQL1401"}, // a text is not a use
		{`let n = 5; T | project n`, ""},
		{`let n = 5; T | take ['n']`, ""},
		{`T | take 5 | summarize count() by a`, "KQL1402"},
		{`T | limit 5 | sort by a`, "KQL1402"},
		{`T | sort by a | take 5`, ""},
		{`T | where (false)`, "KQL1403"},
		{`union (T | where false), U`, "KQL1403"},
		{`T | where a == false`, ""},
		{`T | where tolower(a) == "Abc"`, "KQL1404"},
		{`T | where "abc" == toupper(a)`, "KQL1404"},
		{`T | where tolower(a) == "abc-1"`, ""},
		{`T | where a == "x" and b == 1 and a == "y"`, "KQL1405"},
		{`T | where a == "x" and (a == "y")`, "KQL1405"},
		{`T | where a == "x" or a == "y"`, ""},
		{`T | where a == "x" and (b == 1 or a == "y")`, ""},
		{`T | where a != "x" or a != "y"`, "KQL1406"},
		{`T | where a != "x" and a != "y"`, ""},
		{`T | where a has "x" or a has "x"`, "KQL1407"},
		{`T | where a in ("x", "y", "x")`, "KQL1408"},
		{`T | where a in ("x", "X")`, ""},
		{`T | where a in~ ("x", "X")`, "KQL1408"},
		{`T | join U on a`, "KQL1409"},
		{`T | join kind=inner U on a`, ""},
		{`T | lookup U on a`, ""},
		{`T | extend a = a, b = a`, "KQL1410"},
		{`T | project a = a`, ""},
		{`T | sort by a | count`, "KQL1411"},
	} {
		q, errs := syntax.Parse(c.query)
		if errs.Failed() {
			t.Errorf("%s: %v", c.query, errs)
			continue
		}
		var codes []string
		for _, d := range lint.Check(q).Items {
			codes = append(codes, d.Code)
			if d.Fix == "" || d.Line == 0 {
				t.Errorf("%s: %s has no fix or no place", c.query, d)
			}
		}
		if got := strings.Join(codes, " "); got != c.codes {
			t.Errorf("%s\ngot %q, want %q", c.query, got, c.codes)
		}
	}
}

// FuzzCheck holds that no text that parses makes it fail, and that every warning has its place in the text.
func FuzzCheck(f *testing.F) {
	f.Add(`let n = 5; T | where a == "x" and a == "y" | join (U | take 1 | summarize count()) on a`)
	f.Add(`T | where a in~ ("x", "X") | extend a = a | sort by a | count`)
	f.Fuzz(func(t *testing.T, text string) {
		q, errs := syntax.Parse(text)
		if errs.Failed() {
			return
		}
		for _, d := range lint.Check(q).Items {
			if d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start >= d.Span.End {
				t.Errorf("%q: %s at %v", text, d, d.Span)
			}
		}
	})
}

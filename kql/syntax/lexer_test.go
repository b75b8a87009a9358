package syntax

import (
	"testing"

	"github.com/sleuth-sec/sleuth/diag"
)

// TestLineEndsAndSpaces covers what golden files cannot hold: real queries have carriage returns, no-break spaces,
// zero-width characters and byte order marks.
func TestLineEndsAndSpaces(t *testing.T) {
	want := mustParse(t, "T\n| where a == 'x' // why\n| take 5")
	for name, text := range map[string]string{
		"CR LF":              "T\r\n| where a == 'x' // why\r\n| take 5\r\n",
		"CR":                 "T\r| where a == 'x' // why\r| take 5",
		"byte order mark":    "\ufeffT\n| where a == 'x' // why\n| take 5",
		"no-break space":     "T\u00a0| where\u00a0a\u00a0== 'x' // why\n| take\u00a05",
		"zero-width":         "T\u200b|\u200bwhere a\u200d == 'x' // why\n|\u2060 take 5\u200c",
		"line separator":     "T | where a == 'x' // why\u2028| take 5",
		"ideographic space":  "T\u3000| where a == 'x'\f\v\t// why\n| take 5",
		"quotes in comments": "T | where a == 'x' // “why” ‘not’\n| take 5",
	} {
		t.Run(name, func(t *testing.T) {
			checkLossless(t, text)
			if got := mustParse(t, text); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func mustParse(t *testing.T, text string) string {
	t.Helper()
	q, errs := Parse(text)
	if errs.Failed() {
		t.Fatalf("%q: %v", text, errs)
	}
	if len(q.Comments) != 1 {
		t.Fatalf("%q: %d comments", text, len(q.Comments))
	}
	return dump(q.Statements)
}

func TestTokenKinds(t *testing.T) {
	for text, want := range map[string]Kind{
		"a": Word, "_a1": Word, "$left": Word, "2fa": Word, "0x1g": Word, "10minutesago": Word, "Zürich": Word, "1d2": Word,
		"0": Integer, "0x1F": Integer, "1.5": Decimal, "1.": Decimal, "1e3": Decimal, "1.5E-3": Decimal,
		"1d": Duration, "2.5h": Duration, "3min": Duration, "100ms": Duration, "5microseconds": Duration, "7ticks": Duration,
		"datetime(2026-11-01 10:00)": Typed, "time (1d)": Typed, "typeof(long)": Typed, "guid()": Typed,
		"h'a'": String, "H@\"a\"\"b\"": String, "```a\nb```": String, "~~~a'\"~~~": String, `'a\'b'`: String, "@'c:\\'": String,
		"==": Punct, "=~": Punct, "..": Punct, "=>": Punct, "§": Bad, "\xff": Bad,
	} {
		tokens := Tokens(text)
		if len(tokens) != 2 || tokens[0].Kind != want {
			t.Errorf("%q: got %d tokens, the first of kind %d; want one of kind %d", text, len(tokens)-1, tokens[0].Kind, want)
		}
	}
}

func TestRangeIsNoNumber(t *testing.T) {
	var texts []string
	for _, tok := range Tokens("1..5") {
		texts = append(texts, tok.Text)
	}
	if len(texts) != 4 || texts[1] != ".." {
		t.Errorf("got %q", texts)
	}
}

func TestStringValues(t *testing.T) {
	for literal, want := range map[string]string{
		`"a\tb"`: "a\tb", `'it\'s "it"'`: `it's "it"`, `"\\\"\a\b\f\n\r\v"`: "\\\"\a\b\f\n\r\v",
		`"\x41\u00e9\U0001F600"`: "Aé😀", `"\ud83d\ude00"`: "😀", `"\0\101\377\47"`: "\x00A\u00ff'",
		`@"c:\temp\""x"""`: `c:\temp\"x"`, `@'a''b\'`: `a'b\`, "```a\\n\n\"b'```": "a\\n\n\"b'", "~~~`~~~": "`",
		`""`: "", `h"s"`: "s", `H@'\d'`: `\d`, `"a" 'b' @"\c"`: `ab\c`, `"“typographic”"`: "“typographic”",
	} {
		q, errs := Parse("print " + literal)
		if errs.Failed() {
			t.Errorf("%s: %v", literal, errs)
			continue
		}
		value := q.Statements[0].(*QueryStmt).Expr.(*TabularExpr).Source.(*OperatorExpr).Operator.(*ProjectOp).Columns[0].Value
		if got := value.(*Literal).Text; got != want {
			t.Errorf("%s: got %q, want %q", literal, got, want)
		}
	}
}

func TestBadEscapesPointAtTheEscape(t *testing.T) {
	text := `print @"a" "b\dc\xZZ" 'é\8'`
	_, errs := Parse(text)
	var got []string
	for _, d := range errs.Items {
		if d.Code == "KQL1004" {
			got = append(got, text[d.Span.Start:d.Span.End])
		}
	}
	if len(got) != 3 || got[0] != `\d` || got[1] != `\x` || got[2] != `\8` {
		t.Errorf("got %q", got)
	}
	checkSpans(t, text, &Query{}, &diag.List{Items: errs.Items})
}

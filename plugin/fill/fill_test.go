package fill_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sleuth-sec/sleuth/plugin/fill"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// TestOrigin finds the places of a filled text in its template.
func TestOrigin(t *testing.T) {
	const template = "A {{user}} b\n| dropped // when other\n| c {{user}} d"
	f, err := fill.Run(template, map[string]string{"user": "12345678901234567890"}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"A", "b\n", "| c", "d"} {
		if got, want := f.Origin(strings.LastIndex(f.Text, part)), strings.LastIndex(template, part); part != "d" && got != want || part == "d" && got != len(template)-1 {
			t.Errorf("%q comes from %d, not %d", part, got, want)
		}
	}
	if at := f.Origin(strings.Index(f.Text, "7890")); at < 2 || at > 10 {
		t.Errorf("the middle of a value comes from %d", at)
	}
}

// TestSample gives values that can be filled, by the place of each hole.
func TestSample(t *testing.T) {
	const template = "let a = datetime({{start}}); T | where t between (a .. ago({{back}})) and u == '{{who}}' and s in (dynamic([{{levels}}])) | where x > ago({{unit}}{{hourorday}}) and y > ago({{days}}d) | take {{n}}"
	got, err := fill.Fill(template, fill.Sample(template, map[string]string{"who": "ada", "n": "7", "days": "no number"}), now)
	want := `let a = datetime(2026-11-20); T | where t between (a .. ago(1d)) and u == 'ada' and s in (dynamic(["sample"])) | where x > ago(1d) and y > ago(1d) | take 7`
	if err != nil || got != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

func TestFill(t *testing.T) {
	for _, c := range []struct{ name, template, user, want string }{
		{"literal", `T | where U == "{{user}}"`, `a"b\c`, `T | where U == "a\"b\\c"`},
		{"single quotes", `T | where U == '{{ user }}'`, `o'neil`, `T | where U == 'o\'neil'`},
		{"verbatim", `T | where U == @"{{user}}"`, `a"b\`, `T | where U == @"a""b\"`},
		{"comment", "T // {{user}}\n| count", "x\n| take 1", "T // x | take 1\n| count"},
		{"fenced", "print ```{{user}}```", "a b", "print ```a b```"},
		{"plain timespan", `T | where a > ago({{user}})`, `7d`, `T | where a > ago(7d)`},
		{"plain names", `T | project {{user}}`, `a, b_c`, `T | project a, b_c`},
		{"names without regard to case", `T | where U == "{{User}}"`, `a`, `T | where U == "a"`},
		{"a unit behind the hole", `T | where a > ago({{user}}d)`, `7 days`, `T | where a > ago(7d)`},
		{"another unit behind the hole", `T | where a > ago({{user}}d)`, `48h`, `T | where a > ago(2d)`},
		{"a timespan in words", `T | where a > ago({{user}})`, `12 hours`, `T | where a > ago(12h)`},
		{"a moment", `T | where a > datetime({{user}})`, `2026-11-01`, `T | where a > datetime(2026-11-01)`},
		{"a moment that long ago", `T | where a > datetime('{{user}}')`, `21d`, `T | where a > datetime('2026-10-30T12:00:00Z')`},
		{"texts for a list", `T | where a in (dynamic([{{user}}]))`, `High, Med"ium`, `T | where a in (dynamic(["High", "Med\"ium"]))`},
		{"quoted texts for a list", `T | where a in ({{user}})`, `"High","Medium"`, `T | where a in ("High","Medium")`},
		{"numbers", `T | where a in ({{user}})`, `1, 2`, `T | where a in (1, 2)`},
		{"absent in literal", `T | where U == "{{other}}"`, ``, `T | where U == ""`},
		{"line kept", "T\n| where U == \"{{user}}\" // when user\n| count", "x", "T\n| where U == \"x\"\n| count"},
		{"line dropped", "T\n| where U == \"{{user}}\" // when user\n| count", "", "T\n| count"},
		{"line for absence", "T\n| take 1 // when not user\n| count", "", "T\n| take 1\n| count"},
		{"mixed conditions", "T\n| take 1 // when user, not other\n| take 2 // when user, other", "x", "T\n| take 1\n"},
	} {
		got, err := fill.Fill(c.template, map[string]string{"user": c.user}, now)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestRejected(t *testing.T) {
	for _, c := range [][2]string{
		{`T | take {{user}}`, `1 | union X`}, {`T | take {{user}}`, ``}, {`T | where a > ago({{user}})`, `7d) | x(`}, {`T | where a > ago({{user}}d)`, `5h`}, {`T | where a in ({{user}})`, `"a" or true`}, {`T | where a in ({{user}})`, `"a\", "b"`},
		{`T | project {{user}}`, `a; b`}, {"print ```{{user}}```", "a```"}, {"print ```{{user}}```", "a`"}, {`T | take {{user}}`, "1//x"},
	} {
		if got, err := fill.Fill(c[0], map[string]string{"user": c[1]}, now); err == nil {
			t.Errorf("%q accepted %q: %q", c[0], c[1], got)
		}
	}
}

// skeleton replaces every literal and comment by a mark, so that two texts can be compared outside of them.
func skeleton(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			b.WriteString("<comment>")
			i += n
		case strings.HasPrefix(rest, "```"):
			b.WriteString("<literal>")
			i += 6 + strings.Index(rest[3:], "```")
		case rest[0] == '@' && len(rest) > 1 && rest[1] == '"':
			j := 2
			for j < len(rest) && (rest[j] != '"' || j+1 < len(rest) && rest[j+1] == '"') {
				if rest[j] == '"' {
					j++
				}
				j++
			}
			b.WriteString("<literal>")
			i += j + 1
		case rest[0] == '"' || rest[0] == '\'':
			j := 1
			for j < len(rest) && rest[j] != rest[0] {
				if rest[j] == '\n' {
					b.WriteString("<broken>")
				}
				if rest[j] == '\\' {
					j++
				}
				j++
			}
			b.WriteString("<literal>")
			i += j + 1
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return b.String()
}

func TestNoValueChangesTokensOutsideItsHole(t *testing.T) {
	templates := []string{
		"T | where a == \"{{v}}\" and b == '{{v}}'\n| where c == @\"{{v}}\" // note {{v}}\n| count",
		"let x = \"{{v}}\"; T | where u has 'it\\'s {{v}}' | take 5",
		"T | where a == \"pre{{v}}post\" | extend r = ```{{v}}```",
	}
	nasty := rapid.OneOf(rapid.String(), rapid.StringMatching("[\"'\\\\@`/{}|;\n\r a]{0,12}"))
	rapid.Check(t, func(t *rapid.T) {
		template := rapid.SampledFrom(templates).Draw(t, "template")
		v := nasty.Draw(t, "value")
		got, err := fill.Fill(template, map[string]string{"v": v}, now)
		if err != nil {
			return // refused is safe
		}
		want, err := fill.Fill(template, map[string]string{"v": "x"}, now)
		if err != nil {
			t.Fatal(err)
		}
		if skeleton(got) != skeleton(want) {
			t.Fatalf("value %q changed the query:\n%s\n%s", v, skeleton(got), skeleton(want))
		}
	})
}

func FuzzFill(f *testing.F) {
	f.Add(`T | where U == "{{user}}" // when user`, `a"b`)
	f.Add("print ```{{user}}```, @'{{user}}'", "'")
	f.Fuzz(func(t *testing.T, template, value string) {
		f, err := fill.Run(template, map[string]string{"user": value}, now)
		if err != nil {
			return
		}
		for i := range f.Text {
			if at := f.Origin(i); at < 0 || at > len(template) {
				t.Fatalf("%d of %q comes from %d of %q", i, f.Text, at, template)
			}
		}
	})
}

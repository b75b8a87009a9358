package fill_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sleuth-sec/sleuth/plugin/fill"
)

func TestFill(t *testing.T) {
	for _, c := range []struct{ name, template, user, want string }{
		{"literal", `T | where U == "{{user}}"`, `a"b\c`, `T | where U == "a\"b\\c"`},
		{"single quotes", `T | where U == '{{ user }}'`, `o'neil`, `T | where U == 'o\'neil'`},
		{"verbatim", `T | where U == @"{{user}}"`, `a"b\`, `T | where U == @"a""b\"`},
		{"comment", "T // {{user}}\n| count", "x\n| take 1", "T // x | take 1\n| count"},
		{"fenced", "print ```{{user}}```", "a b", "print ```a b```"},
		{"plain timespan", `T | where a > ago({{user}})`, `7d`, `T | where a > ago(7d)`},
		{"plain names", `T | project {{user}}`, `a, b_c`, `T | project a, b_c`},
		{"absent in literal", `T | where U == "{{other}}"`, ``, `T | where U == ""`},
		{"line kept", "T\n| where U == \"{{user}}\" // when user\n| count", "x", "T\n| where U == \"x\"\n| count"},
		{"line dropped", "T\n| where U == \"{{user}}\" // when user\n| count", "", "T\n| count"},
		{"line for absence", "T\n| take 1 // when not user\n| count", "", "T\n| take 1\n| count"},
		{"mixed conditions", "T\n| take 1 // when user, not other\n| take 2 // when user, other", "x", "T\n| take 1\n"},
	} {
		got, err := fill.Fill(c.template, map[string]string{"user": c.user})
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestRejected(t *testing.T) {
	for _, c := range [][2]string{
		{`T | take {{user}}`, `1 | union X`}, {`T | take {{user}}`, ``}, {`T | where a > ago({{user}})`, `7d) | x(`},
		{`T | project {{user}}`, `a; b`}, {"print ```{{user}}```", "a```"}, {"print ```{{user}}```", "a`"}, {`T | take {{user}}`, "1//x"},
	} {
		if got, err := fill.Fill(c[0], map[string]string{"user": c[1]}); err == nil {
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
		got, err := fill.Fill(template, map[string]string{"v": v})
		if err != nil {
			return // refused is safe
		}
		want, err := fill.Fill(template, map[string]string{"v": "x"})
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
		_, _ = fill.Fill(template, map[string]string{"user": value})
	})
}

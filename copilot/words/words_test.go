package words_test

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/copilot/words"
)

func TestSplit(t *testing.T) {
	ts := words.Split("Karita's sign-ins, the users' roles; O’Brien and René")
	var got []string
	for _, x := range ts {
		s := x.Text
		if x.Possessive {
			s += "+"
		}
		got = append(got, s)
	}
	if want := "karita+ sign ins the users+ roles o brien and rene"; strings.Join(got, " ") != want {
		t.Fatalf("%q", got)
	}
	if !ts[0].Capital || !ts[0].First || ts[1].First {
		t.Error("marks of the first words")
	}
}

func TestSpansAreOfTheText(t *testing.T) {
	text := "Zoë’s — groups"
	for _, x := range words.Split(text) {
		if text[x.Start:x.End] != x.Raw {
			t.Errorf("%q is not %q", text[x.Start:x.End], x.Raw)
		}
	}
}

func TestStemAndDistance(t *testing.T) {
	for a, b := range map[string]string{"policies": "policy", "users": "user", "access": "access", "addresses": "address", "status": "status", "is": "is"} {
		if words.Stem(a) != b {
			t.Errorf("Stem(%s) = %s", a, words.Stem(a))
		}
	}
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"licence", "license", 1}, {"", "ab", 2}} {
		if got := words.Distance(c.a, c.b); got != c.n {
			t.Errorf("%s %s: %d", c.a, c.b, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("Karita's é")
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range words.Split(strings.ToValidUTF8(s, "?")) {
			if x.Text == "" && x.Raw == "" {
				t.Error("empty token")
			}
		}
	})
}

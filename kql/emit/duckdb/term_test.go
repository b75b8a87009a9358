package duckdb

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestBlocksHoldOneKind: a class decides alone, so it must not hold a character of the other kind.
func TestBlocksHoldOneKind(t *testing.T) {
	word, other := regexp.MustCompile("^["+wordBlocks+"]$"), regexp.MustCompile("^["+otherBlocks+"]$")
	decided := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 {
			continue
		}
		s := string(r)
		switch is := isTermRune(r); {
		case word.MatchString(s) && !is, other.MatchString(s) && is:
			t.Errorf("%U is in a class of the other kind", r)
		case word.MatchString(s) || other.MatchString(s) || r == '\n':
			decided++
		}
	}
	if decided < 40_000 {
		t.Errorf("the classes decide %d characters only", decided)
	}
}

// TestTermBesideEveryKind asks for a term beside characters that the small classes decide, and beside some that they do not.
func TestTermBesideEveryKind(t *testing.T) {
	db := open(t)
	for _, r := range "a9é_-. \n\x00ß中ひ한ا“”–€→😀\u0301ªⅨԱꓐ\u0e50\u2071\u1c90𝒳\u0660\uff3f" {
		for _, at := range []boundaries{{true, true}, {true, false}, {false, true}} {
			for _, text := range []string{string(r) + "term", "term" + string(r), "xterm" + string(r) + "term" + string(r)} {
				one, err := termSQL("v", "term", at, false)
				if err != nil {
					t.Fatal(err)
				}
				many, err := anyTermSQL("v", []string{"-other", "tern", "term", "third", "4th."}, at, false)
				if err != nil {
					t.Fatal(err)
				}
				want := regexp.MustCompile(at.around("term", `[^\pL\p{Nd}]`)).MatchString(text)
				for _, sql := range []string{one, many} {
					// A zero character is no argument of the driver: it is built in SQL.
					var got bool
					if err := db.QueryRow("SELECT "+sql+" FROM (SELECT replace(?, '\ue000', chr(0)) AS v)", strings.ReplaceAll(text, "\x00", "\ue000")).Scan(&got); err != nil {
						t.Fatalf("%q: %v", text, err)
					}
					if got != want {
						t.Errorf("%q %v: %v, want %v by %s", text, at, got, want, sql)
					}
				}
			}
		}
	}
}

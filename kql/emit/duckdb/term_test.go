package duckdb

import (
	"fmt"
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
				many, err := anyTermSQL("v", []string{"-other", "tern", "term", "third", "4th.", "fifth", "#"}, at, false)
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

// BenchmarkTerm is what a statement costs that looks for a term in ten rows, which is mostly what its patterns take to be compiled:
//
//	go test ./kql/emit/duckdb -run - -bench Term
func BenchmarkTerm(b *testing.B) {
	db := open(b)
	both := boundaries{true, true}
	small, err := termSQL("v", "term", both, true)
	if err != nil {
		b.Fatal(err)
	}
	whole := "(contains(lower(v), 'term') AND regexp_matches(lower(v), '" + both.around("term", `[^\pL\p{Nd}]`) + "'))"
	for name, sql := range map[string]string{"classes": small, "alphabet": whole} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				scalar(b, db, "SELECT count(*) FROM (SELECT i::VARCHAR AS v FROM range(10) t(i)) WHERE "+sql)
			}
		})
	}
}

// BenchmarkAnyTerm is what looking for some terms in 200,000 texts of 100 characters costs, by one pattern and one by one:
//
//	go test ./kql/emit/duckdb -run - -bench AnyTerm
func BenchmarkAnyTerm(b *testing.B) {
	db := open(b)
	if _, err := db.Exec("CREATE TABLE texts AS SELECT 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/' || i || ' Safari/537.36 Edg/' || i AS v FROM range(200000) t(i)"); err != nil {
		b.Fatal(err)
	}
	words := strings.Fields("python curl powershell axios okhttp wget postman ruby java perl golang bot crawler spider headless phantom")
	for _, n := range []int{3, 4, 8, 16} {
		one := make([]string, n)
		for i, w := range words[:n] {
			sql, err := termSQL("v", w, boundaries{true, true}, true)
			if err != nil {
				b.Fatal(err)
			}
			one[i] = sql
		}
		pattern, err := patternSQL("v", words[:n], boundaries{true, true}, true)
		if err != nil {
			b.Fatal(err)
		}
		for name, sql := range map[string]string{"pattern": pattern, "each": strings.Join(one, " OR ")} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					scalar(b, db, "SELECT count(*) FROM texts WHERE "+sql)
				}
			})
		}
	}
}

package duckdb

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// boundaries say at which ends of a term a word has to end.
type boundaries struct{ start, end bool }

// Whether a character is of a word is a question about 650 ranges of Unicode. RE2 takes milliseconds to compile a class of them, once
// in each thread that runs the statement, which is longer than many searches (BenchmarkTerm). So two small classes decide nearly every text, and
// the large one is compiled only for a text that has a character of neither beside the term.
const (
	// wordBlocks are ranges that hold nothing but letters and digits: of the Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic,
	// Devanagari, Thai, Georgian, Japanese, Chinese and Korean scripts, and their wide forms.
	wordBlocks = `a-zA-Z0-9\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{2c1}\x{3a3}-\x{3f5}\x{400}-\x{481}\x{48a}-\x{52f}\x{561}-\x{587}\x{5d0}-\x{5ea}\x{620}-\x{64a}` +
		`\x{671}-\x{6d3}\x{904}-\x{939}\x{e01}-\x{e30}\x{10d0}-\x{10fa}\x{1e00}-\x{1f15}\x{3041}-\x{3096}\x{30a1}-\x{30fa}\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}` +
		`\x{ac00}-\x{d7a3}\x{ff10}-\x{ff19}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}`
	// otherBlocks are ranges that hold neither: ASCII's and Latin-1's signs, accents that combine, punctuation, currencies,
	// arrows and symbols, CJK punctuation, private use, variants, wide punctuation, emoji.
	otherBlocks = "\\x{0}-/:-@\\[-`{-\\x{a9}\\x{ab}-\\x{b4}\\x{b6}-\\x{b9}\\x{bb}-\\x{bf}\\x{d7}\\x{f7}\\x{300}-\\x{36f}\\x{2000}-\\x{2070}\\x{20a0}-\\x{20cf}\\x{2190}-\\x{2bff}" +
		`\x{3000}-\x{3004}\x{3008}-\x{3030}\x{e000}-\x{f8ff}\x{fe00}-\x{fe0f}\x{fe30}-\x{fe6f}\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff20}\x{1f000}-\x{1fbef}`
)

// maxAlternatives is how many bytes of terms one pattern may hold. RE2 has 8 MB for a pattern and what it learns of it.
const maxAlternatives = 16 << 10

// fewTerms are looked for one by one: each costs a search for its text, and only more of them cost more than a pattern (BenchmarkAnyTerm).
const fewTerms = 5

// termSQL finds a constant term: the text is there, a cheap test that most rows fail, and not inside a longer word.
func termSQL(x, term string, at boundaries, fold bool) (string, error) {
	if term == "" {
		return "true", nil
	}
	x, term = folded(x, term, fold)
	lit, err := validString(term)
	if err != nil {
		return "", err
	}
	at = at.of(term)
	if !at.start && !at.end {
		return fillSQL("contains($1, $2)", x, lit), nil
	}
	word, err := at.find(x, regexp.QuoteMeta(term), true)
	return "(contains(" + x + ", " + lit + ") AND " + word + ")", err
}

func folded(x, term string, fold bool) (string, string) {
	if fold {
		return "lower(" + x + ")", strings.ToLower(term)
	}
	return x, term
}

// anyTermSQL finds one of many constant terms.
func anyTermSQL(x string, terms []string, at boundaries, fold bool) (string, error) {
	if len(terms) > fewTerms {
		return patternSQL(x, terms, at, fold)
	}
	parts := make([]string, len(terms))
	for i, t := range terms {
		var err error
		if parts[i], err = termSQL(x, t, at, fold); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")", nil
}

// patternSQL finds one of many constant terms by a pattern of them all, which reads the text once.
func patternSQL(x string, terms []string, at boundaries, fold bool) (string, error) {
	alike, size := map[boundaries][]string{}, 0
	for _, t := range terms {
		if t == "" {
			return "true", nil
		}
		_, t = folded(x, t, fold)
		if size += len(t); size > maxAlternatives {
			return "", notEmitted("a list of so many terms")
		}
		alike[at.of(t)] = append(alike[at.of(t)], regexp.QuoteMeta(t))
	}
	x, _ = folded(x, "", fold)
	var parts []string
	for _, b := range []boundaries{{true, true}, {true, false}, {false, true}, {false, false}} {
		if len(alike[b]) == 0 {
			continue
		}
		sql, err := b.find(x, "(?:"+strings.Join(alike[b], "|")+")", false)
		if err != nil {
			return "", err
		}
		parts = append(parts, sql)
	}
	return "(" + strings.Join(parts, " OR ") + ")", nil
}

// allTermsSQL finds all of the terms.
func allTermsSQL(x string, terms []string) (string, error) {
	parts, size := make([]string, len(terms)), 0
	for i, t := range terms {
		if size += len(t); size > maxAlternatives {
			return "", notEmitted("a list of so many terms")
		}
		var err error
		if parts[i], err = termSQL(x, t, boundaries{true, true}, true); err != nil {
			return "", err
		}
	}
	return "(" + strings.Join(parts, " AND ") + ")", nil
}

// of is where a term has a bound: at an end that is a character of a word.
func (at boundaries) of(term string) boundaries {
	first, _ := utf8.DecodeRuneInString(term)
	last, _ := utf8.DecodeLastRuneInString(term)
	return boundaries{at.start && isTermRune(first), at.end && isTermRune(last)}
}

// find is the SQL that finds a pattern between the bounds. Likely says that most texts it is asked of hold the pattern somewhere.
func (at boundaries) find(x, pattern string, likely bool) (string, error) {
	if !at.start && !at.end {
		plain, err := validString(pattern)
		return "regexp_matches(" + x + ", " + plain + ")", err
	}
	var quoted []string
	for _, class := range []string{"[" + otherBlocks + "]", "[^" + wordBlocks + "]", `[^\pL\p{Nd}]`} {
		q, err := validString(at.around(pattern, class))
		if err != nil {
			return "", err
		}
		quoted = append(quoted, q)
	}
	// A pattern that hangs on the row is compiled when a row comes to it, not before. CASE keeps the order, which AND and OR do not.
	text := "CASE WHEN NOT regexp_matches($1, $3) THEN false WHEN regexp_matches($1, $2) THEN true ELSE regexp_matches($1, $4 || substring($1, 1, 0)) END"
	if likely {
		text = "CASE WHEN regexp_matches($1, $2) THEN true WHEN regexp_matches($1, $3) THEN regexp_matches($1, $4 || substring($1, 1, 0)) ELSE false END"
	}
	return fillSQL(text, x, quoted[0], quoted[1], quoted[2]), nil
}

// around is a pattern with a character of class, or nothing, at the ends that are bounded.
func (at boundaries) around(pattern, class string) string {
	if at.start {
		pattern = "(?:^|" + class + ")" + pattern
	}
	if at.end {
		pattern += "(?:" + class + "|$)"
	}
	return pattern
}

// isTermRune tells the characters of a term: letters and digits of any script.
func isTermRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Package words cuts a prompt into words and compares words: case, accents, plural forms and small
// typing errors do not matter where the caller says so. It owns tokens, folding, stems and distance.
package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Token is one word of a text.
type Token struct {
	Text       string // folded: lower case, without accents
	Raw        string
	Start, End int  // bytes in the text
	Capital    bool // begins with a capital letter or a digit
	Possessive bool // followed by 's or '
	First      bool // the first word of a sentence
}

// Fold lowers s and drops accents.
func Fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	// The transformer holds state, so it is made anew for each call.
	out, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		out = s
	}
	out = strings.NewReplacer("ß", "ss", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "đ", "d", "æ", "ae", "Æ", "ae", "œ", "oe").Replace(out)
	return strings.ToLower(out)
}

// Split cuts text into tokens: runs of letters and digits; 's and ' after one mark it as possessive.
func Split(text string) []Token {
	var out []Token
	first := true
	rs := []rune(text)
	pos := make([]int, len(rs)+1)
	n := 0
	for i, r := range rs {
		pos[i] = n
		n += len(string(r))
	}
	pos[len(rs)] = n
	for i := 0; i < len(rs); {
		if !wordRune(rs[i]) {
			if rs[i] == '.' || rs[i] == '?' || rs[i] == '!' || rs[i] == ':' || rs[i] == ';' || rs[i] == '\n' {
				first = true
			}
			i++
			continue
		}
		j := i
		for j < len(rs) && wordRune(rs[j]) {
			j++
		}
		t := Token{Raw: string(rs[i:j]), Start: pos[i], End: pos[j], Capital: unicode.IsUpper(rs[i]) || unicode.IsDigit(rs[i]), First: first}
		t.Text = Fold(t.Raw)
		first = false
		if j < len(rs) && apostrophe(rs[j]) {
			switch {
			case j+1 < len(rs) && (rs[j+1] == 's' || rs[j+1] == 'S') && (j+2 == len(rs) || !wordRune(rs[j+2])):
				t.Possessive = true
				j += 2
			case strings.HasSuffix(t.Text, "s") && (j+1 == len(rs) || unicode.IsSpace(rs[j+1])):
				t.Possessive = true
				j++
			}
		}
		out = append(out, t)
		i = j
	}
	return out
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '_'
}
func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == '`' }

// Texts returns the folded words of s.
func Texts(s string) []string {
	ts := Split(s)
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.Text
		if t.Possessive && i == len(ts)-1 {
			continue
		}
	}
	return out
}

// Key joins the folded words of s: what two names are compared by.
func Key(s string) string { return strings.Join(Texts(s), " ") }

// Stem takes the plural off a folded word.
func Stem(w string) string {
	switch {
	case w == "ins" || w == "ips" || w == "ids" || w == "pcs": // of "sign-ins"; other words of three letters are no plurals
		return w[:2]
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && (strings.HasSuffix(w, "sses") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "xes")):
		return w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is"):
		return w[:len(w)-1]
	}
	return w
}

// Distance is the number of single-letter edits, with the swap of two neighbours as one, between a and b.
func Distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	prev2, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(y)]
}

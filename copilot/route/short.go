package route

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// learnShort prepares the abbreviations, with their plurals.
func (r *Router) learnShort(v *Vocabulary) {
	r.short = map[string]string{}
	for _, s := range v.Short {
		for _, w := range s.Words {
			r.short[strings.ToLower(w)] = s.Means
			if last := w[len(w)-1]; len(w) > 2 && unicode.IsLetter(rune(last)) && last != 's' { // "HR" has no plural
				r.short[strings.ToLower(w)+"s"] = s.Means + "s"
			}
		}
	}
}

// writtenOut writes the abbreviations of a prompt out: "acct" becomes "account". What is quoted, what is part
// of an address or a name with punctuation, and what names something of the tenant stays. A text that was
// written out stays the same when it is written out again.
func (r *Router) writtenOut(text string, x *directory.Index) string {
	quoted := quotedText.FindAllStringIndex(text, -1)
	inQuotes := func(i int) bool {
		for _, q := range quoted {
			if q[0] <= i && i < q[1] {
				return true
			}
		}
		return false
	}
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && partOfWord(rune(text[end])) {
			end++
		}
		if end == i {
			i++
			continue
		}
		word := strings.TrimRight(text[i:end], ".")
		means, ok := r.short[strings.ToLower(word)]
		if ok && !inQuotes(i) && !(x != nil && len(x.ByName(word)) > 0) {
			b.WriteString(text[done:i])
			b.WriteString(means)
			done = i + len(word)
		}
		i = end
	}
	return b.String() + text[done:]
}

// partOfWord says whether a byte belongs to a word together with its neighbours: letters and digits, and the
// punctuation of addresses and names. Bytes above ASCII are parts of letters.
func partOfWord(c rune) bool {
	return c >= utf8.RuneSelf || unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("@._-/#+%&", c)
}

package scalar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// textOperators are the operators over texts. Those without _cs do not tell case apart. A null dynamic counts as the empty
// text (https://learn.microsoft.com/kusto/query/datatypes-string-operators).
func textOperators() map[string]Func {
	out := map[string]Func{
		"=~": textTest(strings.EqualFold, false), "!~": textTest(strings.EqualFold, true),
		"matches regex": matchesRegex,
	}
	for name, f := range map[string]func(s, part string) bool{
		"has": Has, "hasprefix": hasPrefix, "hassuffix": hasSuffix,
		"contains": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
	} {
		out[name], out["!"+name] = textTest(folded(f), false), textTest(folded(f), true)
		out[name+"_cs"], out["!"+name+"_cs"] = textTest(f, false), textTest(f, true)
	}
	out["notcontains"], out["containscs"] = out["!contains"], out["contains_cs"]
	return out
}

func folded(f func(s, part string) bool) func(s, part string) bool {
	return func(s, part string) bool { return f(Fold(s), Fold(part)) }
}

// Fold is the form of a text in which texts that differ in case only are equal.
func Fold(s string) string { return strings.ToLower(s) }

func textTest(f func(s, part string) bool, negated bool) Func {
	return func(_ *Env, args []types.Value, _ types.Type) (types.Value, error) {
		return types.NewBool(f(text(args[0]), text(args[1])) != negated), nil
	}
}

func matchesRegex(env *Env, args []types.Value, _ types.Type) (types.Value, error) {
	re, err := env.regex(text(args[1]))
	if err != nil {
		return types.Null(types.Bool), err
	}
	return types.NewBool(re.MatchString(text(args[0]))), nil
}

// isTermRune tells the characters of a term from those between terms: letters and digits of any script.
func isTermRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// Has reports whether term stands in s as a whole term: not with a letter or digit right before or after it. A term
// that begins or ends with another character has no such bound on that side. Case counts.
func Has(s, term string) bool { return findTerm(s, term, true, true) >= 0 }

func hasPrefix(s, term string) bool { return findTerm(s, term, true, false) >= 0 }

func hasSuffix(s, term string) bool { return findTerm(s, term, false, true) >= 0 }

// findTerm is where a term stands, with a bound on the sides asked for, or -1.
func findTerm(s, term string, before, after bool) int {
	if term == "" {
		return 0
	}
	first, _ := utf8.DecodeRuneInString(term)
	last, _ := utf8.DecodeLastRuneInString(term)
	before, after = before && isTermRune(first), after && isTermRune(last)
	for from := 0; ; {
		i := strings.Index(s[from:], term)
		if i < 0 {
			return -1
		}
		i += from
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		next, _ := utf8.DecodeRuneInString(s[i+len(term):])
		if !(before && i > 0 && isTermRune(prev)) && !(after && i+len(term) < len(s) && isTermRune(next)) {
			return i
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		from = i + size
	}
}

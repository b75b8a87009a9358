package bind

import (
	"regexp"
	"strings"
)

// searchOperator is the operator that stands for a search term with stars, and its text; "" matches everything.
func searchOperator(word string) (op, value string) {
	bare := strings.Trim(word, "*")
	first, last := strings.HasPrefix(word, "*"), strings.HasSuffix(word, "*")
	switch {
	case word == "" || bare == "" && word != "":
		return "", ""
	case strings.Contains(bare, "*"):
		return "matches regex", wildcardRegex(word)
	case first && last:
		return "contains", bare
	case first:
		return "hassuffix", bare
	case last:
		return "hasprefix", bare
	}
	return "has", bare
}

// wildcardRegex is a term with stars inside as a regular expression over words.
func wildcardRegex(word string) string {
	parts := strings.Split(word, "*")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	out := strings.Join(parts, ".*?")
	if !strings.HasPrefix(word, "*") {
		out = `\b` + out
	}
	if !strings.HasSuffix(word, "*") {
		out += `\b`
	}
	return "(?s)" + out
}

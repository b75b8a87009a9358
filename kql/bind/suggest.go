package bind

import (
	"sort"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// nearest is the candidate closest to name, or "" when none is close. Another case alone is always close: names are
// case-sensitive, and that is the usual mistake.
func nearest(name string, candidates []string) string {
	best, least := "", len(name)/3+1
	for _, c := range candidates {
		if c == name {
			continue
		}
		if strings.EqualFold(c, name) {
			return c
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// joinOr lists words for a message: a, b or c.
func joinOr(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func keysOf(m map[string]string) []string {
	var out []string
	for k := range m {
		if k != "" {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}

func quote(s string) string { return strconv.Quote(s) }

package reference

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileReduce groups similar texts (https://learn.microsoft.com/kusto/query/reduce-operator). As in the log
// clustering that it rests on, words that are frequent stay and the others become stars; texts of one pattern are
// one group, and patterns that are too rare go together as others.
func (c *compiler) compileReduce(n *plan.ReduceOp) (opener, error) {
	value, err := c.expr(n.Value, overRows(n.Input.Schema()))
	if err != nil {
		return nil, err
	}
	threshold := n.Threshold
	if threshold <= 0 {
		threshold = 0.1
	}
	return c.blocking("reduce", n.Input, func(_ *state, rows []types.Row) ([]types.Row, error) {
		texts := make([]string, len(rows))
		for i, row := range rows {
			v, err := value(row)
			if err != nil {
				return nil, err
			}
			texts[i] = v.Text()
		}
		return reduceTexts(texts, threshold, n.Characters, len(n.Out)), nil
	})
}

// token is a word of a text, or what stands between words.
type token struct {
	text string
	word bool
}

func reduceTexts(texts []string, threshold float64, separators string, width int) []types.Row {
	all := make([][]token, len(texts))
	frequency := map[string]int{}
	for i, text := range texts {
		all[i] = tokens(text, separators)
		seen := map[string]bool{}
		for _, t := range all[i] {
			if t.word && !seen[t.text] {
				seen[t.text] = true
				frequency[t.text]++
			}
		}
	}
	least := threshold * float64(len(texts))
	type cluster struct {
		pattern, sample string
		count           int64
	}
	byPattern := map[string]*cluster{}
	var found []*cluster
	for i, text := range texts {
		p := patternOf(all[i], separators, func(word string) bool { return float64(frequency[word]) > least })
		k := byPattern[p]
		if k == nil {
			k = &cluster{pattern: p, sample: text}
			byPattern[p] = k
			found = append(found, k)
		}
		k.count++
	}
	slices.SortStableFunc(found, func(a, b *cluster) int { return compareInts(b.count, a.count) })
	var out []types.Row
	others := int64(0)
	for _, k := range found {
		if strings.Trim(k.pattern, "*") == "" || float64(k.count) <= least {
			others += k.count
			continue
		}
		out = append(out, types.Row{types.NewString(k.pattern), types.NewLong(k.count), types.NewString(k.sample)}[:width])
	}
	if others > 0 {
		out = append(out, types.Row{types.NewString("others"), types.NewLong(others), types.NewString("")}[:width])
	}
	return out
}

// tokens divides a text into words and what separates them.
func tokens(text, separators string) []token {
	var out []token
	for _, r := range text {
		word := (unicode.IsLetter(r) || unicode.IsDigit(r)) && !strings.ContainsRune(separators, r)
		if n := len(out); n > 0 && out[n-1].word == word {
			out[n-1].text += string(r)
			continue
		}
		out = append(out, token{string(r), word})
	}
	return out
}

// patternOf keeps the frequent words that are not numbers. Between them stand a star, or the text's own separators.
func patternOf(list []token, separators string, frequent func(string) bool) string {
	var b strings.Builder
	star := false
	gap := ""
	for _, t := range list {
		switch {
		case !t.word:
			gap += strings.Map(func(r rune) rune {
				if strings.ContainsRune(separators, r) {
					return -1
				}
				return r
			}, t.text)
		case frequent(t.text) && !allDigits(t.text):
			if star {
				gap = " "
				if b.Len() == 0 || strings.HasSuffix(b.String(), "*") {
					gap = ""
				}
			}
			b.WriteString(gap + t.text)
			star, gap = false, ""
		default:
			if !star {
				b.WriteString(gap + "*")
			}
			star, gap = true, ""
		}
	}
	if !star {
		b.WriteString(gap)
	}
	return b.String()
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

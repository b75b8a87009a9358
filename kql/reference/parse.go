package reference

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileParse is parse and parse-where (https://learn.microsoft.com/kusto/query/parse-operator).
func (c *compiler) compileParse(n *plan.ParseOp) (opener, error) {
	value, err := c.expr(n.Value, overRows(n.Input.Schema()))
	if err != nil {
		return nil, err
	}
	m := &textMatcher{parts: n.Parts, relaxed: n.Kind == "relaxed"}
	for _, p := range n.Parts {
		if p.Column != "" {
			m.at = append(m.at, n.Out.Find(p.Column))
			m.types = append(m.types, p.Typ)
		}
	}
	if n.Kind == "regex" {
		if m.regex, err = partsRegex(n.Parts, n.Flags); err != nil {
			return nil, err
		}
	}
	width := len(n.Out)
	return c.streaming(n.Input, func(_ *state, row types.Row) (types.Row, error) {
		v, err := value(row)
		if err != nil {
			return nil, err
		}
		found, ok := m.match(v.Text())
		if !ok && n.Where {
			return nil, nil
		}
		out := make(types.Row, width)
		copy(out, row)
		for i, at := range m.at {
			if ok {
				out[at] = found[i]
			} else {
				out[at] = types.Null(m.types[i])
			}
		}
		return out, nil
	})
}

// textMatcher takes texts apart by the parts of parse.
type textMatcher struct {
	parts   []plan.ParsePart
	relaxed bool // a column that does not convert is null; otherwise the text does not match
	regex   *regexp.Regexp
	at      []int // of each column in the row
	types   []types.Type
}

func (m *textMatcher) match(text string) ([]types.Value, bool) {
	var texts []string
	ok := false
	if m.regex != nil {
		texts, ok = m.groups(text)
	} else {
		texts, ok = m.split(text)
	}
	if !ok {
		return nil, false
	}
	out := make([]types.Value, len(texts))
	for i, s := range texts {
		out[i] = castText(strings.TrimSpace(s), m.types[i])
		if m.types[i] == types.String {
			out[i] = types.NewString(s)
		}
		if out[i].IsNull() && !m.relaxed && m.regex == nil {
			return nil, false
		}
	}
	return out, true
}

// groups are the texts of the columns' groups.
func (m *textMatcher) groups(text string) ([]string, bool) {
	found := m.regex.FindStringSubmatch(text)
	if found == nil {
		return nil, false
	}
	out := make([]string, 0, len(m.types))
	for i := range m.types {
		out = append(out, found[m.regex.SubexpIndex(fmt.Sprintf("c%d", i))])
	}
	return out, true
}

// split walks the parts: a text is looked for behind the last one, and what stands between belongs to the columns
// there. Without a star or column before it, a text must come at once, and the last one must end the value.
func (m *textMatcher) split(text string) ([]string, bool) {
	var out []string
	var open []types.Type         // columns that wait for their end
	star, starred := false, false // starred: the star stands behind a column
	for _, p := range m.parts {
		switch {
		case p.Star:
			star = true
			starred = len(open) > 0
		case p.Column != "":
			open = append(open, p.Typ)
		default:
			i := strings.Index(text, p.Text)
			if i < 0 || i > 0 && len(open) == 0 && !star {
				return nil, false
			}
			out = append(out, divide(text[:i], open, starred)...)
			text = text[i+len(p.Text):]
			open, star, starred = nil, false, false
		}
	}
	if len(open) == 0 {
		return out, star || text == "" || len(m.parts) == 0
	}
	return append(out, divide(text, open, starred)...), true
}

// divide shares a text among columns without a text between them: a number takes its digits when something follows,
// another type all of it.
func divide(text string, columns []types.Type, starred bool) []string {
	out := make([]string, len(columns))
	for i, t := range columns {
		n := len(text)
		if (starred || i+1 < len(columns)) && t.Numeric() {
			n = len(numberPrefix.FindString(text))
		}
		out[i], text = text[:n], text[n:]
	}
	return out
}

var numberPrefix = regexp.MustCompile(`^\s*[+-]?[0-9]+(\.[0-9]+)?`)

// partsRegex is the whole pattern of kind=regex: texts are expressions, a star is anything, and a column is what its type
// can be. The U flag turns the greed of these around, as it does that of the query's own.
func partsRegex(parts []plan.ParsePart, flags string) (*regexp.Regexp, error) {
	var b strings.Builder
	if f := strings.Map(keepFlag, flags); f != "" {
		b.WriteString("(?" + f + ")")
	}
	b.WriteString("^")
	n := 0
	for _, p := range parts {
		switch {
		case p.Star:
			b.WriteString(".*")
		case p.Column != "":
			fmt.Fprintf(&b, "(?P<c%d>%s)", n, typePattern(p.Typ))
			n++
		default:
			b.WriteString("(?:" + p.Text + ")")
		}
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, badPattern(err)
	}
	return re, nil
}

func keepFlag(r rune) rune {
	if strings.ContainsRune("imsU", r) {
		return r
	}
	return -1
}

func typePattern(t types.Type) string {
	switch t {
	case types.Int, types.Long:
		return `[+-]?\d+`
	case types.Real, types.Decimal:
		return `[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?`
	}
	return `.*`
}

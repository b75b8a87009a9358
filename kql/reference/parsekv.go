package reference

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileParseKV is parse-kv (https://learn.microsoft.com/kusto/query/parse-kv-operator).
func (c *compiler) compileParseKV(n *plan.ParseKVOp) (opener, error) {
	value, err := c.expr(n.Value, overRows(n.Input.Schema()))
	if err != nil {
		return nil, err
	}
	var re *regexp.Regexp
	if n.Regex != "" {
		if re, err = regexp.Compile(n.Regex); err != nil {
			return nil, badPattern(err)
		}
		if re.NumSubexp() < 2 {
			return nil, badPattern(errTwoGroups)
		}
	}
	at := make([]int, len(n.Columns))
	for i, col := range n.Columns {
		at[i] = n.Out.Find(col.Name)
	}
	width := len(n.Out)
	return c.streaming(n.Input, func(_ *state, row types.Row) (types.Row, error) {
		v, err := value(row)
		if err != nil {
			return nil, err
		}
		found := kvPairs(v.Text(), n, re)
		out := make(types.Row, width)
		copy(out, row)
		for i, col := range n.Columns {
			out[at[i]] = types.Null(col.Type)
			if text, ok := found[col.Name]; ok {
				out[at[i]] = castText(text, col.Type)
			}
		}
		return out, nil
	})
}

// kvPairs are the values by key; of several of one key the first counts.
func kvPairs(text string, n *plan.ParseKVOp, re *regexp.Regexp) map[string]string {
	found := map[string]string{}
	put := func(key, value string) {
		if _, ok := found[key]; !ok {
			found[key] = value
		}
	}
	switch {
	case re != nil:
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			put(m[1], m[2])
		}
	case n.PairDelimiter == "" || n.KVDelimiter == "":
		looseKV(text, n, put)
	default:
		delimitedKV(text, n, put)
	}
	return found
}

// quotes are the opening and closing quotes; one character is both.
func quotes(n *plan.ParseKVOp) (open, end rune) {
	q := []rune(n.Quote)
	switch len(q) {
	case 0:
		return utf8.RuneError, utf8.RuneError
	case 1:
		return q[0], q[0]
	}
	return q[0], q[1]
}

// quoted reads a quoted text at the beginning of s; escape stands before a quote that does not end it.
func quoted(s string, n *plan.ParseKVOp) (text, rest string, ok bool) {
	open, end := quotes(n)
	r, size := utf8.DecodeRuneInString(s)
	if s == "" || r != open || open == utf8.RuneError {
		return "", s, false
	}
	var b strings.Builder
	for i := size; i < len(s); {
		if n.Escape != "" && strings.HasPrefix(s[i:], n.Escape) {
			i += len(n.Escape)
			_, size = utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+size])
			i += size
			continue
		}
		r, size = utf8.DecodeRuneInString(s[i:])
		if r == end {
			return b.String(), s[i+size:], true
		}
		b.WriteString(s[i : i+size])
		i += size
	}
	return "", s, false
}

// delimitedKV reads key, delimiter, value, delimiter, and so on. Without a key the text up to the next pair is
// skipped; with greedy it belongs to the value before it.
func delimitedKV(text string, n *plan.ParseKVOp, put func(key, value string)) {
	last, value, has := "", "", false
	for text != "" {
		key, rest, ok := readKey(text, n)
		if !ok {
			word, after := untilPair(text, n)
			if n.Greedy && has {
				value += n.PairDelimiter + word
			}
			text = after
			continue
		}
		if has {
			put(last, strings.TrimSpace(value))
		}
		last, has = key, true
		trimmed := strings.TrimLeftFunc(rest, unicode.IsSpace)
		if q, after, ok := quoted(trimmed, n); ok {
			value = q
			_, text = untilPair(after, n)
			continue
		}
		value, text = untilPair(rest, n)
	}
	if has {
		put(last, strings.TrimSpace(value))
	}
}

// readKey is the key at the beginning of s, when a key-value delimiter comes before the next pair's.
func readKey(s string, n *plan.ParseKVOp) (key, rest string, ok bool) {
	if q, after, isQuoted := quoted(strings.TrimLeftFunc(s, unicode.IsSpace), n); isQuoted {
		after = strings.TrimLeftFunc(after, unicode.IsSpace)
		if strings.HasPrefix(after, n.KVDelimiter) {
			return q, after[len(n.KVDelimiter):], true
		}
	}
	i := strings.Index(s, n.KVDelimiter)
	if i < 0 {
		return "", s, false
	}
	if p := strings.Index(s, n.PairDelimiter); p >= 0 && p < i {
		return "", s, false
	}
	return strings.TrimSpace(s[:i]), s[i+len(n.KVDelimiter):], true
}

func untilPair(s string, n *plan.ParseKVOp) (word, rest string) {
	word, rest, _ = strings.Cut(s, n.PairDelimiter)
	return word, rest
}

// looseKV is parse-kv without delimiters: any run of characters that are not of a word divides keys from values,
// and a value is a word or a quoted text. Only the declared keys are looked for.
func looseKV(text string, n *plan.ParseKVOp, put func(key, value string)) {
	for _, col := range n.Columns {
		rest := text
		for {
			i := strings.Index(rest, col.Name)
			if i < 0 {
				break
			}
			before, _ := utf8.DecodeLastRuneInString(rest[:i])
			after := rest[i+len(col.Name):]
			next, _ := utf8.DecodeRuneInString(after)
			if i > 0 && isWord(before) || after == "" || isWord(next) {
				rest = after
				continue
			}
			put(col.Name, looseValue(after, n))
			break
		}
	}
}

func looseValue(s string, n *plan.ParseKVOp) string {
	for s != "" {
		if q, _, ok := quoted(s, n); ok {
			return q
		}
		r, size := utf8.DecodeRuneInString(s)
		if isWord(r) || r == '-' {
			break
		}
		s = s[size:]
	}
	end := strings.IndexFunc(s, func(r rune) bool { return !isWord(r) && r != '.' && r != '-' })
	if end < 0 {
		end = len(s)
	}
	return s[:end]
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

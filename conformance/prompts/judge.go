package prompts

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Complaints are what is wrong with an answer, by part. An answer is right when it has none.
type Complaints struct {
	Outcome []string `json:"outcome,omitempty"`
	Skill   []string `json:"skill,omitempty"`
	Inputs  []string `json:"inputs,omitempty"`
	Answer  []string `json:"answer,omitempty"`
}

// None says that there is nothing to complain about.
func (c Complaints) None() bool {
	return len(c.Outcome)+len(c.Skill)+len(c.Inputs)+len(c.Answer) == 0
}

// Judge compares an answer with what is expected of it; now is the moment that relative times refer to.
// Of several steps with an acceptable skill the one whose inputs fit best counts.
func Judge(want Expect, got *Answer, now time.Time) Complaints {
	var c Complaints
	if !contains(want.Outcome, got.Outcome) {
		c.Outcome = append(c.Outcome, fmt.Sprintf("want %s, got %s", strings.Join(want.Outcome, "|"), got.Outcome))
	}
	var ran []string
	var hits []int
	for i, s := range got.Steps {
		ran = append(ran, s.Skill)
		if len(want.Skill) == 0 || contains(want.Skill, s.Skill) {
			hits = append(hits, i)
		}
	}
	if len(want.Skill) > 0 && len(hits) == 0 {
		c.Skill = append(c.Skill, fmt.Sprintf("want %s, got %v", strings.Join(want.Skill, "|"), ran))
	}
	switch {
	case len(want.Inputs) == 0:
	case len(hits) == 0:
		c.Inputs = append(c.Inputs, "no step to compare")
	case len(want.Skill) > 1 && got.Steps[hits[0]].Skill == "QueryLogs": // its inputs are a question
	default:
		for n, i := range hits {
			if bad := judgeInputs(want.Inputs, got.Steps[i].Inputs, now); n == 0 || len(bad) < len(c.Inputs) {
				c.Inputs = bad
			}
		}
	}
	if want.Answer != nil {
		c.Answer = judgeAnswer(want.Answer, got)
	}
	return c
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func judgeInputs(want, got map[string]any, now time.Time) []string {
	var bad []string
	if timed(want) {
		wf, wt, wok := window(want, now)
		gf, gt, gok := window(got, now)
		if !wok || !gok || !near(wf, gf) || !near(wt, gt) {
			bad = append(bad, fmt.Sprintf("time range: want %s, got %s", rangeOf(want), rangeOf(got)))
		}
	}
	for _, k := range sortedKeys(want) {
		switch k {
		case "lookback", "from", "to":
		case "fields":
			if !fieldsWithin(want[k], got[k]) {
				bad = append(bad, fmt.Sprintf("fields: want %v, got %v", want[k], got[k]))
			}
		default:
			if g, ok := got[k]; !ok || g == nil || !same(want[k], g) {
				bad = append(bad, fmt.Sprintf("%s: want %v, got %v", k, want[k], got[k]))
			}
		}
	}
	return bad
}

func timed(in map[string]any) bool {
	return in["lookback"] != nil || in["from"] != nil || in["to"] != nil
}

func rangeOf(in map[string]any) string {
	if !timed(in) {
		return "none"
	}
	return fmt.Sprintf("lookback %v from %v to %v", in["lookback"], in["from"], in["to"])
}

// window is the range that inputs mean. An end at or after now is no end.
func window(in map[string]any, now time.Time) (from, to *time.Time, ok bool) {
	ok = true
	moment := func(k string) *time.Time {
		s, _ := in[k].(string)
		if s == "" {
			return nil
		}
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			ok = false
			return nil
		}
		return &t
	}
	from, to = moment("from"), moment("to")
	if s, _ := in["lookback"].(string); s != "" {
		d, err := span(s)
		if err != nil {
			return nil, nil, false
		}
		f := now.Add(-d)
		from = &f
	}
	if to != nil && !to.Before(now.Add(-time.Second)) {
		to = nil
	}
	return from, to, ok
}

func near(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Sub(*b).Abs() <= 1500*time.Millisecond
}

var (
	shortSpan = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$`)
	longSpan  = regexp.MustCompile(`^(?:(\d+)\.)?(\d+):(\d+):(\d+)$`)
	unitOf    = map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour,
		"d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
)

// span reads a timespan as KQL writes it: 48h, 7d, 1.12:00:00.
func span(s string) (time.Duration, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if m := shortSpan.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		return time.Duration(n * float64(unitOf[m[2]])), err
	}
	m := longSpan.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is no timespan", s)
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits by the expression; an absent day is 0
	}
	return time.Duration(n[0])*24*time.Hour + time.Duration(n[1])*time.Hour + time.Duration(n[2])*time.Minute + time.Duration(n[3])*time.Second, nil
}

func fieldsWithin(want, got any) bool {
	have := map[string]bool{}
	for _, g := range listOf(got) {
		have[squash(fmt.Sprint(g))] = true
	}
	for _, w := range listOf(want) {
		if !have[squash(fmt.Sprint(w))] {
			return false
		}
	}
	return true
}

func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	}
	return []any{v}
}

// same compares values of inputs: numbers as numbers, text without case, spaces, dashes and underscores.
func same(want, got any) bool {
	if m, ok := want.(map[string]any); ok {
		for _, w := range listOf(m["any"]) {
			if same(w, got) {
				return true
			}
		}
		return false
	}
	gs, many := got.([]any)
	ws := listOf(want)
	_, several := want.([]any)
	if _, ok := want.([]string); ok {
		several = true
	}
	switch {
	case several:
		return many && sameSet(ws, gs)
	case many:
		return len(gs) == 1 && same(want, gs[0])
	}
	w, g := fmt.Sprint(want), fmt.Sprint(got)
	if a, err := strconv.ParseFloat(w, 64); err == nil {
		if b, err := strconv.ParseFloat(g, 64); err == nil {
			return a == b
		}
	}
	return squash(w) == squash(g)
}

func sameSet(a, b []any) bool {
	set := func(l []any) map[string]bool {
		m := map[string]bool{}
		for _, x := range l {
			m[squash(fmt.Sprint(x))] = true
		}
		return m
	}
	x, y := set(a), set(b)
	for k := range x {
		if !y[k] {
			return false
		}
	}
	return len(x) == len(y)
}

func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// wordLike are needles too short to be looked for inside words.
var wordLike = regexp.MustCompile(`^(?:[\d.]+|yes|no|not|none|true|false|on|off|low|medium|high|[a-z]{2})$`)

// says tells whether a needle is in the text or in a cell.
func says(needle, text string, cells []string) bool {
	n := strings.ToLower(needle)
	if wordLike.MatchString(n) {
		if hasWord(strings.ToLower(text), n, true) {
			return true
		}
		for _, c := range cells {
			if hasWord(strings.ToLower(c), n, true) {
				return true
			}
		}
		return false
	}
	if strings.Contains(strings.ToLower(text), n) {
		return true
	}
	tight := squash(n)
	for _, c := range cells {
		if strings.Contains(strings.ToLower(c), n) || squash(c) == tight {
			return true
		}
	}
	return false
}

// hasWord finds n in s where it stands by itself; with dots, a dot before it or a fraction after it joins too.
func hasWord(s, n string, dots bool) bool {
	for at := 0; ; {
		i := strings.Index(s[at:], n)
		if i < 0 {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		rest := s[i+len(n):]
		after, size := utf8.DecodeRuneInString(rest)
		free := !isWord(before) && !isWord(after)
		if dots && free {
			next, _ := utf8.DecodeRuneInString(rest[size:])
			free = before != '.' && !(after == '.' && unicode.IsDigit(next))
		}
		if free {
			return true
		}
		at = i + 1
	}
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// cellText is a cell as a person reads it.
func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case string:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

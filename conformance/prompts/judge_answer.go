package prompts

import (
	"fmt"
	"math"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

func judgeAnswer(want *Facts, got *Answer) []string {
	var bad []string
	var rows [][]string
	var cells []string
	if got.Table != nil {
		for _, r := range got.Table.Rows {
			row := make([]string, len(r))
			for i, c := range r {
				row[i] = cellText(c)
			}
			rows, cells = append(rows, row), append(cells, row...)
		}
	}
	for _, m := range want.MustContain {
		if !anySaid(m, got.Text, cells) {
			bad = append(bad, fmt.Sprintf("missing %q", []string(m)))
		}
	}
	for _, m := range want.MustNotContain {
		if says(m, got.Text, cells) {
			bad = append(bad, fmt.Sprintf("must not say %q", m))
		}
	}
	counts := rowCounts(got)
	if r := want.RowCount; r != nil && !within(counts, *r) {
		bad = append(bad, fmt.Sprintf("rows: want %d to %d, got %v", r.Low, r.High, counts))
	}
	if want.Number != nil && !numberGiven(*want.Number, got.Text, cells, counts) {
		bad = append(bad, fmt.Sprintf("number: want %v", *want.Number))
	}
	if want.Approx != nil && !aboutGiven(*want.Approx, got.Text, cells) {
		bad = append(bad, fmt.Sprintf("about %v expected", want.Approx[0]))
	}
	if len(want.Ordered) > 0 && !inOrder(want.Ordered, got.Text, rows) {
		bad = append(bad, fmt.Sprintf("order: want %v", want.Ordered))
	}
	for _, need := range want.SameRow {
		if !inOneRow(need, got.Text, rows) {
			bad = append(bad, fmt.Sprintf("no row with %v", need))
		}
	}
	return bad
}

func anySaid(m OneOf, text string, cells []string) bool {
	for _, x := range m {
		if says(x, text, cells) {
			return true
		}
	}
	return false
}

// rowCounts are all numbers of rows that an answer states.
func rowCounts(a *Answer) []int {
	set := map[int]bool{}
	if a.Table != nil {
		set[len(a.Table.Rows)] = true
		if a.Table.Total != nil {
			set[*a.Table.Total] = true
		}
	}
	for _, s := range a.Steps {
		if s.Rows != nil {
			set[*s.Rows] = true
		}
	}
	out := make([]int, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	sort.Ints(out)
	return out
}

func within(counts []int, r Range) bool {
	for _, n := range counts {
		if r.Low <= n && n <= r.High {
			return true
		}
	}
	return r.Low == 0 && len(counts) == 0
}

func numberGiven(n float64, text string, cells []string, counts []int) bool {
	plain := make([]string, len(cells))
	for i, c := range cells {
		plain[i] = strings.ReplaceAll(c, ",", "")
	}
	if says(strconv.FormatFloat(n, 'f', -1, 64), strings.ReplaceAll(text, ",", ""), plain) {
		return true
	}
	for _, c := range counts {
		if float64(c) == n && n != 1 {
			return true
		}
	}
	return false
}

var anyNumber = regexp.MustCompile(`-?\d+(?:\.\d+)?`)

func aboutGiven(want [2]float64, text string, cells []string) bool {
	for _, s := range anyNumber.FindAllString(text+" "+strings.Join(cells, " "), -1) {
		x, err := strconv.ParseFloat(s, 64)
		if err == nil && (math.Abs(x-want[0]) <= want[1] || math.Abs(x*100-want[0]) <= want[1]) {
			return true
		}
	}
	return false
}

// inOrder checks that rows name things in the order wanted; those of one inner list are equals. Without rows
// the text is read.
func inOrder(want []OneOf, text string, rows [][]string) bool {
	if len(rows) == 0 {
		return inTextOrder(want, strings.ToLower(text))
	}
	at := 0
	for _, equals := range want {
		block := rows[min(at, len(rows)):min(at+len(equals), len(rows))]
		for _, x := range equals {
			found := false
			for _, r := range block {
				found = found || hasWord(strings.ToLower(strings.Join(r, " ")), strings.ToLower(x), false)
			}
			if !found {
				return false
			}
		}
		at += len(equals)
	}
	return true
}

func inTextOrder(want []OneOf, text string) bool {
	at := 0
	for _, equals := range want {
		first := len(text)
		for _, x := range equals {
			i := strings.Index(text[at:], strings.ToLower(x))
			if i < 0 {
				return false
			}
			first = min(first, i)
		}
		at += first
	}
	return true
}

func inOneRow(need []any, text string, rows [][]string) bool {
	all := func(text string, cells []string) bool {
		for _, x := range need {
			if !says(fmt.Sprint(x), text, cells) {
				return false
			}
		}
		return true
	}
	for _, r := range rows {
		if all("", r) {
			return true
		}
	}
	return all(text, nil)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

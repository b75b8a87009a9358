package conformance

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// check compares a result with an example; it gives the kind of failure and a reason, or "".
func (e *example) check(table *types.Table) (kind, reason string) {
	order, reason := e.checkSchema(table.Columns)
	if reason != "" {
		return "schema", reason
	}
	if e.want != "rows" {
		return "", ""
	}
	rows := make([]types.Row, len(table.Rows))
	for i, row := range table.Rows {
		rows[i] = make(types.Row, len(order))
		for j, at := range order {
			rows[i][j] = row[at]
		}
	}
	if reason := e.checkRows(rows); reason != "" {
		return "rows", reason
	}
	return "", ""
}

// checkSchema gives the place of each expected column in the result.
func (e *example) checkSchema(have types.Schema) (order []int, reason string) {
	open := e.open && e.want == "schema"
	if !open && len(have) != len(e.columns) {
		return nil, fmt.Sprintf("%d columns instead of %d: %s", len(have), len(e.columns), have)
	}
	for i, c := range e.columns {
		at := i
		if open || e.byName {
			at = have.Find(c.name)
		}
		switch {
		case at < 0:
			return nil, "no column " + c.name
		case have[at].Name != c.name:
			return nil, fmt.Sprintf("column %d is %s instead of %s", i+1, have[at].Name, c.name)
		case c.types != nil && !slices.Contains(c.types, have[at].Type):
			return nil, fmt.Sprintf("column %s is %s instead of %v", c.name, have[at].Type, c.types)
		}
		order = append(order, at)
	}
	return order, ""
}

// checkRows compares as multisets, and then the order of the keys.
func (e *example) checkRows(rows []types.Row) string {
	if len(rows) != len(e.rows) {
		return fmt.Sprintf("%d rows instead of %d", len(rows), len(e.rows))
	}
	free := make([]bool, len(rows))
	for i, want := range e.rows {
		at := -1
		// The row at the same place is tried first.
		for n := range rows {
			j := (i + n) % len(rows)
			if !free[j] && e.rowEqual(want, rows[j]) {
				at = j
				break
			}
		}
		if at < 0 {
			return e.firstDifference(i, rows)
		}
		free[at] = true
	}
	for i, want := range e.rows {
		for _, k := range e.sortKeys {
			if !e.cellEqual(want[k], rows[i][k], e.columns[k].kind) {
				return fmt.Sprintf("order: row %d has %s %s", i+1, e.columns[k].name, rows[i][k].Text())
			}
		}
	}
	return ""
}

func (e *example) rowEqual(want []*string, row types.Row) bool {
	for i, cell := range want {
		if !e.cellEqual(cell, row[i], e.columns[i].kind) {
			return false
		}
	}
	return true
}

func (e *example) firstDifference(i int, rows []types.Row) string {
	for c, cell := range e.rows[i] {
		if !e.cellEqual(cell, rows[i][c], e.columns[c].kind) {
			want := "null"
			if cell != nil {
				want = *cell
			}
			got := rows[i][c].Text()
			if rows[i][c].IsNull() {
				got = "null"
			}
			return fmt.Sprintf("row %d: %s is %q instead of %q", i+1, e.columns[c].name, got, want)
		}
	}
	return fmt.Sprintf("row %d is not there", i+1)
}

// cellEqual compares a printed cell with a value.
func (e *example) cellEqual(cell *string, v types.Value, kind types.Type) bool {
	if cell == nil {
		return v.IsNull()
	}
	text := strings.TrimSpace(*cell)
	switch {
	case kind == types.String:
		return v.Type() == types.String && (v.Str() == *cell || !e.recorded && strings.TrimSpace(v.Str()) == text)
	case kind == types.Unknown:
		return e.guessEqual(text, v)
	case text == "" && !e.recorded:
		return v.IsNull()
	case kind == types.Dynamic:
		return e.dynamicEqual(*cell, v)
	case v.IsNull():
		return false
	}
	return e.scalarEqual(text, v)
}

func (e *example) scalarEqual(text string, v types.Value) bool {
	switch v.Type() {
	case types.Bool:
		return strings.EqualFold(text, v.Text())
	case types.Int, types.Long:
		want, ok := new(big.Rat).SetString(text)
		return ok && want.Cmp(new(big.Rat).SetInt64(v.Long())) == 0
	case types.Real, types.Decimal:
		return e.numberEqual(text, v.Text())
	case types.DateTime:
		t, ok := parseInstant(text)
		return ok && t == v.Ticks()
	case types.TimeSpan:
		t, ok := parseDuration(text)
		return ok && t == v.Ticks()
	case types.GUID:
		return strings.EqualFold(strings.Trim(text, " {}"), v.Text())
	}
	return text == strings.TrimSpace(v.Text())
}

// guessEqual compares where the type is not known: as JSON, then as the value's own type, then as text.
func (e *example) guessEqual(text string, v types.Value) bool {
	if text == "" {
		return v.IsNull() || v.Text() == ""
	}
	if v.IsNull() {
		return false
	}
	if v.Type() == types.Dynamic {
		return e.dynamicEqual(text, v)
	}
	return e.scalarEqual(text, v) || e.dynamicEqual(text, types.NewDynamic(types.ToTree(v)))
}

func special(text string) string {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "nan":
		return "NaN"
	case "∞", "+∞", "inf", "+inf", "infinity", "+infinity":
		return "Infinity"
	case "-∞", "-inf", "-infinity":
		return "-Infinity"
	}
	return ""
}

// numberEqual: within 1e-9 of each other, or, on pages, rounded to the printed digits.
func (e *example) numberEqual(printed, got string) bool {
	if s := special(printed); s != "" || special(got) != "" {
		return s == special(got)
	}
	a, ok := new(big.Rat).SetString(strings.TrimSpace(printed))
	b, okGot := new(big.Rat).SetString(got)
	if !ok || !okGot {
		return false
	}
	diff := new(big.Rat).Sub(a, b)
	diff.Abs(diff)
	if a.Sign() == 0 {
		return diff.Cmp(big.NewRat(1, 1e12)) <= 0
	}
	largest := new(big.Rat).Abs(a)
	if x := new(big.Rat).Abs(b); x.Cmp(largest) > 0 {
		largest = x
	}
	if diff.Cmp(largest.Mul(largest, big.NewRat(1, 1e9))) <= 0 {
		return true
	}
	return !e.recorded && diff.Cmp(halfDigit(strings.TrimSpace(printed))) <= 0
}

var plainNumber = regexp.MustCompile(`^[+-]?(\d+)\.(\d+)(?:[eE]([+-]?\d+))?$`)

// halfDigit is half of the last printed digit of a number with a fraction and at least three digits, else 0.
func halfDigit(printed string) *big.Rat {
	m := plainNumber.FindStringSubmatch(printed)
	if m == nil || len(strings.TrimLeft(m[1]+m[2], "0")) < 3 {
		return new(big.Rat)
	}
	exponent, _ := strconv.Atoi(m[3])
	r, ok := new(big.Rat).SetString(fmt.Sprintf("5e%d", exponent-len(m[2])-1))
	if !ok {
		return new(big.Rat)
	}
	return r
}

func (e *example) dynamicEqual(cell string, v types.Value) bool {
	if want, ok := decode(cell); ok && e.treeEqual(want, v.Tree(), v.Type() == types.Dynamic && v.IsNull()) {
		return true
	}
	s, isText := v.Tree().(string)
	return isText && !e.recorded && strings.TrimSpace(s) == strings.TrimSpace(cell)
}

var bareSpecial = regexp.MustCompile(`([\[,:\s])(NaN|-?Infinity)\b`)

func decode(text string) (any, bool) {
	dec := json.NewDecoder(strings.NewReader(bareSpecial.ReplaceAllString(text, `$1"$2"`)))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil || dec.More() {
		return nil, false
	}
	return x, true
}

func (e *example) treeEqual(want any, got types.Tree, null bool) bool {
	switch w := want.(type) {
	case nil:
		return got == nil || null
	case bool:
		return got == types.Tree(w)
	case json.Number:
		switch got.(type) {
		case int64, float64:
			return e.numberEqual(w.String(), types.FromTree(got).Text())
		}
		v, ok := got.(types.Value)
		return ok && v.Type() == types.Decimal && e.numberEqual(w.String(), v.Text())
	case string:
		return e.textEqual(w, got)
	case []any:
		list, ok := got.([]types.Tree)
		return ok && len(list) == len(w) && e.listEqual(w, list)
	case map[string]any:
		bag, ok := got.(*types.Bag)
		if !ok || bag.Len() != len(w) {
			return false
		}
		for k, x := range w {
			if y, has := bag.Get(k); !has || !e.treeEqual(x, y, false) {
				return false
			}
		}
		return true
	}
	return false
}

func (e *example) listEqual(want []any, got []types.Tree) bool {
	if !e.sets {
		for i := range want {
			if !e.treeEqual(want[i], got[i], false) {
				return false
			}
		}
		return true
	}
	left := slices.Clone(got)
	for _, w := range want {
		at := slices.IndexFunc(left, func(t types.Tree) bool { return e.treeEqual(w, t, false) })
		if at < 0 {
			return false
		}
		left = slices.Delete(left, at, at+1)
	}
	return true
}

// textEqual compares a JSON string with a string, time, guid or special number.
func (e *example) textEqual(want string, got types.Tree) bool {
	if f, ok := got.(float64); ok {
		return special(want) != "" && special(want) == special(types.FormatReal(f))
	}
	var have string
	switch g := got.(type) {
	case string:
		have = g
	case types.Value:
		have = g.Text()
	default:
		return false
	}
	if want == have || !e.recorded && strings.TrimSpace(want) == strings.TrimSpace(have) {
		return true
	}
	if a, ok := parseInstant(want); ok && strings.Contains(want, ":") {
		b, ok := parseInstant(have)
		return ok && a == b
	}
	a, ok := parseDuration(want)
	b, okHave := parseDuration(have)
	return ok && okHave && a == b && strings.Contains(want, ":")
}

var instant = regexp.MustCompile(`^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?\s*(Z|z)?$`)

func parseInstant(text string) (int64, bool) {
	m := instant.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	n := make([]int, 7)
	for i := 1; i < 7; i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	t := time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], 0, time.UTC)
	return types.TicksOf(t) + fraction(m[7]), true
}

func fraction(digits string) int64 {
	n, _ := strconv.ParseInt((digits + "0000000")[:7], 10, 64)
	return n
}

var duration = regexp.MustCompile(`^(-)?(?:(\d+)[.:])?(\d{1,2}):(\d\d):(\d\d)(?:\.(\d+))?$`)

func parseDuration(text string) (int64, bool) {
	m := duration.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	n := make([]int64, 6)
	for i := 2; i < 6; i++ {
		n[i], _ = strconv.ParseInt(m[i], 10, 64)
	}
	ticks := n[2]*types.TicksPerDay + n[3]*types.TicksPerHour + n[4]*types.TicksPerMinute + n[5]*types.TicksPerSecond + fraction(m[6])
	if m[1] != "" {
		ticks = -ticks
	}
	return ticks, true
}

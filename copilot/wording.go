package copilot

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"text/template"

	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin"
)

// view is what the sentences of a skill can say: the rows of its step and the inputs of its call.
type view struct {
	c    *Copilot
	call *route.Call
	res  *Result
	n    int
}

// data is the dot of a wording template.
type data struct {
	N               int
	Fields          []string
	User, Group     string
	Role, App       string
	UserID, GroupID string
}

func (v *view) data() data {
	in := func(k string) string { s, _ := v.call.Inputs[k].(string); return s }
	return data{N: v.n, Fields: v.call.Fields, User: in("user"), Group: in("group"), Role: in("role"), App: in("app"),
		UserID: v.call.Entities["user"].ID, GroupID: v.call.Entities["group"].ID}
}

// render writes one wording template.
func (v *view) render(text string) (string, error) {
	t, err := template.New("").Funcs(v.funcs()).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, v.data()); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

func (v *view) funcs() template.FuncMap {
	return template.FuncMap{
		"who": v.who, "window": v.window, "conditions": v.conditions,
		"in":    func(k string) string { return v.call.Fill[k] },
		"count": v.count, "times": func() string { return times(v.n) },
		"first": func(c string) string { return v.cell(0, c) }, "val": func(c string) string { return v.cell(0, c) },
		"day":    func(c string) string { return day(v.cell(0, c)) },
		"moment": func(c string) string { return moment(v.cell(0, c)) },
		"has":    func(c string) bool { return v.column(c) >= 0 },
		"top":    v.top, "list": v.list, "pairs": v.pairs, "besides": v.besides,
		"distinct": func(c string) int { return len(v.counts(c)) },
		"countIs": func(c, want string) int {
			return v.countWhere(func(s string) bool { return strings.EqualFold(s, want) }, c)
		},
		"countLike": func(c, want string) int {
			return v.countWhere(func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(want)) }, c)
		},
		"listWhere": v.listWhere,
		"sum":       func(c string) int { return v.sum(c, "", "") },
		"sumWhere":  v.sum,
	}
}

// who names the person or thing the call is about.
func (v *view) who() string {
	for _, k := range []string{"user", "group", "role", "app", "device", "policy", "incident"} {
		e, ok := v.call.Entities[k]
		if in, _ := v.call.Skill.Input(k); !ok || k != "user" && !in.Required {
			continue // what only narrows the answer is a condition
		}
		label := e.Label()
		if k != "user" {
			label = e.Reported()
		}
		if e.Deleted {
			label += " [deleted]"
		}
		return label
	}
	return ""
}

func (v *view) window() string { return windowText(v.call) }

func windowText(call *route.Call) string {
	w := call.Window
	switch {
	case w.IsZero():
		return ""
	case w.Lookback != "":
		return "in the past " + spanText(w.Lookback)
	case !w.From.IsZero() && !w.To.IsZero() && w.From.AddDate(0, 0, 1).Equal(w.To) && w.From.Format("15:04:05") == "00:00:00":
		return "on " + w.From.Format("2006-01-02")
	case !w.From.IsZero() && !w.To.IsZero():
		return "from " + moment(stamp(w.From)) + " to " + moment(stamp(w.To))
	case !w.From.IsZero():
		return "since " + moment(stamp(w.From))
	}
	return "before " + moment(stamp(w.To))
}

func spanText(s string) string {
	units := map[string]string{"m": "minute", "h": "hour", "d": "day", "w": "week", "s": "second"}
	n, err := strconv.Atoi(s[:len(s)-1])
	unit := units[s[len(s)-1:]]
	if err != nil || unit == "" {
		return s
	}
	return plural(n, unit, "")
}

// conditions words the inputs that narrow the answer.
func (v *view) conditions() string {
	if said := v.besidesInputs(nil); said != "" {
		return "with " + said
	}
	return ""
}

// besidesInputs words the inputs that narrow the answer and are not among the known ones.
func (v *view) besidesInputs(known map[string]any) string {
	var parts []string
	for _, in := range v.call.Skill.Inputs {
		x, ok := v.call.Inputs[in.Name]
		if !ok || known[in.Name] != nil || slices.Contains([]string{"user", "lookback", "from", "to", "top", "fields", "question", "incident"}, in.Name) || in.Required {
			continue
		}
		value := fmt.Sprint(x)
		if list, ok := x.([]string); ok {
			value = strings.Join(list, " or ")
		}
		if yes, ok := x.(bool); ok {
			value = map[bool]string{true: "yes", false: "no"}[yes]
			parts = append(parts, inputWords(in)+": "+value) // "with mfa: no"
			continue
		}
		parts = append(parts, inputWords(in)+" "+value)
	}
	return strings.Join(parts, " and ")
}

// inputWords writes riskEventType as "risk event type".
func inputWords(in plugin.Input) string {
	var b strings.Builder
	for i, r := range in.Name {
		if r >= 'A' && r <= 'Z' && i > 0 {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (v *view) count(noun string, more ...string) string {
	many := ""
	if len(more) > 0 {
		many = more[0]
	}
	return plural(v.n, noun, many)
}

func plural(n int, noun, many string) string {
	if n == 1 {
		return "1 " + noun
	}
	if many == "" {
		many = noun + "s"
		if strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") && !strings.HasSuffix(noun, "ey") {
			many = noun[:len(noun)-1] + "ies"
		}
	}
	return strconv.Itoa(n) + " " + many
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

func (v *view) column(name string) int {
	if v.res == nil {
		return -1
	}
	return slices.IndexFunc(v.res.Columns, func(c Column) bool { return c.Name == name })
}

// cell is a cell as a sentence says it; a list is its items.
func (v *view) cell(row int, column string) string {
	i := v.column(column)
	if i < 0 || row >= len(v.res.Rows) {
		return ""
	}
	return spoken(v.res.Rows[row][i])
}

func spoken(x any) string {
	switch l := x.(type) {
	case []any:
		parts := make([]string, len(l))
		for i, p := range l {
			parts[i] = spoken(p)
		}
		return strings.Join(parts, ", ")
	case []string:
		return strings.Join(l, ", ")
	}
	s := cellText(x)
	if strings.HasPrefix(s, "[") {
		if list, ok := jsonList(s); ok {
			return spoken(list)
		}
	}
	if s == "{}" || s == "null" {
		return ""
	}
	return s
}

func day(s string) string {
	if len(s) >= 10 && s[4] == '-' {
		return s[:10]
	}
	return s
}

// moment writes a time to the second.
func moment(s string) string {
	if len(s) >= 19 && s[10] == 'T' {
		return s[:19] + "Z"
	}
	return s
}

type counted struct {
	value string
	n     int
}

// counts are the values of a column, the most frequent first, of equals the first seen.
func (v *view) counts(column string) []counted {
	i := v.column(column)
	if i < 0 {
		return nil
	}
	at := map[string]int{}
	var out []counted
	for _, row := range v.res.Rows {
		s := spoken(row[i])
		if s == "" {
			continue
		}
		if k, ok := at[s]; ok {
			out[k].n++
			continue
		}
		at[s] = len(out)
		out = append(out, counted{s, 1})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].n > out[b].n })
	return out
}

// top lists the values of a column with their numbers where they differ from one.
func (v *view) top(column string, n int) string { return v.listed(column, n, true) }

func (v *view) list(column string, n int) string { return v.listed(column, n, false) }

// besides answers "who else": whom of the column the rows name apart from the one that the prompt sets aside.
func (v *view) besides(column string) string {
	but := v.call.Else
	if but == "" {
		return ""
	}
	var others []string
	for _, c := range v.counts(column) {
		if !strings.EqualFold(c.value, but) {
			others = append(others, c.value)
		}
	}
	if len(others) == 0 {
		return "Nobody besides " + but + "."
	}
	return fmt.Sprintf("Besides %s: %s.", but, strings.Join(others[:min(len(others), 25)], ", "))
}

func (v *view) listed(column string, n int, numbers bool) string {
	cs := v.counts(column)
	var parts []string
	for i, c := range cs {
		if i == n {
			parts = append(parts, fmt.Sprintf("and %d more", len(cs)-n))
			break
		}
		if numbers && c.n > 1 {
			parts = append(parts, fmt.Sprintf("%s (%d)", c.value, c.n))
		} else {
			parts = append(parts, c.value)
		}
	}
	return strings.Join(parts, ", ")
}

// pairs lists rows as "a (b)".
func (v *view) pairs(a, b string, n int) string {
	var parts []string
	for i := range v.n {
		if i == n {
			parts = append(parts, fmt.Sprintf("and %d more", v.n-n))
			break
		}
		x, y := v.cell(i, a), v.cell(i, b)
		switch {
		case y == "":
			parts = append(parts, x)
		case x == "":
			parts = append(parts, y)
		default:
			parts = append(parts, x+" ("+y+")")
		}
	}
	return strings.Join(parts, ", ")
}

func (v *view) countWhere(ok func(string) bool, column string) int {
	i, n := v.column(column), 0
	if i < 0 {
		return 0
	}
	for _, row := range v.res.Rows {
		if ok(cellText(row[i])) {
			n++
		}
	}
	return n
}

func (v *view) listWhere(column, by, want string) string {
	i, k := v.column(column), v.column(by)
	if i < 0 || k < 0 {
		return ""
	}
	var parts []string
	for _, row := range v.res.Rows {
		if x := spoken(row[i]); strings.EqualFold(cellText(row[k]), want) && x != "" && !slices.Contains(parts, x) {
			parts = append(parts, x)
		}
	}
	return strings.Join(parts, ", ")
}

func (v *view) sum(column, by, want string) int {
	i, k, n := v.column(column), v.column(by), 0
	if i < 0 {
		return 0
	}
	for _, row := range v.res.Rows {
		if by != "" && (k < 0 || !strings.EqualFold(cellText(row[k]), want)) {
			continue
		}
		f, err := strconv.ParseFloat(cellText(row[i]), 64)
		if err == nil {
			n += int(f)
		}
	}
	return n
}

// cited are the rows that carry a sentence.
func (v *view) cited(cites string) []int {
	column, want, ok := strings.Cut(cites, "=")
	i := v.column(column)
	out := []int{}
	for k := range min(v.n, MaxRows) {
		switch {
		case cites == "none":
			return []int{}
		case cites == "first" && k > 0:
			return out
		case ok && (i < 0 || !strings.EqualFold(cellText(v.res.Rows[k][i]), want)):
			continue
		}
		out = append(out, k)
	}
	return out
}

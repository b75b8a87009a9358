package copilot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin"
)

// say adds a sentence to the answer, with the rows of the step that carry it.
func (r *run) say(text string, step int, rows []int) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if r.answer.Text != "" {
		r.answer.Text += " "
	}
	r.answer.Text += text
	if len(rows) > 0 {
		r.answer.Citations = append(r.answer.Citations, Citation{Sentence: r.said, Step: step, Rows: rows})
	}
	r.said++
}

// word makes the sentences of a step.
func (r *run) word(call *route.Call, res *Result, step int) {
	v := &view{c: r.c, call: call, res: res, n: len(res.Rows)}
	w := call.Skill.Answer
	if call.Analysis != nil {
		r.wordAnalysis(v, step)
		r.suggest(v)
		return
	}
	if v.n == 0 {
		r.wordNothing(v, step)
		r.suggest(v)
		return
	}
	for _, f := range call.Fields {
		if fd, ok := call.Skill.Field(f); ok && call.Skill.ShowFields {
			r.say(r.must(v, fieldText(v, fd)), step, v.cited("first"))
		}
	}
	if len(w.Sentences) == 0 {
		r.say(fmt.Sprintf("%s gave %s.", call.Skill.DisplayName, plural(v.n, "row", "")), step, v.cited("all"))
	}
	for _, s := range w.Sentences {
		cites := s.Cites
		if cites == "" {
			cites = "all"
		}
		r.say(r.must(v, s.Text), step, v.cited(cites))
	}
	if v.n > MaxRows {
		r.say(fmt.Sprintf("The table shows the first %d of %d rows.", MaxRows, v.n), step, nil)
	}
	r.suggest(v)
}

// fieldText is the sentence about one property: the manifest's, or its name and value.
func fieldText(v *view, f plugin.Field) string {
	if f.Say != "" {
		return f.Say
	}
	value := v.cell(0, strings.TrimSpace(strings.Split(f.ColumnName(), ",")[0]))
	label := "{{who}}"
	if value == "" {
		return fmt.Sprintf("No %s of %s is held.", f.Name, label)
	}
	switch value {
	case "true":
		value = "yes (true)"
	case "false":
		value = "no (false)"
	}
	// The value comes from the tenant's data, so it must not be read as a template.
	return fmt.Sprintf("%s of %s: %s.", f.Name, label, strings.ReplaceAll(moment(value), "{{", "{ {"))
}

// must renders a wording template; a fault of the manifest is said, not hidden.
func (r *run) must(v *view, text string) string {
	out, err := v.render(text)
	if err != nil {
		return fmt.Sprintf("(The wording of %s is faulty: %v.)", v.call.Skill.Name, err)
	}
	return out
}

// wordNothing says that nothing matched, and what was looked through.
func (r *run) wordNothing(v *view, step int) {
	zero := v.call.Skill.Answer.Zero
	if zero == "" {
		zero = "{{with .N}}{{end}}Nothing matched."
	}
	r.say(r.must(v, zero), step, nil)
	for _, t := range v.call.Skill.Tables {
		if text := r.held(t, v.call); text != "" {
			r.say(text, step, nil)
		}
	}
	for _, t := range r.heldOf(r.bg, v.call.Skill.AnyOf) {
		r.say(r.held(t, v.call), step, nil)
		if late := r.c.deps.Schemas.Limits(t).Latency; late != "" && v.call.Window.To.IsZero() {
			r.say(fmt.Sprintf("A record of it takes %s to arrive.", late), step, nil)
		}
	}
}

// held says which period a table holds, and what of the period looked at it does not hold any more.
func (r *run) held(table string, call *route.Call) string {
	c := r.coverage(r.bg, table, call)
	text := looked(c)
	for _, g := range c.gone {
		text += " " + sentence(g)
	}
	return text
}

func looked(c Coverage) string {
	table := c.Table
	switch {
	case c.From != "" && c.To != "":
		return fmt.Sprintf("%s was looked through; it holds events from %s to %s.", table, moment(c.From), moment(c.To))
	case c.LastEvent != "":
		return fmt.Sprintf("%s was looked through; its last record is of %s.", table, moment(c.LastEvent))
	}
	return table + " was looked through."
}

func (r *run) suggest(v *view) {
	for _, s := range v.call.Skill.Suggestions {
		text, err := v.render(s)
		if err != nil || text == "" || strings.Contains(text, "  ") || strings.HasSuffix(text, " ") || emptyEnd(text) {
			continue
		}
		if !slices.Contains(r.answer.Suggestions, text) {
			r.answer.Suggestions = append(r.answer.Suggestions, text)
		}
	}
}

// emptyEnd says whether a suggestion lost the name it was about.
func emptyEnd(s string) bool {
	s = strings.TrimRight(s, "?. ")
	for _, w := range []string{" of", " is", " from", " for", " does", " incident", " application"} {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// wordAnalysis words the result of a free-form question.
func (r *run) wordAnalysis(v *view, step int) {
	a := v.call.Analysis
	scope := a.What
	if a.Measure != "count" {
		scope = a.Source.Plural
		if scope == "" {
			scope = a.Source.Name + "s"
		}
	}
	if len(a.Where) > 0 {
		scope += " with " + strings.Join(a.Where, " and ")
	}
	if a.Source.Time != "" {
		scope += " " + v.window()
	}
	if v.n == 0 {
		none := fmt.Sprintf("0 %s.", scope)
		if a.Bound != "" {
			none = fmt.Sprintf("No %s with %s among %s.", a.ByWord, a.Bound, scope)
		}
		r.say(none, step, nil)
		for _, t := range a.Source.Tables {
			r.say(r.held(t, v.call), step, nil)
		}
		return
	}
	if a.By == "" {
		number := v.cell(0, a.Column)
		switch a.Measure {
		case "share":
			r.say(fmt.Sprintf("%s%% of the %s: %s of %s.", number, scope, v.cell(0, "Matching"), v.cell(0, "Total")), step, v.cited("first"))
		case "average":
			r.say(fmt.Sprintf("On average %s %s.", number, scope), step, v.cited("first"))
		case "distinct":
			n, err := strconv.Atoi(number)
			if err != nil {
				n = 2
			}
			r.say(fmt.Sprintf("%s in the %s.", plural(n, "different "+strings.TrimSuffix(a.What, "s"), ""), scope), step, v.cited("first"))
		default:
			r.say(fmt.Sprintf("%s %s.", number, scope), step, v.cited("first"))
		}
		return
	}
	var parts []string
	for i := range min(v.n, 10) {
		unit := ""
		if a.Measure == "share" {
			unit = "%"
		}
		parts = append(parts, fmt.Sprintf("%s (%s%s)", dayIfMidnight(v.cell(i, a.By)), v.cell(i, a.Column), unit))
	}
	more := ""
	if v.n > len(parts) {
		more = fmt.Sprintf(", and %d more", v.n-len(parts))
	}
	if a.Bound != "" {
		scope += ", " + a.Bound + ","
	}
	rows := v.cited("all")
	r.say(fmt.Sprintf("%s of %s by %s: %s%s.", map[string]string{"share": "Share", "distinct": "Number"}[a.Measure]+map[bool]string{true: "Number"}[a.Measure == "count"], scope, a.ByWord, strings.Join(parts, ", "), more), step, rows[:min(len(rows), max(10, 0))])
}

func dayIfMidnight(s string) string {
	if len(s) >= 19 && s[10:19] == "T00:00:00" {
		return s[:10]
	}
	return s
}

func jsonList(s string) ([]any, bool) {
	var out []any
	err := json.Unmarshal([]byte(s), &out)
	return out, err == nil
}

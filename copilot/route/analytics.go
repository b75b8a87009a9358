package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// Analysis is a free-form question as a query: what is counted, by what, under which conditions.
type Analysis struct {
	Query   string // KQL that may use _from and _to
	Source  plugin.Source
	Measure string   // count, distinct, share, average
	What    string   // what is counted, as a noun in the plural
	By      string   // the column that ranks or groups, empty for one number
	ByWord  string   // how the prompt calls it
	Column  string   // the column with the number
	Where   []string // conditions, as inputs say them: "status failure"
	Bound   string   // a threshold of the number, as the prompt says it: "more than 3 countries"
	Top     int
	Least   bool
	bound   *bound
}

type dimHit struct {
	dim         plugin.Dimension
	first, last int
}

// analyze reads a question of counting or ranking against what the skill can count.
func (r *Router) analyze(d *reading, s *plugin.Skill, call Call, q Request) (*Analysis, string) {
	src, cue := r.source(d, s.Analytics)
	if src == nil {
		return nil, "It is not clear what is to be counted. Sign-ins, audit events, risk detections, users, groups, devices, applications and incidents can be."
	}
	a := &Analysis{Source: *src, Measure: "count", Column: "Count", Top: d.top, Least: d.has("least")}
	dims := r.dimensions(d, src, cue)
	by, counted := r.roles(d, dims)
	if counted != nil {
		a.Measure, a.Column = "distinct", "Count"
		a.What = counted.dim.Words[0]
	}
	conds, said, last := r.conditions(d, src, call)
	a.Where = said
	if d.has("share") && last >= 0 {
		a.Measure, a.Column = "share", "Percent"
	} else if d.has("average") {
		a.Measure, a.Column = "average", "Average"
	}
	if a.What == "" {
		a.What = src.Plural
		if a.What == "" {
			a.What = src.Name + "s"
		}
	}
	if by != nil {
		a.By, a.ByWord = by.dim.Name, by.dim.Words[0]
	}
	if d.bound != nil {
		if by == nil || a.Measure == "share" || a.Measure == "average" {
			return nil, "It is not clear of what the number is to be " + d.text[d.tokens[d.bound.first].Start:d.tokens[d.bound.last].End] + ": name what is counted and by what, as in \"which users signed in from more than 3 countries\"."
		}
		a.bound = d.bound
		a.Bound = d.text[d.tokens[d.bound.first].Start:d.tokens[d.bound.last+1].End] // a unit or noun follows every threshold
	} else if a.Top == 0 && by != nil && by.first > 0 { // "which 5 users"
		a.Top = number(d.tokens[by.first-1].Text)
	}
	if a.Top == 0 && by != nil && a.bound == nil && (d.has("rank") || d.has("least")) {
		a.Top = 10
	}
	a.write(by, counted, conds, last)
	return a, ""
}

// source chooses what is counted: the source whose cue explains most.
func (r *Router) source(d *reading, an *plugin.Analytics) (*plugin.Source, []string) {
	best, at := 0.0, -1
	var by []string
	for i, s := range an.Sources {
		for _, cue := range s.Cues {
			w, ok := r.cueWeight(d, &compiled{inputs: map[string]bool{}}, nil, strings.Fields(cue), false)
			if ok && w > best {
				best, at, by = w, i, strings.Fields(cue)
			}
		}
	}
	if at < 0 {
		return nil, nil
	}
	return &an.Sources[at], by
}

// dimensions finds what the source can be counted by. Words that name the source itself ("risk detections")
// or a value ("legacy clients") are no dimensions.
func (r *Router) dimensions(d *reading, src *plugin.Source, cue []string) []dimHit {
	inside := func(h hit) bool {
		for _, c := range d.concepts {
			if slices.Contains(cue, c.name) && c.last > c.first && c.first <= h.first && h.last <= c.last {
				return true
			}
		}
		return d.inValue(h)
	}
	p := newPhrases()
	for i, dim := range src.Dimensions {
		for _, w := range dim.Words {
			p.add(w, i)
		}
	}
	var out, own []dimHit
	for _, h := range p.find(d.stems, func(i int) bool { return d.mark[i] != named && d.mark[i] != literal && d.mark[i] != timed }, true) {
		if !inside(h) {
			out = append(out, dimHit{src.Dimensions[h.ref], h.first, h.last})
		} else if !d.inValue(h) {
			own = append(own, dimHit{src.Dimensions[h.ref], h.first, h.last})
		}
	}
	if len(out) == 0 && (d.has("rank") || d.has("least")) {
		return own // "which policy blocked most": the policies themselves are ranked
	}
	return out
}

// inValue says whether a hit is a part of a longer value: the clients of "legacy clients".
func (d *reading) inValue(h hit) bool {
	return slices.ContainsFunc(d.values, func(v valueHit) bool { return v.last > v.first && v.first <= h.first && h.last <= v.last })
}

// roles tells the dimension that groups from the one whose values are counted: "how many users per
// country" counts users by country.
func (r *Router) roles(d *reading, dims []dimHit) (by, counted *dimHit) {
	at := func(concept string) (first, last int) {
		for _, c := range d.concepts {
			if c.name == concept {
				return c.first, c.last
			}
		}
		return -1, -1
	}
	if d.bound != nil {
		return boundRoles(d.bound, dims)
	}
	perFirst, per := at("per")
	_, count := at("count")
	_, distinct := at("distinct")
	for i := range dims {
		h := &dims[i]
		switch {
		case per >= 0 && h.first >= perFirst && h.first <= per+3 && by == nil:
			by = h
		case count >= 0 && h.first > count && h.first <= count+2+boolInt(distinct >= 0) && counted == nil && (by == nil || by.first != h.first):
			counted = h
		case distinct >= 0 && h.first > distinct && h.first <= distinct+2 && counted == nil:
			counted = h
		}
	}
	if by == nil && (d.has("rank") || d.has("least") || count < 0 && per >= 0) {
		for i := range dims {
			if counted == nil || dims[i].first != counted.first {
				by = &dims[i]
				break
			}
		}
		if by == nil && counted != nil && d.has("rank") && distinct < 0 {
			by, counted = counted, nil
		}
	}
	if by == nil && counted == nil && count < 0 && len(dims) > 0 {
		by = &dims[0]
	}
	return by, counted
}

// boundRoles tells the dimension whose values have a threshold from the one that is counted, which follows
// the number: "users who signed in from more than 3 countries".
func boundRoles(b *bound, dims []dimHit) (by, counted *dimHit) {
	for i := range dims {
		switch h := &dims[i]; {
		case h.first > b.last && h.first <= b.last+2 && counted == nil:
			counted = h
		case h.first < b.first && by == nil:
			by = h
		}
	}
	for i := range dims { // "from which countries did more than 5 users sign in"
		if by == nil && (counted == nil || dims[i].first != counted.first) {
			by = &dims[i]
		}
	}
	return by, counted
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// conditions turns the inputs of the prompt into conditions of the source; last is the one named last.
func (r *Router) conditions(d *reading, src *plugin.Source, call Call) (conds, said []string, last int) {
	last = -1
	lastAt := -1
	b := &builder{r: r, d: d, call: call}
	b.fill()
	for _, f := range src.Filters {
		v := b.call.Fill[f.Input]
		if v == "" || (f.Value != "" && f.Value != v) {
			continue
		}
		if f.Value == "" && slices.ContainsFunc(src.Filters, func(o plugin.Filter) bool { return o.Input == f.Input && o.Value == v }) {
			continue
		}
		text, err := fill.Fill(f.Where, b.call.Fill, b.q.Now)
		if err != nil {
			continue // such a value cannot stand in a query, so it names nothing
		}
		conds = append(conds, text)
		said = append(said, f.Input+" "+v)
		if at := r.position(d, f.Input); at >= lastAt {
			lastAt, last = at, len(conds)-1
		}
	}
	return conds, said, last
}

// position is where the prompt names an input.
func (r *Router) position(d *reading, input string) int {
	at := -1
	for _, v := range d.values {
		if v.Input == input {
			at = max(at, v.first)
		}
	}
	for _, m := range d.mentions {
		for _, e := range m.Entities {
			if string(e.Kind) == input {
				at = max(at, m.First)
			}
		}
	}
	return at
}

// write makes the query.
func (a *Analysis) write(by, counted *dimHit, conds []string, last int) {
	var b strings.Builder
	defer func() { a.Query = b.String() }()
	b.WriteString(strings.TrimSpace(a.Source.Query))
	for i, c := range conds {
		if a.Measure == "share" && i == last {
			continue
		}
		fmt.Fprintf(&b, "\n| where %s", c)
	}
	for _, h := range []*dimHit{by, counted} {
		if h == nil {
			continue
		}
		if h.dim.Expand != "" {
			fmt.Fprintf(&b, "\n| %s", h.dim.Expand)
		}
		if h.dim.Where != "" {
			fmt.Fprintf(&b, "\n| where %s", h.dim.Where)
		}
	}
	group := ""
	if by != nil {
		group = fmt.Sprintf(" by %s = %s", by.dim.Name, by.dim.Expr)
	}
	switch a.Measure {
	case "distinct":
		fmt.Fprintf(&b, "\n| summarize Count = count_distinct(%s)%s", counted.dim.Expr, group)
	case "share":
		fmt.Fprintf(&b, "\n| summarize Matching = countif(%s), Total = count()%s\n| extend Percent = iff(Total == 0, 0.0, round(100.0 * Matching / Total, 2))", conds[last], group)
	case "average":
		if by == nil {
			fmt.Fprintf(&b, "\n| summarize Count = count() by Day = bin(%s, 1d)\n| summarize Average = round(avg(Count), 2), Days = count()", orTime(a.Source.Time))
			return
		}
		fmt.Fprintf(&b, "\n| summarize Count = count()%s\n| summarize Average = round(avg(Count), 2), Groups = count()", group)
		a.By = ""
		return
	default:
		fmt.Fprintf(&b, "\n| summarize Count = count()%s", group)
	}
	if by == nil {
		return
	}
	if a.bound != nil {
		fmt.Fprintf(&b, "\n| where Count %s %d", a.bound.op, a.bound.n)
	}
	dir := "desc"
	if a.Least {
		dir = "asc"
	}
	if a.Top == 0 && (strings.HasPrefix(by.dim.Expr, "bin(") || strings.HasPrefix(by.dim.Expr, "startofweek(") || strings.HasPrefix(by.dim.Expr, "hourofday(")) {
		fmt.Fprintf(&b, "\n| order by %s asc", by.dim.Name) // a course over time reads in time order
		return
	}
	fmt.Fprintf(&b, "\n| order by %s %s, %s asc", a.Column, dir, by.dim.Name)
	if a.Top > 0 {
		fmt.Fprintf(&b, "\n| take %d", a.Top)
	}
}

func orTime(t string) string {
	if t == "" {
		return "TimeGenerated"
	}
	return t
}

package copilot

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// run is the answering of one prompt.
type run struct {
	c      *Copilot
	p      Prompt
	tenant *tenant
	ctx    *route.Context
	answer Answer
	said   int             // sentences so far
	bg     context.Context // of this prompt, for looking up coverage while wording
}

// calls runs the skills of a prompt, in order, and words their answer.
func (r *run) calls(ctx context.Context, calls []route.Call) *Answer {
	a := &r.answer
	a.Outcome = Answered
	for i := range calls {
		call := &calls[i]
		if call.Skill.Handler == "" && call.Skill.Format != "KQL" && call.Skill.Analytics == nil {
			return r.unsupported(fmt.Sprintf("%s is a skill of the format %s, which is not run here.", call.Skill.DisplayName, call.Skill.Format))
		}
		if err := allowed(r.p.Principal, call); err != nil {
			return r.denied(call, err)
		}
		if missing := r.unheld(ctx, call); missing != "" {
			return r.unsupported(missing)
		}
		switch call.Skill.Handler {
		case "summary":
			r.summary(ctx, call)
		case "investigation":
			r.investigate(ctx, call)
		case "options":
			r.options(ctx, call)
		default:
			st, res := r.step(ctx, call)
			if st.Error != "" {
				return r.failed(st)
			}
			r.add(st, call, res)
			r.word(call, res, len(a.Steps)-1)
			if len(call.Ignored) > 0 {
				r.say("Not taken into account: "+strings.Join(call.Ignored, ", ")+".", len(a.Steps)-1, nil)
			}
		}
		if a.Outcome != Answered {
			return a
		}
		r.cover(ctx, call)
		r.remember(call)
	}
	if len(a.Steps) > 0 {
		a.Table = a.Steps[len(a.Steps)-1].Table
		if len(a.Steps) == 1 {
			a.Steps[0].Table = nil // it is the answer's table
		}
	}
	return a
}

// allowed says whether a principal may run a skill; an action that is only described is Act's.
func allowed(p access.Principal, call *route.Call) error {
	if least := call.Skill.Role; least != "" {
		if err := access.AtLeast(p, access.Role(least)); err != nil {
			return err
		}
	}
	tables := call.Skill.Tables
	if call.Analysis != nil {
		tables = call.Analysis.Source.Tables
	}
	for _, t := range tables {
		if err := access.Authorize(p, access.ReadsTable(t)); err != nil {
			return err
		}
	}
	return nil
}

// denied is the answer of a prompt whose skill the asker may not run. What ran before it is not shown: the prompt was one.
func (r *run) denied(call *route.Call, err error) *Answer {
	return &Answer{Outcome: Refused, Text: fmt.Sprintf("%s was not run: %s.", call.Skill.DisplayName, err)}
}

func (r *run) add(st Step, call *route.Call, res *Result) {
	st.Table = shown(res)
	r.answer.Steps = append(r.answer.Steps, st)
	if r.p.Emit != nil {
		r.p.Emit(Event{Kind: "rows", Step: &st})
	}
}

// shown cuts a result for display.
func shown(res *Result) *Table {
	if res == nil {
		return nil
	}
	t := &Table{Columns: res.Columns, Rows: res.Rows, Total: len(res.Rows)}
	if len(t.Rows) > MaxRows {
		t.Rows = t.Rows[:MaxRows]
	}
	if t.Rows == nil {
		t.Rows = [][]any{}
	}
	return t
}

// step fills the template of a call and runs it.
func (r *run) step(ctx context.Context, call *route.Call) (Step, *Result) {
	st := Step{Skill: call.Skill.Name, Inputs: call.Inputs, Source: "kql"}
	template := call.Skill.Template
	if call.Analysis != nil {
		template = call.Analysis.Query
	}
	text, err := fill.Fill(template, call.Fill)
	if err != nil {
		st.Error = err.Error()
		return st, nil
	}
	st.Query = r.anchored(text, call)
	if r.p.Emit != nil {
		r.p.Emit(Event{Kind: "step", Step: &st})
	}
	began := time.Now()
	res, err := r.c.deps.Queries.Query(ctx, st.Query, r.p.Now)
	st.ElapsedMS = float64(time.Since(began).Microseconds()) / 1000
	if err != nil {
		st.Error = err.Error()
		return st, nil
	}
	st.Rows = len(res.Rows)
	return st, res
}

// anchored puts before a query the moments and tables that it uses, so that it runs by itself and gives
// the same rows again.
func (r *run) anchored(text string, call *route.Call) string {
	var b strings.Builder
	if strings.Contains(text, "_from") || strings.Contains(text, "_to") || strings.Contains(text, "_now") {
		fmt.Fprintf(&b, "let _now = datetime(%s);\n", stamp(r.p.Now))
	}
	if strings.Contains(text, "_from") {
		switch w := call.Window; {
		case w.Lookback != "":
			fmt.Fprintf(&b, "let _from = _now - %s;\n", w.Lookback)
		case !w.From.IsZero():
			fmt.Fprintf(&b, "let _from = datetime(%s);\n", stamp(w.From))
		default:
			b.WriteString("let _from = datetime(1900-01-01T00:00:00Z);\n")
		}
	}
	if strings.Contains(text, "_to") {
		if w := call.Window; !w.To.IsZero() {
			fmt.Fprintf(&b, "let _to = datetime(%s);\n", stamp(w.To))
		} else {
			b.WriteString("let _to = _now;\n")
		}
	}
	if strings.Contains(text, "_reasons") {
		b.WriteString(r.c.reasonsOf(r.tenant, call.Fill["errorCode"]))
	}
	if strings.Contains(text, "_reference") {
		b.WriteString(homeCountries)
		text = strings.Replace(text, "\n| where isnotempty", "\n| lookup kind=leftouter _home on UserId\n| where isnotempty", 1)
	}
	return b.String() + text
}

// homeCountries gives the country that "abroad" is measured against: the usage location of the user, or
// the country of most sign-ins where that is empty.
const homeCountries = `let _usual = SigninLogs | extend C = tostring(LocationDetails.countryOrRegion) | where isnotempty(C) | summarize N = count() by UserId, C | summarize arg_max(N, C) by UserId;
let _home = _usual | join kind=leftouter (EntraUsers | project UserId = id, L = usageLocation) on UserId | project UserId, _reference = iff(isempty(L), C, L);
`

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.9999999Z") }

func (r *run) failed(st Step) *Answer {
	st.Table = nil
	r.answer.Outcome = Failed
	r.answer.Text = fmt.Sprintf("The query of %s could not be run: %s", st.Skill, st.Error)
	r.answer.Steps = append(r.answer.Steps, st)
	return &r.answer
}

func (r *run) unsupported(reason string) *Answer {
	return &Answer{Outcome: Unsupported, Text: reason + r.askInstead(), Suggestions: starters}
}

var starters = []string{"Which users are at risk?", "Show failed sign-ins of the past 24 hours", "Which logs are being collected in this tenant?"}

func (r *run) askInstead() string {
	return " You can ask about users, their authentication methods, devices, roles, groups and risk, sign-ins, audit events, Conditional Access policies, applications, incidents and the tenant's logs."
}

// unheld says which collection a skill needs that was never imported.
func (r *run) unheld(ctx context.Context, call *route.Call) string {
	tables := call.Skill.Tables
	if call.Analysis != nil {
		tables = call.Analysis.Source.Tables
	}
	for _, t := range tables {
		info, err := r.c.deps.Sources.Source(ctx, t)
		if err != nil {
			return "The workspace could not be read: " + err.Error() + "."
		}
		if !info.Held {
			return fmt.Sprintf("The data does not hold %s: nothing of it was imported, so %s cannot answer. Import it, or ask about what is held.", t, call.Skill.DisplayName)
		}
	}
	return ""
}

// cover notes what the tables of a call can and cannot show.
func (r *run) cover(ctx context.Context, call *route.Call) {
	tables := slices.Concat(call.Skill.Tables, call.Skill.Optional)
	if call.Analysis != nil {
		tables = call.Analysis.Source.Tables
	}
	for _, t := range tables {
		if slices.ContainsFunc(r.answer.Coverage, func(c Coverage) bool { return c.Table == t }) {
			continue
		}
		r.answer.Coverage = append(r.answer.Coverage, r.coverage(ctx, t))
	}
}

func (r *run) coverage(ctx context.Context, table string) Coverage {
	c := Coverage{Table: table, Missing: []string{}}
	info, err := r.c.deps.Sources.Source(ctx, table)
	if err != nil {
		c.Missing = append(c.Missing, "unknown: "+err.Error())
		return c
	}
	c.Source, c.RowCap = info.Source, info.RowCap
	if !info.From.IsZero() {
		c.From = stamp(info.From)
	}
	if !info.To.IsZero() {
		c.To = stamp(info.To)
	}
	if !info.Last.IsZero() {
		c.LastEvent = stamp(info.Last)
	}
	c.Missing = append(c.Missing, info.Missing...)
	if !info.Held {
		c.Missing = append(c.Missing, table+" was never imported")
	}
	var off []string
	for category, of := range r.c.deps.Schemas.Categories() {
		if of == table && r.tenant.off[category] {
			off = append(off, "the log category "+category+" is not collected by any diagnostic setting")
		}
	}
	sort.Strings(off)
	c.Missing = append(c.Missing, off...)
	return c
}

// plan shows what the actions of a prompt would do; nothing is done, and what the prompt asks beside them is
// not looked up.
func (r *run) plan(calls []route.Call) *Answer {
	if err := access.Authorize(r.p.Principal, access.Act); err != nil {
		return &Answer{Outcome: Refused, Text: sentence(err.Error())}
	}
	a := &Answer{Outcome: NeedsConfirmation}
	for i := range calls {
		call := &calls[i]
		if call.Skill.Action == nil {
			a.Text += fmt.Sprintf(" %s was not run: ask it by itself.", call.Skill.DisplayName)
			continue
		}
		text, p, err := r.planned(call)
		if err != nil {
			return &Answer{Outcome: Failed, Text: "The action could not be described: " + err.Error()}
		}
		if a.Text += " " + text; a.Action == nil {
			a.Action = p
		} else {
			a.Further = append(a.Further, *p)
		}
		a.Steps = append(a.Steps, Step{Skill: call.Skill.Name, Inputs: call.Inputs, Source: "graph", Query: p.Request})
		r.remember(call)
	}
	a.Text = strings.TrimSpace(a.Text)
	return a
}

// planned describes one action.
func (r *run) planned(call *route.Call) (string, *Plan, error) {
	act := call.Skill.Action
	v := &view{c: r.c, call: call}
	does, err := v.render(act.Does)
	if err != nil {
		return "", nil, err
	}
	request, err := v.render(act.Request)
	if err != nil {
		return "", nil, err
	}
	text := fmt.Sprintf("This would %s. Nothing has been done: it needs the confirmation of a person with the role %s and the permission %s. To undo it: %s. Effect on risk: %s.",
		does, strings.Join(act.Roles, " or "), act.Permission, act.Undo, act.Effect)
	return text, &Plan{Skill: call.Skill.Name, Inputs: call.Inputs, Does: does, Request: request, Permission: act.Permission, Roles: act.Roles, Undo: act.Undo, Effect: act.Effect, Danger: act.Danger}, nil
}

// declined words the outcomes for which nothing is run.
func (r *run) declined(dec route.Decision) *Answer {
	switch dec.Outcome {
	case NotFound:
		a := &Answer{Outcome: NotFound, Text: fmt.Sprintf("There is no %s named %q in this tenant.", kindName(dec.Kind), dec.Name)}
		if len(dec.Candidates) > 0 {
			a.Text += " Near matches: " + labels(dec.Candidates) + "."
			for _, e := range dec.Candidates {
				a.Suggestions = append(a.Suggestions, strings.Replace(r.p.Text, dec.Name, e.Reported(), 1))
			}
		} else {
			a.Text += " No name is close to it."
		}
		return a
	case Ambiguous:
		return &Answer{Outcome: Ambiguous, Text: fmt.Sprintf("%q fits more than one %s: %s. Name the one that is meant; nothing was looked up.", dec.Name, kindName(dec.Kind), labels(dec.Candidates)), Suggestions: each(r.p.Text, dec)}
	case Refused:
		return &Answer{Outcome: Refused, Text: "Refused. " + dec.Reason}
	}
	return r.unsupported(dec.Reason)
}

func each(text string, dec route.Decision) []string {
	var out []string
	for _, e := range dec.Candidates {
		out = append(out, strings.Replace(text, dec.Name, e.Reported(), 1))
	}
	return out
}

func kindName(k string) string {
	switch k {
	case "app":
		return "application"
	case "policy":
		return "Conditional Access policy"
	case "role":
		return "directory role"
	}
	return k
}

func labels(es []directory.Entity) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = e.Label()
	}
	return strings.Join(out, ", ")
}

// remember notes what a follow-up may refer to.
func (r *run) remember(call *route.Call) {
	for _, k := range []string{"incident", "policy", "device", "app", "role", "group", "user"} {
		if e, ok := call.Entities[k]; ok {
			r.ctx.Remember(k, e)
		}
	}
	last := &route.Previous{Skill: call.Skill.Name, Inputs: call.Inputs, Cue: call.Cue, Offers: map[string]string{}}
	if q, ok := call.Inputs["question"].(string); ok {
		last.Question = q
	}
	if ip, ok := call.Inputs["ip"].(string); ok {
		last.Offers["ip"] = ip
	}
	if n := len(r.answer.Steps); n > 0 && r.answer.Steps[n-1].Table != nil {
		offer(last.Offers, r.answer.Steps[n-1].Table)
		last.Picks = r.picks(r.answer.Steps[n-1].Table)
	}
	r.ctx.Last = last
}

// subjectColumns are the columns that say what a row is about, the surest first.
var subjectColumns = []string{"Incident", "id", "Id", "principalId", "UserId", "UserPrincipalName", "userPrincipalName", "roleDefinitionId", "role", "servicePrincipalId", "displayName"}

// picks are what the first rows of a table are about, so that "the first one" can name it.
func (r *run) picks(t *Table) []directory.Entity {
	var out []directory.Entity
	for _, row := range t.Rows[:min(len(t.Rows), route.MaxPicks)] {
		out = append(out, r.pick(t.Columns, row))
	}
	return out
}

func (r *run) pick(columns []Column, row []any) directory.Entity {
	for _, name := range subjectColumns {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			continue
		}
		es := slices.DeleteFunc(r.tenant.index.ByText(cellText(row[i])), func(e directory.Entity) bool { return !route.IsEntity(string(e.Kind)) })
		if len(es) == 1 {
			return es[0]
		}
	}
	return directory.Entity{}
}

// offer takes from rows what "this event type" or "that IP" would mean: the most frequent value, of
// equals the first.
func offer(out map[string]string, t *Table) {
	for key, columns := range map[string][]string{"activity": {"Activity"}, "ip": {"IPAddress", "IpAddress", "ClientIP"}, "correlationId": {"CorrelationId"}, "requestId": {"RequestId"}} {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return slices.Contains(columns, c.Name) })
		if i < 0 || out[key] != "" {
			continue
		}
		n := map[string]int{}
		best := ""
		for _, row := range t.Rows {
			v := cellText(row[i])
			if v == "" {
				continue
			}
			n[v]++
			if best == "" || n[v] > n[best] {
				best = v
			}
		}
		if best != "" {
			out[key] = best
		}
	}
}

package copilot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
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
		if call.Skill.Installed {
			st, res, failed := r.installed(ctx, call)
			if failed != nil {
				return failed
			}
			r.add(st, call, res)
			r.word(call, res, len(a.Steps)-1)
			r.cover(ctx, call)
			r.remember(call)
			continue
		}
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
		case "scope":
			if failed := r.scopeFrom(ctx, call); failed != nil {
				return failed
			}
		case "options":
			r.options(ctx, call)
		default:
			verdict, failed := r.claim(ctx, call)
			if failed != nil {
				return failed
			}
			st, res := r.step(ctx, call)
			if st.Error != "" {
				return r.failed(st)
			}
			r.add(st, call, res)
			verdict(len(res.Rows))
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
	tables := slices.Concat(call.Skill.Tables, call.Skill.AnyOf)
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
	text, err := fill.Fill(template, call.Fill, r.p.Now)
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
	if st.Source == "api" {
		r.answer.Text = fmt.Sprintf("The call of %s did not work: %s", st.Skill, st.Error)
	}
	r.answer.Steps = append(r.answer.Steps, st)
	return &r.answer
}

package copilot

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin"
)

// part is one step of a composite skill with its rows.
type part struct {
	step int
	view *view
}

// parts runs the steps of a composite skill for the same user and period. A step whose table is not held,
// or whose query fails, is left out and said.
func (r *run) parts(ctx context.Context, call *route.Call) map[string]part {
	out := map[string]part{}
	for _, name := range call.Skill.Steps {
		s, ok := r.c.router.Skill(name)
		if !ok {
			r.say(fmt.Sprintf("The step %s is not installed.", name), 0, nil)
			continue
		}
		sub := stepCall(call, s)
		if err := allowed(r.p.Principal, sub); err != nil {
			r.say(fmt.Sprintf("%s was left out: %s.", s.DisplayName, err), 0, nil)
			r.answer.Coverage = append(r.answer.Coverage, Coverage{Table: strings.Join(s.Tables, ", "), Missing: []string{err.Error()}})
			continue
		}
		if missing := r.unheld(ctx, sub); missing != "" {
			r.answer.Coverage = append(r.answer.Coverage, Coverage{Table: strings.Join(append(slices.Clone(s.Tables), s.AnyOf...), ", "), Missing: []string{missing}})
			continue
		}
		st, res := r.step(ctx, sub)
		if st.Error != "" {
			r.answer.Steps = append(r.answer.Steps, st)
			r.say(fmt.Sprintf("The step %s could not be run: %s.", name, st.Error), 0, nil)
			continue
		}
		r.add(st, sub, res)
		r.cover(ctx, sub)
		out[name] = part{len(r.answer.Steps) - 1, &view{c: r.c, call: sub, res: res, n: len(res.Rows)}}
	}
	return out
}

// stepCall is the call of one step: the inputs of the composite that the step takes too.
func stepCall(call *route.Call, s *plugin.Skill) *route.Call {
	sub := &route.Call{Skill: s, Inputs: map[string]any{}, Fill: map[string]string{}, Entities: call.Entities, Window: call.Window, Default: call.Default}
	for _, in := range s.Inputs {
		if v, ok := call.Inputs[in.Name]; ok && in.Name != "fields" && in.Name != "ip" {
			sub.Inputs[in.Name] = v
		}
	}
	for k, v := range call.Fill {
		if strings.HasPrefix(k, "user") {
			sub.Fill[k] = v
		}
	}
	if s.Window == "none" {
		sub.Window = call.Window
		sub.Window.Lookback = ""
	}
	return sub
}

// own adds the composite's own step, whose rows are given.
func (r *run) own(call *route.Call, res *Result) int {
	st := Step{Skill: call.Skill.Name, Inputs: call.Inputs, Source: "local", Query: "from the steps " + strings.Join(call.Skill.Steps, ", "), Rows: len(res.Rows), Table: shown(res)}
	r.answer.Steps = append(r.answer.Steps, st)
	return len(r.answer.Steps) - 1
}

// summary says why a user is risky, and what to do.
func (r *run) summary(ctx context.Context, call *route.Call) {
	ps := r.parts(ctx, call)
	risk, ok := ps["GetEntraRiskyUser"]
	who := (&view{call: call}).who()
	if !ok || risk.view.n == 0 {
		r.say(who+" has no risk record: the user is not known to be risky.", 0, nil)
	} else {
		r.say(fmt.Sprintf("%s has the risk level %s and the risk state %s (%s), last updated on %s.", who, risk.view.cell(0, "RiskLevel"), risk.view.cell(0, "RiskState"), risk.view.cell(0, "RiskDetail"), moment(risk.view.cell(0, "RiskLastUpdatedDateTime"))), risk.step, []int{0})
	}
	if d, ok := ps["GetEntraRiskDetections"]; ok && d.view.n > 0 {
		r.say(fmt.Sprintf("%s led to it: %s.", sentenceStart(plural(d.view.n, "risk detection", "")), r.detections(d.view)), d.step, d.view.cited("all"))
	}
	if s, ok := ps["GetEntraRiskySignIns"]; ok && s.view.n > 0 {
		r.say(fmt.Sprintf("%s are recorded %s, from %s (%s); %d succeeded.", plural(s.view.n, "risky sign-in", ""), windowText(s.view.call), s.view.list("IPAddress", 8), s.view.list("Country", 8), s.view.countWhere(func(x string) bool { return x == "Success" }, "Status")), s.step, s.view.cited("all"))
	}
	if h, ok := ps["GetEntraRiskyUserHistory"]; ok && h.view.n > 0 {
		r.say(fmt.Sprintf("The risk changed %s %s; the latest change was made by %s.", times(h.view.n), windowText(h.view.call), h.view.cell(0, "ChangedBy")), h.step, h.view.cited("all"))
	}
	state := "none"
	if ok && risk.view.n > 0 {
		state = risk.view.cell(0, "RiskState")
	}
	options := r.fitting(state)
	if len(options) > 0 {
		r.say("What can be done: "+strings.Join(displayNames(options), ", ")+".", 0, nil)
	}
	rows := [][]any{}
	for _, name := range call.Skill.Steps {
		if p, ok := ps[name]; ok {
			rows = append(rows, []any{name, p.view.n})
		}
	}
	r.own(call, &Result{Columns: []Column{{"Step", "string"}, {"Rows", "long"}}, Rows: rows})
	r.suggest(&view{c: r.c, call: call, res: &Result{}})
}

func sentenceStart(s string) string { return s }

// detections lists the types of detections, in everyday words where there are some.
func (r *run) detections(v *view) string {
	var out []string
	for _, c := range v.counts("RiskEventType") {
		text := c.value
		if plain := r.c.plain[strings.ToLower(c.value)]; plain != "" {
			text = plain + " (" + c.value + ")"
		}
		if c.n > 1 {
			text += fmt.Sprintf(", %d times", c.n)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// fitting are the actions worth considering in a risk state.
func (r *run) fitting(state string) []*plugin.Skill {
	var out []*plugin.Skill
	for _, s := range r.c.deps.Skills {
		if s.Action != nil && slices.ContainsFunc(s.Action.Fits, func(f string) bool { return strings.EqualFold(f, state) }) {
			out = append(out, s)
		}
	}
	return out
}

func displayNames(ss []*plugin.Skill) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = s.DisplayName
	}
	return out
}

// options lists the actions that fit a user's risk state.
func (r *run) options(ctx context.Context, call *route.Call) {
	ps := r.parts(ctx, call)
	who := (&view{call: call}).who()
	state, level := "none", "none"
	if p, ok := ps["GetEntraRiskyUser"]; ok && p.view.n > 0 {
		state, level = p.view.cell(0, "RiskState"), p.view.cell(0, "RiskLevel")
		r.say(fmt.Sprintf("%s has the risk state %s and the risk level %s.", who, state, level), p.step, []int{0})
	} else {
		r.say(who+" has no risk record.", 0, nil)
	}
	fits := r.fitting(state)
	also := ""
	if len(fits) == 0 { // without risk, the actions that contain an account are still there to choose
		fits = slices.DeleteFunc(r.fitting("atRisk"), func(s *plugin.Skill) bool { return strings.HasPrefix(s.Action.ID, "risk.") })
		also = "No action is called for by the risk state. "
	}
	res := &Result{Columns: []Column{{"Action", "string"}, {"Skill", "string"}, {"Does", "string"}, {"EffectOnRisk", "string"}, {"Permission", "string"}, {"Roles", "string"}, {"Undo", "string"}, {"Danger", "string"}}}
	for _, s := range fits {
		v := &view{c: r.c, call: &route.Call{Skill: s, Inputs: call.Inputs, Fill: call.Fill, Entities: call.Entities}}
		a := s.Action
		res.Rows = append(res.Rows, []any{s.DisplayName, s.Name, r.must(v, a.Does), a.Effect, a.Permission, strings.Join(a.Roles, ", "), a.Undo, a.Danger})
	}
	at := r.own(call, res)
	all := make([]int, len(res.Rows))
	for i := range all {
		all[i] = i
	}
	r.say(fmt.Sprintf("%sActions that can be taken: %s. Each needs a person's confirmation and the role named in the table.", also, strings.Join(displayNames(fits), ", ")), at, all)
	r.suggest(&view{c: r.c, call: call, res: &Result{}})
}

// finding is one thing an investigation found.
type finding struct {
	weight int // how much it speaks for a compromise; negative ones speak against
	text   string
	time   string
	step   int
	rows   []int
}

// investigate runs every step of an investigation and weighs what they show.
func (r *run) investigate(ctx context.Context, call *route.Call) {
	ps := r.parts(ctx, call)
	who := (&view{call: call}).who()
	var fs []finding
	for _, find := range []func(map[string]part) []finding{r.findRisk, r.findSignIns, r.findChanges, r.findTraces, r.findStanding} {
		fs = append(fs, find(ps)...)
	}
	sort.SliceStable(fs, func(a, b int) bool { return fs[a].weight > fs[b].weight })
	score := 0
	for _, f := range fs {
		score += f.weight
	}
	r.say(fmt.Sprintf("Investigation of %s %s: %s (%d findings).", who, windowText(call), verdict(score), len(fs)), 0, nil)
	res := &Result{Columns: []Column{{"Rank", "long"}, {"Weight", "long"}, {"Finding", "string"}, {"Time", "datetime"}, {"Step", "string"}, {"EvidenceRows", "long"}}}
	for i, f := range fs {
		var when any
		if f.time != "" {
			when = f.time
		}
		res.Rows = append(res.Rows, []any{i + 1, f.weight, f.text, when, r.answer.Steps[f.step].Skill, len(f.rows)})
		if i < 10 {
			r.say(f.text, f.step, f.rows)
		}
	}
	state := "none"
	if p, ok := ps["GetEntraRiskyUser"]; ok && p.view.n > 0 {
		state = p.view.cell(0, "RiskState")
	}
	options := r.fitting(state)
	if len(options) == 0 && score >= 40 {
		options = r.fitting("atRisk")
	}
	if len(options) > 0 {
		r.say("Recommended: "+strings.Join(displayNames(options), ", ")+".", 0, nil)
	}
	r.own(call, res)
	r.suggest(&view{c: r.c, call: call, res: &Result{}})
}

// verdict words the sum of the weights. The thresholds are a judgement: one confirmed state or two strong
// signs are a likely compromise.
func verdict(score int) string {
	switch {
	case score >= 100:
		return "the account is very likely compromised"
	case score >= 40:
		return "the account is possibly compromised"
	case score >= 15:
		return "some signs call for a closer look"
	}
	return "no sign of a compromise was found"
}

func (r *run) findRisk(ps map[string]part) []finding {
	var out []finding
	if p, ok := ps["GetEntraRiskyUser"]; ok && p.view.n > 0 {
		state, level := p.view.cell(0, "RiskState"), p.view.cell(0, "RiskLevel")
		w := map[string]int{"confirmedCompromised": 100, "atRisk": 20, "confirmedSafe": -30, "dismissed": -5}[state]
		if state == "atRisk" {
			w += map[string]int{"high": 30, "medium": 10}[level]
		}
		out = append(out, finding{w, fmt.Sprintf("The risk state is %s, the risk level %s (%s).", state, level, p.view.cell(0, "RiskDetail")), p.view.cell(0, "RiskLastUpdatedDateTime"), p.step, []int{0}})
	}
	if p, ok := ps["GetEntraRiskDetections"]; ok && p.view.n > 0 {
		out = append(out, finding{15 * min(p.view.n, 4), sentence(plural(p.view.n, "risk detection", "") + ": " + r.detections(p.view)), p.view.cell(0, "DetectedDateTime"), p.step, p.view.cited("all")})
	}
	if p, ok := ps["GetSecurityIncidents"]; ok && p.view.n > 0 {
		open := p.view.countWhere(func(s string) bool { return s == "active" || s == "inProgress" }, "status")
		out = append(out, finding{10 * min(open, 3), fmt.Sprintf("The user is involved in %s, %d of them open: %s.", plural(p.view.n, "incident", ""), open, p.view.pairs("Incident", "Title", 5)), p.view.cell(0, "CreatedTime"), p.step, p.view.cited("all")})
	}
	return out
}

func (r *run) findSignIns(ps map[string]part) []finding {
	var out []finding
	if p, ok := ps["GetEntraRiskySignIns"]; ok && p.view.n > 0 {
		good := p.view.cited("Status=Success")
		out = append(out, finding{min(10+10*len(good), 40), fmt.Sprintf("%s, from %s in %s; %d of them succeeded.", plural(p.view.n, "risky sign-in", ""), p.view.list("IPAddress", 8), p.view.list("Country", 8), len(good)), p.view.cell(0, "TimeGenerated"), p.step, p.view.cited("all")})
	}
	if p, ok := ps["GetEntraSignInFailureReasons"]; ok && p.view.n > 0 {
		known := p.view.sum("Count", "PasswordKnown", "true")
		if known > 0 {
			out = append(out, finding{min(5+known, 25), fmt.Sprintf("%s failed after the correct password was given, so the password is known: error codes %s.", plural(known, "sign-in", ""), p.view.listWhere("ErrorCode", "PasswordKnown", "true")), p.view.cell(0, "LastSeen"), p.step, p.view.cited("PasswordKnown=true")})
		} else {
			out = append(out, finding{0, fmt.Sprintf("%s failed, most often with the error code %s (%s).", plural(p.view.sum("Count", "", ""), "sign-in", ""), p.view.cell(0, "ErrorCode"), p.view.cell(0, "Reason")), p.view.cell(0, "LastSeen"), p.step, p.view.cited("all")})
		}
	}
	return out
}

// telling are audit activities that an intruder uses to stay, by words of their names.
var telling = []struct {
	words  string
	weight int
}{{"security info", 15}, {"consent to application", 15}, {"delegated permission grant", 15}, {"add member to role", 20}, {"eligible member to role", 10}, {"add member to group", 5}, {"service principal credentials", 15}, {"add owner", 10}, {"conditional access policy", 10}}

func (r *run) findChanges(ps map[string]part) []finding {
	var out []finding
	if p, ok := ps["GetEntraAuditLogs"]; ok {
		i := p.view.column("Activity")
		for _, t := range telling {
			var rows []int
			for k, row := range p.view.res.Rows {
				if i >= 0 && strings.Contains(strings.ToLower(cellText(row[i])), t.words) {
					rows = append(rows, k)
				}
			}
			if len(rows) > 0 {
				f := rows[0]
				out = append(out, finding{t.weight, fmt.Sprintf("%s: %s by %s on %s%s.", p.view.cell(f, "Activity"), times(len(rows)), p.view.cell(f, "Actor"), p.view.cell(f, "TargetObject"), fromAddress(p.view.cell(f, "ClientIP"))), p.view.cell(f, "TimeGenerated"), p.step, rows})
			}
		}
	}
	if p, ok := ps["GetEntraUserAuthenticationMethods"]; ok && p.view.n > 0 {
		from, _ := p.view.call.Window.Range(r.p.Now)
		if from.IsZero() {
			from = r.p.Now.AddDate(0, 0, -30)
		}
		for k := range p.view.n {
			if at := p.view.cell(k, "createdDateTime"); p.view.cell(k, "method") != "Password" && len(at) >= 19 && at >= stamp(from) {
				out = append(out, finding{20, fmt.Sprintf("A new authentication method was registered on %s: %s %s.", moment(at), p.view.cell(k, "method"), p.view.cell(k, "displayName")), at, p.step, []int{k}})
			}
		}
	}
	return out
}

func fromAddress(ip string) string {
	if ip == "" {
		return ""
	}
	return ", from " + ip
}

// findStanding says what the account could reach: it weighs nothing, but it ranks what is at stake.
func (r *run) findStanding(ps map[string]part) []finding {
	var out []finding
	for _, x := range []struct{ skill, column, text string }{
		{"GetEntraUserRoles", "role", "The user holds %s: %s."}, {"GetEntraUserGroups", "displayName", "The user is a member of %s: %s."}, {"GetEntraUserDevices", "displayName", "The user has %s: %s."}, {"GetEntraUserApplications", "application", "The user has %s: %s."}} {
		if p, ok := ps[x.skill]; ok && p.view.n > 0 {
			noun := map[string]string{"role": "role assignment", "application": "app assignment"}[x.column]
			if noun == "" {
				noun = p.view.call.Skill.Answer.Subject
			}
			out = append(out, finding{0, fmt.Sprintf(x.text, plural(p.view.n, noun, ""), p.view.list(x.column, 12)), "", p.step, p.view.cited("all")})
		}
	}
	return out
}

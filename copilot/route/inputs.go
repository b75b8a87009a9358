package route

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

// builder gathers the inputs of one call.
type builder struct {
	r       *Router
	d       *reading
	q       Request
	m       match
	call    Call
	keep    bool               // the previous prompt's inputs stay where this one names nothing else
	change  bool               // the prompt only changes an input of the previous one
	several []directory.Entity // further users, each of which gets a call of its own
	named   map[string]bool    // inputs whose value the prompt names as the data spells it
}

// build turns a chosen skill into calls, or says which name stands in the way.
func (r *Router) build(d *reading, q Request, m match, change bool) Decision {
	b := &builder{r: r, d: d, q: q, m: m, keep: change, change: change}
	b.call = Call{Skill: m.c.skill, Inputs: map[string]any{}, Fill: map[string]string{}, Entities: map[string]directory.Entity{}, Format: d.format, Score: m.score, Cue: m.cue}
	if change && q.Context.Last != nil {
		b.call.Cue = q.Context.Last.Cue
	}
	if dec, stop := b.unresolved(); stop {
		return dec
	}
	if prev := q.Context; prev != nil && prev.Last != nil && !change {
		// "group them by reason", "and the audit logs?": another skill on the same rows or the same period
		rows := slices.Contains(d.anaphora, "rows")
		fragment := d.fragment() && prev.continues(d, "user")
		b.keep = rows || fragment || (d.followUp || d.definite && d.bare()) && !r.namesAny(d, m.c)
	}
	if dec, stop := b.entities(); stop {
		return dec
	}
	if dec, stop := b.excludes(); stop {
		return dec
	}
	b.inherit()
	b.texts()
	b.valuesAndNumbers()
	if dec, stop := b.period(); stop {
		return dec
	}
	b.fields()
	if m.c.skill.Analytics != nil {
		text := strings.TrimSpace(q.Text)
		if change && q.Context.Last.Question != "" {
			text = q.Context.Last.Question
			d = r.amend(r.read(text, q.Now, q.Index), d)
			b.d = d
			b.call.Inputs, b.call.Entities = map[string]any{}, map[string]directory.Entity{}
			if dec, stop := b.entities(); stop {
				return dec
			}
			b.texts()
			b.valuesAndNumbers()
			if dec, stop := b.period(); stop {
				return dec
			}
		}
		a, reason := r.analyze(d, m.c.skill, b.call, q)
		if a == nil {
			return Decision{Outcome: "unsupported", Reason: reason, Format: d.format}
		}
		b.call.Analysis = a
		b.call.Inputs["question"] = text
	}
	if dec, stop := b.missing(); stop {
		return dec
	}
	b.ignored()
	b.fill()
	if e, ok := q.Context.lastOf("user"); ok && slices.ContainsFunc(b.d.tokens, func(t words.Token) bool { return t.Text == "else" || t.Text == "other" || t.Text == "others" }) && b.call.Inputs["user"] == nil {
		b.call.Else = e.Reported()
	}
	out := Decision{Outcome: "answered", Calls: []Call{b.call}, Format: d.format}
	for _, e := range b.several {
		c := b.call
		c.Inputs, c.Fill, c.Entities = cloneAny(c.Inputs), cloneText(c.Fill), cloneMap(c.Entities)
		c.Inputs["user"], c.Entities["user"] = e.Reported(), e
		b2 := &builder{r: r, d: d, q: q, m: m, call: c}
		b2.fill()
		out.Calls = append(out.Calls, b2.call)
	}
	if m.c.skill.Action != nil {
		out.Outcome = "needs_confirmation"
	}
	return out
}

// amend puts what a follow-up names into the reading of the question it changes.
func (r *Router) amend(old, d *reading) *reading {
	if !d.window.IsZero() {
		old.window = d.window
	}
	if d.top > 0 {
		old.top = d.top
	}
	if len(d.ips) > 0 {
		old.ips = d.ips
	}
	for _, v := range d.values {
		old.values = slices.DeleteFunc(old.values, func(o valueHit) bool { return o.Input == v.Input })
	}
	old.values = append(old.values, d.values...)
	for _, m := range d.mentions {
		old.mentions = slices.DeleteFunc(old.mentions, func(o directory.Mention) bool { return o.Entities[0].Kind == m.Entities[0].Kind })
		m.First, m.Last = 0, 0 // its place is in another text
		old.mentions = append(old.mentions, m)
	}
	old.addrs, old.format = d.addrs, d.format
	return old
}

func cloneAny(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func cloneText(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// inherit keeps inputs of the previous prompt that this one does not name.
func (b *builder) inherit() {
	ctx := b.q.Context
	if !b.keep || ctx == nil || ctx.Last == nil {
		b.offers()
		return
	}
	for name, v := range ctx.Last.Inputs {
		in, ok := b.m.c.skill.Input(name)
		if !ok && name != "from" && name != "to" && name != "lookback" || b.call.Inputs[name] != nil || name == "question" || name == "fields" {
			continue
		}
		if name == "from" || name == "to" || name == "lookback" {
			continue // the period is inherited whole, below
		}
		b.call.Inputs[name] = v
		if IsEntity(in.Type) {
			if e, ok := ctx.lastOf(in.Type); ok && e.Reported() == v {
				b.call.Entities[in.Type] = e
			} else if es := b.q.Index.ByName(fmt.Sprint(v)); len(es) > 0 {
				b.call.Entities[in.Type] = es[0]
			}
		}
	}
	if b.d.window.IsZero() {
		b.d.window = windowOf(ctx.Last.Inputs)
	}
	b.offers()
}

// offers takes values that the previous rows offer: the activity of "this event type", the address of "that IP".
func (b *builder) offers() {
	ctx := b.q.Context
	if ctx == nil || ctx.Last == nil {
		return
	}
	for _, k := range b.d.anaphora {
		v := ctx.Last.Offers[k]
		if v == "" || !b.m.c.inputs[k] || b.call.Inputs[k] != nil {
			continue
		}
		b.call.Inputs[k] = v
	}
}

func windowOf(in map[string]any) when.Window {
	var w when.Window
	w.Lookback, _ = in["lookback"].(string)
	if s, ok := in["from"].(string); ok {
		w.From, _ = time.Parse(time.RFC3339, s) // written by this program in this layout
	}
	if s, ok := in["to"].(string); ok {
		w.To, _ = time.Parse(time.RFC3339, s)
	}
	return w
}

// texts takes free texts: quoted activities, addresses, ids.
func (b *builder) texts() {
	c := b.m.c
	for _, q := range b.d.quoted {
		if c.inputs["activity"] && b.call.Inputs["activity"] == nil {
			b.call.Inputs["activity"] = q.text
			b.named = map[string]bool{"activity": true}
		}
	}
	if c.inputs["ip"] && len(b.d.ips) > 0 {
		b.call.Inputs["ip"] = b.d.ips[0]
	}
	for _, g := range b.d.guids {
		key := "correlationId"
		if c.inputs["requestId"] && (!c.inputs["correlationId"] || b.d.has("request")) {
			key = "requestId"
		}
		if c.inputs[key] {
			b.call.Inputs[key] = g
		}
	}
	if c.inputs["errorCode"] && len(b.d.codes) > 0 {
		b.call.Inputs["errorCode"] = strings.Join(b.d.codes, ",")
	}
	if c.inputs["incident"] && b.call.Inputs["incident"] == nil {
		for i, t := range b.d.tokens {
			if n, err := strconv.Atoi(t.Text); err == nil && n > 0 && b.d.mark[i] != timed && b.d.mark[i] != named {
				b.call.Inputs["incident"] = t.Text
			}
		}
	}
}

// valuesAndNumbers takes the values of the vocabulary that the skill has inputs for.
func (b *builder) valuesAndNumbers() {
	got := map[string][]string{}
	for _, v := range b.d.values {
		if !b.m.c.inputs[v.Input] || slices.Contains(got[v.Input], v.Value.Value) {
			continue
		}
		got[v.Input] = append(got[v.Input], v.Value.Value)
	}
	for typ := range got { // "medium too"
		if old := b.call.Inputs[b.m.c.inputNamed(typ)]; old != nil && b.change && takesSeveral(typ) && b.addsMore() {
			got[typ] = append(textsOf(listOf(old)), got[typ]...)
		}
	}
	for typ, vs := range got {
		input := b.m.c.inputNamed(typ)
		if b.named[input] {
			continue
		}
		if (typ == "status" || typ == "result") && (slices.Contains(vs, "success") && slices.Contains(vs, "failure") || slices.Contains(vs, "any") || b.adds(input, vs[0])) {
			delete(b.call.Inputs, input) // "successful or failed": all of them
			continue
		}
		switch {
		case vs[0] == "true" || vs[0] == "false":
			b.call.Inputs[input] = vs[0] == "true"
		case len(vs) == 1 || !takesSeveral(typ):
			b.call.Inputs[input] = vs[0]
		default:
			b.call.Inputs[input] = vs
		}
	}
	if b.d.top > 0 && b.m.c.inputs["top"] {
		b.call.Inputs["top"] = b.d.top
		b.call.Top, b.call.Oldest = b.d.top, b.d.oldest
	}
}

// adds says whether a follow-up adds the other outcome to the one that was asked for: "also the successful ones".
func (b *builder) adds(input, value string) bool {
	if !b.change {
		return false
	}
	old, ok := b.q.Context.Last.Inputs[input]
	return ok && fmt.Sprint(old) != value && b.addsMore()
}

func (b *builder) addsMore() bool {
	return slices.ContainsFunc(b.d.stems, func(s string) bool { return s == "also" || s == "include" || s == "too" || s == "plus" })
}

// takesSeveral says whether an input may have several values at once.
func takesSeveral(typ string) bool {
	return typ == "riskLevel" || typ == "riskState" || typ == "severity"
}

func listOf(v any) any {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	return v
}

// period sets the window: the named one, or the skill's default.
func (b *builder) period() (Decision, bool) {
	s := b.m.c.skill
	takes := b.m.c.inputs["lookback"]
	w := b.d.window
	if w.From.After(b.q.Now) {
		return Decision{Outcome: "unsupported", Format: b.d.format,
			Reason: fmt.Sprintf("The period begins on %s, which is still to come: nothing is recorded of it.", w.From.Format(time.RFC3339))}, true
	}
	if s.Window == "none" && (!takes || isPresent(w, b.q.Now) && !b.d.has("newuser")) {
		return Decision{}, false // a question about a state: today and now mean the present
	}
	if !w.IsZero() && (takes || s.Analytics != nil) {
		b.call.Window = w
		if takes {
			report(b.call.Inputs, w)
		}
		return Decision{}, false
	}
	if takes || s.Window != "" {
		b.call.Window, b.call.Default = when.Window{Lookback: s.Window}, true
		if s.Window == "" || s.Window == "none" {
			b.call.Window = when.Window{}
		}
	}
	return Decision{}, false
}

// isPresent says whether a window is "today": for a state, that is now.
func isPresent(w when.Window, now time.Time) bool {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return w.Lookback == "" && w.To.IsZero() && w.From.Equal(day)
}

func report(in map[string]any, w when.Window) {
	if w.Lookback != "" {
		in["lookback"] = w.Lookback
		return
	}
	if !w.From.IsZero() {
		in["from"] = w.From.Format(time.RFC3339)
	}
	if !w.To.IsZero() {
		in["to"] = w.To.Format(time.RFC3339)
	}
}

// fields reports the properties that the prompt asks about.
func (b *builder) fields() {
	for _, i := range b.m.fields {
		f := b.m.c.skill.Fields[i]
		if !slices.Contains(b.call.Fields, f.Name) {
			b.call.Fields = append(b.call.Fields, f.Name)
		}
	}
	if b.change && len(b.call.Fields) == 0 {
		b.call.Fields = textsOf(b.q.Context.Last.Inputs["fields"])
	}
	if b.d.has("everything") && b.m.c.inputs["fields"] {
		b.call.Fields = nil
	}
	if len(b.call.Fields) > 0 && b.m.c.inputs["fields"] {
		b.call.Inputs["fields"] = b.call.Fields
	}
}

// textsOf is a list of texts, as it is or as it comes back from a stored session.
func textsOf(v any) []string {
	switch v := v.(type) {
	case []string:
		return slices.Clone(v)
	case []any:
		out := make([]string, 0, len(v))
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		return out
	}
	return nil
}

// missing says which needed input the prompt does not give.
func (b *builder) missing() (Decision, bool) {
	for _, in := range b.m.c.skill.Inputs {
		if !in.Required || b.call.Inputs[in.Name] != nil || in.Default != "" || in.Name == "question" {
			continue
		}
		if IsEntity(in.Type) && len(b.d.unknown) > 0 {
			return b.r.notFound(b.q, b.d.unknown[0].text, in.Type), true
		}
		return Decision{Outcome: "unsupported", Format: b.d.format,
			Reason: fmt.Sprintf("%s needs to know which %s is meant; name it in the prompt.", b.m.c.skill.DisplayName, inputName(in.Type))}, true
	}
	return Decision{}, false
}

func inputName(t string) string {
	switch t {
	case "ip":
		return "IP address"
	case "correlationId":
		return "correlation id"
	case "requestId":
		return "request id"
	case "app":
		return "application"
	}
	return t
}

// fill turns reported inputs into texts for the holes, with the derived ones: userId, locationCode.
func (b *builder) fill() {
	c := &b.call
	for name, v := range c.Inputs {
		switch x := v.(type) {
		case []string:
			c.Fill[name] = strings.Join(x, ",")
		case []any:
			parts := make([]string, len(x))
			for i, p := range x {
				parts[i] = fmt.Sprint(p)
			}
			c.Fill[name] = strings.Join(parts, ",")
		default:
			c.Fill[name] = fmt.Sprint(x)
			c.Fill[name+"_"+c.Fill[name]] = "true" // lets a template line depend on one value
		}
	}
	if c.Fill["lookback"]+c.Fill["from"]+c.Fill["to"] != "" {
		c.Fill["period"] = "true"
	}
	if a := c.Fill["activity"]; a != "" && b.q.Index != nil {
		if slices.ContainsFunc(b.q.Index.ByName(a), func(e directory.Entity) bool { return e.Kind == "activity" }) {
			c.Fill["activityName"] = a // the data holds it as it is: no search for parts
		}
	}
	for kind, e := range c.Entities {
		c.Fill[kind], c.Fill[kind+"Id"], c.Fill[kind+"Name"] = e.Reported(), e.ID, e.Name
		for k, v := range e.Extra {
			c.Fill[kind+strings.ToUpper(k[:1])+k[1:]] = v
		}
		if e.Deleted {
			c.Fill[kind+"Deleted"] = "true"
		}
	}
	fillPlace(c.Fill, c.Fill["location"])
	if strings.Contains(c.Fill["ip"], "/") {
		c.Fill["prefix"], c.Fill["address"] = c.Fill["ip"], ""
	} else {
		c.Fill["address"] = c.Fill["ip"]
	}
	if len(c.Fields) > 0 {
		var cols []string
		for _, name := range c.Fields {
			f, ok := c.Skill.Field(name)
			if ok && !slices.Contains(cols, f.ColumnName()) && !slices.Contains([]string{"id", "displayName", "userPrincipalName"}, f.ColumnName()) {
				cols = append(cols, f.ColumnName())
			}
		}
		c.Fill["fieldColumns"] = strings.Join(cols, ", ")
	}
	if c.Oldest {
		c.Fill["oldest"] = "true"
	}
}

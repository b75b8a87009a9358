package route

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
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
	if dec, stop := b.narrows(); stop {
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
	if b.ignored(); len(b.call.Ignored) > 0 {
		if dec, stop := r.misnamed(d, q); stop {
			return dec
		}
	}
	b.claim()
	b.fill()
	if e, ok := q.Context.lastOf("user"); ok && slices.ContainsFunc(b.d.tokens, func(t words.Token) bool { return t.Text == "else" || t.Text == "other" || t.Text == "others" }) && b.call.Inputs["user"] == nil {
		b.call.Else = e.Reported()
	}
	out := Decision{Outcome: "answered", Calls: []Call{b.call}, Format: d.format}
	for _, e := range b.several {
		c := b.call
		c.Inputs, c.Fill, c.Entities = maps.Clone(c.Inputs), maps.Clone(c.Fill), maps.Clone(c.Entities)
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
	if c.inputs["asn"] && len(b.d.asns) > 0 {
		b.call.Inputs["asn"] = b.d.asns[0]
	}
	if c.inputs["userAgent"] && len(b.d.quoted) > 0 {
		b.call.Inputs["userAgent"] = b.d.quoted[0].text
	}
	for _, g := range b.d.guids {
		if c.inputs["sessionId"] {
			b.call.Inputs["sessionId"] = g
			continue
		}
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
	for _, v := range b.d.values { // "forwards mail outside the tenant"
		if v.Wins && got[v.Input] != nil {
			got[v.Input] = []string{v.Value.Value}
		}
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

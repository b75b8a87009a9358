package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// unresolved declines a prompt that refers to something which the session does not know: "this user" in a
// new session must not become everybody.
func (b *builder) unresolved() (Decision, bool) {
	for _, k := range b.d.pointed {
		if k == "it" || k == "they" || k == "rows" || !b.m.c.kinds[k] || b.d.names(k) || b.q.Context.refers(b.d, k) || k == "ip" && len(b.d.ips) > 0 || k == "correlationId" && len(b.d.guids) > 0 {
			continue
		}
		if k == "activity" && (b.d.names("activity") || len(b.d.quoted) > 0) {
			continue
		}
		return Decision{Outcome: "unsupported", Format: b.d.format, Reason: fmt.Sprintf("It is not clear which %s is meant: no earlier prompt of this session names one. Name it in the prompt.", inputName(k))}, true
	}
	return Decision{}, false
}

// misnamed says whether a prompt calls a department a group, role, app, device or policy that there is not: "who joined the group Finance".
// An answer that leaves the name out would be about others.
func (r *Router) misnamed(d *reading, q Request) (Decision, bool) {
	for _, m := range d.mentions {
		if m.Soft || m.Last >= len(d.tokens) || !slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return e.Kind == "department" }) {
			continue
		}
		u := run{text: d.text[d.tokens[m.First].Start:d.tokens[m.Last].End], first: m.First, last: m.Last}
		kind := r.kindBeside(d, u)
		if IsEntity(kind) && kind != "user" && !slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return string(e.Kind) == kind }) {
			return r.notFound(q, u.text, kind), true
		}
	}
	return Decision{}, false
}

// ignored notes what was understood but what the skill has no input for, so that the answer can say it.
func (b *builder) ignored() {
	c := b.m.c
	add := func(first, last int) {
		text := b.d.text[b.d.tokens[first].Start:b.d.tokens[last].End]
		if !slices.Contains(b.call.Ignored, text) {
			b.call.Ignored = append(b.call.Ignored, text)
		}
	}
	if c.skill.Analytics != nil || c.skill.Action != nil || len(c.cues) == 0 {
		return
	}
	for _, m := range b.d.mentions {
		fits := slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return c.kinds[string(e.Kind)] || e.Kind == "logCategory" })
		if !fits && !m.Soft && m.Last < len(b.d.tokens) && b.d.mark[m.First] == named {
			add(m.First, m.Last)
		}
	}
	for _, u := range b.d.unknown {
		if b.call.Inputs["department"] != u.text && !b.inField(u.first) {
			add(u.first, u.last)
		}
	}
	for _, v := range b.d.values {
		if !b.r.valueFor(b.d, c, v.first) && !b.r.explained(b.d, c, v.first) && !b.inField(v.first) {
			add(v.first, v.last)
		}
	}
}

// inField says whether a field of the skill is named at token i.
func (b *builder) inField(i int) bool {
	return slices.ContainsFunc(b.m.c.fields.find(b.d.stems, func(int) bool { return true }, true), func(h hit) bool { return h.first <= i && i <= h.last })
}

// namesAny says whether the prompt names an entity that the skill takes.
func (r *Router) namesAny(d *reading, c *compiled) bool {
	for _, k := range entityKinds {
		if c.kinds[k] && d.names(k) {
			return true
		}
	}
	return false
}

// entities resolves the names of the prompt to inputs.
func (b *builder) entities() (Decision, bool) {
	d, c := b.d, b.m.c
	if len(d.addrs) > 0 {
		return b.r.notFound(b.q, d.addrs[0], "user"), true
	}
	for _, m := range d.mentions {
		kind := b.kindOf(m)
		if kind == "" {
			continue
		}
		es := m.Of(directory.Kind(kind))
		if !IsEntity(kind) {
			e := es[0]
			e.Name = d.excludedPlace(m, kind, e.Name)
			b.setText(kind, e)
			continue
		}
		if len(es) > 1 {
			name := d.text[d.tokens[m.First].Start:d.tokens[m.Last].End]
			return Decision{Outcome: "ambiguous", Name: name, Kind: kind, Candidates: es}, true
		}
		if _, taken := b.call.Entities[kind]; taken {
			if kind == "user" && b.call.Entities[kind].ID != es[0].ID {
				b.several = append(b.several, es[0])
			}
			continue
		}
		b.set(kind, es[0])
	}
	for _, u := range append(slices.Clone(d.unknown), quotedRuns(d)...) {
		if dec, stop := b.unknownName(u, c); stop {
			return dec, true
		}
	}
	for _, u := range d.unknown { // an account's name that the skill has no input for: "is j.doe in this group"
		if accountName.MatchString(u.text) && !slices.ContainsFunc(textsOfInputs(b.call.Inputs), func(s string) bool { return s == u.text }) {
			return b.r.notFound(b.q, u.text, "user"), true
		}
	}
	b.fromContext()
	return Decision{}, false
}

func textsOfInputs(in map[string]any) []string {
	var out []string
	for _, v := range in {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

func quotedRuns(d *reading) []run {
	var out []run
	for _, q := range d.quoted {
		out = append(out, run{text: q.text, first: q.first, last: q.last, strong: false})
	}
	return out
}

// kindOf chooses the kind that a mention has for this skill.
func (b *builder) kindOf(m directory.Mention) string {
	var kinds []string
	for _, e := range m.Entities {
		k := string(e.Kind)
		if (b.m.c.kinds[k] || b.m.c.skill.Analytics != nil) && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) < 2 {
		return strings.Join(kinds, "")
	}
	for _, i := range []int{m.First - 1, m.Last + 1} {
		if i < 0 || i >= len(b.d.tokens) {
			continue
		}
		if k := b.r.kindWord[b.d.stems[i]]; slices.Contains(kinds, k) {
			return k
		}
	}
	if b.m.c.skill.Analytics != nil && slices.Contains(kinds, "department") && slices.Contains(kinds, "group") {
		return "department" // written with a small "department": see withDepartment
	}
	// "from Paris" is a place, "of Paris" a person.
	if m.First > 0 && slices.Contains(kinds, "location") && slices.Contains([]string{"from", "in", "at", "outside", "near"}, b.d.tokens[m.First-1].Text) {
		return "location"
	}
	for _, k := range append(slices.Clone(b.m.c.needs), entityKinds...) {
		if slices.Contains(kinds, k) {
			return k
		}
	}
	return kinds[0]
}

func (b *builder) set(kind string, e directory.Entity) {
	b.call.Entities[kind] = e
	b.call.Inputs[kind] = e.Reported()
}

func (b *builder) setText(kind string, e directory.Entity) {
	kind = b.m.c.inputNamed(kind)
	if _, taken := b.call.Inputs[kind]; !taken {
		if b.named == nil {
			b.named = map[string]bool{}
		}
		b.named[kind] = true
		b.call.Inputs[kind] = e.Name
	}
}

// unknownName decides whether words that nothing explains are the name of something that does not exist.
func (b *builder) unknownName(u run, c *compiled) (Decision, bool) {
	if c.inputs["department"] && b.call.Inputs["department"] == nil && u.last+1 < len(b.d.stems) && b.d.stems[u.last+1] == "department" {
		b.call.Inputs["department"] = u.text // a department that nobody is in is a value, not a missing thing
		return Decision{}, false
	}
	kind := b.r.kindBeside(b.d, u)
	if kind == "" && c.inputs["location"] && b.call.Inputs["location"] == nil && u.first > 0 && slices.Contains([]string{"from", "in", "near"}, b.d.tokens[u.first-1].Text) && b.d.tokens[u.first].Capital {
		b.call.Inputs["location"] = u.text // a place that no sign-in came from
		return Decision{}, false
	}
	if kind != "" && !c.kinds[kind] {
		return Decision{}, false
	}
	if kind == "" {
		for _, k := range append(slices.Clone(c.needs), entityKinds...) {
			if c.kinds[k] && IsEntity(k) && b.call.Inputs[k] == nil {
				kind = k
				break
			}
		}
		if kind == "" {
			return Decision{}, false
		}
		needed := slices.Contains(c.needs, kind)
		if !needed && !u.strong || needed && !u.strong && (b.q.Context.refers(b.d, kind)) {
			return Decision{}, false
		}
	}
	if b.call.Inputs[kind] != nil {
		return Decision{}, false
	}
	if kind == "incident" && !u.strong {
		return Decision{}, false
	}
	if isQuoted(b.d, u) && (c.inputs["activity"] || c.inputs["userAgent"]) {
		return Decision{}, false
	}
	es := b.q.Index.ByName(u.text)
	es = slices.DeleteFunc(es, func(e directory.Entity) bool { return string(e.Kind) != kind })
	if len(es) == 1 {
		b.set(kind, es[0])
		return Decision{}, false
	}
	return b.r.notFound(b.q, u.text, kind), true
}

func isQuoted(d *reading, u run) bool {
	return slices.ContainsFunc(d.quoted, func(q quote) bool { return q.first == u.first && q.last == u.last })
}

// fromContext takes entities that the prompt refers to, or that the skill needs, from the session.
func (b *builder) fromContext() {
	ctx, c := b.q.Context, b.m.c
	if ctx == nil {
		return
	}
	for _, k := range entityKinds {
		if !c.kinds[k] || b.call.Inputs[k] != nil {
			continue
		}
		e, ok := ctx.lastOf(k)
		if !ok {
			continue
		}
		needed := slices.Contains(c.needs, k)
		it := slices.Contains(b.d.anaphora, "it") && (needed || len(ctx.Order) > 0 && ctx.Order[0] == k)
		they := k == "user" && slices.Contains(b.d.anaphora, "they")
		if slices.Contains(b.d.anaphora, k) || it || they || needed && len(b.d.unknown) == 0 {
			b.set(k, e)
		}
	}
}

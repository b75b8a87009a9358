package route

import (
	"slices"
)

// changesPrevious says whether a prompt only changes an input of the previous one: it has nothing that
// stands for a skill of its own, but names something the previous skill takes.
func (r *Router) changesPrevious(d *reading, best *match, prev *compiled) bool {
	stands := best != nil && best.score >= leastScore && best.own >= standsOwn
	if stands && !r.narrows(d, prev) {
		return false
	}
	if d.followUp && len(d.takenBy(prev)) > 0 {
		return true
	}
	changes := !d.window.IsZero() || d.top > 0 || len(d.ips) > 0 || len(d.codes) > 0 || d.format != ""
	for _, v := range d.values {
		changes = changes || prev.inputs[v.Input]
	}
	for _, m := range d.mentions {
		for _, e := range m.Entities {
			changes = changes || prev.kinds[string(e.Kind)]
		}
	}
	if len(d.addrs) > 0 || len(d.unknown) > 0 && d.followUp {
		changes = true
	}
	if len(prev.fieldsNamed(d)) > 0 {
		changes = true
	}
	if !changes {
		return false
	}
	if d.followUp || best == nil || best.score < leastScore {
		return true
	}
	// A name alone, without a word that opens a follow-up, asks about what is named.
	return !d.window.IsZero() || d.top > 0 || len(d.values) > 0
}

// narrows says whether a prompt asks for some of the rows of the previous one ("just those with high risk"):
// it points at them, names a value, and says nothing that the previous skill does not take.
func (r *Router) narrows(d *reading, prev *compiled) bool {
	if !d.followUp || !slices.Contains(d.anaphora, "rows") || len(d.mentions)+len(d.values) == 0 {
		return false
	}
	for _, v := range d.values {
		if !prev.inputs[v.Input] {
			return false
		}
	}
	return !slices.ContainsFunc(d.concepts, func(c conceptHit) bool {
		return !prev.accepts[c.name] && !slices.ContainsFunc(prev.cues, func(q []string) bool { return slices.Contains(q, c.name) })
	})
}

// takenBy are the values that a follow-up names without the concept they usually stand beside, and that the
// previous skill takes: "and medium?" after the users of high risk.
func (d *reading) takenBy(prev *compiled) []valueHit {
	var out []valueHit
	for _, v := range d.loose {
		if prev.inputs[v.Input] && !slices.ContainsFunc(d.values, func(o valueHit) bool { return o.Input == v.Input }) {
			out = append(out, v)
		}
	}
	return out
}

// fieldsNamed are the properties of the skill that a prompt names.
func (c *compiled) fieldsNamed(d *reading) []int {
	var out []int
	for _, h := range c.fields.find(d.stems, func(i int) bool { return d.mark[i] != named && d.mark[i] != literal && d.mark[i] != timed }, true) {
		if !slices.Contains(out, h.ref) {
			out = append(out, h.ref)
		}
	}
	return out
}

package route

import (
	"maps"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// several splits a prompt with more than one question and routes each; false when it is one.
func (r *Router) several(q Request, whole *reading) (Decision, bool) {
	cuts := r.cuts(whole)
	if len(cuts) == 0 {
		return Decision{}, false
	}
	var out Decision
	ctx := q.Context
	if ctx != nil {
		c := *ctx
		c.Entities = maps.Clone(ctx.Entities) // Remember makes one where there is none
		ctx = &c
	} else {
		ctx = &Context{}
	}
	seen := map[string]bool{}
	start := 0
	for _, cut := range append(cuts, len(whole.text)) {
		part := strings.Trim(whole.text[start:min(cut, len(whole.text))], " \t\n,;.")
		start = cut
		part = strings.TrimSpace(trimJoin(part))
		if part == "" {
			continue
		}
		d := r.read(part, q.Now, q.Index)
		r.shareName(whole, d)
		ms := r.ranked(d, ctx)
		if len(ms) == 0 || ms[0].score < leastScore || ms[0].own < standsOwn {
			return Decision{}, false // not a question of its own: the prompt is one
		}
		sub := q
		sub.Text, sub.Context = part, &Context{Entities: ctx.Entities, Order: ctx.Order}
		if d.window.IsZero() && !whole.window.IsZero() {
			d.window = whole.window
		}
		dec := r.build(d, sub, ms[0], false)
		if dec.Outcome != "answered" && dec.Outcome != "needs_confirmation" {
			return dec, true
		}
		for _, c := range dec.Calls {
			for k, e := range c.Entities {
				ctx.Remember(k, e)
			}
			seen[c.Skill.Name] = true
		}
		if out.Outcome == "" || dec.Outcome == "needs_confirmation" {
			out.Outcome = dec.Outcome
		}
		out.Calls = append(out.Calls, dec.Calls...)
		out.Format = whole.format
	}
	return out, len(out.Calls) > 1 && len(seen) > 1
}

// shareName lets a part of a prompt that names nobody be about the one that the whole prompt names:
// "groups and devices of Ada".
func (r *Router) shareName(whole, d *reading) {
	if len(d.addrs) > 0 || len(d.unknown) > 0 || len(d.anaphora) > 0 {
		return
	}
	isName := func(m directory.Mention) bool {
		return slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) })
	}
	if slices.ContainsFunc(d.mentions, isName) {
		return
	}
	var one *directory.Mention
	for i, m := range whole.mentions {
		if isName(m) {
			if one != nil {
				return
			}
			one = &whole.mentions[i]
		}
	}
	if one != nil {
		d.mentions = append(d.mentions, directory.Mention{Entities: one.Entities, Partial: one.Partial})
	}
}

func trimJoin(s string) string {
	for {
		low := strings.ToLower(s)
		cut := false
		for _, p := range []string{"and also ", "and then ", "and ", "then ", "also ", "as well as ", "plus "} {
			if strings.HasPrefix(low, p) {
				s, cut = strings.TrimSpace(s[len(p):]), true
				break
			}
		}
		if !cut {
			return s
		}
	}
}

// asksAnew are words that begin a further question after a comma.
var asksAnew = map[string]bool{"who": true, "which": true, "what": true, "when": true, "why": true, "how": true, "does": true, "is": true}

// isOrder says whether an order can begin with a word.
func (r *Router) isOrder(stem string) bool {
	return slices.ContainsFunc(r.concepts.byFirst[stem], func(p phrase) bool { return r.vocab.Concepts[p.ref].Imperative })
}

// cuts finds where one question may end and the next begin: after a sentence, or at "and", "then", "also".
func (r *Router) cuts(d *reading) []int {
	var out []int
	for i := 1; i < len(d.tokens); i++ {
		t := d.tokens[i]
		if d.mark[i] == named || d.mark[i] == literal || d.mark[i] == timed {
			continue
		}
		between := d.text[d.tokens[i-1].End:t.Start]
		if strings.ContainsAny(between, "?;") || (strings.Contains(between, ". ") && len(d.tokens[i-1].Text) > 1) {
			out = append(out, t.Start)
			continue
		}
		if t.Text == "and" || t.Text == "then" || t.Text == "plus" || strings.Contains(between, ",") && (r.isOrder(d.stems[i]) || asksAnew[t.Text]) || strings.ContainsAny(between, "+&") {
			out = append(out, t.Start)
		}
	}
	return slices.Compact(out)
}

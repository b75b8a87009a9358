package route

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

func (r *Router) ranked(d *reading, ctx *Context) []match {
	ms := make([]match, 0, len(r.skills))
	for i := range r.skills {
		if m := r.score(d, &r.skills[i], ctx); m.score > -100 {
			ms = append(ms, m)
		}
	}
	sort.SliceStable(ms, func(a, b int) bool { return ms[a].score > ms[b].score })
	return ms
}

// decide chooses the skill of one clause.
func (r *Router) decide(d *reading, q Request) Decision {
	ms := r.ranked(d, q.Context)
	var best *match
	if len(ms) > 0 {
		best = &ms[0]
	}
	if prev := r.previous(q.Context); prev != nil && r.changesPrevious(d, best, prev) {
		d.values = append(d.values, d.takenBy(prev)...)
		return r.build(d, q, match{c: prev, score: 1, fields: prev.fieldsNamed(d)}, true)
	}
	if best != nil && best.own < namesOnly && len(best.fields) == 0 && len(best.c.cues) > 0 && d.namesAll(best.c.needs) {
		if rest := d.rest(); rest != "" {
			return Decision{Outcome: "unsupported", Format: d.format, Reason: fmt.Sprintf("The data holds nothing that answers %q, or the question was not understood.", rest)}
		}
	}
	if best != nil && len(best.c.needs) == 0 && best.missed >= unexplained && best.own < 2*best.missed {
		return r.notUnderstood(d, q, nil) // a list of everything is no answer to a question that is not understood
	}
	if best == nil || best.score < leastScore {
		if m := r.assume(d, q); m != nil {
			d.anaphora = append(d.anaphora, "rows")
			return r.build(d, q, *m, false)
		}
		return r.notUnderstood(d, q, best)
	}
	return r.build(d, q, *best, false)
}

// assume reads a prompt that names nothing ("why?", "what should I do?") as one about what the previous
// prompt was about.
func (r *Router) assume(d *reading, q Request) *match {
	if q.Context == nil || q.Context.Last == nil || len(d.concepts) == 0 || len(d.mentions)+len(d.addrs)+len(d.unknown)+len(d.ips)+len(d.guids) > 0 {
		return nil
	}
	d.assumed = map[string]bool{}
	for _, c := range q.Context.Last.Cue {
		d.assumed[c] = true
	}
	ms := r.ranked(d, q.Context)
	if len(ms) == 0 || ms[0].score < leastScore || ms[0].own < standsOwn {
		d.assumed = nil
		return nil
	}
	return &ms[0]
}

func (r *Router) previous(ctx *Context) *compiled {
	if ctx == nil || ctx.Last == nil {
		return nil
	}
	return r.byName[strings.ToLower(ctx.Last.Skill)]
}

// notUnderstood says what is missing when no skill fits.
func (r *Router) notUnderstood(d *reading, q Request, best *match) Decision {
	if len(d.addrs) > 0 {
		return r.notFound(q, d.addrs[0], "user")
	}
	if best != nil && d.asksForPerson(best.c) {
		return r.notFound(q, d.unknown[0].text, "user")
	}
	if dec, ok := r.misnamed(d, q); ok {
		return dec
	}
	if len(d.unknown) == 1 && d.unknown[0].first == 0 && d.unknown[0].last == len(d.tokens)-1 {
		if dec := r.notFound(q, d.unknown[0].text, "user"); len(dec.Candidates) > 0 {
			return dec // a misspelt name alone
		}
	}
	return Decision{Outcome: "unsupported", Format: d.format, Reason: "The question was not understood as one about identities, sign-ins, risk, groups, devices, apps, roles or the tenant's logs."}
}

func (r *Router) notFound(q Request, name, kind string) Decision {
	kinds := []directory.Kind{directory.Kind(kind)}
	return Decision{Outcome: "not_found", Name: name, Kind: kind, Candidates: q.Index.Near(name, 5, kinds...)}
}

// asksForPerson says whether a prompt consists of a full name that nobody has and of words that a skill about
// a user takes: "who is Ada Nobody".
func (d *reading) asksForPerson(c *compiled) bool {
	if len(d.unknown) != 1 || len(d.concepts) == 0 || !slices.Contains(c.needs, "user") || len(d.values)+len(d.mentions) > 0 {
		return false
	}
	u := d.unknown[0]
	if (u.last == u.first || !d.tokens[u.first].Capital || !d.tokens[u.last].Capital) && !d.whoIs(u.first) {
		return false
	}
	for i := range d.tokens {
		if d.mark[i] == free && (i < u.first || i > u.last) {
			return false
		}
	}
	return !slices.ContainsFunc(d.concepts, func(h conceptHit) bool {
		return !c.accepts[h.name] && !slices.ContainsFunc(c.cues, func(q []string) bool { return slices.Contains(q, h.name) })
	})
}

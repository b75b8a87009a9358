package route

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// cueWeight is the weight of the concepts of a cue, where all of them are there.
func (r *Router) cueWeight(d *reading, c *compiled, ctx *Context, cue []string, fields bool) (float64, bool) {
	sum := 0.0
	for _, t := range cue {
		w, ok := r.termWeight(d, c, ctx, t, fields)
		if !ok {
			return 0, false
		}
		sum += w
	}
	return sum, true
}

// termWeight is the weight of one part of a cue: a concept, or what begins with @ (an entity, a value, a
// number) or ! (an absence).
func (r *Router) termWeight(d *reading, c *compiled, ctx *Context, t string, fields bool) (sum float64, ok bool) {
	switch {
	case t == "@field":
		return 0, fields
	case t == "@ip":
		return 0, len(d.ips) > 0 || slices.Contains(d.anaphora, "ip")
	case t == "@asn":
		return 0, len(d.asns) > 0
	case t == "@quoted":
		return 0, len(d.quoted) > 0
	case t == "@guid":
		return 0, len(d.guids) > 0
	case t == "@code":
		return codeWeight, len(d.codes) > 0
	case t == "@top":
		return 0, d.top > 0
	case t == "@number":
		return numberWeight, d.hasNumber()
	case strings.HasPrefix(t, "@="):
		return valueWeight, d.hasValue(t[2:])
	case strings.HasPrefix(t, "!="):
		return 0, !d.hasValue(t[2:])
	case strings.HasPrefix(t, "@"):
		return r.entityWeight(d, c, ctx, t[1:])
	case strings.HasPrefix(t, "!@"):
		return 0, !d.names(t[2:]) && !ctx.refers(d, t[2:])
	case strings.HasPrefix(t, "!"):
		return 0, !d.has(t[1:])
	}
	for _, h := range d.concepts {
		if h.name == t {
			sum = max(sum, h.weight)
		}
	}
	if sum == 0 && d.assumed[t] {
		sum = assumedWeight
	}
	return sum, sum > 0
}

// hasValue says whether a value of an input is named: "status", or "status=failure".
func (d *reading) hasValue(t string) bool {
	input, value, _ := strings.Cut(t, "=")
	return slices.ContainsFunc(d.values, func(v valueHit) bool { return v.Input == input && (value == "" || v.Value.Value == value) })
}

// entityWeight is the weight of a named entity or value of the data: entities weigh by fitting inputs, a
// name that nothing has is most likely a person's.
func (r *Router) entityWeight(d *reading, c *compiled, ctx *Context, kind string) (float64, bool) {
	named := d.names(kind) || ctx.refers(d, kind)
	switch {
	case named && IsEntity(kind):
		return 0, true
	case named:
		return valueNamed, true
	case !r.unknownFits(d, c, kind):
		return 0, false
	case kind == "department":
		return valueNamed, true
	case kind == "user":
		return unknownFit, true
	}
	return 2 * unknownFit, true
}

// takesNames says whether an entity can be named for the skill.
func (c *compiled) takesNames() bool {
	return slices.ContainsFunc(entityKinds, func(k string) bool { return c.kinds[k] && k != "incident" })
}

// unknownFits says whether an unknown name stands where one of this kind would: beside a word for the
// kind, or, with no such word, where the skill needs one.
func (r *Router) unknownFits(d *reading, c *compiled, kind string) bool {
	for _, u := range d.unknown {
		if unit := u.last+1 < len(d.stems) && d.stems[u.last+1] == "department"; unit || kind == "department" {
			if unit && kind == "department" {
				return true
			}
			continue
		}
		beside := r.kindBeside(d, u)
		if beside == kind || beside == "" && u.strong && slices.Contains(c.needs, kind) {
			return true
		}
	}
	return false
}

// kindBeside is the kind that the word beside an unknown name gives it: "the group X", "the X group". A
// plural ("groups X is in") and what a possessive owns ("X's group") name something else.
func (r *Router) kindBeside(d *reading, u run) string {
	if i := u.last + 1; i < len(d.stems) && !d.tokens[u.last].Possessive && d.mark[i] != named && d.tokens[i].Text == d.stems[i] && r.kindWord[d.stems[i]] != "" {
		return r.kindWord[d.stems[i]]
	}
	if i := u.first - 1; i >= 0 && d.mark[i] != named && d.tokens[i].Text == d.stems[i] {
		return r.kindWord[d.stems[i]]
	}
	return ""
}

// hasNumber says whether a plain number stands in the prompt that is no count and no time.
func (d *reading) hasNumber() bool {
	for i, t := range d.tokens {
		if _, err := strconv.Atoi(t.Text); err == nil && d.mark[i] != timed && d.mark[i] != literal {
			return true
		}
	}
	return false
}

// names says whether the prompt itself names an entity of the kind.
func (d *reading) names(kind string) bool {
	if kind == "user" && len(d.addrs) > 0 {
		return true
	}
	return slices.ContainsFunc(d.mentions, func(m directory.Mention) bool { return len(m.Of(directory.Kind(kind))) > 0 })
}

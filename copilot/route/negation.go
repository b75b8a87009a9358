package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

// outsidePrefix stands before the name of a place that is excluded: "outside Germany".
const outsidePrefix = "outside "

func (r *Router) learnNegation(v *Vocabulary) {
	r.negations, r.harmless, r.excludes, r.asks = newPhrases(), newPhrases(), newPhrases(), map[string]bool{}
	for i, w := range v.Negation.Words {
		r.negations.add(w, i)
	}
	for i, w := range v.Negation.Harmless {
		r.harmless.add(w, i)
	}
	for i, w := range v.Negation.Outside {
		r.excludes.add(w, i)
	}
	for _, w := range v.Negation.Asks {
		r.asks[words.Texts(w)[0]] = true
	}
}

// readNegations notes the words that turn a meaning around and that belong to no phrase of the vocabulary:
// what the prompt excludes must not be answered as if it were included. A place may be excluded: the words
// before it become a part of its value.
func (r *Router) readNegations(d *reading) {
	d.outside = map[int]bool{}
	covered := make([]bool, len(d.tokens))
	cover := func(first, last int) {
		for i := first; i <= last; i++ {
			covered[i] = true
		}
	}
	for _, c := range d.concepts {
		cover(c.first, c.last)
	}
	for _, v := range d.values {
		cover(v.first, v.last)
	}
	for _, h := range r.harmless.find(d.stems, func(int) bool { return true }, true) {
		cover(h.first, h.last)
	}
	for i, t := range d.tokens {
		if d.mark[i] == named || d.mark[i] == literal {
			covered[i] = true
		}
		if t.Text == "no" && i == 0 && strings.HasPrefix(d.text[t.End:], ",") {
			covered[i] = true // "no, the other one"
		}
	}
	for _, m := range d.mentions {
		if len(m.Of("location")) == 0 {
			continue
		}
		for _, h := range r.excludes.find(d.stems, func(i int) bool { return d.mark[i] != named }, true) {
			if h.last == m.First-1 || h.last == m.First-2 && d.tokens[m.First-1].Text == "the" {
				d.outside[m.First] = true
				cover(h.first, h.last)
			}
		}
	}
	for _, h := range r.negations.find(d.stems, func(i int) bool { return d.mark[i] != named && d.mark[i] != literal }, true) {
		for i := h.first; i <= h.last; i++ {
			if !covered[i] {
				d.negated = append(d.negated, i)
				break
			}
		}
	}
}

// excludes declines a prompt that leaves something out which the chosen skill cannot leave out. A question of
// yes or no about one thing ("hasn't Ada registered MFA?") is answered as the question without it.
func (b *builder) excludes() (Decision, bool) {
	d := b.d
	if d.bound != nil && b.m.c.skill.Analytics == nil {
		return Decision{Outcome: "unsupported", Format: d.format,
			Reason: fmt.Sprintf("The prompt sets a limit (%q), and %s knows none. Limits can be set where something is counted, as in \"which users signed in from more than 3 countries\".", d.text[d.tokens[d.bound.first].Start:d.tokens[d.bound.last].End], b.m.c.skill.DisplayName)}, true
	}
	for _, i := range d.negated {
		if b.inField(i) || b.asksOne(i) {
			continue
		}
		end := min(i+3, len(d.tokens)-1)
		return Decision{Outcome: "unsupported", Format: d.format,
			Reason: fmt.Sprintf("The prompt leaves something out (%q), and %s cannot leave anything out. Ask for what is to be included instead.", d.text[d.tokens[i].Start:d.tokens[end].End], b.m.c.skill.DisplayName)}, true
	}
	return Decision{}, false
}

// asksOne says whether the prompt asks of one thing whether something holds, with the negation at token i
// in the main clause.
func (b *builder) asksOne(i int) bool {
	d := b.d
	k := 0
	for k < len(d.tokens) && d.mark[k] == ignored && b.r.polite[d.stems[k]] && !b.r.asks[d.tokens[k].Text] {
		k++
	}
	if k >= len(d.tokens) || !b.r.asks[d.tokens[k].Text] || len(b.m.c.needs) == 0 || b.m.c.skill.Action != nil {
		return false
	}
	for _, t := range d.tokens[:i] {
		if slices.Contains([]string{"that", "which", "who", "whose", "except", "other"}, t.Text) {
			return false
		}
	}
	n := 0
	for _, m := range d.mentions {
		if slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) }) {
			n++
		}
	}
	return n <= 1
}

// excludedPlace gives the text of a place as an input: with "outside" where the prompt excludes it.
func (d *reading) excludedPlace(m directory.Mention, kind, name string) string {
	if kind == "location" && d.outside[m.First] && d.mark[m.First] == named {
		return outsidePrefix + name
	}
	return name
}

// fillPlace fills the inputs that templates filter by: the place that is meant or the one that is excluded.
func fillPlace(fill map[string]string, l string) {
	switch rest, outside := strings.CutPrefix(l, outsidePrefix); {
	case l == "":
	case l == "abroad":
		fill["abroad"], fill["location"] = "true", ""
	case outside:
		fill["location"] = ""
		fill["outsideCode"], fill["outsideName"] = country(rest)
		if fill["outsideCode"] == "" {
			fill["outsidePlace"] = rest
		}
	default:
		fill["locationCode"], fill["locationName"] = country(l)
		if fill["locationCode"] == "" {
			fill["place"] = l
		}
	}
}

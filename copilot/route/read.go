package route

import (
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

// read recognises everything that does not depend on a skill.
func (r *Router) read(text string, now time.Time, x *directory.Index) *reading {
	text = r.writtenOut(text, x)
	d := &reading{text: text, tokens: words.Split(text)}
	d.mark = make([]mark, len(d.tokens))
	d.stems = make([]string, len(d.tokens))
	for i, t := range d.tokens {
		d.stems[i] = words.Stem(t.Text)
	}
	d.question = strings.Contains(text, "?")
	d.readLiterals(x)
	r.readNames(d, x)
	r.readFormat(d)
	r.readOrdinal(d)
	r.readBound(d)
	r.readTop(d)
	r.readTime(d, now)
	r.repair(d)
	r.readAnaphora(d)
	r.readConcepts(d)
	r.readUnknown(d)
	r.readNegations(d)
	d.definite = slices.ContainsFunc(d.concepts, func(c conceptHit) bool { return c.first > 0 && d.tokens[c.first-1].Text == "the" })
	return d
}

func (r *Router) readFormat(d *reading) {
	for _, h := range r.formats.find(d.stems, d.isFree, true) {
		d.format = r.vocab.Formats[h.ref].Name
		for i := h.first; i <= h.last; i++ {
			d.mark[i] = ignored
		}
	}
}

// repair replaces mistyped words of the question by the word of the vocabulary they are close to.
// Capitalised words inside a sentence are names and stay.
func (r *Router) repair(d *reading) {
	for i, t := range d.tokens {
		if d.mark[i] != free || len(t.Text) < 5 || r.known[d.stems[i]] || (t.Capital && !t.First) || t.Possessive {
			continue
		}
		limit := 1
		if len(t.Text) >= 7 {
			limit = 2
		}
		best, bestAt, tie := limit+1, "", false
		for w := range r.known {
			if len(w) < 4 || w[0] != t.Text[0] || len(w)-len(d.stems[i]) > limit || len(d.stems[i])-len(w) > limit {
				continue
			}
			switch dist := words.Distance(d.stems[i], w); {
			case dist < best:
				best, bestAt, tie = dist, w, false
			case dist == best && (strings.HasPrefix(w, bestAt) || strings.HasPrefix(bestAt, w)):
				bestAt = min(bestAt, w) // forms of one word: the stem is the shorter
			case dist == best:
				tie = true
			}
		}
		if best <= limit && !tie {
			d.stems[i] = bestAt
		}
	}
}

func (r *Router) readAnaphora(d *reading) {
	for _, h := range r.anaphora.find(d.stems, d.isFree, true) {
		k := r.vocab.Anaphora[h.ref].Kind
		if k == "period" {
			d.same, d.followUp = true, true
			d.cover(d.tokens[h.first].Start, d.tokens[h.last].End, timed)
			continue
		}
		if !slices.Contains(d.anaphora, k) {
			d.anaphora = append(d.anaphora, k)
		}
		if d.tokens[h.first].Text != "the" { // "the group" may name one that follows
			d.pointed = append(d.pointed, k)
		}
		for i := h.first; i <= h.last; i++ {
			d.mark[i] = referred
		}
	}
	if n := len(d.tokens); n > 1 && slices.Contains([]string{"too", "also", "instead", "only"}, d.tokens[n-1].Text) {
		d.followUp = true // "medium too"
	}
	for i := range d.tokens {
		if d.mark[i] == ignored && r.polite[d.stems[i]] {
			continue
		}
		for _, h := range r.followUps.find(d.stems, func(int) bool { return true }, true) {
			if h.first == i && !r.beginsPhrase(d, h) {
				d.followUp = true
				for k := h.first; k <= h.last; k++ {
					if d.mark[k] == free {
						d.mark[k] = ignored
					}
				}
			}
		}
		break
	}
}

// beginsPhrase says whether the words of a follow-up are the beginning of a longer phrase: the just of "just-in-time access".
func (r *Router) beginsPhrase(d *reading, h hit) bool {
	return slices.ContainsFunc(r.concepts.find(d.stems, d.isFree, true), func(c hit) bool { return c.first == h.first && c.last > h.last })
}

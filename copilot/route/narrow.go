package route

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// narrows declines a prompt whose answer is to be about a part of the things only ("sign-ins of contractors", "for admins",
// "with expired passwords"), where the skill cannot tell that part: an answer about all of them would be wrong.
func (b *builder) narrows() (Decision, bool) {
	d, c := b.d, b.m.c
	if b.change || c.skill.Analytics != nil || c.skill.Action != nil || len(c.cues) == 0 {
		return Decision{}, false
	}
	for i := range d.tokens {
		if d.mark[i] != free && d.mark[i] != ignored || !slices.Contains(b.r.vocab.Narrowing.Words, d.tokens[i].Text) {
			continue
		}
		end := b.phraseEnd(i)
		if end < len(d.tokens) && d.pointsAt(end) || !b.unexplained(i+1, end) {
			continue // "of the user Ada"
		}
		return Decision{Outcome: "unsupported", Format: d.format,
			Reason: fmt.Sprintf("The prompt is about a part only (%q), which %s cannot tell apart. Name users, groups, apps or places, or leave it out to see all.", d.text[d.tokens[i].Start:d.tokens[end-1].End], c.skill.DisplayName)}, true
	}
	return Decision{}, false
}

// phraseEnd is the token behind the phrase that begins behind token i.
func (b *builder) phraseEnd(i int) int {
	d := b.d
	end := i + 1
	for ; end < len(d.tokens); end++ {
		t := d.tokens[end].Text
		if slices.Contains(b.r.vocab.Narrowing.Words, t) || slices.Contains(b.r.vocab.Narrowing.Ends, t) || strings.ContainsAny(d.text[d.tokens[end-1].End:d.tokens[end].Start], ",.;:?!()-") {
			break
		}
		if d.pointsAt(end) || d.mark[end] == timed {
			break
		}
	}
	return end
}

// pointsAt says whether token i names something, or refers to it.
func (d *reading) pointsAt(i int) bool {
	return d.mark[i] == named || d.mark[i] == literal || d.mark[i] == referred
}

// unexplained says whether a phrase has words that nothing explains, or a meaning that the chosen skill does not tell apart, and
// none that became an input.
func (b *builder) unexplained(first, end int) bool {
	d := b.d
	for _, v := range d.values {
		if v.last >= first && v.first < end {
			return false // a filter, or named as not taken into account
		}
	}
	for _, u := range d.unknown {
		if u.last >= first && u.first < end {
			return false // the same
		}
	}
	for i := first; i < end; i++ {
		if _, err := strconv.Atoi(d.tokens[i].Text); err == nil {
			continue // of an incident: an input
		}
		if d.mark[i] == free && len(d.tokens[i].Text) > 2 && !b.inField(i) {
			return true
		}
	}
	return slices.ContainsFunc(d.concepts, func(c conceptHit) bool {
		return c.first >= first && c.last < end && slices.Contains(b.r.vocab.Narrowing.Concepts, c.name) && !slices.Contains(b.m.cue, c.name) && !b.inField(c.first)
	})
}

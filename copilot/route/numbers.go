package route

import (
	"strconv"

	"github.com/sleuth-sec/sleuth/copilot/words"
)

var numbers = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "fifty": 50, "hundred": 100}

func number(s string) int {
	if n, ok := numbers[s]; ok {
		return n
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 100000 {
		return 0
	}
	return n
}

// readTop reads "last 5", "top ten", "5 most recent", "the latest three" and error codes.
func (r *Router) readTop(d *reading) {
	for i, t := range d.tokens {
		if d.mark[i] != free {
			continue
		}
		if m := codeText.FindStringSubmatch(t.Text); m != nil {
			d.codes = append(d.codes, m[1])
			d.mark[i] = literal
			continue
		}
		n := number(t.Text)
		if n == 0 || d.isUnit(i+1) || (i > 0 && monthNames[d.tokens[i-1].Text]) {
			continue
		}
		before := i > 0 && d.mark[i-1] == free && orderWords[d.tokens[i-1].Text]
		after := i+1 < len(d.tokens) && d.mark[i+1] == free && orderWords[d.tokens[i+1].Text]
		if !before && !after {
			continue
		}
		d.top = n
		d.mark[i] = literal
		if before {
			w := d.tokens[i-1].Text
			d.oldest = w == "first" || w == "earliest" || w == "oldest"
			d.mark[i-1] = literal
			if w == "top" || w == "highest" || w == "biggest" {
				d.concepts = append(d.concepts, conceptHit{"rank", 1.7, i - 1, i})
			} else if w == "lowest" {
				d.concepts = append(d.concepts, conceptHit{"least", 1.7, i - 1, i})
			}
			if w == "recent" && i > 1 && d.tokens[i-2].Text == "most" {
				d.mark[i-2] = literal
			}
		} else if d.tokens[i+1].Text == "most" && i+2 < len(d.tokens) && d.tokens[i+2].Text == "recent" {
			d.mark[i+1], d.mark[i+2] = literal, literal
		} else if w := d.tokens[i+1].Text; w != "most" {
			d.oldest = w == "first" || w == "earliest" || w == "oldest"
			d.mark[i+1] = literal
		}
	}
	if d.top == 0 {
		r.readLastOne(d)
	}
	for i := 1; i < len(d.tokens); i++ { // "most recent" is an order, not a ranking
		if d.mark[i] == free && d.tokens[i].Text == "recent" && d.mark[i-1] == free && d.tokens[i-1].Text == "most" {
			d.mark[i-1], d.mark[i] = ignored, ignored
		}
	}
}

// readLastOne reads "the last sign-in" and "the most recent audit event": one row, when the noun is singular.
func (r *Router) readLastOne(d *reading) {
	for i, t := range d.tokens {
		oldest := t.Text == "first" || t.Text == "earliest" || t.Text == "oldest"
		if d.mark[i] != free || (t.Text != "last" && t.Text != "latest" && t.Text != "newest" && t.Text != "recent" && !oldest) {
			continue
		}
		for _, h := range r.singular.find(rawTexts(d.tokens), func(k int) bool { return d.mark[k] == free }, true) {
			adjective := h.first == i+2 && d.mark[i+1] == free && r.known[d.stems[i+1]] // "the last successful sign-in"
			if h.first != i+1 && !adjective || !d.singularEnds(h.last) {
				continue
			}
			d.top, d.oldest = 1, oldest
			d.mark[i] = literal
			if t.Text == "recent" && i > 0 && d.tokens[i-1].Text == "most" {
				d.mark[i-1] = literal
			}
			return
		}
	}
}

// singularEnds says whether the noun that ends at token i is not continued ("last sign-in logs").
func (d *reading) singularEnds(i int) bool {
	if i+1 >= len(d.tokens) {
		return true
	}
	switch d.stems[i+1] {
	case "log", "event", "activity", "history", "record", "attempt", "failure", "entry":
		return words.Stem(d.tokens[i+1].Text) == d.tokens[i+1].Text && d.stems[i+1] != "log" && d.stems[i+1] != "history" && d.stems[i+1] != "activity"
	}
	return true
}

func rawTexts(ts []words.Token) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.Text
	}
	return out
}

func (d *reading) isUnit(i int) bool {
	if i >= len(d.tokens) {
		return false
	}
	return timeUnits[d.stems[i]] || monthNames[d.tokens[i].Text]
}

package route

import "slices"

// bound is a threshold that a prompt sets for a number: "more than 3 countries".
type bound struct {
	op    string // >, >=, <, <=
	n     int
	first int // the first token of it
	last  int // the number
}

// boundWords are the beginnings of a threshold, by their operator.
var boundWords = map[string][][]string{
	">":  {{"more", "than"}, {"over"}, {"greater", "than"}, {"above"}, {"exceeding"}},
	">=": {{"at", "least"}, {"minimum", "of"}, {"no", "fewer", "than"}, {"no", "less", "than"}, {"not", "less", "than"}},
	"<":  {{"less", "than"}, {"fewer", "than"}, {"under"}, {"below"}},
	"<=": {{"at", "most"}, {"maximum", "of"}, {"no", "more", "than"}, {"not", "more", "than"}, {"up", "to"}},
}

// readBound reads a threshold before a plain number that counts something.
func (r *Router) readBound(d *reading) {
	for i := range d.tokens {
		for op, all := range boundWords {
			for _, ws := range all {
				if b, ok := d.boundAt(i, op, ws); ok && (d.bound == nil || len(ws) > d.bound.last-d.bound.first) {
					d.bound = b
				}
			}
		}
	}
	if d.bound == nil {
		return
	}
	for i := d.bound.first; i <= d.bound.last; i++ {
		d.mark[i] = literal
	}
	d.concepts = append(d.concepts, conceptHit{"bound", 1.7, d.bound.first, d.bound.last})
}

func (d *reading) boundAt(i int, op string, ws []string) (*bound, bool) {
	at := i + len(ws)
	if at+1 >= len(d.tokens) || !slices.Equal(textsAt(d, i, at), ws) {
		return nil, false
	}
	for k := i; k <= at; k++ {
		if d.mark[k] != free {
			return nil, false
		}
	}
	n := number(d.tokens[at].Text)
	if d.tokens[at].Text == "once" {
		n = 1
	}
	if n == 0 || d.isUnit(at+1) {
		return nil, false
	}
	return &bound{op: op, n: n, first: i, last: at}, true
}

func textsAt(d *reading, from, to int) []string {
	out := make([]string, 0, to-from)
	for _, t := range d.tokens[from:to] {
		out = append(out, t.Text)
	}
	return out
}

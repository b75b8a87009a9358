package route

import (
	"maps"
	"slices"

	"github.com/sleuth-sec/sleuth/copilot/words"
)

// allWords make a question of yes or no one about every row.
var allWords = []string{"all", "every", "each"}

// claim reads "are all devices of Ada compliant": the value named last is no filter but what is asked of every row. The call
// keeps all rows, and Holds is the one with the rows for which it is so.
func (b *builder) claim() {
	d, s := b.d, b.m.c.skill
	if b.change || s.Analytics != nil || s.Action != nil || s.Handler != "" || len(d.tokens) == 0 || !b.r.asks[d.tokens[0].Text] {
		return
	}
	all := slices.IndexFunc(d.tokens, func(t words.Token) bool { return slices.Contains(allWords, t.Text) })
	if all < 0 {
		return
	}
	asked := -1
	for i, v := range d.values {
		if v.first > all && b.m.c.inputs[v.Input] && b.call.Inputs[b.m.c.inputNamed(v.Input)] != nil && (asked < 0 || v.first > d.values[asked].first) {
			asked = i
		}
	}
	if asked < 0 || !d.behindSubject(all, d.values[asked].first) {
		return
	}
	input := b.m.c.inputNamed(d.values[asked].Input)
	holds := b.call
	holds.Inputs, holds.Fill, holds.Entities = maps.Clone(b.call.Inputs), maps.Clone(b.call.Fill), maps.Clone(b.call.Entities)
	with := *b
	with.call = holds
	with.fill()
	b.call.Holds = &with.call
	delete(b.call.Inputs, input)
}

// behindSubject says whether what the rows are stands between the word for all and the value: "all devices compliant", "all
// guests disabled", in contrast to "all compliant devices".
func (d *reading) behindSubject(all, value int) bool {
	return slices.ContainsFunc(d.concepts, func(c conceptHit) bool { return c.first > all && c.last < value && c.weight >= namesOnly }) ||
		slices.ContainsFunc(d.values, func(v valueHit) bool { return v.first > all && v.last < value })
}

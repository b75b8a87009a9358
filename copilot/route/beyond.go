package route

import (
	"fmt"
	"slices"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// The places to which the words of a Beyond may be limited.
const (
	beforeName     = "name"
	beforeReceiver = "receiver"
)

// furthestOrder is how many words an order may have before the name of the person who is to get something: "please give Ada".
const furthestOrder = 3

func (r *Router) learnBeyond(v *Vocabulary) {
	r.others, r.before = newPhrases(), newPhrases()
	for i, b := range v.Beyond {
		list := r.others
		if b.Before != "" {
			list = r.before
		}
		for _, w := range b.Words {
			list.add(w, i)
		}
	}
}

// beyond gives the reason for which a prompt asks for what no skill does: a comparison, a forecast, handing something to
// somebody, things of things, something of another product.
func (r *Router) beyond(d *reading) string {
	said := func(i int) bool { return d.mark[i] != named && d.mark[i] != literal && d.mark[i] != timed }
	for _, h := range r.others.find(d.stems, said, true) {
		if !d.partlyIn(h) {
			return r.vocab.Beyond[h.ref].Reason
		}
	}
	if r.nested(d) {
		return nestedReason
	}
	if name := r.foreign(d); name != "" {
		return fmt.Sprintf("The data holds nothing named %q.", name)
	}
	for _, h := range r.before.find(d.stems, said, true) {
		b := r.vocab.Beyond[h.ref]
		for _, m := range d.mentions {
			if m.First == h.last+1 && (b.Before == beforeName && len(d.outside) == 0 || b.Before == beforeReceiver && d.receives(m)) {
				return b.Reason
			}
		}
	}
	return ""
}

// receives says whether a mention is a person to whom the words behind the name are given.
func (d *reading) receives(m directory.Mention) bool {
	return m.First <= furthestOrder && len(m.Of("user")) > 0 && m.Last+1 < len(d.tokens) && !d.tokens[m.Last].Possessive
}

// partlyIn says whether a phrase of the vocabulary that begins before the words takes some of them: the emails of "forwarding
// emails to somebody".
func (d *reading) partlyIn(h hit) bool {
	return slices.ContainsFunc(d.concepts, func(c conceptHit) bool { return c.first < h.first && c.last >= h.first })
}

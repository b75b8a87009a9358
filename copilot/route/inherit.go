package route

import (
	"fmt"
	"slices"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// amend puts what a follow-up names into the reading of the question it changes.
func (r *Router) amend(old, d *reading) *reading {
	if !d.window.IsZero() {
		old.window = d.window
	}
	if d.top > 0 {
		old.top = d.top
	}
	if len(d.ips) > 0 {
		old.ips = d.ips
	}
	for _, v := range d.values {
		old.values = slices.DeleteFunc(old.values, func(o valueHit) bool { return o.Input == v.Input })
	}
	old.values = append(old.values, d.values...)
	for _, m := range d.mentions {
		old.mentions = slices.DeleteFunc(old.mentions, func(o directory.Mention) bool { return o.Entities[0].Kind == m.Entities[0].Kind })
		m.First, m.Last = 0, 0 // its place is in another text
		old.mentions = append(old.mentions, m)
	}
	old.addrs, old.format = d.addrs, d.format
	return old
}

// inherit keeps inputs of the previous prompt that this one does not name.
func (b *builder) inherit() {
	ctx := b.q.Context
	if !b.keep || ctx == nil || ctx.Last == nil {
		b.offers()
		return
	}
	for name, v := range ctx.Last.Inputs {
		in, ok := b.m.c.skill.Input(name)
		if !ok && name != "from" && name != "to" && name != "lookback" || b.call.Inputs[name] != nil || name == "question" || name == "fields" {
			continue
		}
		if name == "from" || name == "to" || name == "lookback" {
			continue // the period is inherited whole, below
		}
		b.call.Inputs[name] = v
		if IsEntity(in.Type) {
			if e, ok := ctx.lastOf(in.Type); ok && e.Reported() == v {
				b.call.Entities[in.Type] = e
			} else if es := b.q.Index.ByName(fmt.Sprint(v)); len(es) > 0 {
				b.call.Entities[in.Type] = es[0]
			}
		}
	}
	if b.d.window.IsZero() {
		b.d.window = windowOf(ctx.Last.Inputs)
	}
	b.offers()
}

// offers takes values that the previous rows offer: the activity of "this event type", the address of "that IP".
func (b *builder) offers() {
	ctx := b.q.Context
	if ctx == nil || ctx.Last == nil {
		return
	}
	for _, k := range b.d.anaphora {
		v := ctx.Last.Offers[k]
		if v == "" || !b.m.c.inputs[k] || b.call.Inputs[k] != nil {
			continue
		}
		b.call.Inputs[k] = v
	}
}

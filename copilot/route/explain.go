package route

import (
	"fmt"
	"strings"
)

// Explain tells how a prompt was read and which skills it came close to: for authors of manifests who ask
// why a prompt went where it went.
func (r *Router) Explain(q Request) string {
	d := r.read(strings.TrimSpace(q.Text), q.Now, q.Index)
	var b strings.Builder
	fmt.Fprint(&b, "concepts:")
	for _, c := range d.concepts {
		fmt.Fprintf(&b, " %s(%g)", c.name, c.weight)
	}
	fmt.Fprint(&b, "\nvalues:")
	for _, v := range d.values {
		fmt.Fprintf(&b, " %s=%s", v.Input, v.Value.Value)
	}
	fmt.Fprint(&b, "\nnames:")
	for _, m := range d.mentions {
		fmt.Fprintf(&b, " %s:%s", m.Entities[0].Kind, m.Entities[0].Name)
	}
	fmt.Fprintf(&b, "\nunknown: %v; refers to: %v; follow-up: %v; top: %d; period: %s %s %s\n", d.unknown, d.anaphora, d.followUp, d.top, d.window.Lookback, d.window.From, d.window.To)
	for i, m := range r.ranked(d, q.Context) {
		if i == 5 {
			break
		}
		fmt.Fprintf(&b, "%6.2f  own %.2f  %s  %v fields %d\n", m.score, m.own, m.c.skill.Name, m.cue, len(m.fields))
	}
	return b.String()
}

package route

import (
	"slices"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// Context is what a session remembers for its next prompt.
type Context struct {
	Entities map[string]directory.Entity `json:"entities,omitempty"` // the last entity of each kind
	Order    []string                    `json:"order,omitempty"`    // kinds, the latest named first
	Last     *Previous                   `json:"last,omitempty"`     // the previous call
}

// Previous is the call that the previous prompt made, and what its rows offer to a follow-up.
type Previous struct {
	Skill    string             `json:"skill"`
	Inputs   map[string]any     `json:"inputs,omitempty"`
	Question string             `json:"question,omitempty"`
	Cue      []string           `json:"cue,omitempty"`    // the concepts that chose the skill
	Offers   map[string]string  `json:"offers,omitempty"` // activity, ip, requestId, correlationId of the rows shown
	Picks    []directory.Entity `json:"picks,omitempty"`  // what the first rows are about, for "the first one"; one without a kind is none
}

// refers says whether the prompt refers to an entity of the kind that the context holds.
func (c *Context) refers(d *reading, kind string) bool {
	if c == nil {
		return false
	}
	_, held := c.Entities[kind]
	if c.Last != nil && c.Last.Offers[kind] != "" {
		held = true
	}
	if !held {
		return false
	}
	if slices.Contains(d.anaphora, kind) || d.assumed != nil || c.continues(d, kind) {
		return true
	}
	// "it" is what was named last, or a thing; "they" is a person.
	it := slices.Contains(d.anaphora, "it") && (kind != "user" || len(c.Order) == 0 || c.Order[0] == kind)
	return it || (kind == "user" && slices.Contains(d.anaphora, "they"))
}

// continues says whether a prompt goes on about what the previous one was about without naming it: "show the
// risk history", "and groups?". A word for everybody ("users", "in the tenant") opens a question of its own.
func (c *Context) continues(d *reading, kind string) bool {
	if c.Last == nil || c.Last.Inputs[kind] == nil || !d.followUp && !d.definite && !(kind == "user" && d.fragment()) {
		return false
	}
	if len(d.mentions)+len(d.addrs)+len(d.unknown)+len(d.ips)+len(d.guids)+len(d.quoted) > 0 {
		return false
	}
	return !d.has("user") && !d.has("tenant") && !d.has("workload")
}

// fragment says whether a prompt is a few words without a verb or a word for everything: "devices?", "logins
// last 3 days". In a session it goes on about the person whom the previous prompt was about.
func (d *reading) fragment() bool {
	n := 0
	for i, t := range d.tokens {
		if d.mark[i] == timed {
			continue
		}
		if d.mark[i] == named || slices.Contains(wholeWords, t.Text) {
			return false
		}
		n++
	}
	return n > 0 && n <= 3 && len(d.values) == 0
}

// wholeWords open a question about all there is.
var wholeWords = []string{"all", "list", "show", "any", "which", "who", "every", "everyone", "how", "what", "whole", "top", "most", "give", "get", "find", "display", "are", "is", "do", "did", "anyone", "anybody", "risky", "risk", "new", "open", "users", "accounts"}

// lastOf returns the entity of a kind that the context holds.
func (c *Context) lastOf(kind string) (directory.Entity, bool) {
	if c == nil {
		return directory.Entity{}, false
	}
	e, ok := c.Entities[kind]
	return e, ok
}

// Remember notes an entity as the last one named.
func (c *Context) Remember(kind string, e directory.Entity) {
	if c.Entities == nil {
		c.Entities = map[string]directory.Entity{}
	}
	c.Entities[kind] = e
	c.Order = append([]string{kind}, slices.DeleteFunc(slices.Clone(c.Order), func(k string) bool { return k == kind })...)
}

package route

import (
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

const nestedReason = "The prompt asks about something that has to be found out first. Ask for that first, then about what it names: \"who is Ada's manager\", then \"sign-ins of the first one\"."

// subjects are the concepts that a question can be about: what is looked up, in contrast to a property.
var subjects = []string{"signin", "audit", "detection", "method", "device", "licence", "role", "group", "member", "owner", "risk", "app", "activity", "noninteractive", "incident"}

// nested says whether a prompt asks about things of things: "sign-ins of Ada's manager", "members of Ada's
// groups", "devices of the owners of a group". No single skill answers that, and an answer about the name alone
// would be wrong.
func (r *Router) nested(d *reading) bool {
	for _, m := range d.mentions {
		if m.Last+1 >= len(d.tokens) || d.mark[m.First] != named || !slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) }) {
			continue
		}
		next := m.Last + 1
		relation := r.relations[d.tokens[next].Text] || next+1 < len(d.tokens) && r.relations[d.tokens[next+1].Text]
		if d.tokens[m.Last].Possessive && relation && (d.tokens[next].Possessive || d.subjectBesides(next)) {
			return true // "Ada's manager's sign-ins", "is Ada's manager risky"
		}
		if !d.tokens[m.Last].Possessive || m.First < 2 || !slices.Contains([]string{"of", "for", "by", "from"}, d.tokens[m.First-1].Text) {
			continue
		}
		of := d.subjectBefore(m.First)
		if of == "" {
			continue
		}
		if relation {
			return true
		}
		for _, c := range d.concepts {
			if c.first == next && slices.Contains([]string{"group", "role", "device", "app", "owner", "member"}, c.name) && c.name != of && d.tokens[next].Text != d.stems[next] {
				return true
			}
		}
	}
	return d.ofOwners()
}

// subjectBefore is the subject that is named before token i.
func (d *reading) subjectBefore(i int) string {
	for _, c := range d.concepts {
		if c.last < i && slices.Contains(subjects, c.name) {
			return c.name
		}
	}
	return ""
}

// subjectBesides says whether a subject is named apart from the words at i, in a prompt of one question.
func (d *reading) subjectBesides(i int) bool {
	if slices.ContainsFunc(d.tokens, func(t words.Token) bool { return t.Text == "and" || t.Text == "or" }) || strings.ContainsAny(d.text, ",+;") {
		return false
	}
	return slices.ContainsFunc(d.concepts, func(c conceptHit) bool {
		return (c.last < i || c.first > i+1) && slices.Contains(subjects, c.name) && c.name != "owner" && c.name != "member"
	})
}

// ofOwners says whether "of the owners of" or "of members of" follows another subject.
func (d *reading) ofOwners() bool {
	for _, c := range d.concepts {
		if c.name != "owner" && c.name != "member" || c.first < 2 || c.last+1 >= len(d.tokens) {
			continue
		}
		before := c.first - 1
		if slices.Contains([]string{"the", "all"}, d.tokens[before].Text) && before > 1 {
			before--
		}
		if !slices.Contains([]string{"of", "for", "by", "from"}, d.tokens[before].Text) || !slices.Contains([]string{"of", "in"}, d.tokens[c.last+1].Text) {
			continue
		}
		if of := d.subjectBefore(before); of != "" && of != "member" && of != "owner" && of != "group" {
			return true
		}
	}
	return false
}

// foreign is an unknown word right before what is asked for: "vpn logs", "aws sign-ins". The data holds nothing
// of that name, and an answer without it would be one about something else.
func (r *Router) foreign(d *reading) string {
	for _, u := range d.unknown {
		if u.first > 0 && !d.tokens[u.first].Capital && slices.Contains([]string{"from", "via"}, d.tokens[u.first-1].Text) {
			return u.text // "alerts from another product"
		}
		if u.strong {
			continue // somebody whom nobody is
		}
		for _, c := range d.concepts {
			if c.first == u.last+1 && !d.tokens[u.last].Possessive && d.adjacent(u.last, c.first) && slices.Contains([]string{"signin", "log", "logs", "alert", "incident", "device", "audit"}, c.name) {
				return u.text
			}
		}
	}
	return ""
}

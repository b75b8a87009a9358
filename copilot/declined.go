package copilot

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
)

func (r *run) unsupported(reason string) *Answer {
	return &Answer{Outcome: Unsupported, Text: reason + r.askInstead(), Suggestions: starters}
}

var starters = []string{"Which users are at risk?", "Show failed sign-ins of the past 24 hours", "Which logs are being collected in this tenant?"}

func (r *run) askInstead() string {
	return " You can ask about users, their authentication methods, devices, roles, groups and risk, sign-ins, audit events, Conditional Access policies, applications, incidents and the tenant's logs."
}

// declined words the outcomes for which nothing is run.
func (r *run) declined(dec route.Decision) *Answer {
	switch dec.Outcome {
	case NotFound:
		a := &Answer{Outcome: NotFound, Text: fmt.Sprintf("There is no %s named %q in this tenant.", kindName(dec.Kind), dec.Name)}
		if len(dec.Candidates) > 0 {
			a.Text += " Near matches: " + labels(dec.Candidates) + "."
			for _, e := range dec.Candidates {
				a.Suggestions = append(a.Suggestions, strings.Replace(r.p.Text, dec.Name, e.Reported(), 1))
			}
		} else {
			a.Text += " No name is close to it."
		}
		return a
	case Ambiguous:
		return &Answer{Outcome: Ambiguous, Text: fmt.Sprintf("%q fits more than one %s: %s. Name the one that is meant; nothing was looked up.", dec.Name, kindName(dec.Kind), labels(dec.Candidates)), Suggestions: each(r.p.Text, dec)}
	case Refused:
		return &Answer{Outcome: Refused, Text: "Refused. " + dec.Reason}
	}
	return r.unsupported(dec.Reason)
}

func each(text string, dec route.Decision) []string {
	var out []string
	for _, e := range dec.Candidates {
		out = append(out, strings.Replace(text, dec.Name, e.Reported(), 1))
	}
	return out
}

func kindName(k string) string {
	switch k {
	case "app":
		return "application"
	case "policy":
		return "Conditional Access policy"
	case "role":
		return "directory role"
	}
	return k
}

func labels(es []directory.Entity) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = e.Label()
	}
	return strings.Join(out, ", ")
}

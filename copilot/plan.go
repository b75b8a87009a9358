package copilot

import (
	"context"
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot/route"
)

// plan shows what the actions of a prompt would do; nothing is done, and what the prompt asks beside them is
// not looked up.
func (r *run) plan(ctx context.Context, calls []route.Call) *Answer {
	if err := access.Authorize(r.p.Principal, access.Act); err != nil {
		return &Answer{Outcome: Refused, Text: sentence(err.Error())}
	}
	a := &Answer{Outcome: NeedsConfirmation}
	for i := range calls {
		call := &calls[i]
		if call.Skill.Changes() {
			request, err := r.c.deps.Installed.Request(ctx, r.p.Principal, call.Skill, call.Fill)
			if err != nil {
				return r.failed(Step{Skill: call.Skill.Name, Inputs: call.Inputs, Source: "api", Error: err.Error()})
			}
			a.Text += fmt.Sprintf(" This would send to the server of the plugin %s: %s\nNothing has been sent: calls that can change something at a server are only described, and cannot be confirmed here yet.",
				call.Skill.Plugin, request)
			a.Steps = append(a.Steps, Step{Skill: call.Skill.Name, Inputs: call.Inputs, Source: "api", Query: request})
			continue
		}
		if call.Skill.Action == nil {
			a.Text += fmt.Sprintf(" %s was not run: ask it by itself.", call.Skill.DisplayName)
			continue
		}
		text, p, err := r.planned(call)
		if err != nil {
			return &Answer{Outcome: Failed, Text: "The action could not be described: " + err.Error()}
		}
		if a.Text += " " + text; a.Action == nil {
			a.Action = p
		} else {
			a.Further = append(a.Further, *p)
		}
		a.Steps = append(a.Steps, Step{Skill: call.Skill.Name, Inputs: call.Inputs, Source: "graph", Query: p.Request})
		r.remember(call)
	}
	a.Text = strings.TrimSpace(a.Text)
	return a
}

// planned describes one action.
func (r *run) planned(call *route.Call) (string, *Plan, error) {
	act := call.Skill.Action
	v := &view{c: r.c, call: call}
	does, err := v.render(act.Does)
	if err != nil {
		return "", nil, err
	}
	request, err := v.render(act.Request)
	if err != nil {
		return "", nil, err
	}
	text := fmt.Sprintf("This would %s. Nothing has been done: it needs the confirmation of a person with the role %s and the permission %s. To undo it: %s. Effect on risk: %s.",
		does, strings.Join(act.Roles, " or "), act.Permission, act.Undo, act.Effect)
	return text, &Plan{Skill: call.Skill.Name, Inputs: call.Inputs, Does: does, Request: request, Permission: act.Permission, Roles: act.Roles, Undo: act.Undo, Effect: act.Effect, Danger: act.Danger}, nil
}

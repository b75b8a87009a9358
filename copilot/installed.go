package copilot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// Installed gives the skills of plugins that people added, and runs them as whoever asks may.
type Installed interface {
	// Skills are the skills that a principal can use. The version is another one whenever they are others.
	Skills(ctx context.Context, p access.Principal) (skills []*plugin.Skill, version string, err error)
	// Query runs the query of a KQL skill over the tables that the principal may read. One that it may not is an *access.Denied.
	Query(ctx context.Context, p access.Principal, kql string, now time.Time) (*Result, error)
	// Call calls an API skill with its inputs. request is what was sent, without anything secret.
	// A skill that can change something is not called.
	Call(ctx context.Context, p access.Principal, s *plugin.Skill, inputs map[string]string) (request string, res *Result, err error)
	// Request is what a call would send, without anything secret. Nothing is sent.
	Request(ctx context.Context, p access.Principal, s *plugin.Skill, inputs map[string]string) (string, error)
}

// mostChoosers bounds the choosers that are kept: one for every set of plugins that somebody uses.
const mostChoosers = 32

// decide routes a prompt: by the skills of the program, and over them by those that people added.
func (c *Copilot) decide(ctx context.Context, p access.Principal, q route.Request) (route.Decision, error) {
	if word, _, _ := strings.Cut(strings.TrimSpace(q.Text), " "); strings.EqualFold(word, "/AskGPT") { // the one skill of Security Copilot that promptbooks call by name
		return route.Decision{Outcome: Unsupported, Reason: "AskGPT is answered by a language model, and none is configured."}, nil
	}
	dec := c.router.Route(q)
	if c.deps.Installed == nil {
		return dec, nil
	}
	skills, version, err := c.deps.Installed.Skills(ctx, p)
	if err != nil || len(skills) == 0 {
		return dec, err
	}
	c.mu.Lock()
	x := c.choosers[version]
	if x == nil {
		if len(c.choosers) >= mostChoosers {
			c.choosers = map[string]*route.Installed{}
		}
		x = c.router.Installed(skills)
		c.choosers[version] = x
	}
	c.mu.Unlock()
	return x.Over(dec, q), nil
}

// Usable are the skills that a principal can use: those of the program that their roles allow, then those that people added.
func (c *Copilot) Usable(ctx context.Context, p access.Principal) ([]*plugin.Skill, error) {
	var out []*plugin.Skill
	for _, s := range c.deps.Skills {
		if allowed(p, &route.Call{Skill: s}) == nil {
			out = append(out, s)
		}
	}
	if c.deps.Installed == nil {
		return out, nil
	}
	added, _, err := c.deps.Installed.Skills(ctx, p)
	return append(out, added...), err
}

// installed runs a skill of a plugin that somebody added, as the asker may; failed is the answer where that does not work.
func (r *run) installed(ctx context.Context, call *route.Call) (st Step, res *Result, failed *Answer) {
	s := call.Skill
	if why := plugin.NotRun(s.Format); why != "" {
		return st, nil, r.unsupported(fmt.Sprintf("%s of the plugin %s is not run here: %s.", s.DisplayName, s.Plugin, why))
	}
	st = Step{Skill: s.Name, Inputs: call.Inputs, Source: "kql"}
	var err error
	var began time.Time
	if s.Format == plugin.API {
		st.Source = "api"
		if r.p.Emit != nil {
			r.p.Emit(Event{Kind: "step", Step: &st})
		}
		began = time.Now()
		st.Query, res, err = r.c.deps.Installed.Call(ctx, r.p.Principal, s, call.Fill)
	} else {
		if st.Query, err = fill.Fill(s.Template, call.Fill, r.p.Now); err == nil {
			if r.p.Emit != nil {
				r.p.Emit(Event{Kind: "step", Step: &st})
			}
			began = time.Now()
			res, err = r.c.deps.Installed.Query(ctx, r.p.Principal, st.Query, r.p.Now)
		}
	}
	if !began.IsZero() {
		st.ElapsedMS = float64(time.Since(began).Microseconds()) / 1000
	}
	var denied *access.Denied
	switch {
	case errors.As(err, &denied):
		return st, nil, r.denied(call, denied)
	case err != nil:
		st.Error = err.Error()
		return st, nil, r.failed(st)
	}
	st.Rows = len(res.Rows)
	known := *s // the skill is others' too
	known.Optional = res.Tables
	if len(res.Rows) == 0 {
		known.Tables = res.Tables // nothing is said with what was looked through
	}
	call.Skill = &known
	return st, res, nil
}

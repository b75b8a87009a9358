package copilot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/mask"
)

// Copilot answers prompts. It is safe for concurrent use.
type Copilot struct {
	deps   Deps
	router *route.Router
	plain  map[string]string // riskEventType -> how people say it

	mu     sync.Mutex
	tenant *tenant // of the newest version of the data that was asked about
	// choosers are those of the skills that people added, by their version.
	choosers map[string]*route.Installed
}

// tenant is what is read once per version of the data.
type tenant struct {
	version   string
	index     *directory.Index
	reasons   []string        // rows that explain the error codes which the logs hold
	explained map[string]bool // those codes
	off       map[string]bool // log categories that no diagnostic setting collects
}

// New makes a copilot. It checks that nothing it needs is missing.
func New(d Deps) (*Copilot, error) {
	if d.Queries == nil || d.Sources == nil || d.Audit == nil || d.Sessions == nil || d.Schemas == nil {
		return nil, errors.New("copilot: queries, sources, audit, sessions and schemas are needed")
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	v, err := route.ParseVocabulary(d.Vocabulary)
	if err != nil {
		return nil, err
	}
	c := &Copilot{deps: d, router: route.New(v, d.Skills), plain: map[string]string{}, choosers: map[string]*route.Installed{}}
	for _, x := range v.Values {
		if x.Input == "riskEventType" && len(x.Words) > 0 {
			c.plain[strings.ToLower(x.Value)] = x.Words[0]
		}
	}
	return c, nil
}

// Prompt is one prompt.
type Prompt struct {
	Text      string
	SessionID string // empty for a conversation of its own
	Principal access.Principal
	Now       time.Time // what relative times refer to; zero for the clock
	Emit      func(Event)
}

// Event is progress of an answer, for streaming: a step that begins or has ended, or the answer.
type Event struct {
	Kind   string // "step", "rows", "answer"
	Step   *Step
	Answer *Answer
}

// Ask answers a prompt. The error is non-nil only when no answer could be recorded; everything else that
// goes wrong is an answer with the outcome "error".
func (c *Copilot) Ask(ctx context.Context, p Prompt) (*Answer, error) {
	if p.Now.IsZero() {
		p.Now = c.deps.Clock()
	}
	p.Now = p.Now.UTC()
	p.Text = mask.Text(p.Text) // what is kept of a prompt is what is answered
	if p.SessionID == "" {
		p.SessionID = "s-" + uuid.NewString()
	}
	entry := audit.Entry{Time: c.deps.Clock(), Principal: p.Principal.ID, Operation: "PromptSubmitted", Object: p.SessionID,
		Details: p.Principal.Details(), Texts: map[string]audit.Text{"prompt": {Value: p.Text}}}
	var spent *capacity.Spent
	if _, err := c.deps.Audit.Append(ctx, entry); errors.As(err, &spent) {
		entry.Object, entry.Operation, entry.Outcome, entry.Details = entry.Operation, "AccessDenied", "refused", maps.Clone(entry.Details)
		entry.Details["reason"], entry.Details["object"] = spent.Error(), p.SessionID
		if _, err := c.deps.Audit.Append(ctx, entry); err != nil {
			return nil, fmt.Errorf("%w; the refusal is not on record, because the audit trail cannot be written: %w", spent, err)
		}
		// No session is begun or goes on: whoever asks on would fill the store with refusals.
		a := &Answer{Outcome: Refused, Text: sentence(spent.Error()), SessionID: p.SessionID}
		finish(a)
		if p.Emit != nil {
			p.Emit(Event{Kind: "answer", Answer: a})
		}
		return a, nil
	} else if err != nil {
		return nil, fmt.Errorf("the audit trail cannot be written, so nothing was done: %w", err)
	}
	prompt, remembered, err := c.deps.Sessions.Begin(ctx, p.SessionID, p.Principal.ID, p.Text, c.deps.Clock())
	if err != nil {
		return nil, err
	}
	rctx := &route.Context{}
	if len(remembered) > 0 {
		if err := json.Unmarshal(remembered, rctx); err != nil {
			return nil, fmt.Errorf("context of session %s: %w", p.SessionID, err)
		}
	}
	a := c.answer(ctx, p, rctx)
	a.SessionID, a.PromptID = p.SessionID, prompt
	finish(a)
	if err := c.record(ctx, p, a, rctx); err != nil {
		return nil, err
	}
	if p.Emit != nil {
		p.Emit(Event{Kind: "answer", Answer: a})
	}
	return a, nil
}

// finish fills what an answer always has.
func finish(a *Answer) {
	if a.Steps == nil {
		a.Steps = []Step{}
	}
	if a.Suggestions == nil {
		a.Suggestions = []string{}
	}
	for i := range a.Steps {
		if a.Steps[i].Inputs == nil {
			a.Steps[i].Inputs = map[string]any{}
		}
	}
	if strings.TrimSpace(a.Text) == "" {
		a.Text = "There is nothing to say."
	}
}

func (c *Copilot) record(ctx context.Context, p Prompt, a *Answer, rctx *route.Context) error {
	remember, err := json.Marshal(rctx)
	if err != nil {
		return fmt.Errorf("context of session %s: %w", p.SessionID, err)
	}
	text, err := a.JSON()
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	var skills []string
	var elapsed float64
	for _, s := range a.Steps {
		skills = append(skills, s.Skill)
		elapsed += s.ElapsedMS
	}
	details := p.Principal.Details()
	details["skills"] = strings.Join(skills, ", ")
	details[capacity.ElapsedMS] = fmt.Sprintf("%.3f", elapsed)
	entry := audit.Entry{Time: c.deps.Clock(), Principal: p.Principal.ID, Operation: "PromptAnswered", Object: p.SessionID + "/" + a.PromptID, Outcome: a.Outcome,
		Details: details, Texts: map[string]audit.Text{"answer": {Value: a.Text}}}
	if _, err := c.deps.Audit.Append(ctx, entry); err != nil {
		return fmt.Errorf("the audit trail cannot be written, so the answer is not shown: %w", err)
	}
	return c.deps.Sessions.End(ctx, p.SessionID, a.PromptID, a.Outcome, text, remember, c.deps.Clock())
}

// answer decides and runs; it never fails, but may answer with the outcome "error".
func (c *Copilot) answer(ctx context.Context, p Prompt, rctx *route.Context) *Answer {
	for _, want := range []access.Permission{access.Ask, access.Read} { // the copilot shows nobody what they could not read without it
		if err := access.Authorize(p.Principal, want); err != nil {
			return &Answer{Outcome: Refused, Text: sentence(err.Error())}
		}
	}
	t, err := c.load(ctx, p.Now)
	if err != nil {
		return &Answer{Outcome: Failed, Text: "The directory of the workspace could not be read: " + err.Error()}
	}
	dec, err := c.decide(ctx, p.Principal, route.Request{Text: p.Text, Now: p.Now, Index: t.index, Context: rctx})
	if err != nil {
		return &Answer{Outcome: Failed, Text: "The plugins that were added could not be read: " + err.Error()}
	}
	r := &run{c: c, p: p, tenant: t, ctx: rctx, bg: ctx}
	var a *Answer
	switch dec.Outcome {
	case Answered:
		a = r.calls(ctx, dec.Calls)
	case NeedsConfirmation:
		a = r.plan(ctx, dec.Calls)
	default:
		a = r.declined(dec)
	}
	a.Format = dec.Format
	return a
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// Router is the router of the copilot, for listing skills and completing prompts.
func (c *Copilot) Router() *route.Router { return c.router }

package copilot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/state"
)

// Recorded keeps sessions in the application state.
type Recorded struct{ Store *state.Store }

var _ Sessions = Recorded{}

// Begin implements Sessions.
func (r Recorded) Begin(ctx context.Context, session, principal, text string, now time.Time) (string, []byte, error) {
	s, err := r.Store.EnsureSession(ctx, session, principal, now)
	if err != nil {
		return "", nil, err
	}
	if s.Principal != principal {
		return "", nil, fmt.Errorf("session %s belongs to someone else", session)
	}
	p, err := r.Store.AddPrompt(ctx, session, principal, text, now)
	if err != nil {
		return "", nil, err
	}
	return p.ID, s.Context, nil
}

// End implements Sessions.
func (r Recorded) End(ctx context.Context, session, prompt, outcome string, answer, remembered []byte, now time.Time) error {
	return r.Store.AddAnswer(ctx, session, prompt, outcome, answer, remembered, now)
}

// Fresh keeps sessions in memory for one run, as a batch does: each of its sessions starts afresh.
type Fresh struct {
	mu       sync.Mutex
	sessions map[string]*freshSession
}

type freshSession struct {
	principal string
	prompts   int
	context   []byte
}

var _ Sessions = (*Fresh)(nil)

// Begin implements Sessions.
func (f *Fresh) Begin(ctx context.Context, session, principal, text string, now time.Time) (string, []byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sessions == nil {
		f.sessions = map[string]*freshSession{}
	}
	s := f.sessions[session]
	if s == nil {
		s = &freshSession{principal: principal}
		f.sessions[session] = s
	}
	if s.principal != principal {
		return "", nil, errors.New("session " + session + " belongs to someone else")
	}
	s.prompts++
	return fmt.Sprintf("p-%d", s.prompts), s.context, nil
}

// End implements Sessions.
func (f *Fresh) End(ctx context.Context, session, prompt, outcome string, answer, remembered []byte, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[session]
	if s == nil {
		return errors.New("session " + session + " was not begun")
	}
	s.context = remembered
	return nil
}

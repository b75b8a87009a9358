package manage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/state"
)

// Promptbook is a promptbook that somebody added.
type Promptbook struct {
	ID        string            `json:"id"`
	Scope     Scope             `json:"scope"`
	Owner     string            `json:"owner"` // a principal's id
	Book      plugin.Promptbook `json:"promptbook"`
	AddedAt   time.Time         `json:"addedAt"`
	ChangedAt time.Time         `json:"changedAt"`
}

const (
	promptbookKind = "promptbook"
	maxPromptbooks = 1000
)

func (b Promptbook) key() string {
	if b.Scope == ForUser {
		return "user/" + b.Owner + "/" + b.Book.Name
	}
	return "organization/" + b.Book.Name
}

func (s *Service) promptbooks(ctx context.Context) ([]Promptbook, error) {
	list, err := s.cfg.Store.Definitions(ctx, promptbookKind)
	if err != nil {
		return nil, err
	}
	out := make([]Promptbook, len(list))
	for i, d := range list {
		if err := json.Unmarshal(d.Body, &out[i]); err != nil {
			return nil, fmt.Errorf("promptbook %s: %w", d.Name, err)
		}
	}
	return out, nil
}

// Promptbooks are the promptbooks that p can run: those of the organization, and their own.
func (s *Service) Promptbooks(ctx context.Context, p access.Principal) ([]Promptbook, error) {
	list, err := s.promptbooks(ctx)
	return slices.DeleteFunc(list, func(b Promptbook) bool { return b.Scope == ForUser && b.Owner != p.ID }), err
}

// Promptbook is one of Promptbooks, by id or name; their own goes before the organization's.
func (s *Service) Promptbook(ctx context.Context, p access.Principal, name string) (Promptbook, error) {
	list, err := s.Promptbooks(ctx, p)
	if err != nil {
		return Promptbook{}, err
	}
	slices.SortStableFunc(list, func(a, b Promptbook) int { return strings.Compare(string(b.Scope), string(a.Scope)) }) // user before organization
	for _, b := range list {
		if b.ID == name || strings.EqualFold(b.Book.Name, name) {
			return b, nil
		}
	}
	return Promptbook{}, &Missing{fmt.Sprintf("there is no promptbook %s", name)}
}

// AddPromptbook adds a promptbook, or replaces the one of the same name and scope. A file with errors is a *diag.List.
func (s *Service) AddPromptbook(ctx context.Context, p access.Principal, file string, text []byte, scope Scope) (added Promptbook, replaced bool, err error) {
	if len(text) > maxManifest {
		return added, false, invalid("%s has %d bytes, at most %d", file, len(text), maxManifest)
	}
	book, list := plugin.ReadPromptbook(file, text)
	if err := list.Err(); err != nil {
		return added, false, err
	}
	now := s.cfg.Now()
	b := Promptbook{ID: uuid.NewString(), Scope: scope, Owner: p.ID, Book: *book, AddedAt: now, ChangedAt: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.promptbooks(ctx)
	if err != nil {
		return added, false, err
	}
	operation := "CreateCopilotPromptBook"
	i := slices.IndexFunc(all, func(o Promptbook) bool { return strings.EqualFold(o.key(), b.key()) })
	switch {
	case i >= 0:
		operation = "UpdateCopilotPromptBook"
		b.ID, b.Owner, b.AddedAt = all[i].ID, all[i].Owner, all[i].AddedAt
	case len(all) >= maxPromptbooks:
		return added, false, &Conflict{fmt.Sprintf("there are %d promptbooks, the most that there may be: remove one first", len(all))}
	}
	e := audit.Entry{Operation: operation, Object: book.Name, Details: map[string]string{"scope": string(scope), "file": file, "prompts": fmt.Sprint(len(book.Prompts)), "promptbook": b.ID}}
	if err := s.admitPlugin(ctx, p, scope, e); err != nil {
		return added, false, err
	}
	body, err := json.Marshal(b)
	if err != nil {
		return added, false, err
	}
	return b, i >= 0, s.cfg.Store.PutDefinition(ctx, state.Definition{Kind: promptbookKind, Name: b.key(), Body: body, UpdatedAt: now}, nil)
}

// RemovePromptbook removes a promptbook.
func (s *Service) RemovePromptbook(ctx context.Context, p access.Principal, name string) (Promptbook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.Promptbook(ctx, p, name)
	if err != nil {
		return b, err
	}
	e := audit.Entry{Operation: "DeleteCopilotPromptBook", Object: b.Book.Name, Details: map[string]string{"scope": string(b.Scope), "promptbook": b.ID}}
	if err := s.admitPlugin(ctx, p, b.Scope, e); err != nil {
		return b, err
	}
	return b, s.cfg.Store.RemoveDefinition(ctx, promptbookKind, b.key())
}

// Ready gives the prompts of a promptbook with its inputs filled in. One that needs a plugin which p has not, or which is disabled, is a *Conflict.
func (s *Service) Ready(ctx context.Context, p access.Principal, b Promptbook, inputs map[string]string) ([]string, error) {
	plugins, err := s.Plugins(ctx, p)
	if err != nil {
		return nil, err
	}
	need := slices.Clone(b.Book.Plugins)
	for _, x := range b.Book.Prompts {
		need = append(need, x.Plugins...)
	}
	for _, name := range need {
		if !slices.ContainsFunc(plugins, func(x Plugin) bool { return x.Enabled && strings.EqualFold(x.Name, name) }) && !ownPlugin(name) {
			return nil, &Conflict{fmt.Sprintf("the promptbook %s needs the plugin %s, which is not added or is disabled", b.Book.Name, name)}
		}
	}
	prompts, err := b.Book.Fill(inputs)
	if err != nil {
		return nil, &Invalid{err.Error()}
	}
	return prompts, nil
}

// ownPlugin says whether a plugin's work is done by the program's own skills: Security Copilot's for Entra.
func ownPlugin(name string) bool {
	switch strings.ToLower(strings.ReplaceAll(name, " ", "")) {
	case "entra", "microsoftentra", "fusion", "generic":
		return true
	}
	return false
}

package manage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/state"
)

// MaxTokenDays is how long an API token may last; maxTokens how many somebody may have.
const (
	MaxTokenDays = 366
	maxTokens    = 100
)

// Tokens are the API tokens of everybody, for somebody who manages them.
func (s *Service) Tokens(ctx context.Context, p access.Principal) ([]state.Token, error) {
	if err := access.Authorize(p, access.Manage); err != nil {
		return nil, err
	}
	return s.cfg.Store.Tokens(ctx)
}

// OwnTokens are the API tokens of p.
func (s *Service) OwnTokens(ctx context.Context, p access.Principal) ([]state.Token, error) {
	list, err := s.cfg.Store.Tokens(ctx)
	return slices.DeleteFunc(list, func(t state.Token) bool { return t.Person != p.ID }), err
}

// AddToken makes an API token of somebody that lasts so many days, and returns it with its text, which is not kept. Everybody may
// make their own; for somebody else it takes the permission to manage. A token carries nothing that its person, and who makes it,
// may not do.
func (s *Service) AddToken(ctx context.Context, p access.Principal, of, purpose string, scopes []access.Permission, days int) (state.Token, string, error) {
	purpose = strings.TrimSpace(purpose)
	switch {
	case days < 1 || days > MaxTokenDays:
		return state.Token{}, "", invalid("%d days: 1 to %d", days, MaxTokenDays)
	case purpose == "" || utf8.RuneCountInString(purpose) > 100 || strings.ContainsFunc(purpose, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return state.Token{}, "", invalid("say in 1 to 100 characters what the token is for")
	case len(scopes) == 0:
		return state.Token{}, "", invalid("give at least one permission that the token carries")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.person(ctx, of)
	if err != nil {
		return state.Token{}, "", err
	}
	if x.Disabled {
		return state.Token{}, "", &Conflict{x.UPN + " is disabled"}
	}
	list, err := s.OwnTokens(ctx, x.Principal())
	if err != nil {
		return state.Token{}, "", err
	}
	if len(list) >= maxTokens {
		return state.Token{}, "", &Conflict{fmt.Sprintf("%s has %d API tokens, the most that one may have: remove one first", x.UPN, len(list))}
	}
	id, token := s.cfg.NewToken()
	now := s.cfg.Now()
	t := state.Token{ID: id, Person: x.ID, UPN: x.UPN, Name: purpose, Scopes: scopes, CreatedAt: now, ExpiresAt: now.Add(time.Duration(days) * 24 * time.Hour)}
	e := audit.Entry{Operation: "TokenCreated", Object: id,
		Details: map[string]string{"person": x.UPN, "for": purpose, "scopes": access.Names(scopes), "expires": t.ExpiresAt.UTC().Format(time.RFC3339)}}
	for _, want := range scopes {
		if err := errors.Join(access.Authorize(x.Principal(), want), access.Authorize(p, want)); err != nil {
			return t, "", s.cfg.Refused(ctx, p, e, firstOf(err))
		}
	}
	if x.ID == p.ID {
		err = s.cfg.Record(ctx, p, e)
	} else {
		err = s.admit(ctx, p, access.Manage, e)
	}
	if err != nil {
		return t, "", err
	}
	return t, token, s.cfg.Store.AddToken(ctx, token, t)
}

// firstOf is the first of joined errors: two that say the same of one person need not be said twice.
func firstOf(err error) error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()[0]
	}
	return err
}

// RemoveToken removes an API token: it stops working at once. Everybody may remove their own; those of somebody else take the
// permission to manage, and without it are not there.
func (s *Service) RemoveToken(ctx context.Context, p access.Principal, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.cfg.Store.Tokens(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t state.Token) bool { return t.ID == id })
	if i < 0 || list[i].Person != p.ID && access.Authorize(p, access.Manage) != nil {
		return &Missing{"there is no API token " + id}
	}
	if err := s.cfg.Record(ctx, p, audit.Entry{Operation: "TokenRemoved", Object: id, Details: map[string]string{"person": list[i].UPN, "for": list[i].Name}}); err != nil {
		return err
	}
	return s.cfg.Store.RemoveToken(ctx, id)
}

package manage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/state"
)

// LinkLasts is how long a one-time link may be used.
const LinkLasts = 24 * time.Hour

// People are all who may sign in, for somebody who manages them.
func (s *Service) People(ctx context.Context, p access.Principal) ([]state.Account, error) {
	if err := access.Authorize(p, access.Manage); err != nil {
		return nil, err
	}
	return s.cfg.Store.Accounts(ctx, s.cfg.Idle, s.cfg.Now())
}

// AddPerson adds somebody who may sign in as upn, with a one-time link by which they choose their password.
func (s *Service) AddPerson(ctx context.Context, p access.Principal, upn, name string, roles []access.Role) (state.Person, string, error) {
	if name == "" {
		name = upn
	}
	if err := state.CheckName(upn, name); err != nil {
		return state.Person{}, "", &Invalid{err.Error()}
	}
	if len(roles) == 0 {
		return state.Person{}, "", invalid("give at least one role")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.cfg.Store.Person(ctx, upn); err == nil {
		return state.Person{}, "", &Conflict{upn + " has an account already"}
	} else if !errors.Is(err, state.ErrNotFound) {
		return state.Person{}, "", err
	}
	e := audit.Entry{Operation: "UserAdded", Object: upn, Details: map[string]string{"name": name, "roles": access.Names(roles)}}
	if err := s.notAbove(ctx, p, roles, e); err != nil {
		return state.Person{}, "", err
	}
	if err := s.admit(ctx, p, access.Manage, e); err != nil {
		return state.Person{}, "", err
	}
	added, err := s.cfg.Store.AddPerson(ctx, state.Person{UPN: upn, Name: name, Roles: roles}, s.cfg.Now())
	if err != nil {
		return added, "", err
	}
	link, err := s.link(ctx, p, added.ID, added.UPN)
	return added, link, err
}

// notAbove refuses, on record, what reaches above the roles of p itself.
func (s *Service) notAbove(ctx context.Context, p access.Principal, roles []access.Role, e audit.Entry) error {
	if err := access.NotAbove(p, roles); err != nil {
		return s.cfg.Refused(ctx, p, e, err)
	}
	return nil
}

// Link makes a one-time link by which somebody chooses a new password; earlier ones of theirs end.
func (s *Service) Link(ctx context.Context, p access.Principal, who string) (state.Person, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.person(ctx, who)
	if err != nil {
		return x, "", err
	}
	if x.Disabled {
		return x, "", &Conflict{x.UPN + " is disabled"}
	}
	if err := s.notAbove(ctx, p, x.Roles, audit.Entry{Operation: "SignInLinkCreated", Object: x.UPN}); err != nil {
		return x, "", err
	}
	link, err := s.link(ctx, p, x.ID, x.UPN)
	return x, link, err
}

// ResetFactors takes away whatever somebody signs in with here - second factors, recovery codes, password - ends their sessions, and
// makes the one-time link by which they set it up again.
func (s *Service) ResetFactors(ctx context.Context, p access.Principal, who string) (state.Person, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.person(ctx, who)
	if err != nil {
		return x, "", err
	}
	if x.Disabled {
		return x, "", &Conflict{x.UPN + " is disabled"}
	}
	e := audit.Entry{Operation: "AuthenticationMethodsReset", Object: x.UPN}
	if err := s.notAbove(ctx, p, x.Roles, e); err != nil {
		return x, "", err
	}
	if err := s.admit(ctx, p, access.Manage, e); err != nil {
		return x, "", err
	}
	if err := s.cfg.Store.ResetFactors(ctx, x.ID, s.cfg.Now()); err != nil {
		return x, "", err
	}
	link, err := s.link(ctx, p, x.ID, x.UPN)
	return x, link, err
}

// OwnerLink makes the one-time link of the first owner, for the owner of the data directory.
func (s *Service) OwnerLink(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link(ctx, access.LocalOwner(), "", "first owner")
}

func (s *Service) link(ctx context.Context, p access.Principal, id, object string) (string, error) {
	if err := s.admit(ctx, p, access.Manage, audit.Entry{Operation: "SignInLinkCreated", Object: object}); err != nil {
		return "", err
	}
	link := s.cfg.NewSecret()
	return link, s.cfg.Store.AddLink(ctx, link, id, s.cfg.Now().Add(LinkLasts))
}

// SetRoles replaces the roles of somebody; their sign-in sessions end. It returns who they were.
func (s *Service) SetRoles(ctx context.Context, p access.Principal, who string, roles []access.Role) (state.Person, error) {
	if len(roles) == 0 {
		return state.Person{}, invalid("give at least one role")
	}
	return s.change(ctx, p, who, slices.Contains(roles, access.Owner), roles, audit.Entry{Operation: "UserRoleChanged"}, func(x state.Person) error {
		return s.cfg.Store.SetRoles(ctx, x.ID, roles, s.cfg.Now())
	})
}

// SetDisabled keeps somebody out - their sign-in sessions end, their API tokens stop working - or lets them in again.
func (s *Service) SetDisabled(ctx context.Context, p access.Principal, who string, off bool) (state.Person, error) {
	operation := "UserEnabled"
	if off {
		operation = "UserDisabled"
	}
	return s.change(ctx, p, who, !off, nil, audit.Entry{Operation: operation}, func(x state.Person) error {
		return s.cfg.Store.SetDisabled(ctx, x.ID, off, s.cfg.Now())
	})
}

// Remove removes somebody, with their sign-in sessions and API tokens; what they did stays on record.
func (s *Service) Remove(ctx context.Context, p access.Principal, who string) (state.Person, error) {
	return s.change(ctx, p, who, false, nil, audit.Entry{Operation: "UserRemoved"}, func(x state.Person) error {
		return s.cfg.Store.RemovePerson(ctx, x.ID)
	})
}

// EndSessions ends every sign-in session of somebody; they may sign in again.
func (s *Service) EndSessions(ctx context.Context, p access.Principal, who string) (state.Person, error) {
	return s.change(ctx, p, who, true, nil, audit.Entry{Operation: "UserSessionsEnded"}, func(x state.Person) error {
		return s.cfg.Store.EndSignIns(ctx, x.ID, s.cfg.Now())
	})
}

// change makes one change of a person who then is an owner still, or not any more, with the roles given.
func (s *Service) change(ctx context.Context, p access.Principal, who string, staysOwner bool, roles []access.Role, e audit.Entry, do func(state.Person) error) (state.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.person(ctx, who)
	if err != nil {
		return x, err
	}
	e.Object = x.UPN
	if roles != nil {
		e.Details = map[string]string{"roles": access.Names(roles), "was": access.Names(x.Roles)}
	}
	if err := s.notAbove(ctx, p, append(slices.Clone(x.Roles), roles...), e); err != nil {
		return x, err
	}
	if !staysOwner {
		if last, err := s.lastOwner(ctx, x); err != nil {
			return x, err
		} else if last {
			return x, &Conflict{state.ErrLastOwner.Error()}
		}
		if x.ID == p.ID && roles == nil {
			return x, &Conflict{"this is the account that you are signed in with: another owner can disable or remove it"}
		}
	}
	if err := s.admit(ctx, p, access.Manage, e); err != nil {
		return x, err
	}
	return x, do(x)
}

// lastOwner reports whether x is the only owner who may sign in.
func (s *Service) lastOwner(ctx context.Context, x state.Person) (bool, error) {
	if x.Disabled || !slices.Contains(x.Roles, access.Owner) {
		return false, nil
	}
	list, err := s.cfg.Store.People(ctx)
	return !slices.ContainsFunc(list, func(y state.Person) bool {
		return y.ID != x.ID && !y.Disabled && slices.Contains(y.Roles, access.Owner)
	}), err
}

package state_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/state"
)

func person(t *testing.T, s *state.Store, upn string, roles ...access.Role) state.Person {
	t.Helper()
	p, err := s.AddPerson(t.Context(), state.Person{UPN: upn, Name: upn, Roles: roles}, at)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheLastOwnerStays(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx := t.Context()
	ada, sam := person(t, s, "ada@x.example", access.Owner), person(t, s, "sam@x.example", access.SecurityReader)
	for what, err := range map[string]error{
		"removed":  s.RemovePerson(ctx, ada.ID),
		"disabled": s.SetDisabled(ctx, ada.ID, true, at),
		"demoted":  s.SetRoles(ctx, ada.ID, []access.Role{access.SecurityAdministrator}, at),
	} {
		if !errors.Is(err, state.ErrLastOwner) {
			t.Errorf("the last owner %s: %v", what, err)
		}
	}
	if p, err := s.Person(ctx, "ADA@X.example"); err != nil || p.Disabled || len(p.Roles) != 1 || p.Roles[0] != access.Owner {
		t.Fatalf("after the refusals: %+v, %v", p, err)
	}
	if err := s.SetRoles(ctx, sam.ID, []access.Role{access.Owner}, at); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDisabled(ctx, ada.ID, true, at); err != nil {
		t.Errorf("one of two owners: %v", err)
	}
	if err := s.RemovePerson(ctx, sam.ID); !errors.Is(err, state.ErrLastOwner) {
		t.Errorf("the other owner may not sign in: %v", err)
	}
	if _, err := s.AddPerson(ctx, state.Person{UPN: "Sam@x.example"}, at); !errors.Is(err, state.ErrTaken) {
		t.Errorf("a second of the same name: %v", err)
	}
	if err := s.RemovePerson(ctx, "nobody"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("nobody removed: %v", err)
	}
}

func TestSignInSessionsEnd(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx := t.Context()
	person(t, s, "own@x.example", access.Owner)
	const idle = time.Hour
	begin := func(upn, secret string) state.Person {
		p := person(t, s, upn, access.SecurityReader)
		if _, err := s.AddSignIn(ctx, secret, state.SignIn{Person: p.ID, Method: "password", CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(5 * time.Hour)}); err != nil {
			t.Fatal(err)
		}
		return p
	}
	in := func(secret string, now time.Time) bool {
		t.Helper()
		_, _, err := s.SignedIn(ctx, secret, idle, now)
		if err != nil && !errors.Is(err, state.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	begin("a@x.example", "A")
	if !in("A", at.Add(50*time.Minute)) || !in("A", at.Add(100*time.Minute)) {
		t.Error("a session in use ended")
	}
	if in("A", at.Add(161*time.Minute)) {
		t.Error("an idle session goes on")
	}
	begin("b@x.example", "B")
	for m := time.Duration(0); m < 300; m += 30 {
		if !in("B", at.Add(m*time.Minute)) {
			t.Fatalf("ended after %d minutes", m)
		}
	}
	if in("B", at.Add(5*time.Hour)) {
		t.Error("a session goes on beyond its time")
	}
	for what, end := range map[string]func(state.Person) error{
		"disabled":     func(p state.Person) error { return s.SetDisabled(ctx, p.ID, true, at) },
		"other roles":  func(p state.Person) error { return s.SetRoles(ctx, p.ID, []access.Role{access.Owner}, at) },
		"new password": func(p state.Person) error { return s.SetPassword(ctx, p.ID, "x", at) },
		"removed":      func(p state.Person) error { return s.RemovePerson(ctx, p.ID) },
		"revoked":      func(p state.Person) error { return s.EndSignIns(ctx, p.ID, at) },
		"signed out":   func(state.Person) error { return s.EndSignIn(ctx, "signed out") },
	} {
		p := begin(what+"@x.example", what)
		if !in(what, at) || in(what+"x", at) || in("", at) {
			t.Fatalf("%s: not signed in, or anybody is", what)
		}
		if err := end(p); err != nil {
			t.Fatal(err)
		}
		if in(what, at) {
			t.Errorf("%s: the session goes on", what)
		}
	}
}

func TestLinksWorkOnce(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx := t.Context()
	for _, secret := range []string{"first", "second"} {
		if err := s.AddLink(ctx, secret, "", at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	own := state.Person{UPN: "own@x.example", Roles: []access.Role{access.Owner}}
	if _, err := s.UseOwnerLink(ctx, "first", own, at); !errors.Is(err, state.ErrSpent) {
		t.Errorf("a link that another replaced: %v", err)
	}
	if _, err := s.UseOwnerLink(ctx, "second", own, at.Add(time.Hour)); !errors.Is(err, state.ErrSpent) {
		t.Errorf("an expired link: %v", err)
	}
	var won int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.UseOwnerLink(context.WithoutCancel(ctx), "second", own, at); err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Errorf("the link made %d owners", won)
	}
	p, err := s.Person(ctx, "own@x.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddLink(ctx, "owner again", "", at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.UseOwnerLink(ctx, "owner again", state.Person{UPN: "other@x.example"}, at); !errors.Is(err, state.ErrSpent) {
		t.Errorf("a second first owner: %v", err)
	}
	if err := s.AddLink(ctx, "p", p.ID, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.UseLink(ctx, "p", "somebody else", "h", at); !errors.Is(err, state.ErrSpent) {
		t.Errorf("a link used for somebody else: %v", err)
	}
	if err := s.UseLink(ctx, "p", p.ID, "h", at); err != nil {
		t.Error(err)
	}
	if err := s.UseLink(ctx, "p", p.ID, "h2", at); !errors.Is(err, state.ErrSpent) {
		t.Errorf("used twice: %v", err)
	}
	if p, err := s.Person(ctx, p.ID); err != nil || p.Password != "h" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestTokens(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx := t.Context()
	person(t, s, "own@x.example", access.Owner)
	p := person(t, s, "p@x.example", access.SecurityOperator)
	tok := state.Token{ID: "abc", Person: p.ID, Name: "n", Scopes: []access.Permission{access.Read, access.Manage}, CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
	if err := s.AddToken(ctx, "secret", tok); err != nil {
		t.Fatal(err)
	}
	who, err := s.TokenPrincipal(ctx, "abc", "secret", at.Add(time.Minute))
	if err != nil || who.ID != p.ID || access.Authorize(who, access.Read) != nil || access.Authorize(who, access.Act) == nil || access.Authorize(who, access.Manage) == nil {
		t.Errorf("%+v, %v", who, err)
	}
	list, err := s.Tokens(ctx)
	if err != nil || len(list) != 1 || list[0].UPN != "p@x.example" || !list[0].UsedAt.Equal(at.Add(time.Minute)) {
		t.Errorf("%+v, %v", list, err)
	}
	for what, err := range map[string]error{
		"another secret": second(s.TokenPrincipal(ctx, "abc", "secres", at)),
		"no secret":      second(s.TokenPrincipal(ctx, "abc", "", at)),
		"another id":     second(s.TokenPrincipal(ctx, "abd", "secret", at)),
		"expired":        second(s.TokenPrincipal(ctx, "abc", "secret", at.Add(time.Hour))),
	} {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.SetDisabled(ctx, p.ID, true, at); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenPrincipal(ctx, "abc", "secret", at); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("of a disabled person: %v", err)
	}
	if err := s.RemoveToken(ctx, "abc"); err != nil {
		t.Error(err)
	}
	if err := s.RemoveToken(ctx, "abc"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestAttemptsLockAndForget(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx := t.Context()
	wait := func(n int) time.Duration { return time.Duration(max(0, n-2)) * time.Minute }
	try := func(now time.Time, keys ...string) time.Time {
		t.Helper()
		m := map[string]state.Backoff{}
		for _, k := range keys {
			m[k] = wait
		}
		until, err := s.Attempt(ctx, now, m)
		if err != nil {
			t.Fatal(err)
		}
		return until
	}
	for range 3 {
		if until := try(at, "ada", "ip1"); !until.IsZero() {
			t.Fatalf("locked until %s", until)
		}
	}
	if until := try(at, "ada", "ip2"); !until.Equal(at.Add(time.Minute)) {
		t.Errorf("ada is locked until %s", until)
	}
	if until := try(at, "sam", "ip2"); !until.IsZero() {
		t.Errorf("sam from another address is locked until %s", until)
	}
	if until := try(at.Add(time.Minute), "ada", "ip3"); !until.IsZero() {
		t.Errorf("after the wait: %s", until)
	}
	if until := try(at.Add(time.Minute), "ada"); !until.Equal(at.Add(3 * time.Minute)) {
		t.Errorf("the wait did not grow: %s", until)
	}
	if err := s.Clear(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if until := try(at.Add(time.Minute), "ada"); !until.IsZero() {
		t.Errorf("after a success: %s", until)
	}
	if until := try(at.Add(25*time.Hour), "ip1"); !until.IsZero() {
		t.Errorf("after a day: %s", until)
	}
	var passed int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			until, err := s.Attempt(context.WithoutCancel(ctx), at, map[string]state.Backoff{"race": wait})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			} else if until.IsZero() {
				passed++
			}
		})
	}
	all.Wait()
	if passed != 3 {
		t.Errorf("%d tries at the same time passed, 3 are free", passed)
	}
}

// A new store has no account that anybody could know.
func TestANewStoreHasNobody(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	some, err := s.HasPeople(t.Context())
	list, lerr := s.People(t.Context())
	if err != nil || lerr != nil || some || len(list) != 0 {
		t.Errorf("%v, %v, %v, %v", some, list, err, lerr)
	}
}

package manage_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
)

// kit is a service with everything that it put on record, each as "operation object" or "refused operation object".
type kit struct {
	*manage.Service
	store *state.Store
	mu    sync.Mutex
	trail []string
	// changes are the old and the new value of each change of a setting on record
	changes []string
	fail    error // of the trail
	n       int
}

func newKit(t *testing.T) *kit {
	t.Helper()
	dir := t.TempDir()
	store, err := state.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	box, err := secret.Open(filepath.Join(dir, "keys"), "")
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{store: store}
	k.Service = manage.New(manage.Config{
		Store: store, Secrets: secret.NewStore(box, store),
		Record: func(_ context.Context, _ access.Principal, e audit.Entry) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.fail != nil {
				return k.fail
			}
			k.trail = append(k.trail, strings.TrimSpace(e.Operation+" "+e.Object))
			if to, ok := e.Details["newValue"]; ok {
				k.changes = append(k.changes, e.Details["originalValue"]+" -> "+to)
			}
			return nil
		},
		Refused: func(_ context.Context, _ access.Principal, e audit.Entry, why error) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.trail = append(k.trail, strings.TrimSpace("refused "+e.Operation+" "+e.Object))
			return why
		},
		NewSecret: func() string { k.n++; return fmt.Sprintf("secret-%d", k.n) },
		NewToken:  func() (string, string) { k.n++; return fmt.Sprintf("t%d", k.n), fmt.Sprintf("token-%d", k.n) },
		Now:       func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
		Idle:      time.Hour,
	})
	return k
}

// add adds somebody and returns them as they act.
func (k *kit) add(t *testing.T, upn string, roles ...access.Role) access.Principal {
	t.Helper()
	p, link, err := k.AddPerson(t.Context(), access.LocalOwner(), upn, "", roles)
	if err != nil || link == "" {
		t.Fatal(err)
	}
	return p.Principal()
}

// said are the entries since the last call.
func (k *kit) said() []string {
	out := k.trail
	k.trail = nil
	return out
}

func TestPeopleAreManagedOnRecord(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.SecurityReader)
	if got := k.said(); !slices.Equal(got, []string{"UserAdded own@x.example", "SignInLinkCreated own@x.example", "UserAdded ada@x.example", "SignInLinkCreated ada@x.example"}) {
		t.Error(got)
	}
	now := time.Date(2026, 11, 20, 11, 30, 0, 0, time.UTC)
	if _, err := k.store.AddSignIn(ctx, "s", state.SignIn{Person: ada.ID, Method: "password", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(9 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	list, err := k.People(ctx, own)
	if err != nil || len(list) != 2 || list[0].UPN != "ada@x.example" || !list[0].LastSignIn.Equal(now) || list[0].LastMethod != "password" || list[0].Sessions != 1 || !list[1].LastSignIn.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if was, err := k.SetRoles(ctx, own, ada.ID, []access.Role{access.SecurityOperator}); err != nil || was.Roles[0] != access.SecurityReader {
		t.Error(was, err)
	}
	if _, err := k.store.AddSignIn(ctx, "s2", state.SignIn{Person: ada.ID, Method: "password", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(9 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, do := range []func() error{
		func() error {
			_, err := k.EndSessions(ctx, own, "ada@x.example")
			if left, lerr := k.store.SignIns(ctx, ada.ID, time.Hour, now); err == nil && (lerr != nil || len(left) != 0) {
				t.Errorf("sessions go on: %v, %v", left, lerr)
			}
			return err
		},
		func() error { _, err := k.SetDisabled(ctx, own, ada.ID, true); return err },
		func() error { _, err := k.SetDisabled(ctx, own, ada.ID, false); return err },
		func() error { _, _, err := k.Link(ctx, own, ada.ID); return err },
		func() error { _, err := k.Remove(ctx, own, ada.ID); return err },
	} {
		if err := do(); err != nil {
			t.Error(err)
		}
	}
	if got := k.said(); !slices.Equal(got, []string{"UserRoleChanged ada@x.example", "UserSessionsEnded ada@x.example", "UserDisabled ada@x.example",
		"UserEnabled ada@x.example", "SignInLinkCreated ada@x.example", "UserRemoved ada@x.example"}) {
		t.Error(got)
	}
}

func TestGuardsOfPeople(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own := k.add(t, "own@x.example", access.Owner)
	ada := k.add(t, "ada@x.example", access.SecurityAdministrator)
	narrow := own // an API token of the owner that carries no more than to manage
	narrow.Only = []access.Permission{access.Manage}
	k.said()
	var denied *access.Denied
	var conflict *manage.Conflict
	var missing *manage.Missing
	var invalid *manage.Invalid
	for _, c := range []struct {
		name string
		do   func() error
		as   any
		says string
		kept []string // on record
	}{
		{"who may not manage adds", func() error {
			_, _, err := k.AddPerson(ctx, ada, "b@x.example", "B", []access.Role{access.SecurityReader})
			return err
		},
			&denied, "manage", []string{"refused UserAdded b@x.example"}},
		{"who may not manage lists", func() error { _, err := k.People(ctx, ada); return err }, &denied, "manage", nil},
		{"who may not manage removes", func() error { _, err := k.Remove(ctx, ada, "own@x.example"); return err }, &denied, "manage", []string{"refused UserRemoved own@x.example"}},
		{"above one's own", func() error {
			_, err := k.SetRoles(ctx, narrow, "ada@x.example", []access.Role{access.Owner})
			return err
		},
			&denied, "does not carry", []string{"refused UserRoleChanged ada@x.example"}},
		{"other factors of somebody above", func() error { _, _, err := k.ResetFactors(ctx, narrow, "own@x.example"); return err }, &denied, "does not carry", []string{"refused AuthenticationMethodsReset own@x.example"}},
		{"a link to somebody above", func() error { _, _, err := k.Link(ctx, narrow, "own@x.example"); return err }, &denied, "does not carry", []string{"refused SignInLinkCreated own@x.example"}},
		{"the last owner is disabled", func() error { _, err := k.SetDisabled(ctx, access.LocalOwner(), "own@x.example", true); return err }, &conflict, "last owner", nil},
		{"the last owner is removed", func() error { _, err := k.Remove(ctx, access.LocalOwner(), "own@x.example"); return err }, &conflict, "last owner", nil},
		{"the last owner is demoted", func() error { _, err := k.SetRoles(ctx, own, own.ID, []access.Role{access.SecurityReader}); return err }, &conflict, "last owner", nil},
		{"nobody", func() error { _, err := k.Remove(ctx, own, "no@x.example"); return err }, &missing, "nobody is called no@x.example", nil},
		{"taken", func() error {
			_, _, err := k.AddPerson(ctx, own, "ADA@x.example", "", []access.Role{access.SecurityReader})
			return err
		}, &conflict, "has an account already", nil},
		{"no role", func() error { _, _, err := k.AddPerson(ctx, own, "c@x.example", "", nil); return err }, &invalid, "at least one role", nil},
		{"a bad name", func() error {
			_, _, err := k.AddPerson(ctx, own, "a b", "", []access.Role{access.SecurityReader})
			return err
		}, &invalid, "without blanks", nil},
	} {
		err := c.do()
		if !errors.As(err, c.as) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := k.said(); !slices.Equal(got, c.kept) {
			t.Errorf("%s: on record %v, want %v", c.name, got, c.kept)
		}
	}
	k.add(t, "own2@x.example", access.Owner)
	if _, err := k.Remove(ctx, own, own.ID); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "signed in with") {
		t.Errorf("an owner removes themselves: %v", err)
	}
	if _, err := k.SetDisabled(ctx, own, ada.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Link(ctx, own, ada.ID); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "is disabled") {
		t.Errorf("a link for somebody disabled: %v", err)
	}
	if _, _, err := k.ResetFactors(ctx, own, ada.ID); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "is disabled") {
		t.Errorf("other factors for somebody disabled: %v", err)
	}
	if _, _, err := k.AddToken(ctx, own, ada.ID, "x", []access.Permission{access.Read}, 1); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "is disabled") {
		t.Errorf("an API token for somebody disabled: %v", err)
	}
}

// TestResetFactorsTakesAllAway: factors, codes, password and sessions, and their secrets; a link begins again.
func TestResetFactorsTakesAllAway(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.SecurityReader)
	now := time.Date(2026, 11, 20, 11, 30, 0, 0, time.UTC)
	_, err := k.store.AddSignIn(ctx, "s", state.SignIn{Person: ada.ID, Method: "password", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(9 * time.Hour)})
	if err := errors.Join(err, k.store.SetPassword(ctx, ada.ID, "hash", now), k.store.SetAuthenticator(ctx, ada.ID, 1, now), k.store.SetRecoveryCodes(ctx, ada.ID, []string{"A", "B"}),
		k.store.AddPasskey(ctx, state.Passkey{ID: []byte{1}, Person: ada.ID, RPID: "x.example", CreatedAt: now}),
		k.store.PutSecret(ctx, state.AuthenticatorSecret(ada.ID), []byte("sealed"))); err != nil {
		t.Fatal(err)
	}
	k.said()
	if _, link, err := k.ResetFactors(ctx, own, "ada@x.example"); err != nil || link == "" {
		t.Fatal(err)
	}
	if got := k.said(); !slices.Equal(got, []string{"AuthenticationMethodsReset ada@x.example", "SignInLinkCreated ada@x.example"}) {
		t.Error(got)
	}
	f, err := k.store.Factors(ctx, ada.ID)
	if err != nil || f.Any() || f.RecoveryCodes != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	p, err := k.store.Person(ctx, ada.ID)
	if err != nil || p.Password != "" {
		t.Errorf("%+v, %v", p, err)
	}
	if list, err := k.store.SignIns(ctx, ada.ID, time.Hour, now); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, has, err := k.store.Secret(ctx, state.AuthenticatorSecret(ada.ID)); err != nil || has {
		t.Errorf("the secret of the authenticator stays: %v", err)
	}
}

func TestNothingHappensWhereTheTrailFails(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own := k.add(t, "own@x.example", access.Owner)
	k.add(t, "own2@x.example", access.Owner)
	_, text, err := k.AddToken(ctx, own, own.ID, "x", []access.Permission{access.Read}, 1)
	if err != nil || text == "" {
		t.Fatal(err)
	}
	tokens, err := k.OwnTokens(ctx, own)
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	k.fail = errors.New("the trail is full")
	for name, do := range map[string]func() error{
		"add": func() error {
			_, _, err := k.AddPerson(ctx, own, "b@x.example", "", []access.Role{access.SecurityReader})
			return err
		},
		"roles": func() error {
			_, err := k.SetRoles(ctx, own, "own2@x.example", []access.Role{access.SecurityReader})
			return err
		},
		"disable": func() error { _, err := k.SetDisabled(ctx, own, "own2@x.example", true); return err },
		"remove":  func() error { _, err := k.Remove(ctx, own, "own2@x.example"); return err },
		"link":    func() error { _, _, err := k.Link(ctx, own, "own2@x.example"); return err },
		"token": func() error {
			_, _, err := k.AddToken(ctx, own, own.ID, "y", []access.Permission{access.Read}, 1)
			return err
		},
		"no token": func() error { return k.RemoveToken(ctx, own, tokens[0].ID) },
		"setting": func() error {
			_, _, err := k.ChangeSetting(ctx, own, manage.Change{Name: settings.CopyResponses, Value: "true"})
			return err
		},
	} {
		if err := do(); !errors.Is(err, k.fail) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := k.People(ctx, own)
	if err != nil || len(list) != 2 || list[1].Disabled || !slices.Equal(list[1].Roles, []access.Role{access.Owner}) {
		t.Errorf("%+v, %v", list, err)
	}
	if tokens, err := k.OwnTokens(ctx, own); err != nil || len(tokens) != 1 {
		t.Errorf("%v, %v", tokens, err)
	}
	if v, err := k.Setting(ctx, settings.CopyResponses); err != nil || v.Value != "false" {
		t.Errorf("%v, %v", v, err)
	}
}

func TestTokens(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.SecurityReader)
	read := []access.Permission{access.Read}
	mine, text, err := k.AddToken(ctx, ada, ada.ID, " dashboards ", read, 30)
	if err != nil || text == "" || mine.Name != "dashboards" || !mine.ExpiresAt.Equal(time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)) {
		t.Fatalf("%+v, %v", mine, err)
	}
	owners, _, err := k.AddToken(ctx, own, own.ID, "x", []access.Permission{access.Manage, access.Act}, 1)
	if err != nil {
		t.Fatal(err)
	}
	k.said()
	var denied *access.Denied
	var missing *manage.Missing
	var invalid *manage.Invalid
	bare := ada
	bare.Roles = nil
	for name, c := range map[string]struct {
		do func() error
		as any
	}{
		"beyond the role": {func() error {
			_, _, err := k.AddToken(ctx, ada, ada.ID, "x", []access.Permission{access.Act}, 1)
			return err
		}, &denied},
		"somebody else's": {func() error { _, _, err := k.AddToken(ctx, ada, own.ID, "x", read, 1); return err }, &denied},
		"beyond the person": {func() error {
			_, _, err := k.AddToken(ctx, own, ada.ID, "x", []access.Permission{access.Act}, 1)
			return err
		}, &denied},
		"all tokens":           {func() error { _, err := k.Tokens(ctx, ada); return err }, &denied},
		"another's is not one": {func() error { return k.RemoveToken(ctx, ada, owners.ID) }, &missing},
		"nothing":              {func() error { return k.RemoveToken(ctx, own, "t99") }, &missing},
		"no purpose":           {func() error { _, _, err := k.AddToken(ctx, ada, ada.ID, " ", read, 1); return err }, &invalid},
		"too long":             {func() error { _, _, err := k.AddToken(ctx, ada, ada.ID, "x", read, 367); return err }, &invalid},
		"no scope":             {func() error { _, _, err := k.AddToken(ctx, ada, ada.ID, "x", nil, 1); return err }, &invalid},
	} {
		if err := c.do(); !errors.As(err, c.as) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := k.Tokens(ctx, own); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if err := errors.Join(k.RemoveToken(ctx, ada, mine.ID), k.RemoveToken(ctx, own, owners.ID)); err != nil {
		t.Error(err)
	}
	if all, err := k.Tokens(ctx, own); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestSettingsCompareAndSet(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.SecurityAdministrator)
	k.said()
	saw := "1h0m0s"
	old, now, err := k.ChangeSetting(ctx, own, manage.Change{Name: "Clients.MaxTime", Value: "5m", Saw: &saw})
	if err != nil || old.Value != "1h0m0s" || now.Value != "5m0s" || now.ChangedBy != own.ID || now.ChangedAt != "2026-11-20T12:00:00Z" {
		t.Fatalf("%+v, %+v, %v", old, now, err)
	}
	var changed *manage.Changed
	if _, _, err := k.ChangeSetting(ctx, own, manage.Change{Name: settings.ClientMaxTime, Value: "6m", Saw: &saw}); !errors.As(err, &changed) || changed.Is.Value != "5m0s" || changed.Is.ChangedBy != own.ID {
		t.Errorf("%v", err)
	}
	if d, err := k.Duration(ctx, settings.ClientMaxTime); err != nil || d != 5*time.Minute {
		t.Errorf("%v, %v", d, err)
	}
	var denied *access.Denied
	if _, _, err := k.ChangeSetting(ctx, ada, manage.Change{Name: settings.ClientMaxTime, Unset: true}); !errors.As(err, &denied) {
		t.Errorf("%v", err)
	}
	if err := k.Override(settings.ClientMaxTime, "--max-time", "7m"); err != nil {
		t.Fatal(err)
	}
	if v, err := k.Setting(ctx, settings.ClientMaxTime); err != nil || v.Value != "5m0s" || v.Now() != "7m0s" || v.Flag != "--max-time" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, now, err := k.ChangeSetting(ctx, own, manage.Change{Name: settings.ClientMaxTime, Unset: true}); err != nil || now.Value != "1h0m0s" || now.ChangedBy != "" {
		t.Errorf("%+v, %v", now, err)
	}
	if got := k.said(); !slices.Equal(got, []string{"UpdateCopilotSettings clients.maxTime", "refused UpdateCopilotSettings clients.maxTime", "UpdateCopilotSettings clients.maxTime"}) {
		t.Error(got)
	}
}

// TestOneOfManyChangesWins has many change a setting that all saw the same: one does.
func TestOneOfManyChangesWins(t *testing.T) {
	k := newKit(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 20 {
		wg.Go(func() {
			saw := "500000"
			_, _, err := k.ChangeSetting(t.Context(), access.LocalOwner(), manage.Change{Name: settings.QueryMaxRows, Value: fmt.Sprint(i + 1), Saw: &saw})
			var changed *manage.Changed
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.As(err, &changed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d changes won", won)
	}
}

// TestASettingThatCannotBeStored: its record is taken back by another, so that what follows the records does not believe it.
func TestASettingThatCannotBeStored(t *testing.T) {
	k := newKit(t)
	if _, err := k.Settings(t.Context()); err != nil { // what is kept is known before the store fails
		t.Fatal(err)
	}
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	owner := access.LocalOwner()
	if _, _, err := k.ChangeSetting(t.Context(), owner, manage.Change{Name: settings.CopyUserActions, Value: "false"}); err == nil {
		t.Fatal("it was stored in a store that is shut")
	}
	want := "UpdateCopilotSettings " + settings.CopyUserActions
	if !slices.Equal(k.trail, []string{want, want}) || len(k.changes) != 2 {
		t.Fatalf("%q, %q", k.trail, k.changes)
	}
	if k.changes[0] != "True -> False" || k.changes[1] != "False -> True" {
		t.Errorf("%q", k.changes)
	}
}

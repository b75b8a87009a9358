package manage_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
)

func TestSecrets(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.SecurityAdministrator)
	k.said()
	name := settings.OIDCClientSecret
	var denied *access.Denied
	var missing *manage.Missing
	var invalid *manage.Invalid
	for what, c := range map[string]struct {
		do func() error
		as any
	}{
		"set by who may not": {func() error { _, err := k.SetSecret(ctx, ada, name, secret.NewValue("x")); return err }, &denied},
		"removed by who may not": {func() error {
			if _, err := k.SetSecret(ctx, own, name, secret.NewValue("x")); err != nil {
				return err
			}
			_, err := k.RemoveSecret(ctx, ada, name)
			return err
		}, &denied},
		"empty": {func() error { _, err := k.SetSecret(ctx, own, name, secret.Value{}); return err }, &invalid},
		"too long": {func() error {
			_, err := k.SetSecret(ctx, own, name, secret.NewValue(strings.Repeat("x", 16<<10+1)))
			return err
		}, &invalid},
		"unknown":          {func() error { _, err := k.SetSecret(ctx, own, "other", secret.NewValue("x")); return err }, &missing},
		"unknown, removed": {func() error { _, err := k.RemoveSecret(ctx, own, "other"); return err }, &missing},
	} {
		if err := c.do(); err == nil || !errors.As(err, c.as) {
			t.Errorf("%s: %v", what, err)
		}
	}
	k.said()
	if _, err := k.SetSecret(ctx, own, strings.ToUpper(name), secret.NewValue("kept")); err != nil {
		t.Fatal(err)
	}
	if sealed, found, err := k.store.Secret(ctx, name); err != nil || !found || strings.Contains(string(sealed), "kept") {
		t.Errorf("%q, %v, %v", sealed, found, err)
	}
	list, err := k.Secrets(ctx)
	if err != nil || len(list) != 1 || !list[0].Set || list[0].Flag != "" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := k.RemoveSecret(ctx, own, name); err != nil {
		t.Fatal(err)
	}
	if _, err := k.RemoveSecret(ctx, own, name); !errors.As(err, &missing) {
		t.Errorf("removed twice: %v", err)
	}
	if got := k.said(); !slices.Equal(got, []string{"SecretChanged " + name, "SecretRemoved " + name}) {
		t.Errorf("on record: %q", got)
	}
	k.fail = errors.New("the disk is full")
	if _, err := k.SetSecret(ctx, own, name, secret.NewValue("x")); !errors.Is(err, k.fail) {
		t.Errorf("%v", err)
	}
	if list, err := k.Secrets(ctx); err != nil || list[0].Set {
		t.Errorf("what is not on record was done: %+v, %v", list, err)
	}
}

// TestProvider: a provider is what its settings say, and names what it lacks.
func TestProvider(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own := k.add(t, "own@x.example", access.Owner)
	if p, err := k.Provider(ctx); p != nil || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	set := func(name, value string) {
		t.Helper()
		if _, _, err := k.ChangeSetting(ctx, own, manage.Change{Name: name, Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	set(settings.OIDCIssuer, "https://login.example.com/t/v2.0")
	if p, err := k.Provider(ctx); err != nil || !slices.Equal(p.Missing, []string{settings.OIDCClientID, settings.OIDCClientSecret, settings.OIDCRoles}) {
		t.Errorf("%+v, %v", p, err)
	}
	set(settings.OIDCClientID, "c-1")
	set(settings.OIDCRoles, "A=Owner\nB = security reader, A=Security Reader")
	if _, err := k.SetSecret(ctx, own, settings.OIDCClientSecret, secret.NewValue("kept")); err != nil {
		t.Fatal(err)
	}
	p, err := k.Provider(ctx)
	if err != nil || len(p.Missing) > 0 || p.Secret.Reveal() != "kept" || p.Name != "Microsoft Entra ID" ||
		!slices.Equal(p.Roles["A"], []access.Role{access.Owner, access.SecurityReader}) || !slices.Equal(p.Roles["B"], []access.Role{access.SecurityReader}) {
		t.Errorf("%+v, %v", p, err)
	}
}

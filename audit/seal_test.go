package audit_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
)

func box(t *testing.T, dir string) *secret.Box {
	t.Helper()
	b, err := secret.Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func signingKey(t *testing.T, dir string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "signing-key"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSigningKeyIsSealed: a trail from before sealing goes on, its key is sealed, and nothing but its keys opens it again.
func TestSigningKeyIsSealed(t *testing.T) {
	dir, keys := t.TempDir(), t.TempDir()
	b := box(t, keys)
	write := func(l *audit.Trail, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Append(t.Context(), audit.Entry{Time: time.Unix(0, 0), Operation: "X"}); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(audit.Open(dir))
	plain := signingKey(t, dir)
	write(audit.OpenSealed(dir, b))
	sealed := signingKey(t, dir)
	if !secret.IsSealed(sealed) || bytes.Contains(sealed, bytes.TrimSpace(plain)) {
		t.Fatalf("the signing key is not sealed: %q", sealed)
	}
	write(audit.OpenSealed(dir, b))
	if _, err := audit.Open(dir); err == nil {
		t.Error("a sealed trail opens without its keys")
	}
	if _, err := audit.OpenSealed(dir, box(t, t.TempDir())); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("with the keys of another directory: %v", err)
	}
	fresh := t.TempDir()
	write(audit.OpenSealed(fresh, b))
	if !secret.IsSealed(signingKey(t, fresh)) {
		t.Error("the key of a new trail is not sealed")
	}

	l, err := audit.OpenSealed(dir, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Rotate(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if k := signingKey(t, dir); !secret.IsSealed(k) || bytes.Equal(k, sealed) {
		t.Error("the next signing key is not sealed")
	}
	if _, err := b.Rotate(t.Context(), "", func(ctx context.Context) (int, error) { return 1, l.Reseal(ctx) }); err != nil {
		t.Fatal(err)
	}
	write(l, nil)
	write(audit.OpenSealed(dir, box(t, keys)))
	r, err := audit.Verify(dir)
	if err != nil || r.Bad != nil || r.Entries != 6 {
		t.Errorf("%+v, %v", r, err)
	}
}

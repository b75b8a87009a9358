package localca

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/sleuth-sec/sleuth/secret"
)

// TestKeysAreSealed: an authority from before sealing stays the one that clients trust, with its keys sealed.
func TestKeysAreSealed(t *testing.T) {
	dir, keys, c := t.TempDir(), t.TempDir(), start()
	box, err := secret.Open(keys, "")
	if err != nil {
		t.Fatal(err)
	}
	trusted := open(t, dir, c).Trusted()
	for range 2 {
		a, err := OpenSealed(dir, nil, c.now, box)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Trusted(), trusted) {
			t.Fatal("sealing made another authority")
		}
		if err := verify(t, trusted, a.server.cert, "localhost", c.now()); err != nil {
			t.Error(err)
		}
		n, err := box.Rotate(t.Context(), "", func(ctx context.Context) (int, error) { return Reseal(ctx, dir, box) })
		if err != nil || n.Sealed != 2 {
			t.Fatalf("%+v, %v", n, err)
		}
	}
	for _, f := range []string{authorityKey, serverFile} {
		text, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil || !bytes.Contains(text, []byte(sealedBlock)) || bytes.Contains(text, []byte("BEGIN PRIVATE KEY")) {
			t.Errorf("%s is not sealed: %v\n%s", f, err, text)
		}
	}
	if _, err := Open(dir, nil, c.now); err == nil {
		t.Error("sealed keys open without the keys of the directory")
	}
	// A key under the name of another is refused.
	ca, err := os.ReadFile(filepath.Join(dir, authorityKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, successorKey), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSealed(dir, nil, c.now, box); err == nil {
		t.Error("the key of the authority opens as that of its successor")
	}
}

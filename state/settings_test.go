package state_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/state"
)

var _ secret.Rows = (*state.Store)(nil)

func TestSettings(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "s.db")
	s := open(t, path)
	for _, x := range []state.Setting{{"b", "1", "ada", at}, {"a", "true", "ada", at}, {"b", "2", "karl", at}, {"c", "", "ada", at}} {
		if err := s.PutSetting(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.RemoveSetting(ctx, "c"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := open(t, path).Settings(ctx)
	if want := []state.Setting{{"a", "true", "ada", at}, {"b", "2", "karl", at}}; err != nil || !slices.Equal(list, want) {
		t.Errorf("%v, %v; want %v", list, err, want)
	}
}

func TestSecretsAreKeptSealed(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	path := filepath.Join(dir, "s.db")
	box, err := secret.Open(filepath.Join(dir, "keys"), "")
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	store := secret.NewStore(box, s)
	for name, v := range map[string]string{"b": "hunter2-b", "a": "hunter2-old", "c": "hunter2-c"} {
		if err := store.Put(ctx, name, secret.NewValue(v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Put(ctx, "a", secret.NewValue("hunter2-a")); err != nil {
		t.Fatal(err)
	}
	if err := store.Remove(ctx, "c"); err != nil {
		t.Fatal(err)
	}
	if names, err := store.Names(ctx); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("%v, %v", names, err)
	}
	for name, want := range map[string]string{"a": "hunter2-a", "b": "hunter2-b"} {
		if v, err := store.Get(ctx, name); err != nil || v.Reveal() != want {
			t.Errorf("%s is %q, %v", name, v.Reveal(), err)
		}
	}
	if _, found, err := s.Secret(ctx, "c"); found || err != nil {
		t.Errorf("a removed secret is found: %v", err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("hunter2")) {
			t.Errorf("%s shows a secret", f)
		}
	}
}

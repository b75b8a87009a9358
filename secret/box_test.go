package secret

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var ctx = context.Background()

func open(t *testing.T, dir, given string) *Box {
	t.Helper()
	b, err := Open(dir, given)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func seal(t *testing.T, b *Box, name, plain string) []byte {
	t.Helper()
	s, err := b.Seal(ctx, name, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opens(t *testing.T, b *Box, name string, sealed []byte, want string) {
	t.Helper()
	got, err := b.Open(ctx, name, sealed)
	if err != nil || string(got) != want {
		t.Fatalf("%s opens as %q, %v; want %q", name, got, err, want)
	}
}

func TestSealedSecretOpensAfterReopening(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, "")
	for _, plain := range []string{"", "x", strings.Repeat("a secret ", 1000)} {
		s := seal(t, b, "model/key", plain)
		opens(t, b, "model/key", s, plain)
		opens(t, open(t, dir, ""), "model/key", s, plain)
		if len(plain) > 8 && bytes.Contains(s, []byte(plain)) {
			t.Error("the sealed secret shows the plain one")
		}
		if again := seal(t, b, "model/key", plain); bytes.Equal(again, s) {
			t.Error("sealing twice gives the same bytes: equal secrets could be told")
		}
	}
	for _, name := range []string{RootFile, DataFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode(), err)
		}
	}
}

func TestSealedSecretsCannotBeSwappedOrChanged(t *testing.T) {
	b := open(t, t.TempDir(), "")
	s := seal(t, b, "a", "secret of a")
	for name, data := range map[string][]byte{"b": s, "A": s, "a\x00": s, "": s} {
		if _, err := b.Open(ctx, name, data); !errors.Is(err, ErrSealed) {
			t.Errorf("a secret of a opens as %q: %v", name, err)
		}
	}
	for i := range s {
		x := bytes.Clone(s)
		x[i] ^= 1
		if _, err := b.Open(ctx, "a", x); !errors.Is(err, ErrSealed) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for i := range s {
		if _, err := b.Open(ctx, "a", s[:i]); !errors.Is(err, ErrSealed) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, err := b.Open(ctx, "a", append(bytes.Clone(s), 0)); !errors.Is(err, ErrSealed) {
		t.Errorf("with a byte more: %v", err)
	}
	if _, err := open(t, t.TempDir(), "").Open(ctx, "a", s); !errors.Is(err, ErrSealed) || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("another directory's keys: %v", err)
	}
}

func TestKeyFaultsAreNamed(t *testing.T) {
	// fault breaks the keys of a directory; the error must be of the kind and name all of the words.
	for name, c := range map[string]struct {
		fault func(t *testing.T, dir string)
		kind  error
		words []string
	}{
		"missing": {func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, RootFile))) }, ErrMissing, []string{RootFile, "SLEUTH_KEY_FILE"}},
		"another": {func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, RootFile)))
			_, err := NewRootFile(filepath.Join(dir, RootFile))
			must(t, err)
		}, ErrWrong, []string{RootFile, "sealed with root key"}},
		"empty":      {write(RootFile, "# only a comment\n"), ErrDamaged, []string{RootFile, "empty"}},
		"no key":     {write(RootFile, "hunter2\n"), ErrDamaged, []string{RootFile, rootForm}},
		"cut":        {edit(RootFile, func(s string) string { return s[:len(s)-10] }), ErrDamaged, []string{RootFile, "cut"}},
		"changed":    {edit(RootFile, flip), ErrDamaged, []string{RootFile, "ID"}},
		"two":        {edit(RootFile, func(s string) string { return s + s }), ErrDamaged, []string{RootFile, "more than one"}},
		"exposed":    {func(t *testing.T, dir string) { must(t, os.Chmod(filepath.Join(dir, RootFile), 0o644)) }, ErrExposed, []string{RootFile, "0644", "chmod 600"}},
		"data empty": {write(DataFile, ""), ErrDamaged, []string{DataFile, "backup"}},
		"data changed": {edit(DataFile, func(s string) string {
			i := strings.Index(s, `"keys": "`) + len(`"keys": "`) + 60
			return s[:i] + swap(s[i]) + s[i+1:]
		}), ErrDamaged, []string{DataFile, "does not open"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir, "")
			c.fault(t, dir)
			_, err := Open(dir, "")
			if !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want %v", err, c.kind)
			}
			for _, w := range c.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)) }
}

func edit(name string, f func(string) string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		write(name, f(string(text)))(t, dir)
	}
}

// flip changes a character in the middle of the key.
func flip(s string) string {
	i := len(s) - 20
	return s[:i] + swap(s[i]) + s[i+1:]
}

func swap(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestRootKeyElsewhere(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "sleuth.key")
	if _, err := Open(dir, file); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "new-key") {
		t.Fatalf("a root key that is not there: %v", err)
	}
	id, err := NewRootFile(file)
	must(t, err)
	if _, err := NewRootFile(file); !errors.Is(err, os.ErrExist) {
		t.Errorf("a root key is replaced: %v", err)
	}
	b := open(t, dir, file)
	if s := b.Status(); s.RootKey != id || s.Own || s.RootFile != file || s.DataKeys != 1 {
		t.Errorf("%+v", s)
	}
	s := seal(t, b, "a", "x")
	if _, err := os.Stat(filepath.Join(dir, RootFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder has a root key of its own: %v", err)
	}
	must(t, os.Chmod(file, 0o440)) // as a mounted credential
	opens(t, open(t, dir, file), "a", s, "x")
	if _, err := Open(dir, ""); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), id) {
		t.Errorf("without it: %v", err)
	}
	must(t, os.Chmod(file, 0o644))
	if _, err := Open(dir, file); !errors.Is(err, ErrExposed) {
		t.Errorf("readable by all: %v", err)
	}
}

func TestManyOpenANewFolderAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	boxes := make([]*Box, 8)
	for i := range boxes {
		wg.Go(func() {
			b, err := Open(dir, "")
			if err != nil {
				t.Error(err)
			}
			boxes[i] = b
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	s := seal(t, boxes[0], "a", "x")
	for _, b := range boxes {
		opens(t, b, "a", s, "x")
	}
}

func FuzzOpen(f *testing.F) {
	b, err := Open(f.TempDir(), "")
	if err != nil {
		f.Fatal(err)
	}
	s, err := b.Seal(ctx, "a", []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a", []byte{})
	f.Add("a", []byte(magic))
	f.Add("a", s)
	f.Add("b", s)
	f.Add("a", append([]byte(magic), bytes.Repeat([]byte{1}, 60)...))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		plain, err := b.Open(ctx, name, data)
		if err == nil && (name != "a" || string(plain) != "secret") {
			t.Fatalf("%q opens as %q under %q, and was never sealed", data, plain, name)
		}
		if err != nil && !errors.Is(err, ErrSealed) {
			t.Fatal(err)
		}
	})
}

func FuzzParseRoot(f *testing.F) {
	k, err := newRoot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.text())
	f.Add([]byte(rootForm + "::"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := parseRoot("file", text)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		again, err := parseRoot("file", k.text())
		if err != nil || again.id != k.id || !bytes.Equal(again.key, k.key) {
			t.Fatalf("%v is written as %v: %v", k, again, err)
		}
	})
}

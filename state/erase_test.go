package state_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestErase(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "s.db"))
	const secret, said = "my password is hunter2-swordfish", "you typed hunter2-swordfish"
	if _, err := s.EnsureSession(ctx, "s", "local", at); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"who is karita", secret, secret} {
		p, err := s.AddPrompt(ctx, "s", "local", text, at)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddAnswer(ctx, "s", p.ID, "answered", []byte(`{"text":"`+said+`"}`), []byte(`{"said":"hunter2-swordfish"}`), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RenameSession(ctx, "s", secret); err != nil {
		t.Fatal(err)
	}
	erased := func(id, outcome string) ([]byte, error) {
		return []byte(`{"text":"erased ` + id + " " + outcome + `"}`), nil
	}
	if n, err := s.ErasePrompt(ctx, "s", secret, "(erased)", erased); err != nil || n != 2 {
		t.Fatalf("%d prompts were erased, %v", n, err)
	}
	if n, err := s.ErasePrompt(ctx, "s", secret, "(erased)", erased); err != nil || n != 0 {
		t.Fatalf("%d prompts were erased again, %v", n, err)
	}
	if n, err := s.EraseAnswer(ctx, "s", "p-9", erased); err != nil || n != 0 {
		t.Fatalf("%d answers that are not there were erased, %v", n, err)
	}
	if n, err := s.EraseAnswer(ctx, "s", "p-1", erased); err != nil || n != 1 {
		t.Fatalf("%d answers were erased, %v", n, err)
	}
	list, err := s.Prompts(ctx, "s")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"who is karita", "(erased)", "(erased)"} {
		if list[i].Text != want || string(list[i].Answer) != `{"text":"erased `+list[i].ID+` answered"}` {
			t.Errorf("prompt %d: %q, %s", i, list[i].Text, list[i].Answer)
		}
	}
	if x, err := s.Session(ctx, "s"); err != nil || x.Title != "who is karita" || len(x.Context) != 0 {
		t.Errorf("session %+v, %v", x, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("swordfish")) {
			t.Errorf("%s still holds the text", filepath.Base(f))
		}
	}
}

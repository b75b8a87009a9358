package state_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/state"
)

var at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, path string) *state.Store {
	t.Helper()
	s, err := state.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSessionSurvivesReopening(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a dir", "state?.db")
	s := open(t, path)
	if _, err := s.EnsureSession(ctx, "s-1", "local", at); err != nil {
		t.Fatal(err)
	}
	p, err := s.AddPrompt(ctx, "s-1", "local", "Is O'Neil enabled?", at)
	if err != nil || p.ID != "p-1" {
		t.Fatalf("%+v %v", p, err)
	}
	if err := s.AddAnswer(ctx, "s-1", p.ID, "answered", []byte(`{"text":"yes"}`), []byte(`{"user":"x"}`), at.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, path)
	v, err := s.Session(ctx, "s-1")
	if err != nil || string(v.Context) != `{"user":"x"}` || !v.UpdatedAt.Equal(at.Add(time.Second)) || !v.CreatedAt.Equal(at) {
		t.Fatalf("%+v %v", v, err)
	}
	ps, err := s.Prompts(ctx, "s-1")
	if err != nil || len(ps) != 1 || ps[0].Text != "Is O'Neil enabled?" || ps[0].Outcome != "answered" || string(ps[0].Answer) != `{"text":"yes"}` {
		t.Fatalf("%+v %v", ps, err)
	}
}

func TestUnknownIsNotFound(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "s.db"))
	_, err := s.Session(ctx, "none")
	for i, err := range []error{err, s.DeleteSession(ctx, "none"), s.RenameSession(ctx, "none", "x")} {
		if !errors.Is(err, state.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := s.AddPrompt(ctx, "none", "local", "x", at); err == nil {
		t.Error("a prompt without a session was recorded")
	}
}

func TestPromptIDsAreUniqueUnderConcurrency(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "s.db"))
	if _, err := s.EnsureSession(ctx, "s", "local", at); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if _, err := s.AddPrompt(ctx, "s", "local", "x", at); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	ps, err := s.Prompts(ctx, "s")
	if err != nil || len(ps) != 20 || ps[19].Position != 20 {
		t.Fatalf("%d prompts, %v", len(ps), err)
	}
}

func TestDeleteTakesPromptsAlong(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "s.db"))
	s.EnsureSession(ctx, "s", "local", at)
	s.AddPrompt(ctx, "s", "local", "x", at)
	if err := s.DeleteSession(ctx, "s"); err != nil {
		t.Fatal(err)
	}
	if ps, err := s.Prompts(ctx, "s"); err != nil || len(ps) != 0 {
		t.Fatalf("%v %v", ps, err)
	}
	if all, err := s.Sessions(ctx, ""); err != nil || len(all) != 0 {
		t.Fatalf("%v %v", all, err)
	}
}

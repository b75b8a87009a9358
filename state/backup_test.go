package state_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/state"
)

func TestBackupHoldsEverythingAndOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "state.db"))
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	if _, err := s.EnsureSession(t.Context(), "s-1", "local", now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPrompt(t.Context(), "s-1", "local", "Who?", now); err != nil {
		t.Fatal(err)
	}
	copyPath := filepath.Join(dir, "copy.db")
	if err := s.Backup(t.Context(), copyPath); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), copyPath); err == nil {
		t.Error("a backup was overwritten")
	}
	c, err := state.Open(t.Context(), copyPath)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if x, err := c.Session(t.Context(), "s-1"); err != nil || x.Title != "Who?" {
		t.Errorf("a session without a title is called %q, %v; its first prompt is wanted", x.Title, err)
	}
	prompts, err := c.Prompts(t.Context(), "s-1")
	if err != nil || len(prompts) != 1 || prompts[0].Text != "Who?" {
		t.Errorf("prompts %v, %v", prompts, err)
	}
}

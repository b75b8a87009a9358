package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFollowImportsWhatAppears waits for the reports on the command's output, never for a time.
func TestFollowImportsWhatAppears(t *testing.T) {
	dir, folder := filepath.Join(t.TempDir(), "data"), t.TempDir()
	out, w := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	a := &app{stdin: strings.NewReader(""), stdout: w, stderr: w, cwd: folder, args: []string{"import", "--data", dir, "--follow", "."}}
	done := make(chan int, 1)
	go func() {
		code := a.run(ctx)
		_ = w.Close()
		done <- code
	}()
	lines := bufio.NewScanner(out)
	until := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("the output ended before %q", text)
	}
	until("watching")
	if err := os.MkdirAll(filepath.Join(folder, "later"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "later", "users.json"), []byte(oneUser), 0o600); err != nil {
		t.Fatal(err)
	}
	until("1 rows new")
	stop()
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if code := <-done; code != exitDone {
		t.Errorf("ended with %d", code)
	}
}

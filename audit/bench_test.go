package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

// BenchmarkAppend is what an entry costs when so many writers append at the same time.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			l := open(b, b.TempDir())
			b.ResetTimer()
			together(writers, b.N, func() {
				if _, err := l.Append(ctx, audit.Entry{Time: time.Now(), Principal: "local", Operation: "QueryRun", Details: map[string]string{"query": "SigninLogs | count"}}); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

// BenchmarkSync is a plain append and sync of the bytes of one batch, to compare with.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := make([]byte, 400)
	for b.Loop() {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// together calls fn n times from so many goroutines.
func together(writers, n int, fn func()) {
	var wg sync.WaitGroup
	jobs := make(chan struct{}, writers)
	for range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range jobs {
				fn()
			}
		}()
	}
	for range n {
		jobs <- struct{}{}
	}
	close(jobs)
	wg.Wait()
}

// TestMillionEntries appends a million entries from many writers, verifies them, and compares the cost of a batch with that of
// one sync of the same bytes.
func TestMillionEntries(t *testing.T) {
	n := 20_000
	if os.Getenv("SLEUTH_PROVE") != "" {
		n = 1_000_000
	}
	dir := t.TempDir()
	l := open(t, dir)
	const writers = 64
	start := time.Now()
	together(writers, n, func() {
		if _, err := l.Append(ctx, audit.Entry{Time: time.Now(), Principal: "local", Operation: "QueryRun", Details: map[string]string{"query": "SigninLogs | count"}}); err != nil {
			t.Error(err)
		}
	})
	took := time.Since(start)
	l.Close()
	start = time.Now()
	r := whole(t, dir)
	verified := time.Since(start)
	if r.Entries != int64(n) {
		t.Fatalf("%d entries", r.Entries)
	}
	info, err := os.Stat(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	// The same bytes in as many writes, each synced.
	f, err := os.Create(filepath.Join(dir, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	chunk := make([]byte, info.Size()/r.Checkpoints)
	start = time.Now()
	for range r.Checkpoints {
		if _, err := f.Write(chunk); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	plain := time.Since(start)
	t.Logf("%d entries of %d writers in %d batches: %.2f times the cost of syncing the same bytes (%v against %v); verified in %v",
		n, writers, r.Checkpoints, took.Seconds()/plain.Seconds(), took.Round(time.Millisecond), plain.Round(time.Millisecond), verified.Round(time.Millisecond))
	start = time.Now()
	l, err = audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	t.Logf("opened in %v", time.Since(start).Round(time.Millisecond))
}

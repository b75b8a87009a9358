package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

// BenchmarkAppend is what an entry costs when so many writers append at the same time.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 8, writers} {
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

// TestMillionEntries appends a million entries from many writers, verifies them, and compares the cost of the batches with that of
// one sync of the same bytes each.
func TestMillionEntries(t *testing.T) {
	n := 20_000
	if os.Getenv("SLEUTH_PROVE") != "" {
		n = 1_000_000
	}
	dir := t.TempDir()
	c := compareWithSync(t, dir, writers, n, 1_000, func() audit.Entry {
		return audit.Entry{Time: time.Now(), Principal: "local", Operation: "QueryRun", Details: map[string]string{"query": "SigninLogs | count"}}
	})
	start := time.Now()
	r := whole(t, dir)
	verified := time.Since(start)
	if r.Entries != int64(n) || r.Checkpoints != int64(c.batches) {
		t.Fatalf("%d entries, %d checkpoints of %d batches", r.Entries, r.Checkpoints, c.batches)
	}
	t.Logf("%d entries of %d writers in %d batches: %v; verified in %v", n, writers, c.batches, c, verified.Round(time.Millisecond))
	start = time.Now()
	l, err := audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	t.Logf("opened in %v", time.Since(start).Round(time.Millisecond))
}

// TestManyPrompts is as TestMillionEntries, of entries with a text, by few and by many writers: the fewer share a sync, the less of
// the cost is that of making the entries.
func TestManyPrompts(t *testing.T) {
	n := 250
	if os.Getenv("SLEUTH_PROVE") != "" {
		n = 25_000
	}
	for _, writers := range []int{1, 4, 16, writers} {
		dir := t.TempDir()
		n := n * min(4, writers)
		c := compareWithSync(t, dir, writers, n, min(n, 1_000), func() audit.Entry {
			return audit.Entry{Time: time.Now(), Principal: "local", Operation: "PromptSubmitted",
				Texts: map[string]audit.Text{"prompt": {Value: "Show the failed sign-ins of karita@example.com of the last 7 days"}}}
		})
		if r := whole(t, dir); r.Entries != int64(n) || r.Texts != int64(n) {
			t.Fatalf("%+v", r)
		}
		t.Logf("%d entries with texts of %d writers in %d batches: %v", n, writers, c.batches, c)
	}
}

const writers = 64

// cost is what appending took, and what syncing the same bytes in the same batches did.
type cost struct {
	batches     int
	took, plain time.Duration
	ratios      []float64 // of each round
}

func (c cost) String() string {
	sorted := slices.Sorted(slices.Values(c.ratios))
	return fmt.Sprintf("%.2f times the cost of syncing the same bytes (%v against %v; of %d rounds the least %.2f, the median %.2f, the most %.2f)",
		c.took.Seconds()/c.plain.Seconds(), c.took.Round(time.Millisecond), c.plain.Round(time.Millisecond),
		len(sorted), sorted[0], sorted[len(sorted)/2], sorted[len(sorted)-1])
}

// compareWithSync appends n entries to a new trail from many writers. After every round of them it writes as many bytes in as many
// batches of the same sizes to a plain file and syncs it after each, so that both meet the same disk.
func compareWithSync(t *testing.T, dir string, writers, n, round int, entry func() audit.Entry) (c cost) {
	t.Helper()
	l := open(t, dir)
	f, err := os.Create(filepath.Join(t.TempDir(), "plain"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var at int64
	var next uint64
	for done := 0; done < n; done += round {
		start := time.Now()
		together(writers, round, func() {
			if _, err := l.Append(ctx, entry()); err != nil {
				t.Error(err)
			}
		})
		took := time.Since(start)
		var batches [][]byte
		err := audit.ReadFrom(dir, at, next, func(entries []audit.Entry, end int64) error {
			size := end - at
			for _, e := range entries {
				for _, x := range e.Texts {
					size += x.Size
				}
			}
			batches = append(batches, make([]byte, size))
			at, next = end, next+uint64(len(entries))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		for _, b := range batches {
			if _, err := f.Write(b); err != nil {
				t.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
		}
		plain := time.Since(start)
		c.batches, c.took, c.plain = c.batches+len(batches), c.took+took, c.plain+plain
		c.ratios = append(c.ratios, took.Seconds()/plain.Seconds())
	}
	l.Close()
	return c
}

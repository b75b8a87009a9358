//go:build linux

package audit_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/sleuth-sec/sleuth/audit"
)

// limitFiles lets no file of this process grow beyond a size, as a disk that is full does, until the test calls the function.
func limitFiles(t *testing.T, size int64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(size), Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	lift = func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(lift)
	return lift
}

// Where the log or the texts cannot be written, every entry that was under way is refused, nothing of it is left, and the trail goes
// on when there is room again.
//
// The limit is of a whole process, so this runs in one of its own: in the tests' it would meet what go test writes beside them.
func TestFullDisk(t *testing.T) {
	const own = "SLEUTH_AUDIT_FULL_DISK"
	if os.Getenv(own) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		c.Env = append(os.Environ(), own+"=1")
		if out, err := c.CombinedOutput(); err != nil || strings.Count(string(out), "--- PASS: TestFullDisk/") != 4 {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	for _, c := range []struct {
		full, text string
		plain      int // of so many writers one writes no texts
	}{{"log", "short", 0}, {"texts", strings.Repeat("long ", 200), 0}, {"log", "short", 2}, {"texts", strings.Repeat("long ", 200), 3}} {
		t.Run(fmt.Sprint(c.full, c.plain), func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			add(t, l, "first", "a text")
			lift := limitFiles(t, 40_000)
			var mu sync.Mutex
			var refused atomic.Int64
			acknowledged := map[uint64]string{}
			write := func(who string, texts bool) {
				e := audit.Entry{Operation: "x", Principal: who}
				if texts {
					e.Texts = map[string]audit.Text{"prompt": {Value: c.text}}
				}
				n, err := l.Append(ctx, e)
				if err != nil {
					refused.Add(1)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if had, twice := acknowledged[n]; twice {
					t.Errorf("entry %d was acknowledged to %s and %s", n, had, who)
				}
				acknowledged[n] = who
			}
			for round := range 3 {
				var wg sync.WaitGroup
				for w := range 16 {
					wg.Go(func() {
						for i := range 20 {
							write(fmt.Sprint(round, w, i), c.plain == 0 || w%c.plain > 0)
						}
					})
				}
				wg.Wait()
				if round == 1 {
					if info, err := os.Stat(filepath.Join(dir, c.full)); err != nil || refused.Load() == 0 || info.Size() < 30_000 {
						t.Fatalf("the disk was not full: %d refused, %v", refused.Load(), err)
					}
					if left := leftTexts(t, dir); left != 0 {
						t.Errorf("%d bytes of texts were left that no entry has", left)
					}
					lift()
				}
			}
			if r := whole(t, dir); r.Entries != int64(len(acknowledged))+1 || r.Unacknowledged != 0 {
				t.Errorf("%d acknowledged and the first: %+v", len(acknowledged), r)
			}
			list := entries(t, dir)
			for n, who := range acknowledged {
				if list[n].Principal != who {
					t.Errorf("entry %d is of %q, acknowledged to %q", n, list[n].Principal, who)
				}
			}
			l.Close()
			if l = open(t, dir); l.Recovered != "" {
				t.Errorf("something was left behind: %s", l.Recovered)
			}
		})
	}
}

// leftTexts is by how much the file of texts is longer than the texts of all entries.
func leftTexts(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "texts"))
	if err != nil {
		t.Fatal(err)
	}
	left := info.Size()
	for _, e := range entries(t, dir) {
		for _, x := range e.Texts {
			left -= x.Size
		}
	}
	return left
}

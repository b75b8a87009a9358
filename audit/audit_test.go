package audit_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

func open(t *testing.T, path string) *audit.File {
	t.Helper()
	l, err := audit.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func count(t *testing.T, path string) (n int) {
	t.Helper()
	if err := audit.Read(path, func(audit.Entry) bool { n++; return true }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAppendSurvivesReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "trail.jsonl")
	l := open(t, path)
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("x", 3600))
	for want := uint64(0); want < 3; want++ {
		got, err := l.Append(context.Background(), audit.Entry{Time: at, Principal: "local", Operation: "PromptSubmitted"})
		if err != nil || got != want {
			t.Fatalf("Append = %d, %v", got, err)
		}
	}
	l.Close()
	if got, err := open(t, path).Append(context.Background(), audit.Entry{Time: at}); err != nil || got != 3 {
		t.Fatalf("after reopening: %d, %v", got, err)
	}
	if n := count(t, path); n != 4 {
		t.Fatalf("%d entries", n)
	}
}

func TestHalfALineIsDroppedAndDamageIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.jsonl")
	l := open(t, path)
	l.Append(context.Background(), audit.Entry{Operation: "one"})
	l.Close()
	whole, _ := os.ReadFile(path)
	os.WriteFile(path, append(whole, `{"index":1,"ti`...), 0o600)
	if got, err := open(t, path).Append(context.Background(), audit.Entry{Operation: "two"}); err != nil || got != 1 {
		t.Fatalf("after a cut line: %d, %v", got, err)
	}
	os.WriteFile(path, append([]byte("{}x\n"), whole...), 0o600)
	if _, err := audit.OpenFile(path); !errors.Is(err, audit.ErrDamaged) {
		t.Fatalf("damage: %v", err)
	}
}

func TestClosedOrCancelledWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.jsonl")
	l := open(t, path)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Append(ctx, audit.Entry{}); err == nil {
		t.Error("a cancelled context appended")
	}
	l.Close()
	if _, err := l.Append(context.Background(), audit.Entry{}); err == nil {
		t.Error("a closed trail appended")
	}
	if n := count(t, path); n != 0 {
		t.Errorf("%d entries", n)
	}
}

func TestAppendFromManyGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail.jsonl")
	l := open(t, path)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := l.Append(context.Background(), audit.Entry{Operation: "x"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, path); n != 80 {
		t.Fatalf("%d entries", n)
	}
}

package audit_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/audit"
)

// copyTrail copies the files of a trail, as they stand.
func copyTrail(t *testing.T, from string) (to string) {
	t.Helper()
	to = t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o700); err != nil {
		t.Fatal(err)
	}
	return to
}

// A machine that loses its power while a batch is synced may keep its entries and lose its texts. Nobody was told that the batch was
// written, and it is dropped; a batch that the head has was acknowledged, and what is missing of it is damage.
func TestPowerLostBeforeTheTextsWereThere(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	before := 0
	for _, acknowledged := range []int{0, 1, 3} {
		for ; before < acknowledged; before++ {
			add(t, l, "acknowledged", "kept", "kept too")
		}
		earlier := copyTrail(t, dir)
		n := add(t, l, "not acknowledged", "first", "second")
		end := int64(0)
		for _, x := range entries(t, dir)[n].Texts {
			end = max(end, x.At+x.Size)
		}
		for _, lost := range []string{"all", "half", "zeros", "the first", "an entry", "nothing"} {
			for _, head := range []string{"before", "after", "empty", "torn"} {
				d := copyTrail(t, dir)
				texts := filepath.Join(d, "texts")
				data, err := os.ReadFile(texts)
				if err != nil {
					t.Fatal(err)
				}
				info, err := os.Stat(filepath.Join(earlier, "texts"))
				if err != nil {
					t.Fatal(err)
				}
				was := info.Size()
				switch lost {
				case "all":
					data = data[:was]
				case "half":
					data = data[:(was+end)/2]
				case "zeros":
					copy(data[was:], bytes.Repeat([]byte{0}, int(end-was)/2))
				}
				if lost == "the first" { // a page of the first text, and the second is there
					copy(data[was:], bytes.Repeat([]byte{0}, 40))
				}
				if lost == "an entry" { // the texts are there, and of the log the page with the checkpoint
					log := filepath.Join(d, "log")
					lines, err := os.ReadFile(log)
					if err != nil {
						t.Fatal(err)
					}
					at := bytes.LastIndex(lines, []byte(`{"index":`))
					copy(lines[at:], bytes.Repeat([]byte{0}, 30))
					if err := os.WriteFile(log, lines, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(texts, data, 0o600); err != nil {
					t.Fatal(err)
				}
				switch head {
				case "empty":
					if err := os.Truncate(filepath.Join(d, "head"), 0); err != nil {
						t.Fatal(err)
					}
				case "torn":
					if err := os.Truncate(filepath.Join(d, "head"), 30); err != nil {
						t.Fatal(err)
					}
				case "before":
					old, err := os.ReadFile(filepath.Join(earlier, "head"))
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(d, "head"), old, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				again, err := audit.Open(d)
				if lost == "an entry" && head == "after" {
					if !errors.Is(err, audit.ErrDamaged) {
						t.Errorf("%d acknowledged, an entry lost that the head has: %v", acknowledged, err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%d acknowledged, %s lost, head %s: %v", acknowledged, lost, head, err)
				}
				recovered := again.Recovered
				again.Close()
				report, err := audit.Verify(d)
				if err != nil {
					t.Fatal(err)
				}
				want := int64(n) + 1
				switch {
				case lost != "nothing" && head == "after":
					if report.Bad == nil || report.Bad.File != "texts" {
						t.Errorf("%d acknowledged, %s lost of one that the head has: %+v", acknowledged, lost, report)
					}
					continue
				case lost != "nothing":
					want = int64(n)
					if !strings.Contains(recovered, "kept in the file dropped") {
						t.Errorf("%d acknowledged, %s lost: recovered %q", acknowledged, lost, recovered)
					}
				}
				if report.Bad != nil || report.Entries != want || report.Unacknowledged != 0 {
					t.Errorf("%d acknowledged, %s lost, head %s: want %d entries: %+v", acknowledged, lost, head, want, report)
				}
				if again = open(t, d); again.Size() != want {
					t.Errorf("%d entries, want %d", again.Size(), want)
				}
				if k := add(t, again, "goes on", "a text"); int64(k) != want {
					t.Errorf("the next entry is %d, want %d", k, want)
				}
				whole(t, d)
				again.Close()
			}
		}
		before++
	}
}

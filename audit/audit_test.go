package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

var ctx = context.Background()

func open(t testing.TB, dir string) *audit.Trail {
	t.Helper()
	l, err := audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func add(t testing.TB, l *audit.Trail, operation string, texts ...string) uint64 {
	t.Helper()
	e := audit.Entry{Time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("x", 3600)), Principal: "local", Operation: operation}
	for i, x := range texts {
		if e.Texts == nil {
			e.Texts = map[string]audit.Text{}
		}
		e.Texts[fmt.Sprintf("text%d", i)] = audit.Text{Value: x}
	}
	n, err := l.Append(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func entries(t testing.TB, dir string) (out []audit.Entry) {
	t.Helper()
	if err := audit.Read(dir, func(e audit.Entry) bool { out = append(out, e); return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

// said is a text of an entry.
func said(t testing.TB, dir string, x audit.Text) (string, error) {
	t.Helper()
	f, err := audit.OpenTexts(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f.Text(x)
}

func whole(t testing.TB, dir string) *audit.Report {
	t.Helper()
	r, err := audit.Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Bad != nil {
		t.Fatalf("%v", r.Bad)
	}
	return r
}

func TestAppendSurvivesReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "trail")
	l := open(t, dir)
	whole(t, dir)
	for want := range uint64(5) {
		if got := add(t, l, "PromptSubmitted", "who is karita?"); got != want {
			t.Fatalf("index %d, want %d", got, want)
		}
	}
	l.Close()
	l = open(t, dir)
	if l.Recovered != "" {
		t.Errorf("after a clean end: %s", l.Recovered)
	}
	if got := add(t, l, "PromptAnswered"); got != 5 {
		t.Fatalf("after reopening: %d", got)
	}
	list := entries(t, dir)
	if len(list) != 6 || list[0].Time.Hour() != 11 {
		t.Fatalf("entries: %v", list)
	}
	if text, err := said(t, dir, list[3].Texts["text0"]); err != nil || text != "who is karita?" {
		t.Errorf("text %q, %v", text, err)
	}
	if r := whole(t, dir); r.Entries != 6 || r.Texts != 5 || r.Checkpoints != 6 {
		t.Errorf("report %+v", r)
	}
}

func TestEntriesTogetherShareACheckpoint(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	var wg sync.WaitGroup
	const writers, each = 16, 40
	seen := make([][]uint64, writers)
	for w := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range each {
				n, err := l.Append(ctx, audit.Entry{Operation: "x", Texts: map[string]audit.Text{"prompt": {Value: fmt.Sprint(w)}}})
				if err != nil {
					t.Error(err)
				}
				seen[w] = append(seen[w], n)
			}
		}()
	}
	wg.Wait()
	had := map[uint64]bool{}
	for _, list := range seen {
		for i, n := range list {
			if had[n] || i > 0 && list[i-1] >= n {
				t.Fatalf("index %d twice, or out of order", n)
			}
			had[n] = true
		}
	}
	r := whole(t, dir)
	if r.Entries != writers*each || r.Texts != writers*each {
		t.Errorf("report %+v", r)
	}
	t.Logf("%d entries in %d batches", r.Entries, r.Checkpoints)
}

// What stands behind the last checkpoint was never acknowledged.
func TestHalfABatchIsDropped(t *testing.T) {
	for _, tail := range []string{`{"index":2,"ti`, `{"index":2,"operation":"x","principal":"","time":"2026-11-01T00:00:00Z"}` + "\n", "\x00\x00\x00", "{\"checkpoint\":\"x\"}\n"} {
		dir := t.TempDir()
		l := open(t, dir)
		add(t, l, "one")
		add(t, l, "two")
		l.Close()
		appendTo(t, filepath.Join(dir, "log"), tail)
		appendTo(t, filepath.Join(dir, "texts"), `{"hash":"12`)
		if r := whole(t, dir); r.Entries != 2 || r.Unacknowledged != int64(len(tail))+int64(len(`{"hash":"12`)) {
			t.Errorf("%q: %+v", tail, r)
		}
		l = open(t, dir)
		kept, _ := os.ReadFile(filepath.Join(dir, "dropped"))
		if l.Recovered == "" || string(kept) != tail {
			t.Errorf("%q: what was taken off is %q, and %q is said of it", tail, kept, l.Recovered)
		}
		if n := add(t, l, "three"); n != 2 {
			t.Errorf("%q: index %d", tail, n)
		}
		whole(t, dir)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(old, text...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sample is a trail with texts, an erasure, a redaction and a rotated key.
func sample(t *testing.T) string {
	dir := t.TempDir()
	l := open(t, dir)
	for i := range 6 {
		add(t, l, "PromptSubmitted", fmt.Sprintf("prompt %d", i), "answer")
	}
	list := entries(t, dir)
	if err := l.Erase(ctx, "local", "asked for", list[2].Texts["text0"], ""); err != nil {
		t.Fatal(err)
	}
	if err := l.Rotate(ctx, "local"); err != nil {
		t.Fatal(err)
	}
	if err := l.Erase(ctx, "local", "a secret", list[3].Texts["text0"], "prompt [removed]"); err != nil {
		t.Fatal(err)
	}
	add(t, l, "PromptSubmitted", "the last")
	l.Close()
	return dir
}

// Every byte of every file counts: Verify finds each flip, and names no entry behind it.
func TestVerifyFindsEveryByte(t *testing.T) {
	dir := sample(t)
	if r := whole(t, dir); r.Erased != 2 || r.Texts != 12 {
		t.Fatalf("report %+v", r)
	}
	flips := 0
	for _, name := range []string{"log", "texts", "head", "hashes", "verifier-keys"} {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		step := 43
		if os.Getenv("SLEUTH_PROVE") != "" {
			step = 1
		}
		for i := 0; i < len(data); i += step {
			for _, bit := range []byte{1, 2, 0x20, 0x80} {
				flips++
				changed := bytes.Clone(data)
				changed[i] ^= bit
				if err := os.WriteFile(path, changed, 0o600); err != nil {
					t.Fatal(err)
				}
				r, err := audit.Verify(dir)
				if err == nil && r.Bad == nil {
					t.Errorf("%s: byte %d ^ %#x is not found: %q", name, i, bit, around(data, i))
				}
				if err == nil && r.Bad != nil && name == "log" {
					if before := bytes.Count(data[:i], []byte(`{"index"`)); r.Bad.Entry > int64(before) {
						t.Errorf("log: byte %d ^ %#x is in entry %d or before, and %d is named: %s", i, bit, before, r.Bad.Entry, r.Bad.What)
					}
				}
			}
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole(t, dir)
	appendTo(t, filepath.Join(dir, "hashes"), strings.Repeat("x", 32))
	if r, err := audit.Verify(dir); err != nil || r.Bad == nil {
		t.Errorf("a hash too many is not found: %v", err)
	}
	t.Logf("flipped bits found: %d", flips)
}

func around(data []byte, i int) []byte { return data[max(0, i-20):min(len(data), i+20)] }

func TestVerifyFindsMissingAndReorderedEntries(t *testing.T) {
	dir := sample(t)
	path := filepath.Join(dir, "log")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(data), "\n")
	lines = lines[:len(lines)-1]
	try := func(name string, want int64, changed []string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strings.Join(changed, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := audit.Verify(dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.Bad == nil || r.Bad.Entry != want {
			t.Errorf("%s: %v, want entry %d", name, r.Bad, want)
		}
		if !errors.Is(r.Bad, audit.ErrDamaged) {
			t.Errorf("%s: not ErrDamaged", name)
		}
		os.WriteFile(path, data, 0o600)
	}
	without := func(i, n int) []string { return append(append([]string{}, lines[:i]...), lines[i+n:]...) }
	try("an entry is gone", 2, without(4, 1))
	try("an entry and its checkpoint are gone", 2, without(4, 2))
	try("a checkpoint is gone", 2, without(5, 1))
	try("the last entry is gone", int64(len(lines)/2-1), without(len(lines)-2, 2))
	swapped := append([]string{}, lines...)
	swapped[4], swapped[6] = swapped[6], swapped[4]
	try("two entries changed places", 2, swapped)
	if _, err := audit.Open(dir); err != nil {
		t.Errorf("the whole trail again: %v", err)
	}
}

// A log that was cut at a checkpoint is whole in itself: the head says that it was longer, and so do checkpoints kept elsewhere.
func TestCutLog(t *testing.T) {
	dir := sample(t)
	p, err := audit.OpenProofs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	signed, err := p.Checkpoint(8)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := audit.VerifierKeys(dir)
	kept, err := audit.OpenCheckpoint(signed, keys...)
	if err != nil || kept.Size != 8 {
		t.Fatalf("checkpoint %+v, %v", kept, err)
	}
	if r, err := audit.Verify(dir, kept); err != nil || r.Bad != nil {
		t.Fatalf("%v %v", r, err)
	}
	data, _ := os.ReadFile(filepath.Join(dir, "log"))
	lines := strings.SplitAfter(string(data), "\n")
	os.WriteFile(filepath.Join(dir, "log"), []byte(strings.Join(lines[:12], "")), 0o600)
	if _, err := audit.Open(dir); !errors.Is(err, audit.ErrDamaged) {
		t.Errorf("a cut log opens: %v", err)
	}
	os.WriteFile(filepath.Join(dir, "head"), []byte(checkpointOf(t, lines[11])), 0o600)
	if r, err := audit.Verify(dir, kept); err != nil || r.Bad == nil || r.Bad.Entry != 6 {
		t.Errorf("with a checkpoint kept elsewhere: %v %v", r, err)
	}
	other := kept
	other.Size, other.Root[0] = 4, 1
	os.WriteFile(filepath.Join(dir, "log"), data, 0o600)
	if r, _ := audit.Verify(dir, other); r.Bad == nil {
		t.Error("a checkpoint of another log is not found")
	}
}

func checkpointOf(t *testing.T, line string) string {
	t.Helper()
	line = strings.TrimSuffix(strings.TrimPrefix(line, `{"checkpoint":"`), "\"}\n")
	return strings.NewReplacer(`\n`, "\n", "\\u2014", "\u2014").Replace(line)
}

func TestErase(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	add(t, l, "PromptSubmitted", "the password is Hunter2")
	add(t, l, "PromptSubmitted", "keep this")
	list := entries(t, dir)
	if err := l.Erase(ctx, "local", "a password", list[0].Texts["text0"], "the password is [removed]"); err != nil {
		t.Fatal(err)
	}
	if _, err := said(t, dir, list[0].Texts["text0"]); !errors.Is(err, audit.ErrErased) {
		t.Errorf("erased: %v", err)
	}
	list = entries(t, dir)
	if got, err := said(t, dir, list[2].Texts["replacement"]); err != nil || got != "the password is [removed]" {
		t.Errorf("replacement %q, %v", got, err)
	}
	for _, name := range []string{"log", "texts", "head", "hashes"} {
		if data, _ := os.ReadFile(filepath.Join(dir, name)); bytes.Contains(data, []byte("Hunter2")) {
			t.Errorf("%s still has the text", name)
		}
	}
	if r := whole(t, dir); r.Erased != 1 || r.Texts != 2 {
		t.Errorf("report %+v", r)
	}
	// A crash between the entry of an erasure and its end: opening finishes it.
	before, _ := os.ReadFile(filepath.Join(dir, "texts"))
	if err := l.Erase(ctx, "local", "again", list[1].Texts["text0"], ""); err != nil {
		t.Fatal(err)
	}
	l.Close()
	os.WriteFile(filepath.Join(dir, "texts"), before, 0o600)
	if r, _ := audit.Verify(dir); r.Bad == nil {
		t.Error("a text that an entry says is erased is not found")
	}
	note := fmt.Sprintf(`{"text":{"hash":%q,"at":%d,"size":%d},"from":3}`, list[1].Texts["text0"].Hash, list[1].Texts["text0"].At, list[1].Texts["text0"].Size)
	os.WriteFile(filepath.Join(dir, "erasing"), []byte(note), 0o600)
	open(t, dir).Close()
	if r := whole(t, dir); r.Erased != 2 {
		t.Errorf("report %+v", r)
	}
}

func TestProofs(t *testing.T) {
	dir := sample(t)
	p, err := audit.OpenProofs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	keys, err := audit.VerifierKeys(dir)
	if err != nil || len(keys) != 2 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	n := int64(len(entries(t, dir)))
	for i := range n {
		proof, err := p.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		if e, err := proof.Check(keys...); err != nil || int64(e.Index) != i {
			t.Errorf("entry %d: %v %v", i, e, err)
		}
		proof.Entry = strings.Replace(proof.Entry, "local", "lokal", 1)
		if _, err := proof.Check(keys...); err == nil {
			t.Errorf("entry %d: a changed entry is proved", i)
		}
	}
	for from := int64(1); from <= n; from++ {
		for to := from; to <= n; to++ {
			a, aerr := p.Checkpoint(from)
			b, berr := p.Checkpoint(to)
			proof, err := p.Consistency(a, b)
			if errors.Join(aerr, berr, err) != nil {
				t.Fatal(aerr, berr, err)
			}
			if len(proof.Hashes) > 0 {
				proof.Hashes[0][0] ^= 1
				if proof.Check(keys...) == nil {
					t.Errorf("%d to %d: a changed proof holds", from, to)
				}
			}
		}
	}
	if _, err := p.Entry(n); err == nil {
		t.Error("an entry that is not there is proved")
	}
	elsewhere := t.TempDir()
	add(t, open(t, elsewhere), "x")
	other, err := audit.OpenProofs(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	a, _ := p.Checkpoint(1)
	b, _ := other.Checkpoint(0)
	if _, err := p.Consistency(b, a); err == nil {
		t.Error("a checkpoint of another log is taken")
	}
}

func TestHashesAndHeadAreMadeAgain(t *testing.T) {
	dir := sample(t)
	for _, name := range []string{"hashes", "head"} {
		os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600)
		l := open(t, dir)
		if !strings.Contains(l.Recovered, name) {
			t.Errorf("%s: recovered %q", name, l.Recovered)
		}
		add(t, l, "on")
		l.Close()
		whole(t, dir)
	}
	os.Remove(filepath.Join(dir, "signing-key"))
	if _, err := audit.Open(dir); !errors.Is(err, audit.ErrDamaged) {
		t.Errorf("without its key: %v", err)
	}
}

// With head and end of the log both damaged nothing says what was acknowledged: the trail opens, and nothing is gone.
func TestNothingIsThrownAway(t *testing.T) {
	dir := sample(t)
	log := filepath.Join(dir, "log")
	before, _ := os.ReadFile(log)
	changed := bytes.Clone(before)
	changed[len(changed)-20] ^= 1
	os.WriteFile(log, changed, 0o600)
	if _, err := audit.Open(dir); !errors.Is(err, audit.ErrDamaged) {
		t.Fatalf("a damaged last checkpoint: %v", err)
	}
	os.Remove(filepath.Join(dir, "head"))
	l := open(t, dir)
	after, _ := os.ReadFile(log)
	kept, _ := os.ReadFile(filepath.Join(dir, "dropped"))
	if !bytes.Equal(append(after, kept...), changed) || !strings.Contains(l.Recovered, "kept in the file dropped") {
		t.Errorf("%d and %d bytes of %d; %s", len(after), len(kept), len(changed), l.Recovered)
	}
}

func TestClosedCancelledOrTooLargeWritesNothing(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Append(cancelled, audit.Entry{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := l.Append(ctx, audit.Entry{Details: map[string]string{"x": strings.Repeat("x", audit.MaxEntry)}}); err == nil {
		t.Error("an entry of more than MaxEntry was taken")
	}
	if n := add(t, l, "next"); n != 0 {
		t.Errorf("index %d", n)
	}
	l.Close()
	if _, err := l.Append(ctx, audit.Entry{}); err == nil {
		t.Error("a closed trail took an entry")
	}
	if n := len(entries(t, dir)); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestCopyOfAWorkingTrailVerifies(t *testing.T) {
	dir, stop := t.TempDir(), make(chan struct{})
	l := open(t, dir)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-stop:
				return
			default:
				add(t, l, "PromptSubmitted", "who is karita?")
			}
		}
	}()
	for range 10 {
		dst := filepath.Join(t.TempDir(), "copy")
		if err := audit.Copy(dir, dst); err != nil {
			t.Fatal(err)
		}
		open(t, dst).Close()
		whole(t, dst)
		if r, err := audit.Verify(dir); err != nil || r.Bad != nil {
			t.Errorf("while it is written: %v %v", err, r.Bad)
		}
	}
	close(stop)
	wg.Wait()
}

func TestImportLines(t *testing.T) {
	old := filepath.Join(t.TempDir(), "audit.jsonl")
	os.WriteFile(old, []byte(`{"index":0,"time":"2026-11-01T00:00:00Z","principal":"local","operation":"PromptSubmitted","details":{"prompt":"who?"}}`+"\n"), 0o600)
	dir := t.TempDir()
	l := open(t, dir)
	for range 2 {
		if err := l.ImportLines(ctx, old); err != nil {
			t.Fatal(err)
		}
	}
	list := entries(t, dir)
	if len(list) != 2 || list[1].Details["prompt"] != "who?" || list[0].Operation != audit.Imported {
		t.Errorf("%v", list)
	}
	os.Rename(old+".imported", old) // a crash before the rename
	if err := l.ImportLines(ctx, old); err != nil || len(entries(t, dir)) != 2 {
		t.Errorf("%v: taken over twice", err)
	}
	whole(t, dir)
}

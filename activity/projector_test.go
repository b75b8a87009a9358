package activity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/audit"
)

// kept is a store in memory. Like a database it takes a write as a whole or not at all.
type kept struct {
	mu     sync.Mutex
	mark   activity.Mark
	rows   map[uint64][]activity.Row
	tenant string
	writes int
	fails  int // the write of this number fails, counted from 1
	fault  error
}

func (k *kept) Mark(context.Context) (activity.Mark, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.mark, nil
}

func (k *kept) Tenant(context.Context) (string, error) { return k.tenant, nil }

func (k *kept) Write(_ context.Context, mark activity.Mark, entries []activity.Entry, replaced []uint64, reset bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.writes++; k.writes == k.fails {
		return errors.New("the disk is full")
	}
	if k.rows == nil || reset {
		k.rows = map[uint64][]activity.Row{}
	}
	for _, i := range replaced {
		delete(k.rows, i)
	}
	for _, e := range entries {
		if _, twice := k.rows[e.Index]; twice {
			k.fault = fmt.Errorf("entry %d has rows twice", e.Index)
		}
		k.rows[e.Index] = e.Rows
	}
	k.mark = mark
	return nil
}

// all is everything that is kept, as text.
func (k *kept) all(t *testing.T) string {
	t.Helper()
	data, err := json.Marshal(k.rows)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// whole checks that the entries 0 to n-1 have rows, each once.
func (k *kept) whole(t *testing.T, n int) {
	t.Helper()
	if k.fault != nil {
		t.Error(k.fault)
	}
	have := slices.Sorted(maps.Keys(k.rows))
	if len(have) != n || n > 0 && have[n-1] != uint64(n-1) {
		t.Errorf("%d entries have rows, want %d: %v", len(have), n, have)
	}
}

func openTrail(t *testing.T) (*audit.Trail, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "audit")
	trail, err := audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
	})
	return trail, dir
}

func add(t *testing.T, trail *audit.Trail, operation string, details map[string]string, texts ...string) {
	t.Helper()
	e := audit.Entry{Time: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Principal: "ada@contoso.com", Operation: operation, Object: details["object"], Details: details}
	for i := 0; i+1 < len(texts); i += 2 {
		if e.Texts == nil {
			e.Texts = map[string]audit.Text{}
		}
		e.Texts[texts[i]] = audit.Text{Value: texts[i+1]}
	}
	if _, err := trail.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func optIn(t *testing.T, trail *audit.Trail, value string) {
	add(t, trail, "SettingChanged", map[string]string{"property": "AllowAuditLogging", "newValue": value})
}

func catchUp(t *testing.T, p *activity.Projector) {
	t.Helper()
	if err := p.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestProjector: entries get their rows once, also those that a failed write left without, and those after a restart.
func TestProjector(t *testing.T) {
	trail, dir := openTrail(t)
	_, schemas := mapper(t)
	k := &kept{fails: 2}
	p := activity.NewProjector(dir, trail, k, schemas)
	catchUp(t, p)
	k.whole(t, 0)
	add(t, trail, "QueryRun", nil)
	if err := p.CatchUp(t.Context()); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("a failed write gives %v", err)
	}
	add(t, trail, "QueryRun", nil)
	catchUp(t, p)
	k.whole(t, 2)
	add(t, trail, "QueryRun", nil)
	p = activity.NewProjector(dir, trail, k, schemas) // as after a crash
	catchUp(t, p)
	k.whole(t, 3)
	writes := k.writes
	catchUp(t, p)
	if k.writes != writes {
		t.Error("it writes where there is nothing new")
	}
}

// TestProjectorStartsAnew: rows of another tenant, of another log, or of one that was longer, are made again.
func TestProjectorStartsAnew(t *testing.T) {
	trail, dir := openTrail(t)
	_, schemas := mapper(t)
	k := &kept{}
	for range 5 {
		add(t, trail, "QueryRun", nil)
	}
	p := activity.NewProjector(dir, trail, k, schemas)
	catchUp(t, p)
	k.tenant = tenant
	catchUp(t, p)
	k.whole(t, 5)
	if n := strings.Count(k.all(t), `"OrganizationId":"`+tenant+`"`); n < 5 {
		t.Errorf("%d rows name the tenant", n)
	}
	other, otherDir := openTrail(t)
	add(t, other, "QueryRun", nil)
	catchUp(t, activity.NewProjector(otherDir, other, k, schemas))
	k.whole(t, 1)
	k.mark.Source, k.mark.Next = strings.Replace(k.mark.Source, "x", "x", 1), 9
	catchUp(t, activity.NewProjector(otherDir, other, k, schemas))
	k.whole(t, 1)
	add(t, other, "QueryRun", nil)
	k.mark.At += 3 // not a place in this log
	catchUp(t, activity.NewProjector(otherDir, other, k, schemas))
	k.whole(t, 2)
}

// TestProjectorTexts: texts stand in rows from the entry after the owner opted in to the one in which they opted out.
func TestProjectorTexts(t *testing.T) {
	trail, dir := openTrail(t)
	_, schemas := mapper(t)
	k := &kept{}
	p := activity.NewProjector(dir, trail, k, schemas)
	say := func(text string) {
		add(t, trail, "PromptSubmitted", map[string]string{"object": "s-1"}, "prompt", text)
	}
	say("FIRST")
	optIn(t, trail, "True")
	say("SECOND")
	catchUp(t, p)
	say("THIRD")
	optIn(t, trail, "False")
	say("FOURTH")
	p = activity.NewProjector(dir, trail, k, schemas)
	catchUp(t, p)
	for word, want := range map[string]bool{"FIRST": false, "SECOND": true, "THIRD": true, "FOURTH": false} {
		if got := strings.Contains(k.all(t), word); got != want {
			t.Errorf("%s is shown: %v, want %v", word, got, want)
		}
	}
	k.whole(t, 6)
}

// TestProjectorCopies: what is not copied has no rows, and the choice survives a restart and an erasure.
func TestProjectorCopies(t *testing.T) {
	trail, dir := openTrail(t)
	_, schemas := mapper(t)
	k := &kept{}
	set := func(name, value string) {
		add(t, trail, "UpdateCopilotSettings", map[string]string{"object": name, "property": "AllowAuditLogging", "newValue": value})
	}
	set("audit.copy.responses", "True")
	add(t, trail, "PromptSubmitted", map[string]string{"object": "FIRST"}, "prompt", "one")
	set("audit.copy.userActions", "False")
	add(t, trail, "PromptSubmitted", map[string]string{"object": "SECOND"}, "prompt", "one")
	add(t, trail, "TokenCreated", map[string]string{"object": "THIRD"})
	catchUp(t, activity.NewProjector(dir, trail, k, schemas))
	set("audit.copy.adminActions", "False")
	add(t, trail, "TokenCreated", map[string]string{"object": "FOURTH"})
	set("audit.copy.userActions", "True")
	add(t, trail, "PromptSubmitted", map[string]string{"object": "FIFTH"})
	catchUp(t, activity.NewProjector(dir, trail, k, schemas))
	var text audit.Text
	if err := audit.Read(dir, func(e audit.Entry) bool { text = e.Texts["prompt"]; return e.Index < 1 }); err != nil {
		t.Fatal(err)
	}
	if err := trail.Erase(t.Context(), "ada", "typed by mistake", text, ""); err != nil {
		t.Fatal(err)
	}
	catchUp(t, activity.NewProjector(dir, trail, k, schemas))
	for word, want := range map[string]bool{"FIRST": true, "SECOND": false, "THIRD": true, "FOURTH": false, "FIFTH": true} {
		if got := strings.Contains(k.all(t), word); got != want {
			t.Errorf("%s has rows: %v, want %v", word, got, want)
		}
	}
	if n := strings.Count(k.all(t), `"Operation":"UpdateCopilotSettings"`); n == 0 {
		t.Error("the changes have no rows")
	}
}

// TestProjectorErasure: a text that is erased vanishes from the rows that have it, whether they were made before, in the same
// go, or after.
func TestProjectorErasure(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after bool // catch up before, and between entry and the end of the erasure
	}{{"made before", true, false}, {"made in the same go", false, false}, {"made while it is erased", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			trail, dir := openTrail(t)
			_, schemas := mapper(t)
			k := &kept{}
			p := activity.NewProjector(dir, trail, k, schemas)
			optIn(t, trail, "True")
			add(t, trail, "PromptSubmitted", map[string]string{"object": "s-1"}, "prompt", "my password is SECRET")
			add(t, trail, "PromptSubmitted", map[string]string{"object": "s-1"}, "prompt", "harmless")
			optIn(t, trail, "False")
			if c.before {
				catchUp(t, p)
				if !strings.Contains(k.all(t), "SECRET") {
					t.Fatal("the text was never shown: the test shows nothing")
				}
			}
			var text audit.Text
			if err := audit.Read(dir, func(e audit.Entry) bool { text = e.Texts["prompt"]; return e.Index < 1 }); err != nil {
				t.Fatal(err)
			}
			if c.after { // the entry of the erasure is there, and the text still is
				add(t, trail, audit.TextErased, map[string]string{"object": text.Hash})
				catchUp(t, p)
			} else if err := trail.Erase(t.Context(), "ada", "typed by mistake", text, "my password is ..."); err != nil {
				t.Fatal(err)
			}
			catchUp(t, p)
			if strings.Contains(k.all(t), "SECRET") {
				t.Error("the erased text is still in the rows")
			}
			if !strings.Contains(k.all(t), "harmless") {
				t.Error("another text went with it")
			}
			k.whole(t, 5)
		})
	}
}

// TestProjectorBesideWriters: what was acknowledged before CatchUp has rows after it, whoever else appends or catches up.
func TestProjectorBesideWriters(t *testing.T) {
	trail, dir := openTrail(t)
	_, schemas := mapper(t)
	k := &kept{}
	p := activity.NewProjector(dir, trail, k, schemas)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				i, err := trail.Append(context.Background(), audit.Entry{Time: time.Unix(0, 0), Operation: "QueryRun"})
				if err == nil {
					err = p.CatchUp(context.Background())
				}
				k.mu.Lock()
				_, there := k.rows[i]
				k.mu.Unlock()
				if err != nil || !there {
					t.Errorf("entry %d has rows: %v, %v", i, there, err)
				}
			}
		})
	}
	wg.Wait()
	k.whole(t, 100)
}

package prompts_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
	"github.com/sleuth-sec/sleuth/tenantgen"
)

// floors are the shares of turns that must be answered right, in percent. They are what was reached: raise
// them with every gain.
const (
	floorSample = 97.0
	floorAll    = 99.0
	// floorPublished are turns of the published questions.
	floorPublished = 79
)

// sampleTurns is how many turns a plain test run asks; SLEUTH_PROVE=1 asks all.
const sampleTurns = 210

// companies are the tenants that are asked about: other sizes, dates, attacks and names than the demo has.
var companies = []tenantgen.Config{
	{Org: "Litware", Domain: "litware.example", Users: 110, Days: 36, Events: 8000, Seed: 77,
		Attacks: []string{"all"}, End: time.Date(2026, 3, 18, 9, 30, 0, 0, time.UTC)},
	{Org: "Fabrikam Freight", Domain: "fabrikam.example", Users: 70, Days: 33, Events: 5000, Seed: 4242,
		Attacks: []string{"password-spray", "token-theft", "leaked-credentials"}, End: time.Date(2026, 9, 6, 21, 15, 0, 0, time.UTC)},
	{Org: "Relecloud Health", Domain: "relecloud.example", Users: 140, Days: 40, Events: 9000, Seed: 9,
		Attacks: []string{"mfa-fatigue", "consent-grant", "inbox-rule", "persistence"}, End: time.Date(2027, 1, 5, 7, 45, 30, 0, time.UTC)},
}

// failure is one turn that was not answered right, for SLEUTH_FAILURES.
type failure struct {
	ID       string             `json:"id"`
	Turn     int                `json:"turn"`
	Prompt   string             `json:"prompt"`
	Problems prompts.Complaints `json:"problems"`
	Expect   prompts.Expect     `json:"expect"`
	Got      json.RawMessage    `json:"got"`
}

type tally struct{ turns, right, outcome, skill, inputs, answer int }

func (t *tally) count(c prompts.Complaints) {
	add := func(n *int, bad []string) {
		if len(bad) == 0 {
			*n++
		}
	}
	t.turns++
	if c.None() {
		t.right++
	}
	add(&t.outcome, c.Outcome)
	add(&t.skill, c.Skill)
	add(&t.inputs, c.Inputs)
	add(&t.answer, c.Answer)
}

func (t *tally) String() string {
	return fmt.Sprintf("%d/%d (outcome %d, skill %d, inputs %d, answer %d)", t.right, t.turns, t.outcome, t.skill, t.inputs, t.answer)
}

func TestPrompts(t *testing.T) {
	if testing.Short() {
		t.Skip("imports tenants")
	}
	prove := os.Getenv("SLEUTH_PROVE") != ""
	total, kinds := &tally{}, map[string]*tally{}
	var failures []failure
	for i, cfg := range companies {
		tag := string(rune('a' + i))
		cfg.Out = filepath.Join(t.TempDir(), tag)
		if _, err := tenantgen.Generate(context.Background(), cfg, nil); err != nil {
			t.Fatal(err)
		}
		export, err := prompts.ReadExport(cfg.Out, cfg.End)
		if err != nil {
			t.Fatal(err)
		}
		items, err := prompts.Items(export, tag)
		if err != nil {
			t.Fatal(err)
		}
		switch only := os.Getenv("SLEUTH_PROMPTS"); {
		case only != "": // those with this in their name, for working on one kind
			items = slices.DeleteFunc(items, func(i prompts.Item) bool { return !strings.Contains(i.ID, only) })
		case !prove:
			items = sample(items, sampleTurns/len(companies))
		}
		h := openHouse(t, cfg.Out, cfg.End)
		for _, item := range items {
			failures = append(failures, askItem(t, h, item, total, kinds)...)
		}
	}
	report(t, total, kinds, failures)
	floor := floorSample
	if prove {
		floor = floorAll
	}
	if share := 100 * float64(total.right) / float64(total.turns); share < floor {
		t.Errorf("prompts: %.1f %% of turns are right, below the floor of %.1f %%", share, floor)
	}
}

func askItem(t *testing.T, h *house, item prompts.Item, total *tally, kinds map[string]*tally) (bad []failure) {
	t.Helper()
	for n, turn := range item.Turns {
		got, raw, err := h.ask(item.ID, turn.Prompt)
		if err != nil {
			t.Fatalf("%s: %v", item.ID, err)
		}
		c := prompts.Judge(turn.Expect, got, h.now)
		kind := strings.Split(item.ID, "/")[1]
		if kinds[kind] == nil {
			kinds[kind] = &tally{}
		}
		total.count(c)
		kinds[kind].count(c)
		if !c.None() {
			bad = append(bad, failure{item.ID, n, turn.Prompt, c, turn.Expect, raw})
		}
	}
	return bad
}

func report(t *testing.T, total *tally, kinds map[string]*tally, failures []failure) {
	t.Helper()
	names := make([]string, 0, len(kinds))
	for k := range kinds {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		t.Logf("%-28s %s", k, kinds[k])
	}
	t.Logf("measured: prompts: %s", total)
	path := os.Getenv("SLEUTH_FAILURES")
	if path == "" {
		for _, f := range failures[:min(len(failures), 12)] {
			t.Logf("%s %q: %+v", f.ID, f.Prompt, f.Problems)
		}
		return
	}
	var out strings.Builder
	for _, f := range failures {
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sample picks about n turns by the hashes of the items' names: the same ones every time.
func sample(items []prompts.Item, n int) []prompts.Item {
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return string(h[:]) }
	picked := append([]prompts.Item(nil), items...)
	sort.SliceStable(picked, func(i, j int) bool { return sum(picked[i].ID) < sum(picked[j].ID) })
	for i := range picked {
		if n -= len(picked[i].Turns); n <= 0 {
			return picked[:i+1]
		}
	}
	return picked
}

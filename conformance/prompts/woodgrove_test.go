package prompts_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
)

// samples finds the tenant with published questions beside the repository, or skips.
func samples(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	tenant := filepath.Join(filepath.Dir(dir), "shared", "tenant-woodgrove")
	if _, err := os.Stat(tenant); err != nil {
		t.Skip("no sample tenant beside the repository")
	}
	return tenant
}

func readItems(t *testing.T, path string) (items []prompts.Item) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var item prompts.Item
		if err := json.Unmarshal(lines.Bytes(), &item); err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

// The published questions hold the reading of the export to account: for the inputs of each of them the facts
// worked out here must agree with the ones published.
func TestReadingAgreesWithPublishedFacts(t *testing.T) {
	tenant := samples(t)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	export, err := prompts.ReadExport(tenant, now)
	if err != nil {
		t.Fatal(err)
	}
	agreed := 0
	for _, item := range readItems(t, filepath.Join(tenant, "questions.jsonl")) {
		for _, turn := range item.Turns {
			if turn.Expect.Answer == nil || turn.Expect.Answer.RowCount == nil {
				continue
			}
			own, ok := export.Expected(turn.Expect)
			if !ok || own.Answer.RowCount == nil {
				continue
			}
			agreed++
			pub, mine := turn.Expect.Answer.RowCount, own.Answer.RowCount
			if mine.High < pub.Low || mine.Low > pub.High {
				t.Errorf("%s %q: %d to %d rows published, %d to %d read", item.ID, turn.Prompt, pub.Low, pub.High, mine.Low, mine.High)
			}
		}
	}
	t.Logf("prompts: facts of %d published answers read again", agreed)
	if agreed < 15 {
		t.Errorf("only %d published answers could be read again", agreed)
	}
}

// TestPublishedQuestions asks the published questions.
func TestPublishedQuestions(t *testing.T) {
	if testing.Short() {
		t.Skip("imports a tenant")
	}
	tenant := samples(t)
	h := openHouse(t, tenant, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	total := &tally{}
	for _, item := range readItems(t, filepath.Join(tenant, "questions.jsonl")) {
		for n, turn := range item.Turns {
			got, _, err := h.ask(item.ID, turn.Prompt)
			if err != nil {
				t.Fatal(err)
			}
			c := prompts.Judge(turn.Expect, got, h.now)
			total.count(c)
			if !c.None() {
				t.Logf("%s turn %d %q: %+v", item.ID, n, turn.Prompt, c)
			}
		}
	}
	t.Logf("measured: published questions: %s", total)
	if total.right < floorPublished {
		t.Errorf("%d turns are right, below the floor of %d", total.right, floorPublished)
	}
}

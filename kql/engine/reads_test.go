package engine

import (
	"context"
	"math"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestReads holds what a query is said to read to what its conditions let through.
func TestReads(t *testing.T) {
	at := func(text string) int64 {
		v, ok := types.ParseDateTime(text)
		if !ok {
			t.Fatal(text)
		}
		return v
	}
	all, tenth := int64(math.MinInt64), at("2026-11-10")
	e, _ := newEngine(t)
	for query, want := range map[string][]Read{
		"F | count": {{"F", all}},
		"F | where TimeGenerated > datetime(2026-11-10) | count":                               {{"F", tenth}},
		"F | where datetime(2026-11-10) <= TimeGenerated and id > 1 | summarize count() by id": {{"F", tenth}},
		"F | where TimeGenerated between (datetime(2026-11-10) .. 1d) | take 1":                {{"F", tenth}},
		"F | where TimeGenerated > datetime(2026-11-10) or id > 1 | count":                     {{"F", all}},
		"F | where TimeGenerated < datetime(2026-11-10) | count":                               {{"F", all}},
		"F | where not(TimeGenerated > datetime(2026-11-10)) | count":                          {{"F", all}},
		"F | extend y = id + 1 | where TimeGenerated > datetime(2026-11-10) | project y":       {{"F", tenth}},
		"F | where TimeGenerated > datetime(2026-11-10) | union (F | where id == 2) | count":   {{"F", all}},
		"print n = 1": nil,
	} {
		res, err := e.Query(context.Background(), query, Options{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		got := res.Stats.Reads
		if len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

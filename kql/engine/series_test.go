package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestSeriesOfCounts compares series of counts, which the backend counts, with the same beside another aggregate, which it does not.
func TestSeriesOfCounts(t *testing.T) {
	m := newMemory(t)
	schema := types.Schema{{Name: "TimeGenerated", Type: types.DateTime}, {Name: "K", Type: types.String}, {Name: "N", Type: types.Long}}
	day := int64(739_000) * types.TicksPerDay
	var rows []types.Row
	for i := range int64(300) {
		at := types.NewDateTime(day + i*i*types.TicksPerMinute/2 - types.TicksPerHour)
		if i%29 == 0 {
			at = types.Null(types.DateTime)
		}
		rows = append(rows, types.Row{at, types.NewString([]string{"a", "b", ""}[i%3]), types.NewLong(i)})
	}
	for _, i := range []int64{-1, 0, 1} { // the bounds themselves
		rows = append(rows, types.Row{types.NewDateTime(day + i), types.NewString("a"), types.NewLong(i)}, types.Row{types.NewDateTime(day + types.TicksPerDay + i), types.NewString("c"), types.NewLong(i)})
	}
	m.add(t, "T", schema, rows)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	from, to := types.NewDateTime(day).Text(), types.NewDateTime(day+types.TicksPerDay).Text()
	for _, on := range []string{
		" on TimeGenerated from datetime(" + from + ") to datetime(" + to + ") step 1h",
		" on TimeGenerated from datetime(" + from + ") to datetime(" + to + ") step 7h by K",
		" on TimeGenerated from datetime(" + from + ") to datetime(" + to + ") step 37m by K, Odd = N % 2",
		" on TimeGenerated from datetime(2200-01-01) to datetime(2200-01-02) step 1h",
	} {
		x, err := e.Explain(context.Background(), "T | make-series C = count()"+on, Options{})
		if err != nil || !slices.Contains(x.Rules, "countBelowSeries") {
			t.Errorf("%s: the rule did not fire: %v", on, err)
			continue
		}
		got, err := e.Query(context.Background(), "T | make-series C = count()"+on, Options{})
		if err != nil {
			t.Errorf("%s: %v", on, err)
			continue
		}
		want, err := e.Query(context.Background(), "T | make-series C = count(), M = max(N)"+on+" | project-away M", Options{NoPushdown: true, NoRules: true})
		if err != nil {
			t.Errorf("%s: %v", on, err)
			continue
		}
		if diff := sameRows(want.Tables[0], got.Tables[0], false); diff != "" {
			t.Errorf("%s: %s", on, diff)
		}
	}
}

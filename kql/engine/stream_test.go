package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// streamed is what Stream hands on, put together again.
func streamed(e *Engine, text string, o Options) ([]*types.Table, *Result, error) {
	var out []*types.Table
	res, err := e.Stream(context.Background(), text, o, func(p Part) error {
		if p.Table == len(out) {
			out = append(out, &types.Table{Name: p.Name, Columns: p.Columns})
		}
		out[p.Table].Rows = append(out[p.Table].Rows, p.Rows...)
		return nil
	})
	return out, res, err
}

func TestStreamGivesWhatQueryGives(t *testing.T) {
	e, _ := newEngine(t)
	for _, text := range []string{"F | sort by id asc", "E", "range x from 1 to 5000 step 1", "F | fork (where b == true | sort by id asc) (where id < 0) (count)",
		"F | summarize n = sum(tolong(s))", "print 1; F | count"} {
		want := ask(t, e, text, Options{})
		got, res, err := streamed(e, text, Options{})
		if err != nil || len(got) != len(want.Tables) || len(res.Tables) != 0 {
			t.Errorf("%s: %v, %d tables for %d", text, err, len(got), len(want.Tables))
			continue
		}
		for i := range got {
			if diff := sameRows(want.Tables[i], got[i], true); diff != "" || got[i].Name != want.Tables[i].Name || len(got[i].Columns) != len(want.Tables[i].Columns) {
				t.Errorf("%s, table %d: %s", text, i, diff)
			}
		}
	}
}

// TestStreamDoesNotCollect: the query has more rows than any machine holds, and no limit.
func TestStreamDoesNotCollect(t *testing.T) {
	_, m := newEngine(t)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard(), Limits: Limits{MaxRows: 1 << 62, KeptRows: 1 << 62}})
	enough := errors.New("enough")
	rows := 0
	_, err := e.Stream(context.Background(), "range x from 1 to 1000000000000 step 1 | extend y = x * 2 | where y % 3 != 0", Options{}, func(p Part) error {
		if rows += len(p.Rows); rows > 20_000 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("got %v after %d rows", err, rows)
	}
}

func TestStreamIsCut(t *testing.T) {
	e, _ := newEngine(t)
	for limit, want := range map[int]bool{7: true, 39: true, 40: false} {
		got, res, err := streamed(e, "F", Options{MaxRows: limit})
		if err != nil || len(got[0].Rows) != limit || res.Truncated != want {
			t.Errorf("limit %d: %v, %d rows, truncated %v", limit, err, len(got[0].Rows), res.Truncated)
		}
		if told := len(res.Warnings) == 1 && strings.Contains(res.Warnings[0].Error(), fmt.Sprintf("KQL9005: the result was cut at %d rows", limit)); told != want {
			t.Errorf("limit %d: %v", limit, res.Warnings)
		}
	}
}

// failing gives some rows and then what a guard in the SQL gives.
type failing struct {
	*memory
	rows  int
	calls int
}

type failingRows struct {
	Rows
	left int
}

func (f *failing) Query(ctx context.Context, text string, schema types.Schema) (Rows, error) {
	f.calls++
	rows, err := f.memory.Query(ctx, text, schema)
	if err != nil || f.calls > 1 {
		return rows, err
	}
	return &failingRows{rows, f.rows}, nil
}

func (f *failingRows) Next() (types.Row, error) {
	if f.left--; f.left < 0 {
		return nil, errors.New("Conversion Error: of a value")
	}
	return f.Rows.Next()
}

// TestNothingIsHandedOnTwice: a statement that fails before the first batch runs again; one that fails later cannot.
func TestNothingIsHandedOnTwice(t *testing.T) {
	_, m := newEngine(t)
	schema := types.Schema{{Name: "n", Type: types.Long}}
	var rows []types.Row
	for i := range 3000 {
		rows = append(rows, types.Row{types.NewLong(int64(i))})
	}
	m.add(t, "L", schema, rows)
	for at, want := range map[int]bool{0: true, 500: true, 1500: false} {
		e := New(Config{Catalog: m, Backend: &failing{memory: m, rows: at}, Library: builtin.Standard()})
		got, _, err := streamed(e, "L | where n >= 0", Options{})
		if (err == nil) != want || want && len(got[0].Rows) != 3000 {
			t.Errorf("fails after %d rows: %v", at, err)
		}
	}
	e := New(Config{Catalog: m, Backend: &failing{memory: m, rows: 1500}, Library: builtin.Standard()})
	if got := ask(t, e, "L | where n >= 0", Options{}); len(got.Rows()) != 3000 {
		t.Errorf("collected: %d rows", len(got.Rows()))
	}
}

// TestLimitsAreNamed: each limit ends a query with its code, its name, its value and the way out, and the next query runs.
func TestLimitsAreNamed(t *testing.T) {
	_, m := newEngine(t)
	for _, c := range []struct {
		limits     Limits
		text       string
		code, says string
	}{
		{Limits{KeptRows: 1000}, "range x from 1 to 5000 step 1 | extend y = reverse(tostring(x)) | sort by y asc", "KQL9004", "more than 1000 rows"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 50000 step 1 | extend y = reverse(tostring(x)) | sort by y asc", "KQL9003", "1.0 MiB"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 100000 step 1", "KQL9003", "the result needs more than 1.0 MiB"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 100000 step 1 | summarize make_list(x, 1000000)", "KQL9003", "1.0 MiB"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 100000 step 1 | summarize make_set(strcat(x, 'abcdefghi'))", "KQL9003", "1.0 MiB"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 100000 step 1 | summarize dcount(x) by x", "KQL9003", "1.0 MiB"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 100000 step 1 | summarize percentile(x, 50)", "KQL9003", "1.0 MiB"},
		{Limits{Memory: 1 << 20}, "range x from 1 to 100000 step 1 | distinct x", "KQL9003", "1.0 MiB"},
		{Limits{Memory: 1 << 20}, "print j = range(1, 1000000) | mv-expand j | summarize count()", "KQL9003", "1.0 MiB"},
	} {
		e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard(), Limits: c.limits})
		_, err := e.Query(context.Background(), c.text, Options{NoPushdown: true})
		if err == nil || !strings.Contains(err.Error(), c.code) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s\nlimits %+v: %v", c.text, c.limits, err)
		}
		if got := ask(t, e, "F | count", Options{}).Rows()[0][0].Long(); got != 40 {
			t.Errorf("afterwards %d", got)
		}
	}
}

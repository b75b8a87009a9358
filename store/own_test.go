package store_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
)

func ownRow(index uint64, text string) store.OwnRow {
	return store.OwnRow{Table: "CloudAppEvents", Index: index, Cells: map[string]any{
		"TimeGenerated": time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), "ActionType": text, "TenantId": "sleuth", "IsImpersonated": false,
		"RawEventData": json.RawMessage(`{"Operation":"` + text + `","RecordType":261}`),
	}}
}

// texts are the actions of a relation, in order.
func texts(t *testing.T, w *store.Workspace, relation string) string {
	t.Helper()
	rows, err := w.QueryRows(context.Background(), `SELECT coalesce(string_agg("ActionType" || ':' || trim("RawEventData$Operation", '"'), ' ' ORDER BY "ActionType"), '') FROM `+relation)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out string
	if rows.Next() {
		err = rows.Scan(&out)
	}
	if err != nil || rows.Err() != nil {
		t.Fatal(err, rows.Err())
	}
	return out
}

// TestOwnRows: own rows stand in the table and not among what is the tenant's; they are replaced and removed by their entry; the
// mark goes with them.
func TestOwnRows(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	w, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { w.Close() }()
	table := w.Schemas().Table("CloudAppEvents")
	own := func() { // as every program that opens the workspace does
		if err := w.TakeOwn(ctx, []string{"CloudAppEvents"}); err != nil {
			t.Fatal(err)
		}
	}
	own()
	const tenant = "ws.tenant.CloudAppEvents"
	if got := w.TenantRelation(table); got != tenant {
		t.Fatalf("TenantRelation is %s", got)
	}
	want := func(all string) {
		t.Helper()
		if got := texts(t, w, "ws.main.CloudAppEvents"); got != all {
			t.Errorf("the table has %q, want %q", got, all)
		}
		if got := texts(t, w, tenant); got != "" {
			t.Errorf("the tenant's part has %q", got)
		}
	}
	write := func(mark store.OwnMark, replaced []uint64, reset bool, rows ...store.OwnRow) {
		t.Helper()
		if err := w.WriteOwn(ctx, mark, rows, replaced, reset); err != nil {
			t.Fatal(err)
		}
		if got, err := w.OwnMark(ctx); err != nil || got != mark {
			t.Errorf("the mark is %+v, %v", got, err)
		}
	}
	want("")
	write(store.OwnMark{Source: "s", Next: 2, At: 200, State: "x"}, nil, false, ownRow(0, "a"), ownRow(1, "b"))
	want("a:a b:b")
	write(store.OwnMark{Source: "s", Next: 3, At: 300}, []uint64{0}, false, ownRow(0, "c"), ownRow(2, "d"))
	want("b:b c:c d:d")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = store.Open(ctx, dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	own()
	want("b:b c:c d:d")
	for _, bad := range []store.OwnRow{
		{Table: "CloudAppEvents", Cells: map[string]any{"Nope": "x"}}, {Table: "CloudAppEvents", Cells: map[string]any{"TimeGenerated": "x"}},
		{Table: "SigninLogs", Cells: map[string]any{"Id": "x"}}, {Table: "Nope"},
	} {
		if err := w.WriteOwn(ctx, store.OwnMark{Next: 9}, []store.OwnRow{ownRow(8, "lost"), bad}, nil, false); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	want("b:b c:c d:d")
	if s, err := w.Source(ctx, "CloudAppEvents"); err != nil || s.Held || s.Rows != 0 {
		t.Errorf("the tenant's part is described as %+v, %v", s, err)
	}
	if s, err := w.OwnSource(ctx, "CloudAppEvents"); err != nil || s.Rows != 3 {
		t.Errorf("own rows are described as %+v, %v", s, err)
	}
	write(store.OwnMark{Source: "other"}, nil, true)
	want("")
}

// TestOwnRowsBesideImport: own rows do not wait for an import, nor an import for them.
func TestOwnRowsBesideImport(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	inside, done := make(chan struct{}), make(chan struct{})
	w := memory(t)
	if err := w.TakeOwn(ctx, []string{"CloudAppEvents"}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{"TimeGenerated":"2026-11-20T08:00:00Z","Type":"CloudAppEvents","ActionType":"imported","RawEventData":{"Operation":"imported"},"Application":"x","TenantId":"t"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	first := true
	var err error
	go func() {
		defer close(done)
		_, err = w.Import(ctx, []string{dir}, store.ImportOptions{Progress: func(store.Progress) {
			if first {
				first = false
				inside <- struct{}{}
				<-inside
			}
		}})
	}()
	<-inside
	if err := w.WriteOwn(ctx, store.OwnMark{Next: 1}, []store.OwnRow{ownRow(0, "own")}, nil, false); err != nil {
		t.Error(err)
	}
	inside <- struct{}{}
	<-done
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(t, w, "ws.main.CloudAppEvents"); got != "imported:imported own:own" {
		t.Errorf("the table has %q", got)
	}
	if got := strings.TrimSpace(texts(t, w, "ws.tenant.CloudAppEvents")); got != "imported:imported" {
		t.Errorf("the tenant's part has %q", got)
	}
}

package store_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

// everything is every physical column of every state, with where it came from.
func everything(t *testing.T, w *store.Workspace) []string {
	t.Helper()
	rows, err := w.QueryRows(context.Background(), `SELECT r::VARCHAR FROM ws.raw."SigninLogs" r`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// TestArchive follows rows out of their table and back: nothing of them changes, late rows join their day, what was brought back
// stays for as long as was said, and what is deleted leaves the archive too.
func TestArchive(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	files, dir := t.TempDir(), t.TempDir()
	rng := rand.New(rand.NewPCG(3, 9))
	streamed(t, files, "a", rng, 3000, 1, 2, 3, 4)
	storetest.Write(t, files, "odd.json", `{"time":"2026-10-01T08:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"0","unheard":{"of":[1,2]},"properties":{"id":"odd-1","createdDateTime":"2026-10-01T07:00:00Z","userPrincipalName":"ÉMILE@B.example","location":{"city":null,"countryOrRegion":"FR","geoCoordinates":{"latitude":48.85,"longitude":-0}},"deviceDetail":{"operatingSystem":"a\\b\"c\/d\n\u0007"}}}`, 0)
	w := small(t, dir)
	mustImport(t, w, files)
	before := everything(t, w)
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	if _, err := w.SetRetention(ctx, store.Retention{Table: "SigninLogs", Days: 30, ArchiveDays: 100}); err != nil {
		t.Fatal(err)
	}
	plan, err := w.PlanRetention(ctx, now)
	if err != nil {
		t.Fatal(err)
	}
	apply := func(at time.Time) (rows int64, s store.Space) {
		t.Helper()
		gone, s, err := w.ApplyRetention(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range gone {
			rows += c.Rows
		}
		return rows, s
	}
	old := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs" WHERE "TimeGenerated" < `+ticksText(october(3)))
	if len(plan) != 1 || plan[0].Rows != old || !plan[0].Move {
		t.Errorf("plan: %+v, want %d rows", plan, old)
	}
	if n, s := apply(now); n != old || s.After >= s.Before {
		t.Errorf("%d rows were moved, want %d; %+v", n, old, s)
	}
	if n := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs"`); n != int64(len(before))-old {
		t.Errorf("%d rows are left", n)
	}
	info, err := w.Source(ctx, "SigninLogs")
	if err != nil || types.TimeOf(info.Archived.First) != october(1) || types.TimeOf(info.Archived.Before) != october(3) || info.Deleted.Before != 0 {
		t.Errorf("%+v, %v", info, err)
	}
	list, err := w.Archive(ctx)
	if err != nil || len(list) != 2 || list[0].Rows+list[1].Rows != old || list[0].Until != 0 {
		t.Fatalf("%+v, %v", list, err)
	}

	// Late rows of an archived day, and rows that it holds already: both are in the table until the next time, no row twice in the file.
	late := streamed(t, t.TempDir(), "late", rng, 50, 2)
	mustImport(t, w, late)
	text, err := os.ReadFile(filepath.Join(files, "a.json"))
	if err != nil {
		t.Fatal(err)
	}
	mustImport(t, w, storetest.Write(t, t.TempDir(), "again.json", string(text)+"\n", 0))
	apply(now)
	if list, err = w.Archive(ctx); err != nil || list[0].Rows+list[1].Rows != old+50 {
		t.Fatalf("%+v, %v", list, err)
	}

	// Back for a week.
	until := now.AddDate(0, 0, 7)
	if _, _, err := w.RestoreArchive(ctx, "SigninLogs", october(20), october(21), now, until); err == nil || !strings.Contains(err.Error(), "the archive has no day") {
		t.Errorf("days that are not there: %v", err)
	}
	days, n, err := w.RestoreArchive(ctx, "SigninLogs", october(1), october(2), now, until)
	if err != nil || days != 2 || n != old+50 {
		t.Fatalf("%d days, %d rows, %v", days, n, err)
	}
	got := slices.DeleteFunc(everything(t, w), func(s string) bool { return strings.Contains(s, "late-") })
	if !slices.Equal(got, before) {
		t.Errorf("%d rows came back, not as they were (%d)", len(got), len(before))
	}
	if info, err = w.Source(ctx, "SigninLogs"); err != nil || info.Archived.Before != 0 {
		t.Errorf("%+v, %v", info.Archived, err)
	}
	if n, _ := apply(until.Add(-time.Hour)); n == old+50 || number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs" WHERE "TimeGenerated" < `+ticksText(october(3))) != old+50 {
		t.Error("the retention took what was brought back")
	}
	apply(until.Add(time.Hour))
	if n := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs" WHERE "TimeGenerated" < `+ticksText(october(3))); n != 0 {
		t.Errorf("%d rows are still there", n)
	}
	if list, err = w.Archive(ctx); err != nil || list[0].Rows+list[1].Rows != old+50 {
		t.Errorf("%+v, %v", list, err)
	}

	// A file that was changed is not taken.
	path := filepath.Join(dir, "archive", "SigninLogs", "2026-10-01.parquet")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(slices.Clone(whole), 'x'), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.RestoreArchive(ctx, "SigninLogs", october(1), october(1), now, until); err == nil || !strings.Contains(err.Error(), "is not the file that was written") {
		t.Errorf("a changed file: %v", err)
	}
	if n := number(t, w, "SELECT count(*) FROM ws.meta.restored"); n != 0 {
		t.Errorf("%d days are noted as brought back", n)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}

	// A backup holds the archive; a deletion reaches it.
	kept := filepath.Join(t.TempDir(), "workspace.duckdb")
	if err := w.Backup(ctx, kept); err != nil {
		t.Fatal(err)
	}
	if copied, err := os.ReadFile(filepath.Join(filepath.Dir(kept), "archive", "SigninLogs", "2026-10-01.parquet")); err != nil || string(copied) != string(whole) {
		t.Errorf("the backup's archive: %v", err)
	}
	if _, _, err := w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: october(2)}}, keptFor); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file of a deleted day: %v", err)
	}
	apply(october(2).AddDate(0, 0, 131))
	if list, err = w.Archive(ctx); err != nil || len(list) == 0 || types.TimeOf(list[0].Day) != october(3) {
		t.Errorf("beyond the archive: %+v, %v", list, err)
	}
	if info, err = w.Source(ctx, "SigninLogs"); err != nil || info.Deleted.Days != 130 || types.TimeOf(info.Deleted.Before) != october(3) {
		t.Errorf("%+v, %v", info.Deleted, err)
	}
	// No query reaches a file.
	if _, err := w.QueryRows(ctx, "SELECT count(*) FROM read_parquet('"+filepath.Join(dir, "archive", "SigninLogs", "2026-10-03.parquet")+"')"); err == nil {
		t.Error("a query read a file of the archive")
	}
}

func ticksText(at time.Time) string { return strconv.FormatInt(types.TicksOf(at), 10) }

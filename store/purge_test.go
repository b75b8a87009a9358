package store_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

// keptFor is the moment of the tests of deletion.
var keptFor = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func october(day int) time.Time { return time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC) }

// number runs a statement that gives one number in one row.
func number(t *testing.T, w *store.Workspace, statement string) (n int64) {
	t.Helper()
	rows, err := w.QueryRows(context.Background(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	if err := rows.Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPurgeLeavesNothing deletes the older half of a table: no query sees it, the file has neither its space nor its bytes,
// what stays lies as before, and what goes was told beforehand.
func TestPurgeLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	files, dir := t.TempDir(), t.TempDir()
	rng := rand.New(rand.NewPCG(3, 4))
	streamed(t, files, "oldmarker", rng, 6000, 1, 2, 3)
	streamed(t, files, "newmarker", rng, 6000, 4, 5, 6)
	w := small(t, dir)
	mustImport(t, w, files)
	if _, err := w.Maintain(ctx, keptFor); err != nil {
		t.Fatal(err)
	}
	cuts := []store.Cut{{Table: "SigninLogs", Before: october(4).Add(15 * time.Hour)}} // the time of day is not regarded
	plan, err := w.PlanPurge(ctx, cuts)
	if err != nil {
		t.Fatal(err)
	}
	if p := plan[0]; p.Rows != 6000 || p.Files != 1 || types.TimeOf(p.Before) != october(4) || types.TimeOf(p.First).Before(october(1)) || !types.TimeOf(p.Last).Before(october(4)) {
		t.Errorf("plan: %+v", p)
	}
	if n := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs"`); n != 12000 {
		t.Fatalf("a plan changed the table: %d rows", n)
	}
	path := filepath.Join(dir, "workspace.duckdb")
	gone, space, err := w.Purge(ctx, cuts, keptFor)
	if err != nil {
		t.Fatal(err)
	}
	if gone[0] != plan[0] || space.Pending || space.After >= space.Before*3/4 {
		t.Errorf("gone %+v, space %+v", gone[0], space)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(text)) != space.After || bytes.Contains(text, []byte("oldmarker-")) {
		t.Errorf("%d bytes, old ids in them: %v", len(text), bytes.Contains(text, []byte("oldmarker-")))
	}
	if n := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs" WHERE "Id" NOT LIKE 'newmarker%'`); n != 0 {
		t.Errorf("%d old rows", n)
	}
	if n := number(t, w, "SELECT count(*) FROM ws.meta.files WHERE status = 'done'"); n != 2 {
		t.Errorf("the journal has %d files", n)
	}
	// Writing goes on, and numbers that were given out are not given again.
	r := mustImport(t, w, streamed(t, t.TempDir(), "later", rng, 10, 7))
	if _, added, _ := r.Counts(); added != 10 {
		t.Errorf("%d rows added", added)
	}
	if n := number(t, w, "SELECT count(*) - count(DISTINCT file_id) FROM ws.meta.files"); n != 0 {
		t.Errorf("%d numbers were given twice", n)
	}
	if n := disorder(t, w); len(n) != 4 {
		t.Errorf("days: %v", n)
	} else {
		for day, n := range n {
			if n != 0 && day != types.TicksOf(october(7))/864_000_000_000 { // the last was not put in order
				t.Errorf("day %d: %d rows out of order", day, n)
			}
		}
	}
}

// TestPurgedRowsStayAway imports again what was deleted: the same file, and another one with the same records. They are not
// loaded and the report says so, unless the import asks for them.
func TestPurgedRowsStayAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	files := t.TempDir()
	path := streamed(t, files, "a", rand.New(rand.NewPCG(5, 6)), 400, 1, 2, 3, 4)
	w := small(t, t.TempDir())
	mustImport(t, w, path)
	before := storetest.Dump(t, w, "SigninLogs")
	gone, _, err := w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: october(3)}}, keptFor)
	if err != nil {
		t.Fatal(err)
	}
	left := storetest.Dump(t, w, "SigninLogs")
	said := func(r store.Report) (text string) {
		for _, d := range r.Diagnostics {
			text += d.Error() + "\n"
		}
		return text
	}
	r := mustImport(t, w, path)
	if want := fmt.Sprintf("IMP1308: the file was imported, and of its rows were deleted since: %d rows of SigninLogs on 2026-11-20", gone[0].Rows); !strings.Contains(said(r), want) {
		t.Errorf("no %q in %s", want, said(r))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again := storetest.Write(t, files, "again.json", string(text)+"\n\n", 0)
	r = mustImport(t, w, again)
	if want := fmt.Sprintf("IMP1307: %d rows of SigninLogs are not loaded: rows of SigninLogs before 2026-10-03 were deleted on 2026-11-20", gone[0].Rows); !strings.Contains(said(r), want) || r.Files[0].RowsDeleted != gone[0].Rows {
		t.Errorf("no %q in %s", want, said(r))
	}
	if got := storetest.Dump(t, w, "SigninLogs"); strings.Join(got, "\n") != strings.Join(left, "\n") {
		t.Error("an import changed what was left")
	}
	r, err = w.Import(ctx, []string{path}, store.ImportOptions{ReloadDeleted: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, added, _ := r.Counts(); added != gone[0].Rows || len(r.Diagnostics) > 0 {
		t.Errorf("%d rows came back, want %d; %s", added, gone[0].Rows, said(r))
	}
	if got := storetest.Dump(t, w, "SigninLogs"); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Error("what came back is not what was deleted")
	}
}

// TestPurgeKeepsTheNewerState deletes the older of two states of one sign-in that happen to lie on both sides of the cut.
func TestPurgeKeepsTheNewerState(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	state := func(at, risk string, more string) string {
		return fmt.Sprintf(`{"time":%q,"category":"SignInLogs","operationName":"Sign-in activity","resultType":"0","properties":{"id":"one","createdDateTime":%q,"userPrincipalName":"a@b.example","riskState":%q%s}}`+"\n", at, at, risk, more)
	}
	for name, text := range map[string]string{
		"the newer is current": state("2026-10-01T23:59:00Z", "none", "") + state("2026-10-02T00:01:00Z", "atRisk", ""),
		"the older is current": state("2026-10-01T23:59:00Z", "atRisk", `,"isInteractive":true`) + state("2026-10-02T00:01:00Z", "none", ""),
	} {
		t.Run(name, func(t *testing.T) {
			w := small(t, t.TempDir())
			mustImport(t, w, storetest.Write(t, t.TempDir(), "a.json", text, 0))
			if n := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs"`); n != 2 {
				t.Fatalf("%d states", n)
			}
			if name == "the older is current" { // however it came about
				number(t, w, `UPDATE ws.raw."SigninLogs" SET _Current = NOT _Current RETURNING 1`)
			}
			if _, _, err := w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: october(2)}}, keptFor); err != nil {
				t.Fatal(err)
			}
			if got := storetest.Dump(t, w, "SigninLogs"); len(got) != 1 || !strings.Contains(got[0], "Id=one") {
				t.Errorf("current: %v", got)
			}
		})
	}
}

func TestPurgeRefuses(t *testing.T) {
	t.Parallel()
	w := small(t, "")
	for name, want := range map[string]string{"EntraUsers": "no age", "NoSuch": "no table"} {
		if _, err := w.PlanPurge(context.Background(), []store.Cut{{Table: name, Before: october(1)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPendingSpace deletes while a query runs on: the space is given back by the next maintenance, after the query.
func TestPendingSpace(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a running query is given up on")
	}
	t.Parallel()
	ctx := context.Background()
	w := small(t, t.TempDir())
	mustImport(t, w, streamed(t, t.TempDir(), "a", rand.New(rand.NewPCG(2, 1)), 8000, 1, 2, 3, 4))
	running, err := w.Query(ctx, `SELECT "Id" FROM ws.main."SigninLogs"`, types.Schema{{Name: "Id", Type: types.String}})
	if err != nil {
		t.Fatal(err)
	}
	gone, space, err := w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: october(3)}}, keptFor)
	if err != nil || !space.Pending || gone[0].Rows == 0 {
		t.Fatalf("%+v, %+v, %v", gone, space, err)
	}
	if n := number(t, w, `SELECT count(*) FROM ws.raw."SigninLogs"`); n != 8000-gone[0].Rows {
		t.Errorf("%d rows", n)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Maintain(ctx, keptFor); err != nil {
		t.Fatal(err)
	}
	if n := number(t, w, "SELECT free_blocks FROM pragma_database_size() WHERE database_name = 'ws'"); n > 3 {
		t.Errorf("%d blocks are free", n)
	}
}

// TestPurgeBesideQueries runs queries all the while: each sees all of what it began with, none fails.
func TestPurgeBesideQueries(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := small(t, t.TempDir())
	mustImport(t, w, streamed(t, t.TempDir(), "a", rand.New(rand.NewPCG(8, 1)), 8000, 1, 2, 3, 4))
	old := number(t, w, fmt.Sprintf(`SELECT count(*) FROM ws.raw."SigninLogs" WHERE "TimeGenerated" < %d`, types.TicksOf(october(3))))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				rows, err := w.Query(ctx, `SELECT "Id" FROM ws.main."SigninLogs"`, types.Schema{{Name: "Id", Type: types.String}})
				if err != nil {
					t.Error(err)
					return
				}
				n := int64(0)
				for {
					if _, err = rows.Next(); err != nil {
						break
					}
					n++
				}
				if err != io.EOF || n != 8000 && n != 8000-old {
					t.Errorf("a query saw %d rows: %v", n, err)
				}
				if err := rows.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	_, space, err := w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: october(3)}}, keptFor)
	close(stop)
	readers.Wait()
	if err != nil || space.Pending || space.After >= space.Before {
		t.Errorf("%+v, %v", space, err)
	}
}

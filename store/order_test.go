package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

// streamed writes one file of sign-ins of some days in October 2026, in an order of chance; ids begin with prefix.
func streamed(t *testing.T, dir, prefix string, rng *rand.Rand, n int, days ...int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		at := time.Date(2026, 10, days[rng.IntN(len(days))], rng.IntN(24), rng.IntN(60), rng.IntN(60), 0, time.UTC).Format(time.RFC3339)
		name := fmt.Sprintf("user%02d@b.example", rng.IntN(40))
		if rng.IntN(2) == 0 {
			name = strings.ToUpper(name[:1]) + name[1:]
		}
		fmt.Fprintf(&b, `{"time":%q,"category":"SignInLogs","operationName":"Sign-in activity","resultType":"0","properties":{"id":"%s-%d","createdDateTime":%q,"userPrincipalName":%q,"status":{"errorCode":0},"deviceDetail":{"operatingSystem":"Windows \u0031%d"}}}`+"\n",
			at, prefix, i, at, name, i%3)
	}
	return storetest.Write(t, dir, prefix+".json", b.String(), 0)
}

// disorder counts, by day, the rows of a table that come before one that they should follow.
func disorder(t *testing.T, w *store.Workspace) map[int64]int64 {
	t.Helper()
	rows := query(t, w, `SELECT day, sum((u < pu OR u = pu AND t < pt)::INTEGER)::BIGINT FROM (
		SELECT "TimeGenerated" // 864000000000 AS day, lower("UserPrincipalName") AS u, "TimeGenerated" AS t,
			lag(lower("UserPrincipalName")) OVER d AS pu, lag("TimeGenerated") OVER d AS pt
		FROM ws.raw."SigninLogs" WINDOW d AS (PARTITION BY "TimeGenerated" // 864000000000 ORDER BY rowid)) GROUP BY day`)
	out := map[int64]int64{}
	for rows.Next() {
		var day, n int64
		if err := rows.Scan(&day, &n); err != nil {
			t.Fatal(err)
		}
		out[day] = n
	}
	return out
}

// small opens a workspace with the tables of the suite alone.
func small(t *testing.T, dir string) *store.Workspace {
	t.Helper()
	w, err := store.Open(context.Background(), dir, store.Options{Schemas: storetest.Schemas(t), Memory: dir == ""})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// TestClosedDaysAreInOrder streams batches that come late and out of order, with maintenance in between: whatever came, the
// closed days lie by user afterwards, the open one is left alone, and what queries see is as if nothing had moved.
func TestClosedDaysAreInOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 9))
	dir := t.TempDir()
	w, plain := small(t, t.TempDir()), small(t, "")
	ctx := context.Background()
	for round, days := range [][]int{{1, 2, 3}, {3, 4}, {1, 5}, {2, 4, 5, 6}, {6}} {
		path := streamed(t, dir, fmt.Sprintf("r%d", round), rng, 400, days...)
		mustImport(t, w, path)
		mustImport(t, plain, path)
		now := time.Date(2026, 10, days[len(days)-1], 12, 0, 0, 0, time.UTC)
		did, err := w.Maintain(ctx, now)
		if err != nil {
			t.Fatal(err)
		}
		if round < 4 && did.Days == 0 {
			t.Errorf("round %d: nothing was put in order", round)
		}
		today := now.Unix()/86400 + 719162
		for day, n := range disorder(t, w) {
			if day < today && n > 0 {
				t.Errorf("round %d: %d rows of the closed day %d are out of order", round, n, day)
			}
		}
		again, err := w.Maintain(ctx, now)
		if err != nil || again.Days != 0 {
			t.Errorf("round %d: maintenance of what is in order moves %+v, %v", round, again, err)
		}
	}
	if got, want := strings.Join(storetest.Dump(t, w, "SigninLogs"), "\n"), strings.Join(storetest.Dump(t, plain, "SigninLogs"), "\n"); got != want {
		t.Error("the rows differ from those of a workspace without maintenance")
	}
	if r := mustImport(t, w, dir); r.Tables["SigninLogs"].Added != 0 {
		t.Errorf("importing again adds %d rows", r.Tables["SigninLogs"].Added)
	}
	if total := sumOf(disorder(t, plain)); total == 0 {
		t.Error("the workspace without maintenance is in order too: the test shows nothing")
	}
}

func sumOf(m map[int64]int64) (sum int64) {
	for _, n := range m {
		sum += n
	}
	return sum
}

// TestMaintenanceKeepsHistory: every state of a record, its custody and which one is current survive the move.
func TestMaintenanceKeepsHistory(t *testing.T) {
	w := small(t, "")
	dir := t.TempDir()
	for i, risk := range []string{"none", "atRisk", "dismissed"} {
		mustImport(t, w, storetest.Write(t, dir, fmt.Sprintf("%d.json", i), fmt.Sprintf(
			`{"time":"2026-10-0%dT08:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"0","properties":{"id":"x","createdDateTime":"2026-10-01T07:00:00Z","userPrincipalName":"a@b.example","riskState":%q}}`, i+1, risk), 0))
	}
	const all = `SELECT string_agg(concat_ws('|', "RiskState", _Current, "_SourceFile", "_SourceLine", "_SourceSha256", _Version, _Key), ' ' ORDER BY "RiskState") FROM ws.raw."SigninLogs"`
	before := text(t, w, all)
	did, err := w.Maintain(context.Background(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC))
	if err != nil || did.Rows != 3 {
		t.Fatalf("%+v, %v", did, err)
	}
	if after := text(t, w, all); after != before || !strings.Contains(after, "dismissed|true") {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

// text is the one value of a statement.
func text(t *testing.T, w *store.Workspace, statement string) (out string) {
	t.Helper()
	rows := query(t, w, statement)
	for rows.Next() {
		if err := rows.Scan(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

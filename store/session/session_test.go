package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func open(t testing.TB) (*DB, *sql.DB) {
	t.Helper()
	pool, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if open := pool.Stats().InUse; open != 0 {
			t.Errorf("%d connections were not given back", open)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(pool), pool
}

// rows is what Cursor and engine.Rows have in common.
type rows interface {
	Next() (types.Row, error)
	Close() error
}

func read(t testing.TB, rows rows, err error) []types.Row {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []types.Row
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
}

var long = types.Schema{{Name: "n", Type: types.Long}}

// TestCellsOfEveryType reads flat, constant and dictionary vectors of several chunks, with nulls, and short, twelve-byte and
// long texts.
func TestCellsOfEveryType(t *testing.T) {
	db, writer := open(t)
	schema := types.Schema{{Name: "b", Type: types.Bool}, {Name: "i", Type: types.Int}, {Name: "l", Type: types.Long}, {Name: "r", Type: types.Real},
		{Name: "s", Type: types.String}, {Name: "t", Type: types.DateTime}, {Name: "d", Type: types.Decimal}, {Name: "j", Type: types.Dynamic},
		{Name: "k", Type: types.String}, {Name: "v", Type: types.Long}}
	const statement = `SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i % 2 = 0 END, i::INTEGER, CASE WHEN i % 5 = 0 THEN NULL ELSE i * 10000000000 END, i / 4,
		repeat('é', (i % 40)::BIGINT), i, (i + 0.5)::VARCHAR, '{"i":' || i || '}', 'a text that is constant', NULL FROM range(5000) t(i)`
	rows, err := db.Query(context.Background(), statement, schema, false)
	got := read(t, rows, err)
	if len(got) != 5000 {
		t.Fatalf("%d rows", len(got))
	}
	for i, row := range got {
		want := []string{fmt.Sprint(i%2 == 0), fmt.Sprint(i), fmt.Sprint(i * 10000000000), types.FormatReal(float64(i) / 4), strings.Repeat("é", i%40),
			types.NewDateTime(int64(i)).Text(), fmt.Sprintf("%d.5", i), fmt.Sprintf(`{"i":%d}`, i), "a text that is constant", ""}
		for c, v := range row {
			null := c == 9 || c == 0 && i%3 == 0 || c == 2 && i%5 == 0
			if v.IsNull() != null || !null && v.Text() != want[c] {
				t.Fatalf("row %d, %s: %q (null %v), want %q (null %v)", i, schema[c].Name, v.Text(), v.IsNull(), want[c], null)
			}
		}
	}
	if _, err := writer.Exec(`CREATE TABLE d AS SELECT ['short', 'a text of more than twelve bytes', NULL, ''][1 + i % 4] AS s FROM range(10000) t(i)`); err != nil {
		t.Fatal(err)
	}
	rows, err = db.Query(context.Background(), "SELECT s FROM d WHERE s <> ''", types.Schema{{Name: "s", Type: types.String}}, false)
	for i, row := range read(t, rows, err) {
		if want := []string{"short", "a text of more than twelve bytes"}[i%2]; row[0].Str() != want {
			t.Fatalf("row %d is %q", i, row[0].Str())
		}
	}
}

func TestOneSelectOnly(t *testing.T) {
	db, _ := open(t)
	for _, s := range []string{"", "SELECT 1; SELECT 2", "CREATE TABLE x (i INT)", "SET threads = 1", "COPY (SELECT 1) TO '/tmp/never'", "ATTACH ':memory:' AS m",
		"INSTALL httpfs", "CALL enable_logging()", "PRAGMA version", "SELEC 1", "EXPLAIN SELECT 1", "SELECT 'text'", "SELECT 1 WHERE error('no')"} {
		rows, err := db.Query(context.Background(), s, long, false)
		if err == nil {
			if _, err = rows.Next(); err == nil || err == io.EOF {
				t.Errorf("accepted: %s", s)
			}
			rows.Close()
		}
	}
	rows, err := db.Query(context.Background(), "SELECT 7::BIGINT", long, false)
	if got := read(t, rows, err); got[0][0].Long() != 7 {
		t.Errorf("got %v", got)
	}
}

// endless gives rows for hours, and computes for hours before the first one.
const (
	endless = "SELECT i FROM range(1000000000000) t(i)"
	busy    = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE hash(a.range + b.range) = 1"
)

// TestTheContextEndsAStatement: neither statement ends within the test's time by itself, so that returning is the proof.
func TestTheContextEndsAStatement(t *testing.T) {
	db, _ := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	rows, err := db.Query(ctx, endless, long, false) // streamed: the first rows are here before the statement ends
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if _, err := rows.Next(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	for err == nil {
		_, err = rows.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("streaming: %v", err)
	}
	rows.Close()
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := db.Query(ctx, busy, long, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("computing: %v", err)
	}
	if _, err := db.Query(ctx, "SELECT 1::BIGINT", long, false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended before: %v", err)
	}
	rows, err = db.Query(context.Background(), "SELECT 7::BIGINT", long, false)
	if got := read(t, rows, err); got[0][0].Long() != 7 {
		t.Errorf("afterwards: %v", got)
	}
}

// TestClosingEarlyEndsAStatement: a consumer that has enough need not cancel.
func TestClosingEarlyEndsAStatement(t *testing.T) {
	db, _ := open(t)
	for range 20 {
		rows, err := db.Query(context.Background(), endless, long, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rows.Next(); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(rows.Close(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkCancel prints how long after its context's end a busy statement returns, beside the driver of database/sql:
//
//	go test ./store/session -run - -bench Cancel -benchtime 10x
func BenchmarkCancel(b *testing.B) {
	db, writer := open(b)
	for _, with := range []struct {
		name  string
		query func(context.Context) error
	}{
		{"session", func(ctx context.Context) error { _, err := db.Query(ctx, busy, long, false); return err }},
		{"database-sql", func(ctx context.Context) error { _, err := writer.QueryContext(ctx, busy); return err }},
	} {
		b.Run(with.name, func(b *testing.B) {
			var waited time.Duration
			for b.Loop() {
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan time.Time, 1)
				time.AfterFunc(30*time.Millisecond, func() { ended <- time.Now(); cancel() })
				if err := with.query(ctx); err == nil {
					b.Fatal("it ended by itself")
				}
				waited += time.Since(<-ended)
			}
			b.ReportMetric(float64(waited.Microseconds())/1000/float64(b.N), "ms-to-stop")
		})
	}
}

// BenchmarkRead reads a million rows of four columns.
func BenchmarkRead(b *testing.B) {
	db, writer := open(b)
	if _, err := writer.Exec("CREATE TABLE t AS SELECT i, 'user' || i || '@contoso.com' AS u, i / 7 AS r, '{\"a\":' || i || '}' AS j FROM range(1000000) t(i)"); err != nil {
		b.Fatal(err)
	}
	schema := types.Schema{{Name: "i", Type: types.Long}, {Name: "u", Type: types.String}, {Name: "r", Type: types.Real}, {Name: "j", Type: types.Dynamic}}
	drain := func(b *testing.B, rows rows, err error) {
		for err == nil {
			_, err = rows.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		rows.Close()
	}
	b.Run("session", func(b *testing.B) {
		for b.Loop() {
			rows, err := db.Query(context.Background(), "SELECT * FROM t", schema, false)
			drain(b, rows, err)
		}
	})
	b.Run("database-sql", func(b *testing.B) {
		for b.Loop() {
			cur, err := writer.Query("SELECT * FROM t")
			if err != nil {
				b.Fatal(err)
			}
			rows, err := engine.ReadSQL(cur, schema)
			drain(b, rows, err)
		}
	})
}

package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/kql/engine/enginetest"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store/session"
)

var (
	queries   = flag.Int("queries", 0, "how many random queries TestDifferential runs; 0 is 1,500, or a million with SLEUTH_PROVE=1")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first of them; the others count on from it")
)

// maxFaults ends a run that is of no further use.
const maxFaults = 25

// rowsOf is a backend that reads one table from memory: with it, nothing but the reference runs a query.
type rowsOf struct {
	schema types.Schema
	rows   []types.Row
}

func (b rowsOf) Query(_ context.Context, _ string, schema types.Schema) (Rows, error) {
	at := make([]int, len(schema))
	for i, c := range schema {
		if at[i] = b.schema.Find(c.Name); at[i] < 0 {
			return nil, fmt.Errorf("no column %s", c.Name)
		}
	}
	return &picked{rows: b.rows, at: at}, nil
}

type picked struct {
	rows []types.Row
	at   []int
}

func (p *picked) Next() (types.Row, error) {
	if len(p.rows) == 0 {
		return nil, io.EOF
	}
	row := make(types.Row, len(p.at))
	for i, from := range p.at {
		row[i] = p.rows[0][from]
	}
	p.rows = p.rows[1:]
	return row, nil
}

func (p *picked) Close() error { return nil }

// vectors is the backend of store: DuckDB read through its vectors.
type vectors struct{ db *session.DB }

func (v vectors) Query(ctx context.Context, text string, schema types.Schema) (Rows, error) {
	rows, err := v.db.Query(ctx, text, schema, Whole(ctx))
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// pair is the same data twice: for the reference alone, and in DuckDB.
type pair struct {
	reference, duckdb *Engine
	now               time.Time
}

func newPair(t testing.TB) *pair {
	m := newMemory(t)
	// Small queries gain nothing from several threads of DuckDB; several queries at once do.
	if _, err := m.db.Exec("SET threads = 1"); err != nil {
		t.Fatal(err)
	}
	schema, rows := enginetest.Fixture()
	m.add(t, enginetest.FixtureName, schema, rows)
	limits := Limits{Timeout: 20 * time.Second, Memory: 256 << 20}
	return &pair{
		reference: New(Config{Catalog: m, Backend: rowsOf{schema, rows}, Library: builtin.Standard(), Limits: limits}),
		duckdb:    New(Config{Catalog: m, Backend: vectors{session.New(m.db)}, Library: builtin.Standard(), Limits: limits}),
		now:       time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC),
	}
}

func newGenerator(p *pair) *enginetest.Generator {
	return enginetest.New(enginetest.Config{
		Library: builtin.Standard(),
		Emitted: duckdb.New().Functions(),
		Type: func(expr string) (types.Type, bool) {
			schema, err := p.reference.Columns(context.Background(), enginetest.FixtureName+" | project x = "+expr, Options{Now: p.now})
			if err != nil || len(schema) != 1 {
				return types.Unknown, false
			}
			return schema[0].Type, true
		},
		Runs: func(expr string) bool { return p.whole(enginetest.FixtureName + " | project x = " + expr) },
	})
}

// outcome is what became of a query.
type outcome struct {
	refused  string // by the binder, or by the reference as it ran: the first words of why
	fallback bool
	remote   bool // all of it ran in DuckDB
	fault    string
}

// run runs a query in both and compares.
func (p *pair) run(q *enginetest.Query) (o outcome) {
	text := q.Text()
	want, err := p.reference.Query(context.Background(), text, Options{Now: p.now, NoPushdown: true, NoRules: true})
	if err != nil {
		o.refused = reason(err)
		var panicked *Panic
		if errors.As(err, &panicked) {
			o.fault = fmt.Sprintf("%v\n%s", err, panicked.Stack)
		}
		return o
	}
	got, err := p.duckdb.Query(context.Background(), text, Options{Now: p.now})
	if err != nil {
		o.fault = fmt.Sprintf("the reference runs it, DuckDB does not: %v", err)
		return o
	}
	if got.Stats.Fallback != "" {
		o.fallback = true
		// A value that the SQL does not compute exactly and a statement too long to plan are known before DuckDB is asked, or by
		// its guards; any other refusal is SQL that should not have been written. The rows are compared all the same.
		if !strings.Contains(got.Stats.Fallback, "exact range") && got.Stats.Fallback != errLongStatement.Error() {
			o.fault = "DuckDB refuses the SQL: " + got.Stats.Fallback
			return o
		}
	}
	a, b := plainValues(want.Tables[0]), plainValues(got.Tables[0])
	if o.fault = sameRows(a, b, q.Ordered); o.fault != "" {
		o.fault += "\n" + strings.Join(got.Stats.SQL, "\n")
	}
	return o
}

// plainValues writes equal values alike. Which of several equal values stands for a group, or in a set, hangs on the order of
// the rows.
func plainValues(t *types.Table) *types.Table {
	out := &types.Table{Columns: t.Columns}
	for _, row := range t.Rows {
		row = slices.Clone(row)
		for i, v := range row {
			row[i] = plainValue(v)
			list, ok := v.Tree().([]types.Tree)
			if !ok || !isSet(t.Columns[i]) {
				continue
			}
			items := make([]types.Tree, len(list))
			for k, item := range list {
				items[k] = types.ToTree(plainItem(types.FromTree(item)))
			}
			row[i] = types.NewDynamic(items)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// plainItem writes a whole real as the long that it equals in a set.
func plainItem(v types.Value) types.Value {
	if !v.IsNull() && v.Type() == types.Real && v.Real() == math.Trunc(v.Real()) && math.Abs(v.Real()) < 1<<53 {
		return types.NewLong(int64(v.Real()))
	}
	return plainValue(v)
}

// plainValue writes zeros positive, and decimals without zeros at the end.
func plainValue(v types.Value) types.Value {
	switch {
	case v.IsNull():
	case v.Type() == types.Real && v.Real() == 0:
		return types.NewReal(0)
	case v.Type() == types.Decimal:
		var d apd.Decimal
		d.Reduce(v.Decimal())
		return types.NewDecimal(&d)
	}
	return v
}

// reason is an error without the parts that differ from query to query.
func reason(err error) string {
	var list *diag.List
	var one *diag.Diagnostic
	if errors.As(err, &list) && list.First() != nil {
		one = list.First()
	} else if !errors.As(err, &one) {
		return err.Error()[:min(60, len(err.Error()))]
	}
	return one.Code
}

// TestDifferential draws queries and runs each twice: all in the reference, and with as much as possible in DuckDB. The rows
// must be the same. Every query is told by its seed:
//
//	go test ./kql/engine -run Differential -queries 1 -seed 77
func TestDifferential(t *testing.T) {
	n := *queries
	switch {
	case n > 0:
	case os.Getenv("SLEUTH_PROVE") != "":
		n = 1_000_000
	case testing.Short():
		n = 300
	default:
		n = 1500
	}
	p := newPair(t)
	g := newGenerator(p)
	t.Log(g.Describe())
	var (
		next                                atomic.Int64
		mu                                  sync.Mutex
		equal, fallback, remote, asked, bad int
		refused                             = map[string]int{}
		wait                                sync.WaitGroup
	)
	begun := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(n) {
					return
				}
				q := g.Query(*firstSeed + uint64(i))
				o := p.run(q)
				if o.fault == "" && o.refused == "" && i%50 == 0 {
					o.remote = p.whole(q.Text())
				}
				if o.fault != "" {
					q = enginetest.Shrink(q, func(c *enginetest.Query) bool { return p.run(c).fault != "" })
					o.fault = fmt.Sprintf("seed %d: %s\n%s", q.Seed, q.Text(), p.run(q).fault)
				}
				mu.Lock()
				switch {
				case o.fault != "":
					t.Error(o.fault)
					if bad++; bad >= maxFaults {
						next.Store(int64(n))
					}
				case o.refused != "":
					refused[o.refused]++
				default:
					equal++
				}
				if o.fallback {
					fallback++
				}
				if i%50 == 0 && o.refused == "" {
					asked++
					if o.remote {
						remote++
					}
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	took := time.Since(begun)
	ran, no := equal+bad, 0
	for _, k := range refused {
		no += k
	}
	t.Logf("reference = DuckDB: %d/%d random queries, seeds %d to %d (%d more were refused with the same error: %v)", equal, ran, *firstSeed, *firstSeed+uint64(n)-1, no, refused)
	t.Logf("%d fell back on a guard; %d of %d asked ran in DuckDB as a whole; %.0f queries a second, so that a million takes %.0f minutes", fallback, remote, asked, float64(ran+no)/took.Seconds(),
		1e6/(float64(ran+no)/took.Seconds())/60)
}

// whole reports whether nothing of a query is left to the reference.
func (p *pair) whole(text string) bool {
	x, err := p.duckdb.Explain(context.Background(), text, Options{Now: p.now})
	return err == nil && strings.HasPrefix(x.Remainder, "Remote\n")
}

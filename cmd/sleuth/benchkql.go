package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
)

// benchQueries are the queries of an investigator's day, each a KQL file and the best SQL we can write for it by hand.
//
//go:embed benchkql/*.kql benchkql/*.sql
var benchQueries embed.FS

func benchKQLCommand(a *app) *cobra.Command {
	var rows, rounds int
	var seed uint64
	var only, content, dir string
	c := &cobra.Command{
		Use:   "kql",
		Short: "Measure KQL queries beside hand-written SQL on the same storage",
		Long: "Makes sign-ins in a temporary database, in the layout that a workspace has, and runs each query of an investigator's day\n" +
			"as KQL and as the best DuckDB SQL written by hand, in turns, in one process. The rows must be equal. Figures are medians.",
		Example: "  sleuth bench kql\n  sleuth bench kql --rows 100000 --rounds 3",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if rows < 1000 || rounds < 1 {
				return usage("--rows must be at least 1000 and --rounds at least 1")
			}
			return a.benchKQL(c.Context(), kqlBench{rows: rows, rounds: rounds, seed: seed, only: only, content: content, dir: dir})
		},
	}
	c.Flags().IntVar(&rows, "rows", 10_000_000, "sign-ins to make")
	c.Flags().IntVar(&rounds, "rounds", 8, "repetitions of each query; an even number lets each side read first as often as the other")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the made-up rows")
	c.Flags().StringVar(&dir, "dir", "", "keep the database in this folder, and use the one that it holds; else it is temporary")
	c.Flags().StringVar(&content, "content", "../shared/content", "folder of rules in YAML whose compilation is measured, if there is one")
	c.Flags().StringVar(&only, "only", "", "run only the queries of these names, by comma")
	return c
}

// kqlBench is one run of the benchmark.
type kqlBench struct {
	rows, rounds int
	seed         uint64
	only         string
	content, dir string
	db           *store.Baseline
	engine       *engine.Engine
	names        *strings.Replacer
	statements   time.Duration // how long the engine's statements took to give their first rows
}

// benchBackend runs the engine's statements on the benchmark's database.
type benchBackend struct{ bench *kqlBench }

// Query implements engine.Backend.
func (b benchBackend) Query(ctx context.Context, sql string, schema types.Schema) (engine.Rows, error) {
	start := time.Now()
	rows, err := b.bench.db.QueryRows(ctx, sql)
	b.bench.statements += time.Since(start)
	if err != nil {
		return nil, err
	}
	return engine.ReadSQL(rows, schema)
}

func (a *app) benchKQL(ctx context.Context, b kqlBench) error {
	dir, err := os.MkdirTemp("", "sleuth-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if b.dir != "" {
		dir = a.path(b.dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	f := &figures{app: a}
	f.add("%s, %s/%s, %d CPUs, sleuth %s", time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), version)
	if b.db, err = store.NewBaselineIn(ctx, dir); err != nil {
		return err
	}
	start := time.Now()
	cat, err := benchData(ctx, b.db, b.rows, b.seed)
	if err != nil {
		return errors.Join(err, b.db.Close())
	}
	f.add("data: %d sign-ins and their copy by arrival, seed %d, ready in %.0f s", b.rows, b.seed, time.Since(start).Seconds())
	b.engine = engine.New(engine.Config{Catalog: cat, Backend: benchBackend{&b}, Library: builtin.Standard()})
	err = b.run(ctx, f, cat)
	return errors.Join(err, b.db.Close())
}

// run measures everything.
func (b *kqlBench) run(ctx context.Context, f *figures, cat *benchCatalog) error {
	if err := b.settle(ctx, cat); err != nil {
		return err
	}
	var ratios []float64
	for _, name := range b.queryNames() {
		m, err := b.query(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ratios = append(ratios, m.ratio())
		f.add("%s: KQL %.1f ms, SQL %.1f ms, ratio %.2f, %d rows equal%s", name, median(m.kql), median(m.sql), m.ratio(), m.rows, m.note)
	}
	if len(ratios) > 0 {
		f.add("ratio of KQL to hand-written SQL: median %.2f, worst %.2f", median(ratios), slices.Max(ratios))
	}
	if err := b.needle(ctx, f); err != nil {
		return err
	}
	return b.compileTimes(ctx, f)
}

// queryNames are the queries asked for, in order.
func (b *kqlBench) queryNames() []string {
	var out []string
	for i := 1; i <= 16; i++ {
		name := fmt.Sprintf("q%02d", i)
		if b.only == "" || slices.Contains(strings.Split(b.only, ","), name) {
			out = append(out, name)
		}
	}
	return out
}

// text is a query's text with the names of the data in it.
func (b *kqlBench) text(file string) (string, error) {
	text, err := benchQueries.ReadFile("benchkql/" + file)
	return b.names.Replace(string(text)), err
}

// measured are the milliseconds of one query's rounds.
type measured struct {
	kql, sql []float64
	rows     int
	note     string
}

func (m measured) ratio() float64 { return median(m.kql) / median(m.sql) }

// query compares the rows of both texts once, then times both in turns.
func (b *kqlBench) query(ctx context.Context, name string) (measured, error) {
	var m measured
	kql, err := b.text(name + ".kql")
	if err != nil {
		return m, err
	}
	sql, err := b.text(name + ".sql")
	if err != nil {
		return m, err
	}
	if m.rows, m.note, err = b.equal(ctx, name, kql, sql); err != nil {
		return m, err
	}
	runKQL := func() error {
		_, err := b.engine.Query(ctx, kql, engine.Options{Now: benchEnd()})
		return err
	}
	runSQL := func() error { return b.drain(ctx, sql) }
	for i := range b.rounds {
		// Whoever reads second finds the blocks in memory: they take turns at it.
		first, second := &m.kql, &m.sql
		turns := []func() error{runKQL, runSQL}
		if i%2 == 1 {
			first, second = second, first
			slices.Reverse(turns)
		}
		for k, to := range []*[]float64{first, second} {
			start := time.Now()
			if err := turns[k](); err != nil {
				return m, err
			}
			*to = append(*to, ms(time.Since(start)))
		}
	}
	return m, nil
}

// drain reads all rows of a statement, as a program without an engine would.
func (b *kqlBench) drain(ctx context.Context, sql string) error {
	rows, err := b.db.QueryRows(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, targets := make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		targets[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// needle compares the question an investigator asks all day, one identity's newest rows, with the same table by arrival.
func (b *kqlBench) needle(ctx context.Context, f *figures) error {
	kql, err := b.text("q03.kql")
	if err != nil {
		return err
	}
	var here, arrival []float64
	for range b.rounds + 1 {
		for text, to := range map[string]*[]float64{kql: &here, strings.Replace(kql, "SigninLogs", "SigninLogsByArrival", 1): &arrival} {
			start := time.Now()
			if _, err := b.engine.Query(ctx, text, engine.Options{Now: benchEnd()}); err != nil {
				return err
			}
			*to = append(*to, ms(time.Since(start)))
		}
	}
	f.add("needle (q03): %.1f ms, by arrival %.1f ms: %.1f times as fast", median(here[1:]), median(arrival[1:]), median(arrival[1:])/median(here[1:]))
	return nil
}

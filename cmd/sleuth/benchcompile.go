package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sleuth-sec/sleuth/kql/engine"
)

// compileTimes measures what stands before the first statement: reading, binding, rewriting and writing SQL, of the queries of
// published rules where a folder of them is given, else of the benchmark's own. The statements by which plugins such as bag_unpack
// learn their columns are the backend's time, and counted out.
func (b *kqlBench) compileTimes(ctx context.Context, f *figures) error {
	queries, of, err := b.corpus()
	if err != nil {
		return err
	}
	var times []float64
	skipped := 0
	for _, q := range queries {
		best := 0.0
		for round := range 5 {
			start := time.Now()
			b.statements = 0
			if _, err := b.engine.Compile(ctx, q, engine.Options{Now: benchEnd()}); err != nil {
				best = 0
				break
			}
			if took := ms(time.Since(start) - b.statements); round == 0 || took < best {
				best = took
			}
		}
		if best == 0 {
			skipped++
			continue
		}
		times = append(times, best)
	}
	if len(times) == 0 {
		return nil
	}
	slices.Sort(times)
	f.add("compile: %d queries of %s: median %.2f ms, 95th percentile %.2f ms, longest %.1f ms (%d name tables or columns that are not here)",
		len(times), of, median(times), times[len(times)*95/100], times[len(times)-1], skipped)
	return nil
}

// corpus are the queries whose compilation is measured, and what they are.
func (b *kqlBench) corpus() (queries []string, of string, err error) {
	if _, err := os.Stat(b.content); err == nil && b.content != "" {
		queries, err := ruleTexts(b.content)
		return queries, "published rules", err
	}
	for _, name := range b.queryNames() {
		q, err := b.text(name + ".kql")
		if err != nil {
			return nil, "", err
		}
		queries = append(queries, q)
	}
	return queries, "this benchmark", nil
}

// ruleTexts are the queries of the rules in YAML below a folder.
func ruleTexts(root string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if q, _, ok := ruleQuery(string(text)); ok {
			out = append(out, q)
		}
		return nil
	})
	return out, err
}

package engine

import (
	"context"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// BenchmarkCompile is what stands before the first statement, for all published rules together, and how it divides:
//
//	go test ./kql/engine -run - -bench Compile -benchtime 20x
func BenchmarkCompile(b *testing.B) {
	root := sharedFolder(b, "content")
	if root == "" {
		b.Skip("no shared folder")
	}
	m := newMemory(b)
	addTables(b, m)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	o := Options{Now: time.Date(2025, 11, 25, 12, 0, 0, 0, time.UTC)}
	var rules []string
	for _, q := range ruleQueries(b, root) {
		if _, err := e.Compile(context.Background(), q.text, o); err == nil {
			rules = append(rules, q.text)
		}
	}
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			for _, q := range rules {
				syntax.Parse(q)
			}
		}
	})
	b.Run("bind", func(b *testing.B) {
		for b.Loop() {
			for _, q := range rules {
				tree, _ := syntax.Parse(q)
				s := e.begin(context.Background(), o)
				bind.Bind(tree, m, e.config.Library, bind.Options{Now: s.now, Fold: s.fold, Probe: s.probe})
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			for _, q := range rules {
				if _, err := e.Compile(context.Background(), q, o); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

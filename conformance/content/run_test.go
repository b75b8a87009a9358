package content_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/workspace"
)

// runLimit is how long a query may take before it counts as failed.
const runLimit = 20 * time.Second

// emptyFiles gives every address of externaldata as a file without records: the published files are not part of the collection.
type emptyFiles struct{ *workspace.Catalog }

// External implements bind.Externals.
func (emptyFiles) External(e bind.External) *plan.Table {
	return &plan.Table{Name: "externaldata", Columns: e.Columns, Load: func(context.Context) ([]types.Row, error) { return nil, nil }}
}

// Function implements bind.Catalog: every watchlist is there and has no items. Its columns stay open, for they are those of a
// file that is not part of the collection either.
func (e emptyFiles) Function(name string) (bind.Function, bool) {
	f, ok := e.Catalog.Function(name)
	if ok && f.Table != nil {
		table := f.Table
		f.Table = func(args []types.Value) (*plan.Table, error) {
			t, err := table(args)
			if err == nil && t.Load == nil {
				t.Load = func(context.Context) ([]types.Row, error) { return nil, nil }
			}
			return t, err
		}
	}
	return f, ok
}

// TestRun runs the queries that bind on empty tables and on the sample tenant.
func TestRun(t *testing.T) {
	queries := publishedQueries(t)
	if !prove() {
		queries = everyNth(queries, sampleStep*4)
	}
	for _, place := range []struct {
		name  string
		paths []string
	}{
		{name: "empty tables"},
		{"sample tenant", []string{filepath.Join(sharedFolder(t, "tenant-woodgrove"), "logs"), filepath.Join(sharedFolder(t, "tenant-woodgrove"), "directory")}},
	} {
		t.Run(place.name, func(t *testing.T) { runAll(t, place.name, place.paths, queries) })
	}
}

func runAll(t *testing.T, name string, paths []string, queries []published) {
	ctx := context.Background()
	ws, err := store.Open(ctx, t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if len(paths) > 0 {
		if _, err := ws.Import(ctx, paths, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	tables, err := catalog.New(ws.Schemas(), ws.Relation)
	if err != nil {
		t.Fatal(err)
	}
	cat := emptyFiles{workspace.CheckCatalog(tables)}
	lib := builtin.Standard()
	eng := engine.New(engine.Config{Catalog: cat, Backend: ws, Library: lib})
	all, passed, slow := 0, 0, 0
	for _, q := range queries {
		if !binds(q.Text, cat, lib) {
			continue
		}
		all++
		started := time.Now()
		_, err := eng.Query(ctx, q.Text, engine.Options{Now: sampleEnd, Timeout: runLimit})
		took := time.Since(started)
		if took > 5*time.Second {
			slow++
			t.Logf("SLOW %s: %.1f s", q.ID, took.Seconds())
		}
		if err == nil {
			passed++
		} else {
			t.Logf("RUN %s: %s", q.ID, errorText(err))
			if *failures {
				t.Logf("%s", q.Text)
			}
		}
	}
	t.Logf("published content: run on %s: %d/%d, %d of them took more than 5 s", name, passed, all, slow)
	if float64(passed) < 0.99*float64(all) {
		t.Errorf("%d of %d queries run on %s, fewer than 99 %%", passed, all, name)
	}
}

func binds(q string, cat bind.Catalog, lib *builtin.Library) bool {
	tree, errs := syntax.Parse(q)
	if errs.Failed() {
		return false
	}
	_, diags := bind.Bind(tree, cat, lib, bind.Options{Now: types.TicksOf(sampleEnd)})
	return !diags.Failed()
}

func errorText(err error) string {
	var list *diag.List
	if errors.As(err, &list) {
		return list.First().Code + " " + list.First().Message
	}
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d.Code + " " + d.Message
	}
	return err.Error()
}

package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
)

// shared finds the companion folder beside the repository; tests skip where there is none.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no %s here", name)
	}
	return path
}

func open(t *testing.T, dir string) *store.Workspace {
	t.Helper()
	w, err := store.Open(context.Background(), dir, store.Options{})
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

func TestWoodgrove(t *testing.T) {
	path := shared(t, "tenant-woodgrove")
	ctx := context.Background()
	start := time.Now()
	w := open(t, t.TempDir())
	t.Logf("open: %v", time.Since(start))
	for _, round := range []string{"first", "second"} {
		start = time.Now()
		report, err := w.Import(ctx, []string{filepath.Join(path, "directory"), filepath.Join(path, "logs")}, store.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		records, added, rejected := report.Counts()
		t.Logf("%s: %d records, %d rows added, %d set aside, %v, %.0f records/s", round, records, added, rejected, time.Since(start), float64(records)/time.Since(start).Seconds())
		for _, d := range report.Diagnostics {
			t.Log(d)
		}
		if round == "first" {
			for _, f := range report.Files {
				t.Logf("%s %v records %d rows %d added %d rejected %d %s", filepath.Base(f.Path), f.Formats, f.Records, f.Rows, f.RowsAdded, f.Rejected, f.Unsupported)
			}
		}
		tables, err := w.Tables(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range tables {
			if info.States > 0 {
				t.Logf("%s: %d rows, %d states", info.Name, info.Rows, info.States)
			}
		}
	}
}

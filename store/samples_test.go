package store_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/store"
)

// TestSamples imports every published sample into a workspace of its own, twice: it is loaded or
// named, never a crash; the second import adds nothing.
func TestSamples(t *testing.T) {
	t.Parallel()
	root := shared(t, "samples")
	ctx := context.Background()
	loaded, named, total := 0, 0, 0
	w := memory(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "LICENSE") || d.Name() == "README.md" {
			return err
		}
		total++
		report, err := w.Import(ctx, []string{path}, store.ImportOptions{})
		if errors.Is(err, store.ErrOtherTenant) { // a tenant has a workspace of its own
			w = memory(t)
			report, err = w.Import(ctx, []string{path}, store.ImportOptions{})
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		f := report.Files[0]
		rel, _ := filepath.Rel(root, path)
		switch {
		case f.Unsupported != "":
			named++
			if testing.Verbose() && !strings.HasSuffix(path, ".yml") {
				t.Logf("%s: not yet supported: %s", rel, f.Unsupported)
			}
		case f.Records > 0:
			loaded++
			t.Logf("%s: %v, %d records, %d rows added, %d set aside", rel, f.Formats, f.Records, f.RowsAdded, f.Rejected)
		default:
			t.Errorf("%s: neither loaded nor named: %+v", rel, f)
		}
		for _, d := range report.Diagnostics {
			if f.Unsupported == "" {
				t.Log("   ", d)
			}
		}
		again, err := w.Import(ctx, []string{path}, store.ImportOptions{})
		if err != nil {
			t.Errorf("%s again: %v", path, err)
			return nil
		}
		if _, added, _ := again.Counts(); added != 0 {
			t.Errorf("%s again: %d rows added", rel, added)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("samples: %d loaded + %d named of %d", loaded, named, total)
}

// memory opens an empty workspace that ends with the test.
func memory(t *testing.T) *store.Workspace {
	t.Helper()
	w, err := store.Open(context.Background(), "", store.Options{Memory: true})
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

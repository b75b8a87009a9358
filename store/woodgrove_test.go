package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
)

// shared finds the companion folder beside the repository; tests skip where there is none.
func shared(t testing.TB, name string) string {
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

// TestWoodgrove imports the synthetic tenant: nothing is set aside, and a second import, also of
// copies under other names, changes no row.
func TestWoodgrove(t *testing.T) {
	t.Parallel()
	path := shared(t, "tenant-woodgrove")
	ctx := context.Background()
	start := time.Now()
	w := open(t, t.TempDir())
	opened := time.Since(start)
	folders := []string{filepath.Join(path, "directory"), filepath.Join(path, "logs")}
	start = time.Now()
	report, err := w.Import(ctx, folders, store.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	records, added, rejected := report.Counts()
	elapsed := time.Since(start)
	t.Logf("open %v; %d records, %d rows in %v: %.0f records/s", opened, records, added, elapsed, float64(records)/elapsed.Seconds())
	if rejected != 0 || len(report.Diagnostics) != 0 {
		t.Errorf("%d records set aside: %v", rejected, report.Diagnostics)
	}
	used := 0
	for _, f := range report.Files {
		if f.Records > 0 && f.Error == "" && f.Unsupported == "" {
			used++
		} else {
			t.Errorf("%s: %+v", f.Path, f)
		}
	}
	t.Logf("files: %d/%d", used, len(report.Files))
	first := sums(t, w)
	for name, want := range map[string]int64{"EntraUsers": 400, "EntraGroups": 29, "EntraDevices": 526, "AADRiskyUsers": 31, "AADUserRiskEvents": 22,
		"AuditLogs": 2809, "SigninLogs": 19272, "EntraRoleAssignments": 29, "EntraPermissionGrants": 124, "SecurityIncident": 3} {
		if first[name] != want {
			t.Errorf("%s: %d rows, want %d", name, first[name], want)
		}
	}
	copies := t.TempDir()
	for _, f := range report.Files {
		b, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(f.Path, "logs") { // other bytes, same records
			b = append(b, '\n')
			if strings.HasSuffix(f.Path, ".gz") {
				continue
			}
		}
		if err := os.WriteFile(filepath.Join(copies, "copy-of-"+filepath.Base(f.Path)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, again := range [][]string{folders, {copies}} {
		r, err := w.Import(ctx, again, store.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, added, rejected := r.Counts(); added != 0 || rejected != 0 {
			t.Errorf("again: %d rows added, %d set aside", added, rejected)
		}
		for name, n := range sums(t, w) {
			if first[name] != n {
				t.Errorf("again: %s has %d rows, had %d", name, n, first[name])
			}
		}
	}
}

func sums(t *testing.T, w *store.Workspace) map[string]int64 {
	t.Helper()
	tables, err := w.Tables(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, info := range tables {
		out[info.Name] = info.Rows
	}
	return out
}

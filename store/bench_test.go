package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
)

// BenchmarkImport imports the folders of SLEUTH_IMPORT (separated as in PATH), else the synthetic
// tenant, into a workspace on disk and tells what each part of it costs. Seconds of the processor
// say more than those of the clock on a machine that does other things too.
func BenchmarkImport(b *testing.B) {
	folders := filepath.SplitList(os.Getenv("SLEUTH_IMPORT"))
	if len(folders) == 0 {
		root := shared(b, "tenant-woodgrove")
		folders = []string{filepath.Join(root, "directory"), filepath.Join(root, "logs")}
	}
	ctx := context.Background()
	for b.Loop() {
		dir := b.TempDir()
		opening := stopwatch()
		w, err := store.Open(ctx, dir, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		opening.report(b, "open")
		importing := stopwatch()
		report, err := w.Import(ctx, folders, store.ImportOptions{})
		if err != nil {
			b.Fatal(err)
		}
		wall := importing.report(b, "import")
		records, _, _ := report.Counts()
		b.ReportMetric(float64(records), "records")
		b.ReportMetric(float64(records)/wall, "records/s")
		listing := stopwatch()
		tables, err := w.Tables(ctx)
		if err != nil {
			b.Fatal(err)
		}
		listing.report(b, "tables")
		asking := stopwatch()
		for _, t := range tables {
			if _, err := w.Source(ctx, t.Name); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(asking.report(b, "sources")/float64(len(tables))*1e3, "source-ms")
		closing := stopwatch()
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		closing.report(b, "close")
		reopening := stopwatch()
		if w, err = store.Open(ctx, dir, store.Options{}); err != nil {
			b.Fatal(err)
		}
		reopening.report(b, "reopen")
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// watch measures time of the clock and of the processor.
type watch struct {
	wall time.Time
	cpu  time.Duration
}

func stopwatch() watch { return watch{wall: time.Now(), cpu: cpuTime()} }

// report adds both as metrics and returns the seconds of the clock.
func (w watch) report(b *testing.B, name string) float64 {
	wall, cpu := time.Since(w.wall).Seconds(), (cpuTime() - w.cpu).Seconds()
	b.ReportMetric(wall, strings.ToLower(name)+"-wall-s")
	b.ReportMetric(cpu, strings.ToLower(name)+"-cpu-s")
	return wall
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

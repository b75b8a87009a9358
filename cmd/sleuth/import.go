package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/store"
)

func importCommand(a *app) *cobra.Command {
	var table string
	var asJSON, follow, reload bool
	c := &cobra.Command{
		Use:   "import PATH...",
		Short: "Load exported logs and directory data, recognised by content",
		Long: "Loads files and folders into the workspace. What a file holds is found from its content; records that cannot be\n" +
			"read are counted and kept aside with file, line and reason. Importing the same data again changes nothing.",
		Example: "  sleuth import ./export\n  sleuth import --table SigninLogs query_data.csv",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := access.Authorize(access.LocalOwner(), access.Import); err != nil {
				return err
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.importPaths(c.Context(), h, args, store.ImportOptions{Table: table, ReloadDeleted: reload}, asJSON, follow)
			})
		},
	}
	c.Flags().StringVar(&table, "table", "", "the table that the records belong to, where content does not tell")
	c.Flags().BoolVar(&follow, "follow", false, "stay and import files that appear or change in the folders, until Ctrl-C")
	c.Flags().BoolVar(&reload, "reload-deleted", false, "also load rows of times whose rows were deleted (sleuth purge, retention)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as one JSON object")
	return c
}

func (a *app) importPaths(ctx context.Context, h *house, args []string, opts store.ImportOptions, asJSON, follow bool) error {
	paths := make([]string, len(args))
	for i, p := range args {
		paths[i] = a.path(p)
	}
	var ordered time.Time // of the last maintenance
	load := func(paths []string) error {
		if err := a.importOnce(ctx, h, paths, opts, asJSON); err != nil {
			return err
		}
		if now := time.Now(); now.Sub(ordered) > maintainEvery {
			ordered = now
			a.maintain(ctx, h, now)
		}
		return nil
	}
	if !follow {
		return load(paths)
	}
	w, err := watcher(paths)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := load(paths); err != nil {
		return err
	}
	a.say("watching %s; Ctrl-C stops", strings.Join(paths, ", "))
	return a.follow(ctx, w, load)
}

// maintainEvery is how often a stream of late records may have its days put in order.
const maintainEvery = 10 * time.Minute

// maintain puts the closed days in order to which something came. What it cannot do costs speed and no answer, so it is told
// and left to the next import.
func (a *app) maintain(ctx context.Context, h *house, now time.Time) {
	did, err := h.ws.Maintain(ctx, now)
	if did.Days > 0 && time.Since(now) > time.Second {
		a.say("%d days (%d rows) put in order by user", did.Days, did.Rows)
	}
	if err != nil && ctx.Err() == nil {
		a.say("everything is imported, but its days could not be put in order, which queries on one user feel; the next import tries again: %v", err)
	}
}

// importOnce records the import in the trail, imports, and prints the report.
func (a *app) importOnce(ctx context.Context, h *house, paths []string, opts store.ImportOptions, asJSON bool) error {
	entry := audit.Entry{Operation: "ImportStarted", Object: strings.Join(paths, ", ")}
	if opts.ReloadDeleted {
		entry.Details = map[string]string{"reloadDeleted": "true"}
	}
	if err := h.admit(ctx, access.LocalOwner(), access.Import, entry); err != nil {
		return err
	}
	report, err := a.runImport(ctx, h, paths, opts)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(report)
	}
	a.printReport(report)
	return nil
}

// runImport imports with progress on standard error: a bar on a terminal, a line now and then otherwise.
func (a *app) runImport(ctx context.Context, h *house, paths []string, opts store.ImportOptions) (store.Report, error) {
	show, done := a.progress()
	opts.Progress = show
	report, err := h.ws.Import(ctx, paths, opts)
	done()
	return report, err
}

func (a *app) progress() (show func(store.Progress), done func()) {
	if !terminal(a.stderr) {
		next := 2 * time.Second // a short import needs no progress
		return func(p store.Progress) {
			if p.Elapsed < next {
				return
			}
			next = p.Elapsed + 5*time.Second
			a.say("importing file %d of %d: %s of %s, %d records, %.0f records/s", p.File, p.Files,
				humanize.Bytes(uint64(p.Bytes)), humanize.Bytes(uint64(p.Total)), p.Records, p.RecordsPerSec)
		}, func() {}
	}
	var bar *progressbar.ProgressBar
	return func(p store.Progress) {
			if bar == nil {
				bar = progressbar.NewOptions64(p.Total, progressbar.OptionSetWriter(a.stderr), progressbar.OptionShowBytes(true),
					progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription("importing"))
			}
			_ = bar.Set64(p.Bytes) // drawing only
		}, func() {
			if bar != nil {
				_ = bar.Finish()
			}
		}
}

func (a *app) printReport(r store.Report) {
	for _, f := range r.Files {
		switch {
		case f.Error != "":
			fmt.Fprintf(a.stdout, "%s\n  not read: %s\n", f.Path, f.Error)
		case f.AlreadyHeld:
			fmt.Fprintf(a.stdout, "%s\n  already imported: nothing to do\n", f.Path)
		case f.Unsupported != "":
			fmt.Fprintf(a.stdout, "%s\n  not yet supported: %s\n", f.Path, f.Unsupported)
		default:
			fmt.Fprintf(a.stdout, "%s\n  %s: %d records, %d rows new, %d set aside\n", f.Path, strings.Join(f.Formats, ", "), f.Records, f.RowsAdded, f.Rejected)
		}
	}
	for _, d := range r.Diagnostics {
		fmt.Fprintf(a.stdout, "%s: %s\n", d.Severity, d.Error())
	}
	if r.Dropped > 0 {
		fmt.Fprintf(a.stdout, "and %d more\n", r.Dropped)
	}
	names := make([]string, 0, len(r.Tables))
	for n := range r.Tables {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintf(a.stdout, "%-36s %d new, %d held before\n", n, r.Tables[n].Added, r.Tables[n].Held)
	}
	records, added, rejected := r.Counts()
	rate := float64(records) / max(r.Elapsed.Seconds(), 1e-9)
	fmt.Fprintf(a.stdout, "%d records, %d rows new, %d set aside, in %.1f s (%.0f records/s)\n", records, added, rejected, r.Elapsed.Seconds(), rate)
	if rejected > 0 {
		fmt.Fprintln(a.stdout, "records set aside are in the table _ImportRejects with file, line and reason")
	}
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
)

// dataPurged is the operation of a deletion in the audit trail.
const dataPurged = "DataPurged"

type purgeFlags struct {
	tables            []string
	olderThan, before string
	now               string
	retention         bool
	dryRun, yes       bool
	asJSON            bool
}

func purgeCommand(a *app) *cobra.Command {
	var f purgeFlags
	c := &cobra.Command{
		Use:   "purge",
		Short: "Delete events by table and age, for good",
		Long: "Deletes the rows of tables whose events lie before a day (of UTC), with their files in the archive, and gives their space back: they\n" +
			"are in no query, and not in the file any more. The list of imported files stays and says how many rows of each were deleted. An\n" +
			"import does not load such rows again unless it is asked to (--reload-deleted). Backups made before still hold them.",
		Example: "  sleuth purge --table SigninLogs --older-than 90d --dry-run\n  sleuth purge --table SigninLogs --table AuditLogs --before 2026-01-01 --yes",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			now, err := f.moment()
			if err != nil {
				return err
			}
			cuts, err := f.cuts(now)
			if err != nil {
				return err
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.purge(c.Context(), h, f, cuts, now) })
		},
	}
	c.Flags().StringArrayVar(&f.tables, "table", nil, "table to delete from; may come several times")
	c.Flags().StringVar(&f.olderThan, "older-than", "", "delete what is older than so many whole days, as 90d")
	c.Flags().StringVar(&f.before, "before", "", "delete what is of a day before this one, as 2026-01-01")
	c.Flags().BoolVar(&f.retention, "apply-retention", false, "delete what is beyond the retention of its table (sleuth retention list)")
	c.Flags().StringVar(&f.now, "now", "", "the moment that ages refer to, RFC 3339 (default: the clock)")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be deleted, and delete nothing")
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print the result as one JSON object")
	return c
}

func (f purgeFlags) moment() (time.Time, error) {
	if f.now == "" {
		return time.Now().UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, f.now)
	if err != nil {
		return t, usage("--now %q is not an RFC 3339 time such as 2026-11-20T12:00:00Z", f.now)
	}
	return t.UTC(), nil
}

// cuts are what the flags ask to delete.
func (f purgeFlags) cuts(now time.Time) ([]store.Cut, error) {
	switch {
	case f.retention && (len(f.tables) > 0 || f.olderThan != "" || f.before != ""):
		return nil, usage("--apply-retention takes tables and ages from sleuth retention list: give it alone")
	case f.retention:
		return nil, nil
	case len(f.tables) == 0:
		return nil, usage("name the tables with --table: nothing is deleted from all of them at once")
	case (f.olderThan == "") == (f.before == ""):
		return nil, usage("give --older-than, as 90d, or --before, as 2026-01-01")
	}
	var day time.Time
	if f.before != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, f.before); err != nil {
			return nil, usage("--before %q is not a day such as 2026-01-01", f.before)
		}
	} else {
		span, ok := types.ParseTimeSpan(f.olderThan)
		const ticksOfDay = int64(24 * time.Hour / 100)
		if !ok || span <= 0 || span%ticksOfDay != 0 {
			return nil, usage("--older-than %q is not a number of whole days such as 90d", f.olderThan)
		}
		day = now.AddDate(0, 0, -int(span/ticksOfDay)).Truncate(24 * time.Hour)
	}
	if day.After(now) {
		return nil, usage("%s is still to come: give a day of the past", day.Format(time.DateOnly))
	}
	cuts := make([]store.Cut, len(f.tables))
	for i, t := range f.tables {
		cuts[i] = store.Cut{Table: t, Before: day}
	}
	return cuts, nil
}

func (a *app) purge(ctx context.Context, h *house, f purgeFlags, cuts []store.Cut, now time.Time) error {
	if err := access.Authorize(access.LocalOwner(), access.Manage); err != nil {
		return err
	}
	var plan []store.CutRows
	var err error
	if f.retention {
		plan, err = h.ws.PlanRetention(ctx, now)
	} else {
		plan, err = h.ws.PlanPurge(ctx, cuts)
	}
	if err != nil {
		return err
	}
	if f.retention && len(plan) == 0 && !f.asJSON {
		a.say("nothing is beyond its retention")
	}
	any := false
	for _, c := range plan {
		any = any || c.Rows+c.Archived > 0
	}
	if f.dryRun || !any {
		return a.printCuts(f, plan, nil, "would be deleted")
	}
	if !f.yes {
		for _, c := range plan {
			a.say("%s", cutText(c, "are to be deleted"))
		}
		if err := a.confirm("Delete them for good?"); err != nil {
			return err
		}
	}
	if err := h.admitPurge(ctx, plan, f.retention); err != nil {
		return err
	}
	var gone []store.CutRows
	var space store.Space
	if f.retention {
		gone, space, err = h.ws.ApplyRetention(ctx, now)
	} else {
		gone, space, err = h.ws.Purge(ctx, cuts, now)
	}
	if err != nil {
		if len(gone) > 0 {
			a.say("the rows are deleted, but their space was not given back; the next maintenance tries again")
		}
		return err
	}
	return a.printCuts(f, gone, &space, "deleted")
}

// admitPurge admits a deletion.
func (h *house) admitPurge(ctx context.Context, plan []store.CutRows, retention bool) error {
	details := map[string]string{}
	if retention {
		details["reason"] = "retention"
	}
	var names []string
	for _, c := range plan {
		if c.Move {
			details[c.Table+", to the archive"] = fmt.Sprintf("%d rows before %s", c.Rows, day(c.Before))
			if !slices.Contains(names, c.Table) {
				names = append(names, c.Table)
			}
			continue
		}
		names = append(names, c.Table)
		details[c.Table] = fmt.Sprintf("%d rows and %d in the archive, before %s", c.Rows, c.Archived, day(c.Before))
	}
	return h.admit(ctx, access.LocalOwner(), access.Manage, audit.Entry{Operation: dataPurged, Object: strings.Join(names, ", "), Details: details})
}

// confirm asks, and fails unless the answer is yes.
func (a *app) confirm(question string) error {
	fmt.Fprintf(a.stderr, "%s Type yes: ", question)
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(line) != "yes" {
		return errors.New("nothing was deleted: it was not confirmed (--yes does not ask)")
	}
	return nil
}

// printCuts prints what was deleted or would be; space is nil where nothing was.
func (a *app) printCuts(f purgeFlags, cuts []store.CutRows, space *store.Space, what string) error {
	if f.asJSON {
		type cut struct {
			Table    string `json:"table"`
			Before   string `json:"before"`
			Rows     int64  `json:"rows"`
			Archived int64  `json:"archivedRows"`
			First    string `json:"firstEvent,omitempty"`
			Last     string `json:"lastEvent,omitempty"`
			Untimed  int64  `json:"rowsWithoutTime"`
			Files    int64  `json:"files"`
			Move     bool   `json:"toArchive,omitempty"`
		}
		out := struct {
			Deleted bool  `json:"deleted"`
			Tables  []cut `json:"tables"`
			Bytes   int64 `json:"bytesGivenBack"`
		}{Deleted: space != nil, Tables: []cut{}}
		for _, c := range cuts {
			one := cut{Table: c.Table, Before: types.FormatDateTime(c.Before), Rows: c.Rows, Archived: c.Archived, Untimed: c.Untimed, Files: c.Files, Move: c.Move}
			if c.Rows > 0 {
				one.First, one.Last = types.FormatDateTime(c.First), types.FormatDateTime(c.Last)
			}
			out.Tables = append(out.Tables, one)
		}
		if space != nil {
			out.Bytes = space.Before - space.After
		}
		return json.NewEncoder(a.stdout).Encode(out)
	}
	for _, c := range cuts {
		fmt.Fprintln(a.stdout, cutText(c, what))
	}
	switch {
	case space == nil:
	case space.Pending:
		a.say("queries are running, so the file keeps its size; the next maintenance gives the space back")
	default:
		fmt.Fprintf(a.stdout, "the file has %s, %s before\n", humanize.Bytes(uint64(space.After)), humanize.Bytes(uint64(space.Before)))
	}
	return nil
}

// cutText says what a cut takes, in one line.
func cutText(c store.CutRows, what string) string {
	if c.Move {
		what = strings.Replace(what, "deleted", "moved to the archive", 1)
		return fmt.Sprintf("%s: %s before %s %s, events from %s to %s", c.Table, count(int(c.Rows), "row"), day(c.Before), what, types.FormatDateTime(c.First), types.FormatDateTime(c.Last))
	}
	text := fmt.Sprintf("%s: %s before %s %s", c.Table, count(int(c.Rows), "row"), day(c.Before), what)
	if c.Rows > 0 {
		text += fmt.Sprintf(", events from %s to %s, of %s", types.FormatDateTime(c.First), types.FormatDateTime(c.Last), count(int(c.Files), "imported file"))
	}
	if c.Archived > 0 {
		text += fmt.Sprintf("; %s in the archive %s", count(int(c.Archived), "row"), what)
	}
	if c.Untimed > 0 {
		text += fmt.Sprintf("; %s without a time stay", count(int(c.Untimed), "row"))
	}
	return text
}

// day is the day of ticks.
func day(ticks int64) string { return types.TimeOf(ticks).Format(time.DateOnly) }

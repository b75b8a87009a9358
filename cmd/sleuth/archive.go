package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func archiveCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "archive",
		Short: "List the archive, and bring days of it back",
		Long: "A table whose retention has a time in the archive (sleuth retention set TABLE DAYS --archive DAYS) has its older days in Parquet files,\n" +
			"archive/TABLE/DAY.parquet in the data directory. No query reads them there; days that are brought back are in the table again.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var asJSON bool
	list := &cobra.Command{
		Use:   "list",
		Short: "Show the days that the archive holds",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error { return a.listArchive(c.Context(), h, asJSON) })
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	var from, to string
	var keep int
	restore := &cobra.Command{
		Use:   "restore TABLE",
		Short: "Bring days of a table back from the archive, for some time",
		Long: "The rows of the days are in the table again, as they were. The retention leaves them there for the days of --keep and takes them\n" +
			"out after that; the archive keeps its files all the while.",
		Example: "  sleuth archive restore SigninLogs --from 2026-01-10 --to 2026-01-12 --keep 14",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			first, err := time.Parse(time.DateOnly, from)
			if err != nil {
				return usage("--from %q is not a day such as 2026-01-10", from)
			}
			last, err := time.Parse(time.DateOnly, to)
			if err != nil {
				return usage("--to %q is not a day such as 2026-01-12", to)
			}
			switch {
			case last.Before(first):
				return usage("--to %s lies before --from %s", to, from)
			case keep < 1:
				return usage("--keep %d: give a number of days from 1 on", keep)
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.restoreArchive(c.Context(), h, args[0], first, last, keep, time.Now().UTC())
			})
		},
	}
	restore.Flags().StringVar(&from, "from", "", "the first day, as 2026-01-10")
	restore.Flags().StringVar(&to, "to", "", "the last day, included")
	restore.Flags().IntVar(&keep, "keep", 30, "for how many days the rows stay in the table")
	c.AddCommand(list, restore)
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

func (a *app) listArchive(ctx context.Context, h *house, asJSON bool) error {
	list, err := h.ws.Archive(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(a.stdout)
	for _, d := range list {
		until := ""
		if d.Until != 0 {
			until = types.FormatDateTime(d.Until)
		}
		if asJSON {
			if err := out.Encode(map[string]any{"table": d.Table, "day": day(d.Day), "rows": d.Rows, "bytes": d.Size,
				"firstEvent": types.FormatDateTime(d.First), "lastEvent": types.FormatDateTime(d.Last), "restoredUntil": until}); err != nil {
				return err
			}
			continue
		}
		line := fmt.Sprintf("%-36s %s  %s, %s", d.Table, day(d.Day), count(int(d.Rows), "row"), humanize.Bytes(uint64(d.Size)))
		if until != "" {
			line += ", in the table until " + day(d.Until)
		}
		fmt.Fprintln(a.stdout, line)
	}
	if len(list) == 0 {
		a.say("the archive is empty: sleuth retention set TABLE DAYS --archive DAYS fills it")
	}
	return nil
}

func (a *app) restoreArchive(ctx context.Context, h *house, table string, from, to time.Time, keep int, now time.Time) error {
	until := now.AddDate(0, 0, keep)
	if err := h.admit(ctx, access.LocalOwner(), access.Manage, audit.Entry{Operation: "ArchiveRestored", Object: table, Details: map[string]string{
		"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly), "until": until.Format(time.DateOnly)}}); err != nil {
		return err
	}
	days, rows, err := h.ws.RestoreArchive(ctx, table, from, to, now, until)
	if days > 0 {
		fmt.Fprintf(a.stdout, "%s: %s of %s are in the table until %s\n", table, count(int(rows), "row"), count(days, "day"), until.Format(time.DateOnly))
	}
	if err != nil {
		return err
	}
	_, err = h.ws.Maintain(ctx, now)
	return err
}

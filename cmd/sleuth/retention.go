package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/server/rest"
	"github.com/sleuth-sec/sleuth/store"
)

func retentionCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "retention",
		Short: "Show and set how long the events of a table are kept",
		Long: "The rows of a table whose events are older than its retention are deleted, or moved to the archive, by the maintenance that runs\n" +
			"under sleuth serve, and by sleuth purge --apply-retention. A table without a retention is kept without an end.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "Show the retention of the tables that have one",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error { return a.listRetention(c.Context(), h) })
		},
	}
	var archive int64
	set := &cobra.Command{
		Use:     "set TABLE DAYS",
		Short:   "Set the retention of a table, in days, or unlimited",
		Example: "  sleuth retention set SigninLogs 90 --archive 640\n  sleuth retention set AuditLogs unlimited",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			days, err := strconv.ParseInt(args[1], 10, 64)
			switch {
			case args[1] == "unlimited":
				days = 0
			case err != nil || days <= 0:
				return usage("%q is not a number of days, nor unlimited", args[1])
			case archive < 0:
				return usage("--archive %d is not a number of days", archive)
			}
			if days == 0 && archive > 0 {
				return usage("what is kept without an end is never moved to the archive: give DAYS, or no --archive")
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.setRetention(c.Context(), h, store.Retention{Table: args[0], Days: days, ArchiveDays: archive})
			})
		},
	}
	set.Flags().Int64Var(&archive, "archive", 0, "for how many further days the rows are kept in the archive (default: they are deleted)")
	c.AddCommand(list, set)
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

func (a *app) listRetention(ctx context.Context, h *house) error {
	list, err := h.ws.Retentions(ctx)
	if err != nil {
		return err
	}
	for _, r := range list {
		fmt.Fprintf(a.stdout, "%-36s %s\n", r.Table, keptText(r))
	}
	if len(list) == 0 {
		a.say("no table has a retention: all are kept without an end")
	}
	return nil
}

func (a *app) setRetention(ctx context.Context, h *house, r store.Retention) error {
	name, err := h.setRetention(ctx, access.LocalOwner(), r)
	if err != nil {
		return asUsage(err)
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", name, keptText(r))
	return nil
}

// setRetention sets how long a table is kept, on record, and gives the table's name as it is spelled.
func (h *house) setRetention(ctx context.Context, p access.Principal, r store.Retention) (string, error) {
	name, err := h.ws.CheckRetention(r)
	if err != nil {
		return "", &manage.Invalid{Text: err.Error()}
	}
	if err := h.admit(ctx, p, access.Manage, audit.Entry{Operation: "RetentionSet", Object: name, Details: map[string]string{"retention": keptText(r)}}); err != nil {
		return "", err
	}
	return h.ws.SetRetention(ctx, r)
}

// retentions shows the page how long tables are kept.
type retentions struct{ h *house }

// Retentions implements rest.Retention.
func (x retentions) Retentions(ctx context.Context) ([]rest.RetentionView, error) {
	tables, err := x.h.ws.Tables(ctx)
	if err != nil {
		return nil, err
	}
	list, err := x.h.ws.Retentions(ctx)
	if err != nil {
		return nil, err
	}
	byName := map[string]store.Retention{}
	for _, r := range list {
		byName[r.Table] = r
	}
	var out []rest.RetentionView
	for _, t := range tables {
		r, ok := byName[t.Name]
		if _, err := x.h.ws.CheckRetention(store.Retention{Table: t.Name, Days: 1}); err != nil || t.Rows == 0 && !ok {
			continue // what has no events ages not
		}
		v := rest.RetentionView{Table: t.Name, Rows: t.Rows, Days: r.Days, ArchiveDays: r.ArchiveDays}
		if t.First != 0 {
			v.FirstEvent, v.LastEvent = types.FormatDateTime(t.First), types.FormatDateTime(t.Last)
		}
		out = append(out, v)
	}
	return out, nil
}

// SetRetention implements rest.Retention.
func (x retentions) SetRetention(ctx context.Context, p access.Principal, table string, days, archiveDays int64) error {
	_, err := x.h.setRetention(ctx, p, store.Retention{Table: table, Days: days, ArchiveDays: archiveDays})
	return err
}

// keptText says how long a table is kept.
func keptText(r store.Retention) string {
	switch {
	case r.Days == 0:
		return "unlimited"
	case r.ArchiveDays == 0:
		return count(int(r.Days), "day")
	}
	return fmt.Sprintf("%s, then %s in the archive: %d in all", count(int(r.Days), "day"), count(int(r.ArchiveDays), "day"), r.Days+r.ArchiveDays)
}

// retentionEvery is how often the server looks for what is beyond its retention: days are whole ones, so it is soon enough.
const retentionEvery = time.Hour

// keepMaintained applies the retention and maintains the workspace until ctx ends. What it cannot do it says, and tries again.
func (a *app) keepMaintained(ctx context.Context, h *house, now func() time.Time) {
	tick := time.NewTicker(retentionEvery)
	defer tick.Stop()
	for {
		if err := h.maintain(ctx, now()); err != nil && ctx.Err() == nil {
			a.say("maintenance: %v; it is tried again in an hour", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// maintain deletes what is beyond its retention, on record, and puts days in order.
func (h *house) maintain(ctx context.Context, now time.Time) error {
	plan, err := h.ws.PlanRetention(ctx, now)
	if err != nil {
		return err
	}
	if len(plan) > 0 {
		if err := h.admitPurge(ctx, plan, true); err != nil {
			return err
		}
		if _, _, err := h.ws.ApplyRetention(ctx, now); err != nil {
			return err
		}
	}
	_, err = h.ws.Maintain(ctx, now)
	return err
}

package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
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
	kept := keptText(r)
	if err := h.admit(ctx, access.LocalOwner(), access.Manage, audit.Entry{Operation: "RetentionSet", Object: r.Table, Details: map[string]string{"retention": kept}}); err != nil {
		return err
	}
	name, err := h.ws.SetRetention(ctx, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", name, kept)
	return nil
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

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
		Long: "The rows of a table whose events are older than its retention are deleted by the maintenance that runs under sleuth serve, and\n" +
			"by sleuth purge --apply-retention. A table without a retention is kept without an end.",
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
	set := &cobra.Command{
		Use:     "set TABLE DAYS",
		Short:   "Set the retention of a table, in days, or unlimited",
		Example: "  sleuth retention set SigninLogs 90\n  sleuth retention set AuditLogs unlimited",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			days, err := strconv.ParseInt(args[1], 10, 64)
			switch {
			case args[1] == "unlimited":
				days = 0
			case err != nil || days <= 0:
				return usage("%q is not a number of days, nor unlimited", args[1])
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.setRetention(c.Context(), h, args[0], days) })
		},
	}
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
		fmt.Fprintf(a.stdout, "%-36s %d days\n", r.Table, r.Days)
	}
	if len(list) == 0 {
		a.say("no table has a retention: all are kept without an end")
	}
	return nil
}

func (a *app) setRetention(ctx context.Context, h *house, table string, days int64) error {
	kept := "unlimited"
	if days > 0 {
		kept = count(int(days), "day")
	}
	if err := h.admit(ctx, access.LocalOwner(), access.Manage, audit.Entry{Operation: "RetentionSet", Object: table, Details: map[string]string{"retention": kept}}); err != nil {
		return err
	}
	name, err := h.ws.SetRetention(ctx, store.Retention{Table: table, Days: days})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", name, kept)
	return nil
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

package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/server/rest"
)

func usageCommand(a *app) *cobra.Command {
	var days int
	var by []string
	var format string
	c := &cobra.Command{
		Use: "usage", Short: "What was used: prompts, queries and query seconds, by day, person, session", Args: cobra.NoArgs,
		Long: "Counts the prompts and queries of the audit trail, and the seconds that queries took, those of answers included, for up to " + strconv.Itoa(capacity.Kept) + " days of UTC.\n" +
			"The settings capacity.* set what one person may use in a day.",
		Example: "  sleuth usage --days 7 --by person\n  sleuth usage --by day,person,session,category,experience --format csv",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := capacity.Check(days, by); err != nil {
				return usage("%w", err)
			}
			if !slices.Contains([]string{"table", "json", "csv"}, format) {
				return usage("--format %q: table, json or csv", format)
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.showUsage(c.Context(), h, days, by, format) })
		},
	}
	c.Flags().IntVar(&days, "days", 30, "how many days, today included")
	c.Flags().StringSliceVar(&by, "by", []string{"day", "person", "category"}, "what is told apart: "+strings.Join(capacity.By(), ", "))
	c.Flags().StringVar(&format, "format", "table", "table, json or csv")
	wrapArgs(c)
	return c
}

// usages tells the page about the usage.
type usages struct{ h *house }

// Usage implements rest.Usage.
func (u usages) Usage(ctx context.Context, days int, by []string) (v rest.UsageView, err error) {
	now := time.Now().UTC()
	if v.Rows, err = u.h.meter.Report(now, days, by); err != nil {
		return v, err
	}
	limits, err := u.h.budgets(ctx)
	v.Budgets = rest.Budgets{Prompts: limits.Prompts, Queries: limits.Queries, QuerySeconds: int64(limits.QueryTime / time.Second)}
	v.From, v.To = now.AddDate(0, 0, 1-days).Format(time.DateOnly), now.Format(time.DateOnly)
	return v, err
}

func (a *app) showUsage(ctx context.Context, h *house, days int, by []string, format string) error {
	rows, err := h.meter.Report(time.Now(), days, by)
	if err != nil {
		return err
	}
	if format == "json" {
		return json.NewEncoder(a.stdout).Encode(rows)
	}
	var head []string
	for _, part := range capacity.By() {
		if slices.Contains(by, part) {
			head = append(head, part)
		}
	}
	lines := [][]string{append(head, "prompts", "queries", "seconds", "skills")}
	var all capacity.Row
	for _, r := range rows {
		var line []string
		for _, part := range []struct{ name, value string }{{"day", r.Day}, {"person", r.Person}, {"session", r.Session}, {"category", r.Category}, {"experience", r.Experience}} {
			if slices.Contains(by, part.name) {
				line = append(line, part.value)
			}
		}
		lines = append(lines, append(line, strconv.FormatInt(r.Prompts, 10), strconv.FormatInt(r.Queries, 10), seconds(r.Seconds), strings.Join(r.Skills, ", ")))
		all.Prompts, all.Queries, all.Seconds = all.Prompts+r.Prompts, all.Queries+r.Queries, all.Seconds+r.Seconds
	}
	if format == "csv" {
		w := csv.NewWriter(a.stdout)
		return w.WriteAll(lines)
	}
	if len(rows) == 0 {
		a.say("nobody put a prompt or ran a query in %s", count(days, "day"))
		return nil
	}
	err = columns(a.stdout, func(w io.Writer) {
		for i, line := range lines {
			text := strings.Join(line, "\t")
			if i == 0 {
				text = strings.ToUpper(text)
			}
			fmt.Fprintln(w, text)
		}
	})
	if err != nil {
		return err
	}
	limits, err := h.budgets(ctx)
	if err != nil {
		return err
	}
	a.say("%s, %s, %s query seconds in all; a day's budget of one person: %s", count(int(all.Prompts), "prompt"), queries(all.Queries), seconds(all.Seconds), limits)
	return nil
}

func queries(n int64) string {
	if n == 1 {
		return "1 query"
	}
	return fmt.Sprintf("%d queries", n)
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

type queryFlags struct {
	format, file, timespan, batch, now string
	explain                            bool
}

func queryCommand(a *app) *cobra.Command {
	var f queryFlags
	c := &cobra.Command{
		Use:   `query ["KQL"]`,
		Short: "Run KQL: one query, a file, a batch of them, or an interactive shell",
		Example: `  sleuth query "SigninLogs | where ResultType != '0' | summarize count() by UserPrincipalName | top 5 by count_"
  sleuth query --explain "SigninLogs | take 1"
  sleuth query                      # shell: .show tables, .show schema SigninLogs, .help`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.query(c.Context(), f, args) },
	}
	c.Flags().StringVar(&f.format, "format", "table", "table, json, csv or markdown")
	c.Flags().StringVar(&f.file, "file", "", "read the query from a file")
	c.Flags().StringVar(&f.timespan, "timespan", "", "narrow every table to the past time span, as 7d or 12h")
	c.Flags().StringVar(&f.batch, "batch", "", `JSONL of queries in, JSONL of results out; "-" is standard input`)
	c.Flags().StringVar(&f.now, "now", "", "the moment that now() and ago() refer to, RFC 3339 (default: the clock)")
	c.Flags().BoolVar(&f.explain, "explain", false, "show the tree, the plan, the rules fired, the SQL and what runs locally")
	return c
}

func (a *app) query(ctx context.Context, f queryFlags, args []string) error {
	if f.batch != "" {
		return a.queryBatch(ctx, f.batch)
	}
	text, err := a.queryText(f, args)
	if err != nil {
		return err
	}
	opts, err := f.options()
	if err != nil {
		return err
	}
	if _, ok := printers[f.format]; !ok {
		return usage("--format %q: use table, json, csv or markdown", f.format)
	}
	return a.withHouse(ctx, reads, func(h *house) error {
		switch {
		case text == "":
			return a.shell(ctx, h, f, opts)
		case f.explain:
			return a.explain(ctx, h, text, opts)
		}
		return a.queryOnce(ctx, h, text, f.format, opts)
	})
}

func (a *app) queryText(f queryFlags, args []string) (string, error) {
	switch {
	case f.file != "" && len(args) > 0:
		return "", usage("give the query as an argument or with --file, not both")
	case f.file != "":
		b, err := os.ReadFile(a.path(f.file))
		if err != nil {
			return "", err
		}
		return string(b), nil
	case len(args) == 1 && args[0] == "-":
		b, err := io.ReadAll(a.stdin)
		return string(b), err
	case len(args) == 1:
		if args[0] == "" {
			return "", usage(`the query is empty; try sleuth query "SigninLogs | take 10"`)
		}
		return args[0], nil
	}
	return "", nil
}

func (f queryFlags) options() (engine.Options, error) {
	o := engine.Options{Now: time.Now().UTC()}
	if f.now != "" {
		t, err := time.Parse(time.RFC3339Nano, f.now)
		if err != nil {
			return o, usage("--now %q is not an RFC 3339 time such as 2026-11-20T12:00:00Z", f.now)
		}
		o.Now = t.UTC()
	}
	if f.timespan != "" {
		span, ok := types.ParseTimeSpan(f.timespan)
		if !ok || span <= 0 {
			return o, usage("--timespan %q is not a time span such as 7d or 12h", f.timespan)
		}
		now := types.TicksOf(o.Now)
		o.Timespan = &engine.Timespan{From: now - span, To: now}
	}
	return o, nil
}

func (a *app) queryOnce(ctx context.Context, h *house, text, format string, o engine.Options) error {
	res, err := h.run(ctx, access.LocalOwner(), text, nil, o, func(o engine.Options) (*engine.Result, error) { return h.engine.Query(ctx, text, o) })
	if err != nil {
		return a.queryError(text, err)
	}
	src := diag.NewSource("query", text)
	for _, w := range res.Warnings {
		if w.Code == "KQL9006" || w.Code == "KQL9007" { // of the rows, not of the text
			a.say("note: %s", w.Message)
			continue
		}
		fmt.Fprint(a.stderr, src.Render(w))
	}
	for i, t := range res.Tables {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := printers[format](a.stdout, visible(t)); err != nil {
			return err
		}
		a.say("%s in %.1f ms", count(len(t.Rows), "row"), float64(res.Stats.Elapsed.Microseconds())/1000)
	}
	return nil
}

// queryError prints a query's diagnostics in place and turns them into an exit code.
func (a *app) queryError(text string, err error) error {
	var list *diag.List
	var d *diag.Diagnostic
	if !errors.As(err, &list) && errors.As(err, &d) { // met by the running query
		list = &diag.List{Items: []*diag.Diagnostic{d}}
	}
	if list != nil {
		a.printDiagnostics(diag.NewSource("query", text), list)
		return &exitError{code: exitFailed}
	}
	return err
}

func (a *app) explain(ctx context.Context, h *house, text string, o engine.Options) error {
	if err := h.admitQuery(ctx, access.LocalOwner(), text, map[string]string{"explain": "true"}); err != nil { // a plugin's columns may need its rows
		return err
	}
	o, err := h.limited(ctx, o)
	if err != nil {
		return err
	}
	ex, err := h.engine.Explain(ctx, text, o)
	if err != nil {
		return a.queryError(text, err)
	}
	section := func(title, text string) {
		fmt.Fprintf(a.stdout, "-- %s\n%s\n", title, strings.TrimRight(text, "\n"))
	}
	section("tree", ex.Tree)
	section("plan", ex.Plan)
	section("rules fired", strings.Join(ex.Rules, "\n"))
	section("optimized", ex.Optimized)
	for _, q := range ex.SQL {
		section("SQL, run by DuckDB", q)
	}
	section("run here", ex.Remainder)
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

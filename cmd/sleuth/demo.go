package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/tenantgen"
)

// demoFile marks the demo's data directory as complete and holds the moment of its export: relative times of the demo
// refer to it, so that "the past 48 hours" finds the attack on any day.
const demoFile = "demo"

func demoCommand(a *app) *cobra.Command {
	var addr, once string
	var queries bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Make the sample tenant and open the page for it",
		Long: "Makes the sample tenant Woodgrove Bank if it is not there yet, imports it, and serves the web page.\n" +
			"In the demo, now is the moment of the sample's export.",
		Example: "  sleuth demo\n  sleuth demo --once \"Why is karita@woodgrovebank.com risky?\"",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.data == "" {
				a.data = defaultDataDir() + "-demo"
			}
			if a.house != nil && once == "" {
				return usage("the demo is being served already; the address was printed where it was started")
			}
			return a.demo(c.Context(), addr, once, queries)
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:7777", "loopback address and port; port 0 takes a free one")
	c.Flags().BoolVar(&queries, "queries", false, "with --once: show the KQL of every step")
	c.Flags().StringVar(&once, "once", "", "answer one prompt and exit")
	return c
}

func (a *app) demo(ctx context.Context, addr, once string, queries bool) error {
	return a.withHouse(ctx, writes, func(h *house) error {
		end, err := a.demoTenant(ctx, h)
		if err != nil {
			return err
		}
		now := func() time.Time { return end }
		if once != "" {
			return a.printAnswer(answer(ctx, h.copilot, copilot.Prompt{Text: once, Principal: access.LocalOwner(), Now: end}), queries)
		}
		a.say("Sample tenant Woodgrove Bank. In the demo, now is %s. Try:", end.Format(time.RFC3339))
		for _, q := range starters(h) {
			a.say("  %s", q)
		}
		f := clientDefaults(addr)
		f.demo = true
		return a.serve(ctx, h, f, now)
	})
}

// demoTenant makes the sample tenant where it is absent, and returns the moment of its export. A run that was
// interrupted begins the import again, which loses and repeats nothing.
func (a *app) demoTenant(ctx context.Context, h *house) (time.Time, error) {
	marker := filepath.Join(h.dir, demoFile)
	if b, err := os.ReadFile(marker); err == nil {
		end, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
		if err != nil {
			return end, fmt.Errorf("%s does not hold a time: remove %s and start the demo again", marker, h.dir)
		}
		h.kind = "demo"
		return end, nil
	}
	if tenant, err := h.ws.Tenant(ctx); err != nil {
		return time.Time{}, err
	} else if tenant != "" && !exists(filepath.Join(h.dir, "export")) {
		return time.Time{}, fmt.Errorf("%s holds another tenant: give the demo its own directory with --data", h.dir)
	}
	end := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	out := filepath.Join(h.dir, "export")
	if !exists(out) {
		a.say("making the sample tenant Woodgrove Bank")
		if _, err := tenantgen.Generate(ctx, tenantgen.DemoConfig(out, end), func(tenantgen.Progress) {}); err != nil {
			return end, err
		}
	}
	report, err := a.runImport(ctx, h, []string{filepath.Join(out, "directory"), filepath.Join(out, "logs")}, store.ImportOptions{})
	if err != nil {
		return end, err
	}
	records, _, rejected := report.Counts()
	a.say("imported %d records, %d set aside, in %.1f s", records, rejected, report.Elapsed.Seconds())
	h.kind = "demo"
	return end, os.WriteFile(marker, []byte(end.Format(time.RFC3339)+"\n"), 0o600)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/tenantgen"
)

func generateCommand(a *app) *cobra.Command {
	var cfg tenantgen.Config
	var end string
	names := make([]string, 0, 16)
	for _, at := range tenantgen.Attacks() {
		names = append(names, at.Name)
	}
	c := &cobra.Command{
		Use:     "generate --out DIR",
		Short:   "Write a synthetic tenant as an export, with its attacks labelled in truth.json",
		Long:    "Writes a deterministic synthetic tenant in the import layout. The same flags give the same bytes.\nAttacks: " + strings.Join(names, ", ") + ".",
		Example: "  sleuth generate --org \"Northwind\" --domain northwind.example --users 2000 --days 30 --events 500000 --seed 7 --attacks karita,token-theft --out ./northwind",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if cfg.Out == "" {
				return usage("--out is needed: the directory to write")
			}
			t, err := time.Parse(time.RFC3339, end)
			if err != nil {
				return usage("--end %q is not an RFC 3339 time such as 2026-11-20T12:00:00Z", end)
			}
			cfg.End = t.UTC()
			cfg.Out = a.path(cfg.Out)
			return a.generate(c.Context(), cfg)
		},
	}
	f := c.Flags()
	f.StringVar(&cfg.Org, "org", "Woodgrove Bank", "the organization's name")
	f.StringVar(&cfg.Domain, "domain", "woodgrovebank.com", "its domain")
	f.IntVar(&cfg.Users, "users", 400, "user objects")
	f.IntVar(&cfg.Days, "days", 30, "days of logs up to --end")
	f.IntVar(&cfg.Events, "events", 40_000, "log records to aim for")
	f.Uint64Var(&cfg.Seed, "seed", 1, "chooses everything that is not named here")
	f.StringSliceVar(&cfg.Attacks, "attacks", []string{"karita"}, "attacks to hide in it, or all")
	f.StringVar(&end, "end", "2026-11-20T12:00:00Z", "the moment of the export")
	f.StringVar(&cfg.Out, "out", "", "directory to create")
	return c
}

func (a *app) generate(ctx context.Context, cfg tenantgen.Config) error {
	start := time.Now()
	last := ""
	sum, err := tenantgen.Generate(ctx, cfg, func(p tenantgen.Progress) {
		if line := fmt.Sprintf("%s %d%%", p.Stage, 100*p.Done/max(p.Total, 1)/10*10); line != last {
			last = line
			a.say("%s", line)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: tenant %s, %d users, %d records in %d files, %d attacks labelled in truth.json, %.1f s\n",
		cfg.Out, sum.TenantID, sum.Users, sum.Records, len(sum.Files), len(sum.Attacks), time.Since(start).Seconds())
	return nil
}

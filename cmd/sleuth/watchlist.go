package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/workspace"
)

func watchlistCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "watchlist",
		Short: `Watchlists: lists that queries join with, as _GetWatchlist("alias")`,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(watchlistAdd(a), watchlistList(a), watchlistShow(a), watchlistRemove(a))
	return c
}

func watchlistAdd(a *app) *cobra.Command {
	var alias, key string
	c := &cobra.Command{
		Use:   "add FILE.csv",
		Short: "Make a watchlist of a CSV file whose first line names the columns; one of the same alias is replaced",
		Example: "  sleuth watchlist add vips.csv --alias VIPUsers --search-key 'User Principal Name'\n" +
			"  sleuth query \"SigninLogs | join kind=inner _GetWatchlist('VIPUsers') on $left.UserPrincipalName == $right.SearchKey\"",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.addWatchlist(c.Context(), h, args[0], alias, key) })
		},
	}
	c.Flags().StringVar(&alias, "alias", "", "what queries call it (default: the file's name)")
	c.Flags().StringVar(&key, "search-key", "", "the column shown as SearchKey (default: the first)")
	return c
}

func (a *app) addWatchlist(ctx context.Context, h *house, file, alias, key string) error {
	text, err := os.ReadFile(a.path(file))
	if err != nil {
		return err
	}
	base := filepath.Base(file)
	if alias == "" {
		alias = strings.TrimSuffix(base, filepath.Ext(base))
	}
	if key == "" {
		first, _, _ := strings.Cut(strings.TrimPrefix(string(text), "\ufeff"), "\n")
		if head, err := csv.NewReader(strings.NewReader(first)).Read(); err == nil {
			key = strings.TrimSpace(head[0])
		}
	}
	w, items, err := workspace.ReadWatchlist(alias, key, base, text, time.Now())
	if err != nil {
		return err
	}
	entry := audit.Entry{Operation: "WatchlistSaved", Object: w.Alias, Details: map[string]string{"source": base, "items": fmt.Sprint(len(items)), "searchKey": w.SearchKey}}
	if err := h.admit(ctx, access.LocalOwner(), access.Author, entry); err != nil {
		return err
	}
	if err := (keeper{h.state}).putWatchlist(ctx, w, items); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "watchlist %s: %s, search key %s\n", w.Alias, count(len(items), "item"), w.SearchKey)
	return h.definitions.Reload(ctx)
}

func watchlistList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the watchlists", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				list, err := keeper{h.state}.Watchlists(c.Context())
				if err != nil {
					return err
				}
				if len(list) == 0 {
					a.say("there are no watchlists; sleuth watchlist add FILE.csv makes one")
					return nil
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "ALIAS\tITEMS\tSEARCH KEY\tCOLUMNS\tFROM\tUPDATED")
					for _, l := range list {
						fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", l.Alias, l.Items, l.SearchKey, shortText(strings.Join(l.Columns, ", ")), l.Source,
							l.Updated.UTC().Format(time.RFC3339))
					}
				})
			})
		},
	}
}

func watchlistShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show ALIAS", Short: "Print a watchlist as CSV", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error { return a.showWatchlist(c.Context(), h, args[0]) })
		},
	}
}

func (a *app) showWatchlist(ctx context.Context, h *house, alias string) error {
	k := keeper{h.state}
	list, err := k.Watchlists(ctx)
	if err != nil {
		return err
	}
	for _, l := range list {
		if !strings.EqualFold(l.Alias, alias) {
			continue
		}
		items, err := k.WatchlistItems(ctx, l.Alias)
		if err != nil {
			return err
		}
		w := csv.NewWriter(a.stdout)
		rows := [][]string{l.Columns}
		for _, it := range items {
			rows = append(rows, it.Values)
		}
		return w.WriteAll(rows)
	}
	return noWatchlist(alias)
}

func watchlistRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove ALIAS...", Short: "Remove watchlists", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, alias := range args {
					if err := h.removeDefinition(c.Context(), watchlistKind, alias, "WatchlistRemoved", noWatchlist); err != nil {
						return err
					}
				}
				return h.definitions.Reload(c.Context())
			})
		},
	}
}

func noWatchlist(alias string) error {
	return fmt.Errorf("there is no watchlist %s; sleuth watchlist list shows them", alias)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/state"
)

func tokensCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "tokens",
		Short: "API tokens, with which programs work in somebody's name",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(tokensList(a), tokensAdd(a), tokensRemove(a))
	return c
}

func tokensList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the API tokens; the tokens themselves are not kept", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				list, err := h.manage.Tokens(c.Context(), access.LocalOwner())
				if err != nil {
					return err
				}
				if asJSON {
					return printTokens(a.stdout, list)
				}
				if len(list) == 0 {
					a.say("there are no API tokens; sleuth tokens add NAME makes one")
					return nil
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "ID\tOF\tFOR\tPERMISSIONS\tEXPIRES\tLAST USED")
					for _, t := range list {
						used := "never"
						if !t.UsedAt.IsZero() {
							used = t.UsedAt.Format(time.RFC3339)
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.UPN, t.Name, access.Names(t.Scopes), t.ExpiresAt.Format(time.DateOnly), used)
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printTokens(w io.Writer, list []state.Token) error {
	type view struct {
		ID      string              `json:"id"`
		UPN     string              `json:"upn"`
		Name    string              `json:"name"`
		Scopes  []access.Permission `json:"scopes"`
		Created time.Time           `json:"createdAt"`
		Expires time.Time           `json:"expiresAt"`
		Used    *time.Time          `json:"lastUsedAt"`
	}
	out := make([]view, len(list))
	for i, t := range list {
		out[i] = view{t.ID, t.UPN, t.Name, t.Scopes, t.CreatedAt, t.ExpiresAt, nil}
		if !t.UsedAt.IsZero() {
			out[i].Used = &list[i].UsedAt
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func tokensAdd(a *app) *cobra.Command {
	var purpose string
	var scopes []string
	var days int
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an API token of somebody, and print it, once",
		Long: "Makes an API token with which a program works in somebody's name, and prints it, once. It allows what both its permissions and\n" +
			"the roles of its person allow. Programs send it as bearer token to the REST, Kusto and Log Analytics endpoints.",
		Example: "  sleuth tokens add ada@example.com --for dashboards --scope read --days 30",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if days < 1 || days > manage.MaxTokenDays {
				return usage("--days %d: 1 to %d", days, manage.MaxTokenDays)
			}
			if purpose == "" || len(purpose) > 100 {
				return usage("--for: say in 1 to 100 characters what the token is for")
			}
			var list []access.Permission
			for _, s := range scopes {
				p, err := access.ParsePermission(s)
				if err != nil {
					return usage("%w", err)
				}
				list = append(list, p)
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.addToken(c.Context(), h, args[0], purpose, list, days)
			})
		},
	}
	c.Flags().StringVar(&purpose, "for", "", "what it is for, as the list shows it")
	c.Flags().StringArrayVar(&scopes, "scope", []string{string(access.Read)}, "a permission of docs/reference/roles.md that it carries (repeatable)")
	c.Flags().IntVar(&days, "days", 90, "days after which it stops working")
	return c
}

func (a *app) addToken(ctx context.Context, h *house, name, purpose string, scopes []access.Permission, days int) error {
	t, token, err := h.manage.AddToken(ctx, access.LocalOwner(), name, purpose, scopes, days)
	if err != nil {
		return a.whoIsThere(err)
	}
	fmt.Fprintln(a.stdout, token)
	a.say("this is shown once; sleuth tokens remove %s ends it", t.ID)
	return nil
}

func tokensRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID...", Short: "Remove API tokens: they stop working at once", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, id := range args {
					err := h.manage.RemoveToken(c.Context(), access.LocalOwner(), id)
					var missing *manage.Missing
					if errors.As(err, &missing) {
						return fmt.Errorf("%w; sleuth tokens list shows them", err)
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

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

func usersCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "users",
		Short: "People who may sign in, and their roles",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(usersList(a), usersAdd(a), usersSetRole(a), usersDisable(a, true), usersDisable(a, false), usersRemove(a), usersLink(a), usersEndSessions(a), usersResetFactors(a))
	return c
}

func usersList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List who may sign in", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				list, err := h.manage.People(c.Context(), access.LocalOwner())
				if err != nil {
					return err
				}
				if asJSON {
					return printPeople(a.stdout, list)
				}
				if len(list) == 0 {
					a.say("nobody has an account; sleuth users add NAME makes one")
					return nil
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "SIGNS IN AS\tNAME\tROLES\tSTATE\tSINCE\tLAST SIGN-IN")
					for _, p := range list {
						last := "never"
						if !p.LastSignIn.IsZero() {
							last = p.LastSignIn.UTC().Format(time.RFC3339) + ", by " + p.LastMethod
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.UPN, p.Name, access.Names(p.Roles), personState(p), p.CreatedAt.Format(time.DateOnly), last)
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func personState(p state.Account) string {
	switch {
	case p.Disabled:
		return "disabled"
	case p.Password == "" && len(p.Issuers) == 0 && p.LastSignIn.IsZero():
		return "not signed in yet"
	}
	return "enabled"
}

func printPeople(w io.Writer, list []state.Account) error {
	type view struct {
		ID         string        `json:"id"`
		UPN        string        `json:"upn"`
		Name       string        `json:"name"`
		Roles      []access.Role `json:"roles"`
		Disabled   bool          `json:"disabled"`
		Created    time.Time     `json:"createdAt"`
		LastSignIn *time.Time    `json:"lastSignIn"`
		LastMethod string        `json:"lastMethod,omitempty"`
		Sessions   int           `json:"sessions"`
	}
	out := make([]view, len(list))
	for i, p := range list {
		out[i] = view{p.ID, p.UPN, p.Name, p.Roles, p.Disabled, p.CreatedAt, nil, p.LastMethod, p.Sessions}
		if !p.LastSignIn.IsZero() {
			out[i].LastSignIn = &list[i].LastSignIn
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func parseRoles(names []string) ([]access.Role, error) {
	var out []access.Role
	for _, n := range names {
		r, err := access.ParseRole(n)
		if err != nil {
			return nil, usage("%w", err)
		}
		out = append(out, r)
	}
	return out, nil
}

func usersAdd(a *app) *cobra.Command {
	var name string
	var roles []string
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Add somebody, and print the one-time link with which they choose their password",
		Long: "Adds somebody who may sign in as NAME, such as ada@example.com, and prints the one-time link with which they choose their\n" +
			"password. Roles and what they allow: docs/reference/roles.md.",
		Example: "  sleuth users add ada@example.com --display-name \"Ada Berg\" --role \"Security Operator\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			list, err := parseRoles(roles)
			if err != nil {
				return err
			}
			if name == "" {
				name = args[0]
			}
			if err := state.CheckName(args[0], name); err != nil {
				return usage("%w", err)
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.addUser(c.Context(), h, args[0], name, list) })
		},
	}
	c.Flags().StringVar(&name, "display-name", "", "the name that others see (default: NAME)")
	c.Flags().StringArrayVar(&roles, "role", []string{string(access.SecurityReader)}, "a role (repeatable)")
	return c
}

func (a *app) addUser(ctx context.Context, h *house, upn, name string, roles []access.Role) error {
	p, link, err := h.manage.AddPerson(ctx, access.LocalOwner(), upn, name, roles)
	var taken *manage.Conflict
	if errors.As(err, &taken) {
		return fmt.Errorf("%w; sleuth users set-role changes what they may do", err)
	}
	if err != nil {
		return asUsage(err)
	}
	a.say("added %s: %s", p.UPN, access.Names(p.Roles))
	a.printLink(h, p, link)
	return nil
}

// asUsage makes an error of what was asked for one of the command line.
func asUsage(err error) error {
	var bad *manage.Invalid
	if errors.As(err, &bad) {
		return usage("%w", err)
	}
	return err
}

func (a *app) printLink(h *house, p state.Person, link string) {
	fmt.Fprintln(a.stdout, h.linkAddress(link))
	if h.address == "" {
		a.say("put the address of sleuth serve before it; it works once, within %d hours", int(manage.LinkLasts.Hours()))
	} else {
		a.say("give it to %s; it works once, within %d hours", p.UPN, int(manage.LinkLasts.Hours()))
	}
}

// change makes one change of a person, and says of them what is done.
func (a *app) change(ctx context.Context, done string, do func(h *house, owner access.Principal) (state.Person, error)) error {
	return a.withHouse(ctx, writes, func(h *house) error {
		p, err := do(h, access.LocalOwner())
		if err == nil {
			a.say("%s %s", p.UPN, done)
		}
		return a.whoIsThere(err)
	})
}

// whoIsThere adds where to look to an error that nobody is called something.
func (a *app) whoIsThere(err error) error {
	var missing *manage.Missing
	if errors.As(err, &missing) {
		return fmt.Errorf("%w; sleuth users list shows who there is", err)
	}
	return asUsage(err)
}

func usersSetRole(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "set-role NAME ROLE...",
		Short:   "Replace somebody's roles; they sign in again",
		Example: "  sleuth users set-role ada@example.com \"Security Administrator\"",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			roles, err := parseRoles(args[1:])
			if err != nil {
				return err
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				p, err := h.manage.SetRoles(c.Context(), access.LocalOwner(), args[0], roles)
				if err == nil {
					a.say("%s was: %s; is now: %s", p.UPN, access.Names(p.Roles), access.Names(roles))
				}
				return a.whoIsThere(err)
			})
		},
	}
}

func usersDisable(a *app, off bool) *cobra.Command {
	use, short, done := "enable NAME", "Let somebody sign in again", "may sign in again"
	if off {
		use, short, done = "disable NAME", "Keep somebody out: their sessions end, their API tokens stop working", "is kept out: no session and no API token of theirs is good"
	}
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.change(c.Context(), done, func(h *house, owner access.Principal) (state.Person, error) {
				return h.manage.SetDisabled(c.Context(), owner, args[0], off)
			})
		},
	}
}

func usersRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove somebody, with their sign-in sessions and API tokens; what they did stays on record", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.change(c.Context(), "is removed", func(h *house, owner access.Principal) (state.Person, error) {
				return h.manage.Remove(c.Context(), owner, args[0])
			})
		},
	}
}

func usersEndSessions(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "end-sessions NAME", Short: "End every sign-in session of somebody; they may sign in again", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.change(c.Context(), "is signed out everywhere", func(h *house, owner access.Principal) (state.Person, error) {
				return h.manage.EndSessions(c.Context(), owner, args[0])
			})
		},
	}
}

func usersLink(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "link NAME",
		Short: "Print a one-time link with which somebody who cannot sign in chooses a new password",
		Long:  "Prints a one-time link with which somebody who cannot sign in chooses a new password. When it is used, their sign-in sessions end.",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.newLink(h, func() (state.Person, string, error) { return h.manage.Link(c.Context(), access.LocalOwner(), args[0]) })
			})
		},
	}
}

// newLink prints a link that leads somebody to a password of their own.
func (a *app) newLink(h *house, make func() (state.Person, string, error)) error {
	p, link, err := make()
	if p.Disabled && err != nil {
		return fmt.Errorf("%w: sleuth users enable %s first", err, p.UPN)
	}
	if err != nil {
		return a.whoIsThere(err)
	}
	a.printLink(h, p, link)
	return nil
}

func usersResetFactors(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "reset-factors NAME",
		Short: "Take away what somebody signs in with, and print a one-time link with which they set it up again",
		Long: "For somebody who lost their second factor and their recovery codes: takes away their authenticator app, passkeys, recovery codes and\n" +
			"password, ends their sign-in sessions, and prints a one-time link that leads through a new password and a new second factor.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.newLink(h, func() (state.Person, string, error) {
					return h.manage.ResetFactors(c.Context(), access.LocalOwner(), args[0])
				})
			})
		},
	}
}

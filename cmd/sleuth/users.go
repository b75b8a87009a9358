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
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/state"
)

func usersCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "users",
		Short: "People who may sign in, and their roles",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(usersList(a), usersAdd(a), usersSetRole(a), usersDisable(a, true), usersDisable(a, false), usersRemove(a), usersLink(a))
	return c
}

func usersList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List who may sign in", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				list, err := h.state.People(c.Context())
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
					fmt.Fprintln(w, "SIGNS IN AS\tNAME\tROLES\tSTATE\tSINCE")
					for _, p := range list {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.UPN, p.Name, access.Names(p.Roles), personState(p), p.CreatedAt.Format(time.DateOnly))
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func personState(p state.Person) string {
	switch {
	case p.Disabled:
		return "disabled"
	case p.Password == "":
		return "not signed in yet"
	}
	return "enabled"
}

func printPeople(w io.Writer, list []state.Person) error {
	type view struct {
		ID       string        `json:"id"`
		UPN      string        `json:"upn"`
		Name     string        `json:"name"`
		Roles    []access.Role `json:"roles"`
		Disabled bool          `json:"disabled"`
		Created  time.Time     `json:"createdAt"`
	}
	out := make([]view, len(list))
	for i, p := range list {
		out[i] = view{p.ID, p.UPN, p.Name, p.Roles, p.Disabled, p.CreatedAt}
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
			return a.withHouse(c.Context(), writes, func(h *house) error {
				return a.addUser(c.Context(), h, state.Person{UPN: args[0], Name: name, Roles: list})
			})
		},
	}
	c.Flags().StringVar(&name, "display-name", "", "the name that others see (default: NAME)")
	c.Flags().StringArrayVar(&roles, "role", []string{string(access.SecurityReader)}, "a role (repeatable)")
	return c
}

func (a *app) addUser(ctx context.Context, h *house, p state.Person) error {
	if _, err := h.state.Person(ctx, p.UPN); err == nil {
		return fmt.Errorf("%s has an account already; sleuth users set-role changes what they may do", p.UPN)
	} else if !errors.Is(err, state.ErrNotFound) {
		return err
	}
	if err := h.admit(ctx, access.LocalOwner(), access.Manage, audit.Entry{Operation: "UserAdded", Object: p.UPN,
		Details: map[string]string{"name": p.Name, "roles": access.Names(p.Roles)}}); err != nil {
		return err
	}
	p, err := h.state.AddPerson(ctx, p, time.Now())
	if err != nil {
		return err
	}
	a.say("added %s: %s", p.UPN, access.Names(p.Roles))
	return a.printLink(ctx, h, p)
}

func (a *app) printLink(ctx context.Context, h *house, p state.Person) error {
	link, err := h.newLink(ctx, p.ID, p.UPN, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, link)
	if h.address == "" {
		a.say("put the address of sleuth serve before it; it works once, within %d hours", int(linkLasts.Hours()))
	} else {
		a.say("give it to %s; it works once, within %d hours", p.UPN, int(linkLasts.Hours()))
	}
	return nil
}

// change admits and makes one change of a person.
func (a *app) change(ctx context.Context, name string, e audit.Entry, do func(*house, state.Person) error) error {
	return a.withHouse(ctx, writes, func(h *house) error {
		p, err := h.person(ctx, name)
		if err != nil {
			return err
		}
		e.Object = p.UPN
		if err := h.admit(ctx, access.LocalOwner(), access.Manage, e); err != nil {
			return err
		}
		if err := do(h, p); err != nil {
			return fmt.Errorf("%s: %w", p.UPN, err)
		}
		return nil
	})
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
			return a.change(c.Context(), args[0], audit.Entry{Operation: "UserRoleChanged", Details: map[string]string{"roles": access.Names(roles)}},
				func(h *house, p state.Person) error {
					if err := h.state.SetRoles(c.Context(), p.ID, roles, time.Now()); err != nil {
						return err
					}
					a.say("%s was: %s; is now: %s", p.UPN, access.Names(p.Roles), access.Names(roles))
					return nil
				})
		},
	}
}

func usersDisable(a *app, off bool) *cobra.Command {
	use, short, operation := "enable NAME", "Let somebody sign in again", "UserEnabled"
	if off {
		use, short, operation = "disable NAME", "Keep somebody out: their sessions end, their API tokens stop working", "UserDisabled"
	}
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.change(c.Context(), args[0], audit.Entry{Operation: operation}, func(h *house, p state.Person) error {
				return h.state.SetDisabled(c.Context(), p.ID, off, time.Now())
			})
		},
	}
}

func usersRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove somebody, with their sign-in sessions and API tokens; what they did stays on record", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.change(c.Context(), args[0], audit.Entry{Operation: "UserRemoved"}, func(h *house, p state.Person) error {
				return h.state.RemovePerson(c.Context(), p.ID)
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
				p, err := h.person(c.Context(), args[0])
				if err != nil {
					return err
				}
				if p.Disabled {
					return fmt.Errorf("%s is disabled: sleuth users enable %s first", p.UPN, p.UPN)
				}
				return a.printLink(c.Context(), h, p)
			})
		},
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/workspace"
)

func functionsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "functions",
		Short: "Saved functions: queries with a name and parameters, such as ASIM parsers",
		Long: "Saved functions are used by their name in any query. They come from KQL files, from parsers in YAML\n" +
			"(ASIM and solution parsers as published), and from templates whose saved searches have a function alias.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(functionsAdd(a), functionsList(a), functionsShow(a), functionsRemove(a))
	return c
}

func functionsAdd(a *app) *cobra.Command {
	var name, params string
	c := &cobra.Command{
		Use:   "add FILE...",
		Short: "Save the functions of files; those of the same names are replaced",
		Example: "  sleuth functions add Parsers/ASimAuthentication/Parsers/*.yaml\n" +
			"  sleuth functions add --name RiskyUsers --params 'days: int = 7' risky.kql",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.addFunctions(c.Context(), h, args, name, params) })
		},
	}
	c.Flags().StringVar(&name, "name", "", "the function's name (default: the file's own)")
	c.Flags().StringVar(&params, "params", "", `parameters of a query in a KQL file, as "user: string, days: int = 7"`)
	return c
}

func (a *app) addFunctions(ctx context.Context, h *house, files []string, name, params string) error {
	if (name != "" || params != "") && len(files) > 1 {
		return usage("--name and --params go with one file")
	}
	var all []workspace.Function
	for _, file := range files {
		text, err := os.ReadFile(a.path(file))
		if err != nil {
			return err
		}
		list, err := workspace.ReadFunctions(file, name, text)
		if err != nil {
			return err
		}
		if params != "" {
			list[0].Params = params
			if err := list[0].Check(); err != nil {
				return err
			}
		}
		all = append(all, list...)
	}
	for _, f := range all { // nothing is saved unless all can be
		entry := audit.Entry{Operation: "FunctionSaved", Object: f.Name, Texts: map[string]audit.Text{"function": {Value: signature(f) + "\n" + f.Body}}}
		if err := h.admit(ctx, access.LocalOwner(), access.Author, entry); err != nil {
			return err
		}
		if err := (keeper{h.state}).putFunction(ctx, f, time.Now()); err != nil {
			return err
		}
	}
	if err := h.definitions.Reload(ctx); err != nil {
		return err
	}
	for _, f := range all {
		fmt.Fprintf(a.stdout, "saved %s\n", signature(f))
		if list := h.engine.Check(f.Body); list.Failed() && f.Params == "" {
			a.say("%s does not run yet: %s", f.Name, list.First().Message)
		}
	}
	return nil
}

func signature(f workspace.Function) string {
	out := f.Name + "(" + f.Params + ")"
	if len(f.Aliases) > 0 {
		out += ", also " + strings.Join(f.Aliases, ", ")
	}
	return out
}

func functionsList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the saved functions", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				list, err := keeper{h.state}.Functions(c.Context())
				if err != nil {
					return err
				}
				if len(list) == 0 {
					a.say("there are no saved functions; sleuth functions add FILE saves some")
					return nil
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "NAME\tPARAMETERS\tALSO\tFROM\tDESCRIPTION")
					for _, f := range list {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Name, shortText(f.Params), strings.Join(f.Aliases, " "), f.Source, shortText(f.Description))
					}
				})
			})
		},
	}
}

// columns prints lines whose cells end in tabs as columns.
func columns(out io.Writer, print func(io.Writer)) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	print(w)
	return w.Flush()
}

func shortText(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}

func functionsShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Print a saved function as KQL", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				list, err := keeper{h.state}.Functions(c.Context())
				if err != nil {
					return err
				}
				for _, f := range list {
					if f.Name == args[0] || contains(f.Aliases, args[0]) {
						fmt.Fprintf(a.stdout, "let %s = %s;\n", f.Name, f.Text())
						return nil
					}
				}
				return noFunction(args[0])
			})
		},
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func functionsRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME...", Short: "Remove saved functions", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, name := range args {
					if err := h.removeDefinition(c.Context(), functionKind, name, "FunctionRemoved", noFunction); err != nil {
						return err
					}
				}
				return h.definitions.Reload(c.Context())
			})
		},
	}
}

func noFunction(name string) error {
	return fmt.Errorf("there is no saved function %s; sleuth functions list shows them", name)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/plugin"
)

func promptbookCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "promptbook",
		Short: "Promptbooks: prompts that are put one after another, as files of Security Copilot",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(promptbookAdd(a), promptbookList(a), promptbookExport(a), promptbookRun(a), promptbookRemove(a))
	return c
}

func promptbookAdd(a *app) *cobra.Command {
	var scopeName string
	c := &cobra.Command{
		Use: "add FILE...", Short: "Add promptbooks; those of the same name and scope are replaced", Args: cobra.MinimumNArgs(1),
		Example: "  sleuth promptbook add User_Sign_in_Analysis_and_Investigation.json",
		RunE: func(c *cobra.Command, args []string) error {
			scope, err := manage.ParseScope(scopeName)
			if err != nil {
				return usage("--scope: %w", err)
			}
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, file := range args {
					if err := a.addPromptbook(c.Context(), h, file, scope); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&scopeName, "scope", string(manage.ForOrganization), "who can run it: organization, or user for whoever adds it")
	return c
}

func (a *app) addPromptbook(ctx context.Context, h *house, file string, scope manage.Scope) error {
	text, err := os.ReadFile(a.path(file))
	if err != nil {
		return err
	}
	b, replaced, err := h.manage.AddPromptbook(ctx, a.principal(), filepath.Base(file), text, scope)
	var list *diag.List
	if errors.As(err, &list) {
		decoded, textErr := plugin.Text(text)
		if textErr != nil {
			decoded = text
		}
		src := diag.NewSource(file, string(decoded))
		for _, d := range list.Items {
			fmt.Fprint(a.stderr, src.Render(d))
		}
		return fmt.Errorf("%s was not added: it has errors", file)
	}
	if err != nil {
		return asUsage(err)
	}
	what := "added"
	if replaced {
		what = "replaced"
	}
	fmt.Fprintf(a.stdout, "%s %s for the %s: %s, inputs %s\n", what, b.Book.Name, b.Scope, count(len(b.Book.Prompts), "prompt"), inputsOf(b.Book))
	return nil
}

func inputsOf(b plugin.Promptbook) string {
	var out []string
	for _, in := range b.Inputs {
		out = append(out, in.Name)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

func promptbookList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List the promptbooks", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				list, err := h.manage.Promptbooks(c.Context(), a.principal())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(a.stdout).Encode(list)
				}
				if len(list) == 0 {
					a.say("there are no promptbooks; sleuth promptbook add FILE.json adds one")
					return nil
				}
				return columns(a.stdout, func(w io.Writer) {
					fmt.Fprintln(w, "NAME\tSCOPE\tPROMPTS\tINPUTS\tCHANGED\tDESCRIPTION")
					for _, b := range list {
						fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", shortText(b.Book.Name), b.Scope, len(b.Book.Prompts), inputsOf(b.Book), b.ChangedAt.UTC().Format(time.RFC3339), shortText(b.Book.Description))
					}
				})
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func promptbookExport(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "export NAME", Short: "Print a promptbook as the JSON file that Security Copilot's tools take", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				b, err := h.manage.Promptbook(c.Context(), a.principal(), args[0])
				if err != nil {
					return err
				}
				text, err := b.Book.JSON()
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(text)
				return err
			})
		},
	}
}

func promptbookRun(a *app) *cobra.Command {
	var inputs []string
	var session, now string
	var asJSON bool
	c := &cobra.Command{
		Use:   "run NAME",
		Short: "Run a promptbook: its prompts in order, in one session",
		Long: "Puts the prompts of a promptbook one after another, each with the context of those before it. A prompt that cannot be answered is told, and the\n" +
			"next ones are put all the same, as each stands for itself.",
		Example: "  sleuth promptbook run \"User Sign in Analysis\" --input UPN=karita@woodgrovebank.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			values := map[string]string{}
			for _, in := range inputs {
				name, value, ok := strings.Cut(in, "=")
				if !ok {
					return usage("--input %q: write NAME=VALUE", in)
				}
				values[strings.TrimSpace(name)] = value
			}
			at := time.Time{}
			if now != "" {
				var err error
				if at, err = time.Parse(time.RFC3339Nano, now); err != nil {
					return usage("--now %q is not an RFC 3339 time such as 2026-11-20T12:00:00Z", now)
				}
			}
			return a.withHouse(c.Context(), reads, func(h *house) error { return a.runPromptbook(c.Context(), h, args[0], values, session, at, asJSON) })
		},
	}
	c.Flags().StringArrayVar(&inputs, "input", nil, "an input as NAME=VALUE (repeatable)")
	c.Flags().StringVar(&session, "session", "", "the session to go on with (default: a new one)")
	c.Flags().StringVar(&now, "now", "", "the moment that relative times refer to, RFC 3339 (default: the clock)")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each prompt: its text and its answer")
	return c
}

// promptbookRunStarted is on record before the first prompt of a promptbook.
const promptbookRunStarted = "PromptbookRun"

func (a *app) runPromptbook(ctx context.Context, h *house, name string, values map[string]string, session string, now time.Time, asJSON bool) error {
	b, prompts, session, err := h.readyPromptbook(ctx, a.principal(), name, values, session)
	if err != nil {
		return asUsage(err)
	}
	unanswered := 0
	for i, text := range prompts {
		got := answer(ctx, h.copilot, copilot.Prompt{Text: text, SessionID: session, Principal: a.principal(), Now: now})
		if got.Outcome != copilot.Answered {
			unanswered++
		}
		if asJSON {
			if err := writeLine(a.stdout, map[string]any{"prompt": text, "answer": got}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "%d/%d  %s\n", i+1, len(prompts), text)
		if err := a.printAnswer(got, false); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
	}
	a.say("%s: %s, %d of them not answered, session %s", b.Book.Name, count(len(prompts), "prompt"), unanswered, session)
	return nil
}

// readyPromptbook gives the prompts of a promptbook, and puts its run on record.
func (h *house) readyPromptbook(ctx context.Context, p access.Principal, name string, values map[string]string, session string) (manage.Promptbook, []string, string, error) {
	b, err := h.manage.Promptbook(ctx, p, name)
	if err != nil {
		return b, nil, "", err
	}
	prompts, err := h.manage.Ready(ctx, p, b, values)
	if err != nil {
		return b, nil, "", err
	}
	if session == "" {
		session = "s-" + uuid.NewString()
	}
	e := audit.Entry{Operation: promptbookRunStarted, Object: b.Book.Name, Details: map[string]string{"promptbook": b.ID, "sessionId": session, "prompts": fmt.Sprint(len(prompts))}}
	return b, prompts, session, h.admit(ctx, p, access.Ask, e)
}

func promptbookRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME...", Short: "Remove promptbooks", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withHouse(c.Context(), writes, func(h *house) error {
				for _, name := range args {
					b, err := h.manage.RemovePromptbook(c.Context(), a.principal(), name)
					if err != nil {
						return err
					}
					fmt.Fprintf(a.stdout, "%s: removed\n", b.Book.Name)
				}
				return nil
			})
		},
	}
}

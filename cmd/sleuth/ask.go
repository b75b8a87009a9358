package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot"
)

type askFlags struct {
	asJSON, queries     bool
	batch, session, now string
}

func askCommand(a *app) *cobra.Command {
	var f askFlags
	c := &cobra.Command{
		Use:   `ask "prompt"`,
		Short: "Ask one question in plain English, or a batch of them",
		Example: `  sleuth ask --data ./export "Is karita@woodgrovebank.com a risky user?"
  sleuth ask --session s1 "sign-ins of karita@woodgrovebank.com yesterday"
  sleuth ask --session s1 "only the failures"`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return a.ask(c.Context(), f, args) },
	}
	c.Flags().BoolVar(&f.asJSON, "json", false, "print the answer as one JSON object")
	c.Flags().BoolVar(&f.queries, "queries", false, "show the KQL of every step, also of an answer of several steps")
	c.Flags().StringVar(&f.batch, "batch", "", `JSONL of {"id","session","prompt"} in, one object per line out; "-" is standard input`)
	c.Flags().StringVar(&f.session, "session", "", "prompts with the same session share context")
	c.Flags().StringVar(&f.now, "now", "", "the moment that relative times refer to, RFC 3339 (default: the clock)")
	return c
}

func (a *app) ask(ctx context.Context, f askFlags, args []string) error {
	clock := func() time.Time { return time.Now().UTC() }
	if f.now != "" {
		t, err := time.Parse(time.RFC3339Nano, f.now)
		if err != nil {
			return usage("--now %q is not an RFC 3339 time such as 2026-11-20T12:00:00Z", f.now)
		}
		clock = func() time.Time { return t.UTC() }
	}
	if f.batch != "" {
		if len(args) > 0 {
			return usage("give prompts with --batch or one as an argument, not both")
		}
		return a.withHouse(ctx, reads, func(h *house) error { return a.askBatch(ctx, h, f.batch, clock) })
	}
	if len(args) != 1 {
		return usage(`give one prompt, in quotes: sleuth ask "Is karita@woodgrovebank.com a risky user?"`)
	}
	return a.withHouse(ctx, reads, func(h *house) error {
		got := answer(ctx, h.copilot, copilot.Prompt{Text: args[0], SessionID: f.session, Principal: access.LocalOwner(), Now: clock()})
		if f.asJSON {
			return writeLine(a.stdout, got)
		}
		return a.printAnswer(got, f.queries)
	})
}

// answer asks; what breaks is an answer too, of outcome error.
func answer(ctx context.Context, c *copilot.Copilot, p copilot.Prompt) *copilot.Answer {
	a, err := c.Ask(ctx, p)
	if err != nil {
		return failed(p, err)
	}
	return a
}

func failed(p copilot.Prompt, err error) *copilot.Answer {
	return &copilot.Answer{Outcome: copilot.Failed, Text: err.Error(), SessionID: p.SessionID,
		Steps: []copilot.Step{}, Suggestions: []string{}}
}

type askLine struct {
	ID      json.RawMessage `json:"id"`
	Session string          `json:"session"`
	Prompt  string          `json:"prompt"`
}

func (a *app) askBatch(ctx context.Context, h *house, file string, clock func() time.Time) error {
	var in io.Reader = a.stdin
	if file != "-" {
		f, err := os.Open(a.path(file))
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	fresh, err := newCopilot(h, &copilot.Fresh{}) // a batch starts each of its sessions afresh
	if err != nil {
		return err
	}
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var line askLine
		p := copilot.Prompt{Principal: access.LocalOwner(), Now: clock()}
		var got *copilot.Answer
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			got = failed(p, fmt.Errorf(`line %d is not {"id", "session", "prompt"}: %w`, n, err))
		} else {
			p.Text, p.SessionID = line.Prompt, line.Session
			got = answer(ctx, fresh, p)
		}
		if err := writeWithID(a.stdout, line.ID, got); err != nil {
			return err
		}
	}
	return lines.Err()
}

func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// writeWithID prints the answer with the id of its line added.
func writeWithID(w io.Writer, id json.RawMessage, answer *copilot.Answer) error {
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	out := append([]byte(`{"id":`), idOrNull(id)...)
	out = append(append(out, ','), b[1:]...)
	_, err = w.Write(append(out, '\n'))
	return err
}

// printAnswer shows an answer to a person: text, table, then where it comes from. The queries of an answer of several
// steps are shown on request only, or they would bury it.
func (a *app) printAnswer(answer *copilot.Answer, queries bool) error {
	fmt.Fprintf(a.stdout, "%s\n", plainLines(answer.Text))
	if answer.Table != nil && len(answer.Table.Columns) > 0 && len(answer.Table.Rows) > 0 {
		fmt.Fprintln(a.stdout)
		printCells(a.stdout, answer.Table)
		if answer.Table.Total > len(answer.Table.Rows) {
			fmt.Fprintf(a.stdout, "%d of %d rows\n", len(answer.Table.Rows), answer.Table.Total)
		}
	}
	fmt.Fprintln(a.stdout)
	for _, s := range answer.Steps {
		fmt.Fprintf(a.stdout, "step: %s, %s\n", strings.TrimSpace(s.Skill+" "+inputsLine(s.Inputs)), count(s.Rows, "row"))
		if s.Query != "" && (queries || len(answer.Steps) == 1) {
			fmt.Fprintf(a.stdout, "  %s\n", strings.ReplaceAll(strings.TrimSpace(s.Query), "\n", "\n  "))
		}
	}
	if !queries && len(answer.Steps) > 1 {
		fmt.Fprintln(a.stdout, "  --queries shows the KQL of each step")
	}
	for _, c := range answer.Coverage {
		fmt.Fprintf(a.stdout, "coverage: %s\n", coverageLine(c))
	}
	if len(answer.Suggestions) > 0 {
		fmt.Fprintf(a.stdout, "next: %s\n", strings.Join(answer.Suggestions, " | "))
	}
	return nil
}

// inputsLine is a step's inputs as the direct form of a prompt takes them: name=value, in order of name.
func inputsLine(inputs map[string]any) string {
	parts := make([]string, 0, len(inputs))
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		parts = append(parts, name+"="+cellText(inputs[name]))
	}
	return strings.Join(parts, " ")
}

// plainLines keeps line breaks and draws everything else that could steer the terminal.
func plainLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}

// coverageLine is one table's coverage in a line: what was read, what it holds, what it cannot show.
func coverageLine(c copilot.Coverage) string {
	parts := []string{c.Table}
	if c.From != "" || c.To != "" {
		parts = append(parts, c.From+" to "+c.To)
	}
	if c.LastEvent != "" {
		parts = append(parts, "last event "+c.LastEvent)
	}
	if c.RowCap > 0 {
		parts = append(parts, fmt.Sprintf("at most %d rows", c.RowCap))
	}
	if len(parts) == 1 && len(c.Missing) == 0 {
		parts = append(parts, "state as imported")
	}
	if len(c.Missing) > 0 {
		parts = append(parts, "missing: "+strings.Join(c.Missing, "; "))
	}
	return strings.Join(parts, ", ")
}

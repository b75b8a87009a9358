package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/peterh/liner"

	"github.com/sleuth-sec/sleuth/kql/engine"
)

const shellHelp = `A query ends with an empty line or a semicolon. Commands:
  .show tables            tables that hold rows
  .show schema TABLE      columns of a table
  .explain QUERY          how a query would run
  .format FORMAT          table, json, csv or markdown
  .help, .quit
`

// shell reads queries until the end of input: with history and completion on a terminal, plainly otherwise.
func (a *app) shell(ctx context.Context, h *house, f queryFlags, o engine.Options) error {
	read, closeShell := a.shellInput(h)
	defer closeShell()
	a.say("Sleuth %s, %s. .help tells the commands.", version, h.dir)
	s := &shell{app: a, house: h, format: f.format, opts: o}
	var pending []string
	for {
		prompt := "kql> "
		if len(pending) > 0 {
			prompt = "   | "
		}
		line, err := read(prompt)
		if errors.Is(err, io.EOF) || errors.Is(err, liner.ErrPromptAborted) {
			line, err = "", nil
			if len(pending) == 0 {
				return nil
			}
		}
		if err != nil {
			return err
		}
		text := strings.TrimSpace(line)
		if len(pending) == 0 && strings.HasPrefix(text, ".") {
			if stop := s.command(ctx, text); stop {
				return nil
			}
			continue
		}
		if text != "" {
			pending = append(pending, line)
		}
		if len(pending) > 0 && (text == "" || strings.HasSuffix(text, ";")) {
			s.run(ctx, strings.Join(pending, "\n"))
			pending = nil
		}
	}
}

type shell struct {
	app    *app
	house  *house
	format string
	opts   engine.Options
}

func (s *shell) run(ctx context.Context, text string) {
	if err := s.app.queryOnce(ctx, s.house, text, s.format, s.opts); err != nil {
		s.report(err)
	}
}

func (s *shell) report(err error) {
	var e *exitError
	if !errors.As(err, &e) || e.err != nil {
		s.app.say("%s", err)
	}
}

// command runs a line that begins with a dot; it returns true when the shell ends.
func (s *shell) command(ctx context.Context, text string) bool {
	fields := strings.Fields(text)
	arg := strings.TrimSpace(strings.TrimPrefix(text, fields[0]))
	switch {
	case fields[0] == ".quit" || fields[0] == ".exit":
		return true
	case fields[0] == ".help":
		fmt.Fprint(s.app.stderr, shellHelp)
	case fields[0] == ".format":
		if _, ok := printers[arg]; !ok {
			s.app.say(".format: table, json, csv or markdown")
			break
		}
		s.format = arg
	case fields[0] == ".explain":
		if err := s.app.explain(ctx, s.house, arg, s.opts); err != nil {
			s.report(err)
		}
	case text == ".show tables":
		s.tables(ctx)
	case len(fields) == 3 && fields[0] == ".show" && (fields[1] == "schema" || fields[1] == "table"):
		s.run(ctx, fmt.Sprintf("['%s'] | getschema | project ColumnName, ColumnType", strings.ReplaceAll(fields[2], "'", "")))
	default:
		s.app.say("there is no command %s; .help tells them", text)
	}
	return false
}

func (s *shell) tables(ctx context.Context) {
	tables, err := s.house.ws.Tables(ctx)
	if err != nil {
		s.app.say("%s", err)
		return
	}
	for _, t := range tables {
		if t.Rows > 0 {
			fmt.Fprintf(s.app.stdout, "%-40s %10d rows\n", t.Name, t.Rows)
		}
	}
}

// shellInput is how lines are read, and how reading ends.
func (a *app) shellInput(h *house) (read func(prompt string) (string, error), done func()) {
	if !terminal(a.stdin) || !terminal(a.stdout) {
		in := bufio.NewReader(a.stdin)
		return func(string) (string, error) {
			line, err := in.ReadString('\n')
			if line != "" && errors.Is(err, io.EOF) {
				err = nil
			}
			return line, err
		}, func() {}
	}
	l := liner.NewLiner()
	l.SetCtrlCAborts(true)
	l.SetWordCompleter(func(line string, pos int) (head string, completions []string, tail string) {
		return completeWord(h.catalog.TableNames(), line, pos)
	})
	history := filepath.Join(h.dir, "history")
	if f, err := os.Open(history); err == nil {
		_, _ = l.ReadHistory(f) // a history that cannot be read is only missing
		_ = f.Close()
	}
	return func(prompt string) (string, error) {
			line, err := l.Prompt(prompt)
			if err == nil && strings.TrimSpace(line) != "" {
				l.AppendHistory(line)
			}
			return line, err
		}, func() {
			if f, err := os.OpenFile(history, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err == nil {
				_, _ = l.WriteHistory(f)
				_ = f.Close()
			}
			_ = l.Close()
		}
}

// completeWord offers the names that continue the word before pos.
func completeWord(names []string, line string, pos int) (head string, completions []string, tail string) {
	start := strings.LastIndexAny(line[:pos], " \t|(,=") + 1
	word := line[start:pos]
	for _, n := range names {
		if word != "" && strings.HasPrefix(strings.ToLower(n), strings.ToLower(word)) {
			completions = append(completions, n)
		}
	}
	return line[:start], completions, line[pos:]
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/store"
)

// The exit codes of cli.md.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitNotAllowed = 3
	exitDamaged    = 4
)

// app is one run of the command line: in a process of its own, or inside the process that owns the data
// directory, on behalf of another one (house is set then).
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	cwd            string
	args           []string
	house          *house            // the open data directory of the owner process
	data           string            // --data
	workspace      string            // --workspace
	as             *access.Principal // who runs the command; nil is the owner of this machine's data
}

// exitError carries an exit code; its message, if any, is printed.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage is an error in the command line.
func usage(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

func (a *app) run(ctx context.Context) int {
	root := a.root()
	root.SetArgs(a.args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	code := exitCode(err)
	var e *exitError
	if errors.As(err, &e) && e.err == nil {
		return code // said already
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(a.stderr, "sleuth: stopped")
		return exitFailed
	}
	fmt.Fprintf(a.stderr, "sleuth: %s\n", strings.TrimSpace(err.Error()))
	return code
}

func exitCode(err error) int {
	var e *exitError
	var denied *access.Denied
	var spent *capacity.Spent
	switch {
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &denied), errors.As(err, &spent), errors.Is(err, fs.ErrPermission):
		return exitNotAllowed
	case errors.Is(err, store.ErrDamaged), errors.Is(err, audit.ErrDamaged), errors.Is(err, secret.ErrDamaged), errors.Is(err, secret.ErrSealed):
		return exitDamaged
	default:
		return exitFailed
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "sleuth",
		Short:         "Investigate Microsoft Entra identities on exported logs, with evidence",
		Long:          "Sleuth answers questions about users, sign-ins, risk, audit events and groups of a Microsoft Entra tenant\nfrom exported logs, and shows the query and the rows behind every answer.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; see sleuth %s --help", err, c.Name())
	})
	root.PersistentFlags().StringVar(&a.data, "data", "", "data directory (default "+defaultDataDir()+")")
	root.PersistentFlags().StringVar(&a.workspace, "workspace", "", "the workspace inside the data directory, one per tenant (default: the data directory's own)")
	for _, add := range []func(*app) *cobra.Command{
		demoCommand, importCommand, askCommand, queryCommand, checkCommand, serveCommand, mcpCommand,
		functionsCommand, watchlistCommand, pluginCommand, promptbookCommand, settingsCommand, usersCommand, tokensCommand, usageCommand,
		generateCommand, auditCommand, backupCommand, restoreCommand, purgeCommand, retentionCommand, archiveCommand, benchCommand, versionCommand,
	} {
		c := add(a)
		wrapArgs(c)
		root.AddCommand(c)
	}
	a.guard(root, permits())
	return root
}

// wrapArgs makes a wrong number of arguments an error of the command line.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usage("%w; see sleuth %s --help", err, c.Name())
		}
		return nil
	}
}

func defaultDataDir() string {
	if d := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "sleuth")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "sleuth-data"
	}
	return filepath.Join(home, ".local", "share", "sleuth")
}

// path makes a path of the command line absolute: relative ones are relative to where the command was typed.
func (a *app) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(a.cwd, p)
}

// say prints progress and messages.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.stderr, format+"\n", args...) }

// logger writes what operators should know.
func (a *app) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// terminal reports whether w is a terminal that a person looks at.
func terminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// printDiagnostics shows the diagnostics of a text with their places, and returns how many are errors.
func (a *app) printDiagnostics(src *diag.Source, list *diag.List) (failed int) {
	for _, d := range list.Items {
		fmt.Fprint(a.stderr, src.Render(d))
		if d.Severity == diag.Error {
			failed++
		}
	}
	if list.Dropped > 0 {
		a.say("and %d more", list.Dropped)
	}
	return failed
}

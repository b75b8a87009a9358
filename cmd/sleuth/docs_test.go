package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:generate go test -count=1 -run TestCommandsPageIsCurrent . -update-docs

var updateDocs = flag.Bool("update-docs", false, "write the pages of docs/reference instead of comparing them")

// TestCommandsPageIsCurrent compares docs/reference/commands.md with the commands as they are declared.
func TestCommandsPageIsCurrent(t *testing.T) {
	t.Setenv("HOME", "/home/you")
	t.Setenv("XDG_DATA_HOME", "")
	current(t, "commands.md", commandsPage((&app{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, cwd: "."}).root()))
}

// current compares a page of the reference with the file, or writes it.
func current(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join("..", "..", "docs", "reference", name)
	if *updateDocs {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("docs/reference/%s is not what the declarations say: run make generate", name)
	}
}

func commandsPage(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Commands\n\nMade from the commands of `cmd/sleuth`. Exit codes: %d done, %d failed, %d an error in the command line, %d not allowed, %d damaged data.\n\nFlags of every command:\n\n",
		exitDone, exitFailed, exitUsage, exitNotAllowed, exitDamaged)
	writeFlags(&b, root.PersistentFlags())
	writeCommands(&b, root, "##", "")
	return b.String()
}

// writeCommands writes the commands below one, and theirs.
func writeCommands(b *strings.Builder, above *cobra.Command, heading, prefix string) {
	for _, c := range above.Commands() {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		text := c.Long
		if text == "" {
			text = c.Short + "."
		}
		fmt.Fprintf(b, "\n%s %s%s\n\n%s\n\n    %s\n", heading, prefix, c.Name(), text, c.UseLine())
		if c.LocalNonPersistentFlags().HasAvailableFlags() {
			b.WriteString("\n")
			writeFlags(b, c.LocalNonPersistentFlags())
		}
		if c.Example != "" {
			fmt.Fprintf(b, "\n```console\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
		}
		writeCommands(b, c, heading+"#", prefix+c.Name()+" ")
	}
}

func writeFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		kind, text := pflag.UnquoteUsage(f)
		def := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
			def = fmt.Sprintf(" (default `%s`)", f.DefValue)
		}
		fmt.Fprintf(b, "- `%s`: %s%s\n", strings.TrimSpace("--"+f.Name+" "+kind), text, def)
	})
}

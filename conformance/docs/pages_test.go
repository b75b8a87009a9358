package docs

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference pages instead of comparing them")

const root = "../.."

// TestPagesAreCurrent compares each generated page with what its declarations say now.
func TestPagesAreCurrent(t *testing.T) {
	pages := map[string]func(*testing.T) string{
		"functions.md":   functionsPage,
		"skills.md":      skillsPage,
		"tables.md":      tablesPage,
		"diagnostics.md": diagnosticsPage,
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(root, "docs", "reference", name)
			want := page(t)
			if *update {
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
		})
	}
}

// cell makes a text fit for a cell of a Markdown table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}

// code is s as code in a cell of a table.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

// codes are several names as code, separated by commas.
func codes(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, code(n))
	}
	return strings.Join(out, ", ")
}

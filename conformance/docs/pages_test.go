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
	for name, page := range map[string]func(*testing.T) string{
		"functions.md":    functionsPage,
		"skills.md":       skillsPage,
		"tables.md":       tablesPage,
		"asvs.md":         asvsPage,
		"cryptography.md": cryptographyPage,
	} {
		t.Run(name, func(t *testing.T) { current(t, name, page(t)) })
	}
	t.Run("diagnostics", func(t *testing.T) {
		pages := diagnosticsPages(t)
		for name, page := range pages {
			current(t, name, page)
		}
		old, err := filepath.Glob(filepath.Join(root, "docs", "reference", "diagnostics", "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range old {
			if _, ok := pages["diagnostics/"+filepath.Base(file)]; ok {
				continue
			}
			if !*update {
				t.Errorf("%s is of a code that no source gives: run make generate", file)
			} else if err := os.Remove(file); err != nil {
				t.Error(err)
			}
		}
	})
}

// current compares a page with the file, or writes it.
func current(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join(root, "docs", "reference", filepath.FromSlash(name))
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
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

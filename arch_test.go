package sleuth

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sleuth-sec/sleuth"

// levels is the table of docs/architecture.md: a package may import packages of lower levels, and its own
// children. A folder that is not listed belongs to the nearest listed parent.
var levels = map[string]int{
	"diag": 0, "durable": 0, "mask": 0, "audit": 1, "access": 0, "secret": 1, "settings": 1, "kql/types": 0,
	"kql/syntax": 1, "kql/builtin": 1, "entra": 1, "arm": 1, "content": 1, "capacity": 2,
	"kql/plan": 2,
	"kql/bind": 3, "kql/optimize": 3, "kql/emit": 3, "kql/reference": 3,
	"kql/engine": 4, "kql/edit": 4, "kql/lint": 4,
	"store": 5, "state": 5, "connect": 5, "feed": 5, "plugin": 5, "detect": 5, "behavior": 5,
	"activity": 5, "workbook": 5, "workspace": 5, "remediate": 5, "tenantgen": 5, "model": 5,
	"copilot": 6, "deploy": 6, "manage": 6, "plugin/lint": 6, "plugin/api": 6,
	"server": 7, "emulator": 7, "web": 7,
	"cmd": 8, "conformance": 9, "internal": 0, ".": 9,
}

// sole names modules that only one folder tree may import, so that the rest of the house does not depend on them.
var sole = map[string]string{
	"github.com/duckdb/duckdb-go": "store",
	"modernc.org/sqlite":          "state",
	"github.com/chromedp":         "web",
	"github.com/go-webauthn":      "server",
	"github.com/pquerna/otp":      "server",
	"github.com/Azure":            "conformance", // the clients that are tested against, in a module of their own
}

func TestImportsGoToLowerLevels(t *testing.T) {
	for _, f := range goFiles(t) {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		from := filepath.ToSlash(filepath.Dir(f))
		// A kit such as store/storetest is part of tests: nothing of the program imports it.
		test := strings.HasSuffix(f, "_test.go") || strings.HasSuffix(from, "test")
		for _, spec := range parsed.Imports {
			to, _ := strconv.Unquote(spec.Path.Value)
			checkSole(t, f, from, to, test)
			if kit := strings.HasPrefix(to, module+"/") && strings.HasSuffix(to, "test"); kit && !test {
				t.Errorf("%s imports the test kit %s", f, to)
			}
			if !strings.HasPrefix(to, module+"/") || test {
				continue // a test may look up: it runs the whole pipeline on its package's part
			}
			checkLevel(t, f, from, strings.TrimPrefix(to, module+"/"))
		}
	}
}

func checkLevel(t *testing.T, file, from, to string) {
	t.Helper()
	a, b := owner(from), owner(to)
	switch {
	case levels[b] < levels[a]:
	case a == b && (strings.HasPrefix(to, from+"/") || !strings.HasPrefix(from, to+"/")):
	default:
		t.Errorf("%s (%s, level %d) imports %s (%s, level %d)", file, a, levels[a], to, b, levels[b])
	}
}

func checkSole(t *testing.T, file, from, to string, test bool) {
	t.Helper()
	for prefix, only := range sole {
		if strings.HasPrefix(to, prefix) && owner(from) != only && !test {
			t.Errorf("%s imports %s: only %s may", file, to, only)
		}
	}
}

// owner is the listed folder that path belongs to.
func owner(path string) string {
	for p := path; p != "."; p = filepath.ToSlash(filepath.Dir(p)) {
		if _, ok := levels[p]; ok {
			return p
		}
	}
	return "."
}

func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || (len(path) > 1 && d.Name()[0] == '.')) {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestLevelsAreDocumented holds docs/architecture.md to the table above: the folders that exist, by level.
func TestLevelsAreDocumented(t *testing.T) {
	byLevel := map[int][]string{}
	for p, l := range levels {
		if p == "." {
			continue
		}
		if _, err := os.Stat(p); err == nil {
			byLevel[l] = append(byLevel[l], p)
		}
	}
	var want []string
	for l := range 10 {
		if names := byLevel[l]; len(names) > 0 {
			sort.Strings(names)
			want = append(want, "L"+strconv.Itoa(l)+"  "+strings.Join(names, " "))
		}
	}
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	diagram := strings.Join(want, "\n")
	t.Logf("the levels that exist:\n%s", diagram)
	if !strings.Contains(string(text), diagram) {
		t.Errorf("docs/architecture.md does not show these levels:\n%s", diagram)
	}
}

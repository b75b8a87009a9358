package storetest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store"
)

// Open opens an empty workspace that ends with the test.
type Open func(t *testing.T) *store.Workspace

// file is a file of a case; age orders files by the time they carry.
type file struct {
	name, content string
	age           time.Duration
}

// epoch is the time of the newest file; nothing here reads the clock.
func epoch() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

// Write puts content into dir with a time of its own.
func Write(t *testing.T, dir string, name, content string, age time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	at := epoch().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	return path
}

// Dump is what queries see of a table: the visible columns and _Extra of the current state, one
// line a row, in an order of its own.
func Dump(t *testing.T, w *store.Workspace, table string) []string {
	t.Helper()
	return dump(t, w, table, false)
}

func dump(t *testing.T, w *store.Workspace, table string, history bool) []string {
	t.Helper()
	schema := w.Schemas().Table(table)
	if schema == nil {
		t.Fatalf("no table %s", table)
	}
	var names []string
	for _, c := range append(schema.Visible(), entra.Column{Name: "_Extra"}) {
		names = append(names, `"`+c.Name+`"`)
	}
	current, states := w.Relation(schema)
	if history {
		current = states
	}
	rows, err := w.QueryRows(context.Background(), "SELECT "+strings.Join(names, ", ")+" FROM "+current)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	cells, targets := make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		targets[i] = &cells[i]
	}
	var out []string
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		var parts []string
		for i, c := range cells {
			if c != nil && c != "" {
				parts = append(parts, fmt.Sprintf("%s=%v", strings.Trim(names[i], `"`), c))
			}
		}
		out = append(out, strings.Join(parts, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	sort.Strings(out)
	return out
}

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open)
		})
	}
}

// run imports the files of the case one import each, in every order, and once all together; what
// is seen must be the same each time, and importing everything again must change nothing.
func (c testCase) run(t *testing.T, open Open) {
	var want map[string][]string
	for n, order := range orders(len(c.files)) {
		dir := t.TempDir()
		paths := make([]string, len(c.files))
		for i, f := range c.files {
			paths[i] = Write(t, dir, f.name, f.content, f.age)
		}
		w := open(t)
		for _, i := range order {
			importAll(t, w, paths[i])
		}
		got := c.see(t, w)
		if n == 0 {
			want = got
			c.check(t, got)
		} else {
			same(t, fmt.Sprintf("order %v", order), want, got)
		}
		if added := importAll(t, w, dir); added != 0 {
			t.Errorf("importing again adds %d rows", added)
		}
		same(t, "after importing again", want, c.see(t, w))
	}
	dir := t.TempDir()
	for _, f := range c.files {
		Write(t, dir, f.name, f.content, f.age)
	}
	w := open(t)
	importAll(t, w, dir)
	same(t, "one import", want, c.see(t, w))
}

func importAll(t *testing.T, w *store.Workspace, path string) (added int64) {
	t.Helper()
	report, err := w.Import(context.Background(), []string{path}, store.ImportOptions{Now: epoch()})
	if err != nil {
		t.Fatal(err)
	}
	_, added, _ = report.Counts()
	return added
}

func (c testCase) see(t *testing.T, w *store.Workspace) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for table := range c.rows {
		out[table] = dump(t, w, table, false)
	}
	for table := range c.states {
		out["history of "+table] = dump(t, w, table, true)
	}
	return out
}

// check compares the number of rows and the words each must hold.
func (c testCase) check(t *testing.T, got map[string][]string) {
	t.Helper()
	for table, rows := range c.rows {
		if len(got[table]) != len(rows) {
			t.Errorf("%s: %d rows, want %d:\n%s", table, len(got[table]), len(rows), strings.Join(got[table], "\n"))
			continue
		}
		for i, words := range rows {
			for _, word := range strings.Split(words, " & ") {
				if !strings.Contains(got[table][i], word) {
					t.Errorf("%s row %d lacks %q: %s", table, i, word, got[table][i])
				}
			}
		}
	}
	for table, n := range c.states {
		if len(got["history of "+table]) != n {
			t.Errorf("%s: %d states, want %d", table, len(got["history of "+table]), n)
		}
	}
}

func same(t *testing.T, when string, want, got map[string][]string) {
	t.Helper()
	for k := range want {
		if strings.Join(want[k], "\n") != strings.Join(got[k], "\n") {
			t.Errorf("%s: %s differs\nwant:\n%s\ngot:\n%s", when, k, strings.Join(want[k], "\n"), strings.Join(got[k], "\n"))
		}
	}
}

// orders are orders of n files: as given, backwards and turned, or with SLEUTH_PROVE=1 all.
func orders(n int) [][]int {
	all := permutations(n)
	if os.Getenv("SLEUTH_PROVE") == "1" || len(all) < 3 {
		return all
	}
	given, back, turned := make([]int, n), make([]int, n), make([]int, n)
	for i := range n {
		given[i], back[i], turned[i] = i, n-1-i, (i+1)%n
	}
	return [][]int{given, back, turned}
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var out [][]int
	for _, rest := range permutations(n - 1) {
		for at := len(rest); at >= 0; at-- {
			p := append(append(append([]int{}, rest[:at]...), n-1), rest[at:]...)
			out = append(out, p)
		}
	}
	return out
}

// Schemas are the tables of the suite alone: making a hundred others for each order of each case
// would take most of the time.
func Schemas(t *testing.T) *entra.Schemas {
	t.Helper()
	used := map[string]bool{}
	for _, c := range cases() {
		for name := range c.rows {
			used[name] = true
		}
		for name := range c.states {
			used[name] = true
		}
	}
	files := fstest.MapFS{}
	err := fs.WalkDir(schemas.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if strings.HasPrefix(path, "tables/") && !used[name] && !strings.HasPrefix(name, "Entra") {
			return nil
		}
		b, err := fs.ReadFile(schemas.FS(), path)
		files[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := entra.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

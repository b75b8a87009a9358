package engine

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
)

var fill = flag.Bool("fill", false, "write what the engine answers into testdata/documented, to be read against the pages")

// documented is a query that shows what a page of the reference says, and the rows that it must give.
type documented struct {
	Page    string // the page's name under https://learn.microsoft.com/kusto/query/
	Query   string
	Columns string   `yaml:",omitempty"` // name:type, ...
	Rows    []string `yaml:",omitempty"` // as lines writes them, sorted unless Ordered
	More    []string `yaml:",omitempty"` // the rows of further results, as "name: row"
	Ordered bool     `yaml:",omitempty"`
	Error   string   `yaml:",omitempty"` // the code, where the query must be refused
}

// TestDocumented runs testdata/documented/*.yaml in the reference and with all that DuckDB can take of them.
func TestDocumented(t *testing.T) {
	files, err := filepath.Glob("testdata/documented/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	m := newMemory(t)
	people(t, m)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	e.everything = true
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []documented
			d := yaml.NewDecoder(bytes.NewReader(text))
			d.KnownFields(true)
			if err := d.Decode(&cases); err != nil {
				t.Fatal(err)
			}
			for i := range cases {
				cases[i].check(t, e)
			}
			if !*fill {
				return
			}
			out, err := yaml.Marshal(cases)
			if err == nil {
				err = os.WriteFile(file, out, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (x *documented) check(t *testing.T, e *Engine) {
	t.Helper()
	now := time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)
	for _, o := range []Options{{NoPushdown: true, NoRules: true, Now: now}, {Now: now}} {
		got := documented{Page: x.Page, Query: x.Query, Ordered: x.Ordered}
		res, err := e.Query(context.Background(), x.Query, o)
		if err != nil {
			var list *diag.List
			if list, _ = err.(*diag.List); list == nil || len(list.Items) == 0 {
				t.Errorf("%s\n%v", x.Query, err)
				continue
			}
			got.Error = list.First().Code
		} else {
			got.Columns = res.Columns().String()
			got.Rows = lines(res.Tables[0])
			for _, table := range res.Tables[1:] {
				rows := lines(table)
				slices.Sort(rows)
				for _, row := range rows {
					got.More = append(got.More, table.Name+": "+row)
				}
			}
			if !x.Ordered {
				slices.Sort(got.Rows)
			}
		}
		if *fill {
			*x = got
			return
		}
		a, _ := yaml.Marshal(x)
		b, _ := yaml.Marshal(got)
		if !bytes.Equal(a, b) {
			t.Errorf("%s (pushdown %t)\ngives\n%s\nand not\n%s", x.Query, !o.NoPushdown, b, a)
		}
	}
}

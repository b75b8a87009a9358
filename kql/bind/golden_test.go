package bind_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

var update = flag.Bool("update", false, "write what the binder gives into the data files")

// sample is the tables of the data files, and saved functions.
type sample struct{ tables }

func sampleCatalog() sample {
	t := catalogOf(map[string]string{
		"T": "a:long, b:string, c:datetime, d:dynamic, r:real, i:int, t:timespan, g:guid, f:bool, m:decimal",
		"U": "a:long, b:string, x:real, c:datetime",
		"V": "a:int, b:string, k:string",
		"H": "a:long, when:datetime",
	})
	t["H"].Columns = append(t["H"].Columns, types.Column{Name: "_ItemId", Type: types.String, Hidden: true})
	t["H"].Aliases = map[string]string{"TimeStamp": "when"}
	return sample{t}
}

func (s sample) Function(name string) (bind.Function, bool) {
	switch name {
	case "Recent":
		return bind.Function{Name: name, Text: "(n:long = 3) { T | take n }"}, true
	case "All":
		return bind.Function{Name: name, Text: "T | project a, b"}, true
	case "Twice":
		return bind.Function{Name: name, Text: "(x:long) { x * 2 }"}, true
	case "Broken":
		return bind.Function{Name: name, Text: "T | project nothing"}, true
	case "History":
		return bind.Function{Name: name, Table: func(args []types.Value) (*plan.Table, error) {
			if len(args) != 1 || args[0].Type() != types.String {
				return nil, fmt.Errorf("History takes the name of a table")
			}
			of, ok := s.tables[args[0].Str()]
			if !ok {
				return nil, fmt.Errorf("there is no table %s", args[0].Str())
			}
			cols := append(types.Schema{{Name: "SnapshotTime", Type: types.DateTime}}, of.Columns...)
			return &plan.Table{Name: name, Columns: cols}, nil
		}}, true
	}
	return bind.Function{}, false
}

// TestData binds the queries of the data files. A file is an archive: each query is a member, and the next member is what
// it must give: its columns, or its messages.
func TestData(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no data files", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { checkFile(t, path) })
	}
}

func checkFile(t *testing.T, path string) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []txtar.File
	for i := 0; i < len(a.Files); i++ {
		q := a.Files[i]
		if strings.HasSuffix(q.Name, ".out") {
			continue
		}
		got := describe(string(q.Data))
		want := ""
		if i+1 < len(a.Files) && a.Files[i+1].Name == q.Name+".out" {
			want = string(a.Files[i+1].Data)
		}
		out = append(out, q, txtar.File{Name: q.Name + ".out", Data: []byte(got)})
		if !*update && got != want {
			t.Errorf("%s: %s\n%s\ngot:\n%s\nwant:\n%s", path, q.Name, q.Data, got, want)
		}
	}
	if *update {
		a.Files = out
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// describe is what a query gives, as text: messages with their places, then columns.
func describe(query string) string {
	var b strings.Builder
	q, errs := syntax.Parse(query)
	src := diag.NewSource("query", query)
	if errs.Failed() {
		src.Locate(errs.Items...)
		return errs.Error() + "\n"
	}
	res, diags := bind.Bind(q, sampleCatalog(), library(), bind.Options{Now: types.UnixEpochTicks + 20000*types.TicksPerDay})
	src.Locate(diags.Items...)
	for _, d := range diags.Items {
		if d.Severity != diag.Error {
			b.WriteString("warning ")
		}
		fmt.Fprintln(&b, d.Error())
	}
	if res == nil {
		return b.String()
	}
	fmt.Fprintln(&b, res.Node.Schema())
	for _, o := range res.Others {
		fmt.Fprintf(&b, "%s: %v\n", o.Name, o.Node.Schema())
	}
	if res.Render != nil {
		fmt.Fprintln(&b, "render", res.Render.Visualization)
	}
	return b.String()
}

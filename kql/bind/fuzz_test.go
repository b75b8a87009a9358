package bind_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// FuzzBind: no text brings the binder down, and a plan that comes without an error is whole.
func FuzzBind(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range files {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range a.Files {
			if !strings.HasSuffix(m.Name, ".out") {
				f.Add(string(m.Data))
			}
		}
	}
	lib, cat := library(), sampleCatalog()
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := syntax.Parse(query) // a tree with errors in it is bound too
		res, diags := bind.Bind(q, cat, lib, bind.Options{MaxNodes: 500})
		if res == nil {
			if !diags.Failed() && len(q.Statements) > 0 {
				t.Errorf("no plan and no error")
			}
			return
		}
		checkPlan(t, res.Node)
	})
}

// checkPlan walks a plan: every node has a schema of unique names, and no expression is missing.
func checkPlan(t *testing.T, n plan.Node) {
	if n == nil {
		t.Fatal("a node is missing")
	}
	seen := map[string]bool{}
	for _, c := range n.Schema() {
		if seen[c.Name] {
			t.Errorf("%T has two columns named %q", n, c.Name)
		}
		seen[c.Name] = true
	}
	switch n := n.(type) {
	case *plan.ProjectOp:
		for _, c := range n.Columns {
			checkNames(t, c.Expr, n.Input.Schema())
		}
	case *plan.ExtendOp:
		for _, c := range n.Columns {
			checkNames(t, c.Expr, n.Input.Schema())
		}
	case *plan.FilterOp:
		checkNames(t, n.Predicate, n.Input.Schema())
	}
	for _, in := range n.Inputs() {
		checkPlan(t, in)
	}
}

// checkNames: an expression refers to columns that are there, with their types. A column of unknown type is one that only
// the data can have.
func checkNames(t *testing.T, e plan.Expr, s types.Schema) {
	switch x := e.(type) {
	case nil:
		t.Fatal("an expression is missing")
	case *plan.Column:
		if i := s.Find(x.Name); x.Typ != types.Unknown && (i < 0 || s[i].Type != x.Typ) {
			t.Errorf("column %s:%s is not among %v", x.Name, x.Typ, s)
		}
	case *plan.Call:
		if x.Func == nil {
			t.Fatal("a call without a function")
		}
		for _, a := range x.Args {
			checkNames(t, a, s)
		}
	case *plan.Path:
		checkNames(t, x.Base, s)
		if x.Index != nil {
			checkNames(t, x.Index, s)
		}
	}
}

// TestPlansAreWhole checks the plans of published queries, where they are at hand.
func TestPlansAreWhole(t *testing.T) {
	w := workspaceTables(t)
	for path, query := range contentQueries(t) {
		q, errs := syntax.Parse(query)
		if errs.Failed() {
			continue
		}
		if res, diags := bind.Bind(q, w, library(), bind.Options{}); !diags.Failed() {
			checkPlan(t, res.Node)
			if t.Failed() {
				t.Fatalf("%s", path)
			}
		}
	}
	for _, file := range []string{"docs-examples.jsonl", "engine-recorded.jsonl"} {
		for _, v := range readVectors(t, file) {
			if res, err := bindText(v.Query, catalogOf(v.Schema)); err == nil {
				checkPlan(t, res.Node)
				if t.Failed() {
					t.Fatalf("%s\n%s", v.ID, v.Query)
				}
			}
		}
	}
}

// TestMutations binds queries with a piece cut out or doubled: nothing brings the binder down.
func TestMutations(t *testing.T) {
	lib, cat := library(), sampleCatalog()
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range txtar.Parse(text).Files {
			words := strings.Fields(string(m.Data))
			for i := range words {
				cut := strings.Join(append(append([]string{}, words[:i]...), words[i+1:]...), " ")
				twice := strings.Join(append(append([]string{}, words[:i+1]...), words[i:]...), " ")
				for _, query := range []string{cut, twice} {
					q, _ := syntax.Parse(query)
					if res, diags := bind.Bind(q, cat, lib, bind.Options{}); res != nil && !diags.Failed() {
						checkPlan(t, res.Node)
						if t.Failed() {
							t.Fatal(query)
						}
					}
				}
			}
		}
	}
}

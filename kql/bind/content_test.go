package bind_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// workspace is the tables of the project's schemas as a catalog, with watchlists of the usual columns.
type workspace struct{ tables }

func (w workspace) Function(name string) (bind.Function, bool) {
	if name != "_GetWatchlist" && name != "_GetWatchlistAlias" {
		return bind.Function{}, false
	}
	cols := types.Schema{{Name: "SearchKey", Type: types.String}, {Name: "_DTItemId", Type: types.String}}
	return bind.Function{Name: name, Table: func([]types.Value) (*plan.Table, error) {
		return &plan.Table{Name: name, Columns: cols}, nil
	}}, true
}

func workspaceTables(t *testing.T) workspace {
	t.Helper()
	s, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	out := workspace{tables{}}
	for _, src := range s.Tables() {
		table := &plan.Table{Name: src.Name, TimeColumn: src.TimeColumn, Aliases: map[string]string{}}
		for _, c := range src.Columns {
			ty, ok := types.ParseType(c.Type)
			if !ok {
				t.Fatalf("%s.%s has type %s", src.Name, c.Name, c.Type)
			}
			table.Columns = append(table.Columns, types.Column{Name: c.Name, Type: ty, Hidden: c.Hidden})
			for _, a := range c.Aliases {
				table.Aliases[a] = c.Name
			}
		}
		out.tables[table.Name] = table
	}
	return out
}

// TestPublishedContent binds the queries of published rules against the schemas. Queries over tables that the workspace has
// no schema of, and over functions of other solutions, are counted apart.
func TestPublishedContent(t *testing.T) {
	w := workspaceTables(t)
	s := score{}
	foreign := 0
	for path, query := range contentQueries(t) {
		q, errs := syntax.Parse(query)
		if errs.Failed() {
			s.add("all", false)
			show(t, vector{ID: path, Query: query}, errs.Error())
			continue
		}
		_, diags := bind.Bind(q, w, library(), bind.Options{Now: types.UnixEpochTicks})
		problem := ""
		if diags.Failed() {
			if code := diags.First().Code; code == "KQL1201" || code == "KQL1202" || code == "KQL1268" {
				foreign++
				if *failures {
					t.Logf("FOREIGN %s: %s", path, diags.First().Error())
				}
				continue
			}
			problem = diags.Error()
		}
		s.add("all", problem == "")
		show(t, vector{ID: path, Query: query}, problem)
	}
	s.log(t, "published rules")
	t.Logf("published rules over tables without a schema, or refused external data: %d", foreign)
	requireShare(t, s, 0.85)
}

// contentQueries are the query texts of the YAML files of the companion folder, by path.
func contentQueries(t *testing.T) map[string]string {
	t.Helper()
	root := shared(t, "content")
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") && !strings.HasSuffix(path, ".yml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var doc struct {
			Query string `yaml:"query"`
		}
		if yaml.Unmarshal(text, &doc) != nil || strings.TrimSpace(doc.Query) == "" {
			return nil // not a rule
		}
		rel, _ := filepath.Rel(root, path)
		out[rel] = doc.Query
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

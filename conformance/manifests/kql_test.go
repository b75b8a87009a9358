package manifests_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/fill"
	"github.com/sleuth-sec/sleuth/plugin/lint"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/workspace"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// withoutFiles gives the addresses of externaldata as files without records: they are not published with the manifests.
type withoutFiles struct{ *workspace.Catalog }

// External implements bind.Externals.
func (withoutFiles) External(e bind.External) *plan.Table {
	return &plan.Table{Name: "externaldata", Columns: e.Columns, Load: func(context.Context) ([]types.Row, error) { return nil, nil }}
}

// watchlists has the one watchlist that a published manifest reads, with no items.
type watchlists struct{}

func (watchlists) Functions(context.Context) ([]workspace.Function, error) { return nil, nil }

func (watchlists) Watchlists(context.Context) ([]workspace.Watchlist, error) {
	return []workspace.Watchlist{{Alias: "TrustedUsers", SearchKey: "TrustedUsers", Columns: []string{"TrustedUsers"}}}, nil
}

func (watchlists) WatchlistItems(context.Context, string) ([]workspace.Item, error) { return nil, nil }

// house is an engine over a workspace with the files of paths.
func house(t *testing.T, paths ...string) *engine.Engine {
	t.Helper()
	ws, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	if len(paths) > 0 {
		if _, err := ws.Import(t.Context(), paths, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	tables, err := catalog.New(ws.Schemas(), ws.Relation)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := workspace.NewCatalog(t.Context(), tables, watchlists{}, workspace.Mirror{})
	if err != nil {
		t.Fatal(err)
	}
	return engine.New(engine.Config{Catalog: withoutFiles{cat}, Backend: ws, Library: builtin.Standard()})
}

// absentIn is the table, function or column that is not there, and its line; a fuzzy union warns of those that it goes without.
func absentIn(found *diag.List) (name string, line int) {
	for _, d := range found.Items {
		if m := absence.FindStringSubmatch(d.Message); m != nil {
			return m[1], d.Line
		}
	}
	return "", 0
}

var absence = regexp.MustCompile(`(?:there is no (?:table or function|function|column) named|has no column named) ['"\[]*([A-Za-z_]\w*)`)

// fault is a query that its publisher got wrong.
type fault struct{ File, Skill, Code, Why string }

func faulty(list []fault, path, skill, code string) bool {
	return slices.ContainsFunc(list, func(f fault) bool { return strings.HasSuffix(path, f.File) && f.Skill == skill && f.Code == code })
}

// everyNth is which of the skills that bind are run too: all with SLEUTH_PROVE=1, else some.
func everyNth() int {
	if os.Getenv("SLEUTH_PROVE") == "1" {
		return 1
	}
	return 8
}

// TestKQLSkills fills and binds every KQL skill of the published manifests, and runs it on empty tables and on the sample tenant: every
// eighth without SLEUTH_PROVE=1.
func TestKQLSkills(t *testing.T) {
	files := published(t, ".yaml", ".yml")
	engines := map[string]*engine.Engine{"empty tables": house(t)}
	tenant := filepath.Join("..", "..", "..", "shared", "tenant-woodgrove")
	if _, err := os.Stat(tenant); err == nil {
		engines["the sample tenant"] = house(t, filepath.Join(tenant, "logs"), filepath.Join(tenant, "directory"))
	} else {
		t.Log("the sample tenant is not beside the repository: skills run on empty tables only")
	}
	var faults []fault
	text, err := os.ReadFile("testdata/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &faults); err != nil {
		t.Fatal(err)
	}
	skills, filled, bound, tried, told, wrong := 0, 0, 0, 0, 0, 0
	ran := map[string]int{}
	targets, absent := map[string]int{}, map[string]int{}
	for _, f := range files {
		m, list := plugin.Read(f.path, f.text)
		if list.Failed() {
			continue
		}
		text, err := plugin.Text(f.text)
		if err != nil {
			t.Fatal(err)
		}
		src := diag.NewSource(f.path, string(text))
		for i := range m.Skills {
			s := &m.Skills[i]
			if s.Format != plugin.KQL {
				continue
			}
			skills++
			targets[s.Target]++
			query, err := fill.Fill(s.Template, lint.Values(m, s), now)
			if err != nil {
				t.Errorf("%s, %s: %v", f.path, s.Name, err)
				continue
			}
			filled++
			found := lint.Query(engines["empty tables"], m, s, src)
			src.Locate(found.Items...)
			if found.Failed() {
				switch name, at := absentIn(found); {
				case name != "":
					told++
					absent[name]++
					if line := strings.Split(src.Text, "\n")[at-1]; !strings.Contains(line, name) {
						t.Errorf("%s:%d is said to hold %q: %s", f.path, at, name, line)
					}
				case faulty(faults, f.path, s.Name, found.First().Code):
					wrong++
				default:
					t.Errorf("%s:%s", f.path, found.First())
				}
				if *failures {
					t.Logf("%s:%s", f.path, found.First())
				}
				continue
			}
			bound++
			if bound%everyNth() != 0 {
				continue
			}
			tried++
			for place, eng := range engines {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				_, err := eng.Query(ctx, query, engine.Options{Now: now, Timeout: time.Minute})
				cancel()
				if err != nil {
					t.Errorf("%s, %s on %s: %v", f.path, s.Name, place, err)
					continue
				}
				ran[place]++
			}
		}
	}
	var runs []string
	for _, place := range slices.Sorted(maps.Keys(ran)) {
		runs = append(runs, fmt.Sprintf("%d/%d run on %s", ran[place], tried, place))
	}
	t.Logf("kql skills: %d/%d filled, %d bound, %s; %d told what is not there, %d told what their publisher got wrong", filled, skills, bound, strings.Join(runs, ", "), told, wrong)
	t.Logf("targets: %v; not there: %v", targets, absent)
}

package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// vector is a query of the conformance files.
type vector struct {
	ID    string   `json:"id"`
	Query string   `json:"query"`
	Level string   `json:"level"`
	Error *string  `json:"error"`
	Flags []string `json:"flags"`
}

// every asks for all vectors and rules; a run of the unit tests takes a sample.
var every = flag.Bool("every", os.Getenv("SLEUTH_PROVE") != "", "run every conformance query and published rule, not a sample")

// sharedFolder is a folder of the material beside the repository, or "" where there is none.
func sharedFolder(t testing.TB, name string) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, "..", "shared", name)
			if _, err := os.Stat(path); err == nil {
				return path
			}
			return ""
		}
	}
	return ""
}

// chance is what gives other rows on each run, or rows of which KQL does not say which.
var chance = regexp.MustCompile(`\b(rand|new_guid|sample|sample-distinct|take|limit|take_any|any|innerunique|top-hitters|autocluster|basket|diffpatterns|ingestion_time|hll|tdigest|now|ago)\b`)

// unordered is what makes arrays whose elements have no order: sets, and lists of groups.
var unordered = regexp.MustCompile(`\bmake_?set|summarize[^|]*\|[^|]*make_?list`)

// sortArrays puts the elements of arrays in the order of their texts.
func sortArrays(t *types.Table) {
	for _, row := range t.Rows {
		for i, v := range row {
			if list, ok := v.Tree().([]types.Tree); ok && v.Type() == types.Dynamic {
				list = append([]types.Tree(nil), list...)
				sort.Slice(list, func(a, b int) bool { return types.FormatJSON(list[a]) < types.FormatJSON(list[b]) })
				row[i] = types.NewDynamic(list)
			}
		}
	}
}

// numbered is windows over sorted groups: among those that sort alike KQL does not say which comes first.
var numbered = regexp.MustCompile(`summarize.*(sort|order) by.*(row_number|row_cumsum|row_rank|prev|next)`)

// TestVectorsOnBothSides runs the queries of the conformance files, whose rows stand in them, in the reference and in DuckDB.
// Which rows are right is the business of the conformance runner; here they must be the same.
func TestVectorsOnBothSides(t *testing.T) {
	for _, name := range []string{"docs-examples.jsonl", "engine-recorded.jsonl"} {
		folder := sharedFolder(t, "kql-conformance")
		if folder == "" {
			t.Skip("no shared folder")
		}
		m := newMemory(t)
		e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
		e.everything = true
		equal, total, remote, fallback := 0, 0, 0, 0
		for i, v := range readVectors(t, filepath.Join(folder, name)) {
			if !*every && i%8 != 0 {
				continue
			}
			if v.Error != nil || v.Level == "schema" || chance.MatchString(v.Query) || numbered.MatchString(v.Query) {
				continue
			}
			o := Options{Now: time.Date(2025, 11, 25, 0, 0, 0, 0, time.UTC)}
			o.NoPushdown, o.NoRules = true, true
			want, err := e.Query(context.Background(), v.Query, o)
			if err != nil {
				continue
			}
			o.NoPushdown, o.NoRules = false, false
			total++
			got, err := e.Query(context.Background(), v.Query, o)
			if err != nil {
				t.Errorf("%s: the reference runs it, the backend does not: %v\n%s", v.ID, err, v.Query)
				continue
			}
			if len(got.Stats.SQL) > 0 {
				remote++
			}
			if got.Stats.Fallback != "" {
				fallback++
			}
			if refused := got.Stats.Fallback; refused != "" && !regexp.MustCompile("exact range").MatchString(refused) {
				t.Errorf("%s: fell back: %s\n%s", v.ID, refused, v.Query)
			}
			if unordered.MatchString(v.Query) {
				sortArrays(want.Tables[0])
				sortArrays(got.Tables[0])
			}
			if diff := sameRows(want.Tables[0], got.Tables[0], false); diff != "" {
				t.Errorf("%s: %s\n%s\n%v", v.ID, v.Query, diff, got.Stats.SQL)
				continue
			}
			equal++
		}
		t.Logf("%s: reference = DuckDB: %d/%d (%d with SQL, %d of them fell back)", name, equal, total, remote, fallback)
	}
}

func readVectors(t *testing.T, path string) []vector {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

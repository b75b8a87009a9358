package bind_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

var failures = flag.Bool("failures", false, "print each vector that fails")

// vector is a record of the conformance files, as far as binding goes.
type vector struct {
	ID            string            `json:"id"`
	Category      string            `json:"category"`
	Family        string            `json:"family"`
	Query         string            `json:"query"`
	Schema        map[string]string `json:"schema"`
	OracleColumns []oracleColumn    `json:"oracle_columns"`
	ColumnsOpen   bool              `json:"columns_open"`
	Error         *string           `json:"error"`
	Expected      *struct {
		Columns []string `json:"columns"`
		Classes []string `json:"classes"`
	} `json:"expected"`
}

type oracleColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// shared is a file of the companion folder beside the repository; the test is skipped where it is not there.
func shared(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		dir = filepath.Dir(dir)
	}
	full := filepath.Join(dir, "..", "shared", path)
	if !exists(full) {
		t.Skipf("no %s", full)
	}
	return full
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readVectors(t *testing.T, name string) []vector {
	t.Helper()
	f, err := os.Open(shared(t, filepath.Join("kql-conformance", name)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []vector
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var v vector
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// score counts passes by group.
type score map[string][2]int

func (s score) add(group string, ok bool) {
	n := s[group]
	n[1]++
	if ok {
		n[0]++
	}
	s[group] = n
}

func (s score) total() (passed, all int) {
	for _, n := range s {
		passed, all = passed+n[0], all+n[1]
	}
	return passed, all
}

func (s score) log(t *testing.T, name string) {
	var groups []string
	for g := range s {
		groups = append(groups, g)
	}
	sort.Strings(groups)
	for _, g := range groups {
		t.Logf("%s: %s: %d/%d", name, g, s[g][0], s[g][1])
	}
	passed, all := s.total()
	t.Logf("%s: total: %d/%d", name, passed, all)
}

func bindText(text string, cat bind.Catalog) (*plan.Result, error) {
	q, errs := syntax.Parse(text)
	if errs.Failed() {
		return nil, errs.Err()
	}
	res, diags := bind.Bind(q, cat, library(), bind.Options{Now: types.UnixEpochTicks + 20000*types.TicksPerDay})
	return res, diags.Err()
}

// TestDocumentationExamples binds the examples of the reference and compares columns.
func TestDocumentationExamples(t *testing.T) {
	s := score{}
	for _, v := range readVectors(t, "docs-examples.jsonl") {
		res, err := bindText(v.Query, catalogOf(v.Schema))
		problem := ""
		switch {
		case err != nil:
			problem = err.Error()
		default:
			problem = compareDocs(v, res.Node.Schema())
		}
		s.add(v.Category, problem == "")
		show(t, v, problem)
	}
	s.log(t, "reference examples")
	requireShare(t, s, 0.9)
}

// TestRecordedQueries binds the queries that were run on the service's engine: columns must be its columns, and what it
// refused must be refused, where that can be seen without running.
func TestRecordedQueries(t *testing.T) {
	accepted, refused := score{}, score{}
	for _, v := range readVectors(t, "engine-recorded.jsonl") {
		res, err := bindText(v.Query, noTables{})
		if v.Error != nil {
			problem := ""
			if err == nil {
				problem = "accepted; the engine says: " + strings.ReplaceAll(*v.Error, "\n", " ")
			}
			refused.add(v.Family, problem == "")
			show(t, v, problem)
			continue
		}
		problem := ""
		if err != nil {
			problem = err.Error()
		} else {
			problem = compareRecorded(v, res.Node.Schema())
		}
		accepted.add(v.Family, problem == "")
		show(t, v, problem)
	}
	accepted.log(t, "recorded queries")
	refused.log(t, "refused queries")
	requireShare(t, accepted, 0.95)
	requireShare(t, refused, 0.9)
}

func show(t *testing.T, v vector, problem string) {
	if *failures && problem != "" {
		t.Logf("FAIL %s\n%s\n--> %s", v.ID, v.Query, problem)
	}
}

func requireShare(t *testing.T, s score, share float64) {
	t.Helper()
	if passed, all := s.total(); float64(passed) < share*float64(all) {
		t.Errorf("%d of %d, less than %.0f%%", passed, all, share*100)
	}
}

// compareDocs follows the deviations that the files' README lists: scan has no match_id of its own, and rows of an open schema may have
// more columns.
func compareDocs(v vector, got types.Schema) string {
	var want []oracleColumn
	scan := strings.Contains(v.Query, "scan") && !strings.Contains(v.Query, "with_match_id")
	for _, c := range v.OracleColumns {
		if scan && c.Name == "match_id" {
			continue
		}
		want = append(want, c)
	}
	if v.ColumnsOpen {
		for _, c := range want {
			if got.Find(c.Name) < 0 {
				return fmt.Sprintf("no column %s in %v", c.Name, got)
			}
		}
		return ""
	}
	if len(got) != len(want) {
		return fmt.Sprintf("columns %v, want %v", got, want)
	}
	for i, c := range want {
		if got[i].Name != c.Name || c.Type != "unknown" && got[i].Type.String() != c.Type {
			return fmt.Sprintf("columns %v, want %v", got, want)
		}
	}
	return ""
}

var classes = map[string][]string{
	"Int": {"int", "long"}, "Real": {"real", "decimal"}, "String": {"string"}, "Bool": {"bool"}, "DateTime": {"datetime"},
	"TimeSpan": {"timespan"}, "Guid": {"guid"}, "Dynamic": {"dynamic"},
}

func compareRecorded(v vector, got types.Schema) string {
	if strings.Contains(v.Query, "bag_unpack") || strings.Contains(v.Query, "pivot") {
		return "" // the columns depend on the data
	}
	if len(got) != len(v.Expected.Columns) {
		return fmt.Sprintf("columns %v, want %v", got, v.Expected.Columns)
	}
	for i, name := range v.Expected.Columns {
		if got[i].Name != name || !slices.Contains(classes[v.Expected.Classes[i]], got[i].Type.String()) {
			return fmt.Sprintf("columns %v, want %v %v", got, v.Expected.Columns, v.Expected.Classes)
		}
	}
	return ""
}

package conformance

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// record is a line of the example files.
type record struct {
	ID       string            `json:"id"`
	Category string            `json:"category"`
	Family   string            `json:"family"`
	Level    string            `json:"level"`
	Query    string            `json:"query"`
	Schema   map[string]string `json:"schema"`
	Error    *string           `json:"error"`
	Expected *struct {
		Columns []string    `json:"columns"`
		Types   []*string   `json:"types"`
		Classes []string    `json:"classes"`
		Rows    [][]*string `json:"rows"`
	} `json:"expected"`
	OracleColumns    []oracleColumn  `json:"oracle_columns"`
	ColumnsOpen      bool            `json:"columns_open"`
	CheckNames       *bool           `json:"check_names"`
	CheckColumnOrder *bool           `json:"check_column_order"`
	Ordered          bool            `json:"ordered"`
	SortKeys         []sortKey       `json:"sort_keys"`
	Flags            []string        `json:"flags"`
	Features         json.RawMessage `json:"features"`
}

type oracleColumn struct{ Name, Type string }

type sortKey struct {
	Column *string `json:"column"`
}

// example is a record as it is compared.
type example struct {
	id, group, query string
	schema           map[string]string
	want             string // rows, schema or error
	recorded         bool
	open             bool
	sets             bool
	byName           bool
	columns          []expectedColumn
	rows             [][]*string
	sortKeys         []int
}

// expectedColumn is a column with the types that it may have; none is any.
type expectedColumn struct {
	name  string
	types []types.Type
	kind  types.Type // how its cells are read
}

var setFunction = regexp.MustCompile(`\b(?:make_?set|make_set_if|set_union|set_difference|set_intersect)\s*\(`)

var classes = map[string][]types.Type{
	"Int": {types.Long, types.Int}, "Real": {types.Real, types.Decimal}, "String": {types.String}, "Bool": {types.Bool},
	"DateTime": {types.DateTime}, "TimeSpan": {types.TimeSpan}, "Guid": {types.GUID}, "Dynamic": {types.Dynamic},
}

// shared is a path in the companion folder; the test is skipped without it.
func shared(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "shared", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no %s", full)
	}
	return full
}

func readExamples(t *testing.T, file string) []*example {
	t.Helper()
	f, err := os.Open(shared(t, filepath.Join("kql-conformance", file)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []*example
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var r record
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r.example())
	}
	return out
}

func (r *record) example() *example {
	e := &example{id: r.ID, group: r.Category + r.Family, query: r.Query, schema: r.Schema}
	if r.Category == "" {
		e.recorded, e.sets, e.want = true, setFunction.MatchString(r.Query), "rows"
		if r.Error != nil || r.Expected == nil {
			e.want = "error"
			return e
		}
		for i, name := range r.Expected.Columns {
			c := classes[r.Expected.Classes[i]]
			col := expectedColumn{name: name, types: c}
			if c != nil {
				col.kind = c[0]
			}
			e.columns = append(e.columns, col)
		}
		e.rows = r.Expected.Rows
		e.order(r)
		return e
	}
	e.want, e.open = r.Level, r.ColumnsOpen
	e.sets = contains(r.Flags, "set-order")
	e.byName = r.CheckColumnOrder != nil && !*r.CheckColumnOrder
	if r.Expected != nil && e.want == "rows" {
		e.rows = r.Expected.Rows
	}
	for _, c := range r.pageColumns(e) {
		e.columns = append(e.columns, c.expected(r.Query))
	}
	e.order(r)
	return e
}

// pageColumns decides between the printed columns and the binder's, by the rules of the collection.
func (r *record) pageColumns(e *example) []oracleColumn {
	var binder []oracleColumn
	scan := strings.Contains(string(r.Features), `"scan"`) && !strings.Contains(r.Query, "with_match_id")
	for _, c := range r.OracleColumns {
		if !scan || c.Name != "match_id" {
			binder = append(binder, c)
		}
	}
	if e.rows == nil {
		return binder
	}
	known := map[string]string{}
	same := len(binder) == len(r.Expected.Columns)
	for i, c := range binder {
		known[c.Name] = c.Type
		same = same && c.Name == r.Expected.Columns[i]
	}
	var printed []oracleColumn
	for i, name := range r.Expected.Columns {
		c := oracleColumn{Name: name}
		if r.Expected.Types[i] != nil {
			c.Type = *r.Expected.Types[i]
		}
		if t, ok := known[name]; ok && e.byName {
			c.Type = t
		}
		printed = append(printed, c)
	}
	switch {
	case !e.open && r.CheckNames != nil && !*r.CheckNames:
		return binder
	case !e.open && !e.byName && same:
		return binder
	}
	return printed
}

var weekDiff = regexp.MustCompile(`(?i)datetime_diff\s*\(\s*["']week`)

// expected is the column with the types that it may have where binder and service are known to differ.
func (c oracleColumn) expected(query string) expectedColumn {
	t, ok := types.ParseType(c.Type)
	if !ok {
		return expectedColumn{name: c.Name}
	}
	out := expectedColumn{name: c.Name, types: []types.Type{t}, kind: t}
	if t == types.Long && weekDiff.MatchString(query) || t == types.Dynamic && strings.Contains(query, "jaccard_index") {
		out.types = append(out.types, types.Real)
	}
	return out
}

// order finds the sort keys among the columns, as far as they are there.
func (e *example) order(r *record) {
	if !r.Ordered {
		return
	}
	for _, k := range r.SortKeys {
		at := -1
		for i, c := range e.columns {
			if k.Column != nil && c.name == *k.Column {
				at = i
			}
		}
		if at < 0 {
			return
		}
		e.sortKeys = append(e.sortKeys, at)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

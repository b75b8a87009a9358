package engine

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// memory is a backend in memory, and the catalog of its tables.
type memory struct {
	db     *sql.DB
	tables map[string]*plan.Table
}

func newMemory(t testing.TB) *memory {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &memory{db: db, tables: map[string]*plan.Table{}}
}

// Query implements Backend.
func (m *memory) Query(ctx context.Context, text string, schema types.Schema) (Rows, error) {
	rows, err := m.db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return ReadSQL(rows, schema)
}

func (m *memory) Table(name string) (*plan.Table, bool) {
	t, ok := m.tables[name]
	return t, ok
}

func (m *memory) TableNames() []string {
	var out []string
	for n := range m.tables {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

func (m *memory) Function(string) (bind.Function, bool) { return bind.Function{}, false }

// add makes a table with rows.
func (m *memory) add(t testing.TB, name string, schema types.Schema, rows []types.Row) {
	t.Helper()
	m.tables[name] = &plan.Table{Name: name, Columns: schema, Relation: "main." + name}
	defs := make([]string, len(schema))
	for i, c := range schema {
		defs[i] = fmt.Sprintf("%q %s", c.Name, physical(c.Type))
		if c.Name == "TimeGenerated" {
			m.tables[name].TimeColumn = c.Name
		}
	}
	if _, err := m.db.Exec(fmt.Sprintf("CREATE TABLE main.%q (%s)", name, strings.Join(defs, ", "))); err != nil {
		t.Fatal(err)
	}
	holes := strings.TrimSuffix(strings.Repeat("?,", len(schema)), ",")
	for _, row := range rows {
		cells := make([]any, len(row))
		for i, v := range row {
			cells[i] = toPhysical(v)
		}
		if _, err := m.db.Exec(fmt.Sprintf("INSERT INTO main.%q VALUES (%s)", name, holes), cells...); err != nil {
			t.Fatal(err)
		}
	}
}

func physical(t types.Type) string {
	switch t {
	case types.Bool:
		return "BOOLEAN"
	case types.Int:
		return "INTEGER"
	case types.Long, types.DateTime, types.TimeSpan:
		return "BIGINT"
	case types.Real:
		return "DOUBLE"
	}
	return "VARCHAR"
}

func toPhysical(v types.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Type() {
	case types.Bool:
		return v.Bool()
	case types.Int:
		return int32(v.Long())
	case types.Long, types.DateTime, types.TimeSpan:
		return v.Long()
	case types.Real:
		return v.Real()
	case types.Dynamic:
		return types.FormatJSON(v.Tree())
	}
	return v.Text()
}

// lines are rows as texts, to compare and to show: type by type exact, and -0.0 is not 0.0. An array in a column named set_...
// has no order.
func lines(t *types.Table) []string {
	out := make([]string, len(t.Rows))
	for i, row := range t.Rows {
		cells := make([]string, len(row))
		for j, v := range row {
			cells[j] = line(v, isSet(t.Columns[j]))
		}
		out[i] = strings.Join(cells, " | ")
	}
	return out
}

// isSet: the column holds arrays without order, each value in them once.
func isSet(c types.Column) bool { return strings.HasPrefix(c.Name, "set_") }

func line(v types.Value, set bool) string {
	if v.IsNull() {
		return "null"
	}
	if v.Type() != types.Dynamic {
		return fmt.Sprintf("%q", v.Text())
	}
	list, ok := v.Tree().([]types.Tree)
	if !ok || !set {
		return types.FormatJSON(v.Tree())
	}
	items := make([]string, len(list))
	for i, e := range list {
		items[i] = types.FormatJSON(e)
	}
	sort.Strings(items)
	return "{" + strings.Join(items, ",") + "}"
}

// sameRows compares two tables, row by row where ordered and as multisets otherwise.
func sameRows(a, b *types.Table, ordered bool) string {
	x, y := lines(a), lines(b)
	if !ordered {
		sort.Strings(x)
		sort.Strings(y)
	}
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("row %d:\n  reference %s\n  backend   %s", i, x[i], y[i])
		}
	}
	if len(x) != len(y) {
		return fmt.Sprintf("reference %d rows, backend %d", len(x), len(y))
	}
	return ""
}

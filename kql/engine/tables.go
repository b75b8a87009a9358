package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Tables are tables of Go rows: a catalog for programs that ask their own data. All of it runs in the reference. The zero value has no tables. Add tables before the first query.
type Tables struct {
	tables    map[string]*plan.Table
	functions map[string]bind.Function
	names     []string
}

// Add makes or replaces a table. A column named TimeGenerated or Timestamp is its time. It is an error when a row has not as
// many values as there are columns, or one of another type.
func (t *Tables) Add(name string, columns types.Schema, rows []types.Row) error {
	table := &plan.Table{Name: name, Columns: columns}
	for _, c := range columns {
		if c.Name == "TimeGenerated" || c.Name == "Timestamp" {
			table.TimeColumn = c.Name
			break
		}
	}
	for i, row := range rows {
		if len(row) != len(columns) {
			return fmt.Errorf("table %s: row %d has %d values, there are %d columns", name, i, len(row), len(columns))
		}
		for k, v := range row {
			if v.Type() != columns[k].Type {
				return fmt.Errorf("table %s: row %d: %s is %s, the column %s", name, i, columns[k].Name, v.Type(), columns[k].Type)
			}
		}
	}
	table.Load = func(context.Context) ([]types.Row, error) { return rows, nil }
	if t.tables == nil {
		t.tables = map[string]*plan.Table{}
	}
	if _, known := t.tables[name]; !known {
		t.names = append(t.names, name)
		slices.Sort(t.names)
	}
	t.tables[name] = table
	return nil
}

// AddFunction saves a function: its text is a query, or a lambda such as "(user: string) { T | where User == user }".
func (t *Tables) AddFunction(name, text string) {
	if t.functions == nil {
		t.functions = map[string]bind.Function{}
	}
	t.functions[name] = bind.Function{Name: name, Text: text}
}

// Table implements bind.Catalog.
func (t *Tables) Table(name string) (*plan.Table, bool) {
	table, ok := t.tables[name]
	return table, ok
}

// TableNames implements bind.Catalog.
func (t *Tables) TableNames() []string { return t.names }

// Function implements bind.Catalog.
func (t *Tables) Function(name string) (bind.Function, bool) {
	f, ok := t.functions[name]
	return f, ok
}

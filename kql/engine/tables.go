package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Tables are tables of Go rows: a catalog and a source of rows, for programs that ask their own data. All of it runs in the
// reference. The zero value has no tables. Add tables before the first query.
type Tables struct {
	tables    map[string]*plan.Table
	rows      map[string][]types.Row
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
	if t.tables == nil {
		t.tables, t.rows = map[string]*plan.Table{}, map[string][]types.Row{}
	}
	if _, known := t.tables[name]; !known {
		t.names = append(t.names, name)
		slices.Sort(t.names)
	}
	t.tables[name], t.rows[name] = table, rows
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

// Scan implements reference.Source: the scan's columns of all rows.
func (t *Tables) Scan(_ context.Context, op *plan.ScanOp) (reference.Rows, error) {
	table := t.tables[op.Table.Name]
	if table == nil {
		return nil, fmt.Errorf("there is no table %s", op.Table.Name)
	}
	at := make([]int, len(op.Columns))
	for i, c := range op.Columns {
		if at[i] = table.Columns.Find(c.Name); at[i] < 0 {
			return nil, fmt.Errorf("table %s has no column %s", op.Table.Name, c.Name)
		}
	}
	rows := make([]types.Row, len(t.rows[op.Table.Name]))
	for i, row := range t.rows[op.Table.Name] {
		out := make(types.Row, len(at))
		for k, from := range at {
			out[k] = row[from]
		}
		rows[i] = out
	}
	return reference.SliceRows(rows), nil
}

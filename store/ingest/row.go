package ingest

import (
	"github.com/sleuth-sec/sleuth/entra"
)

// Grade says how much of a thing the kind of source shows. Of two states of one thing the one of
// the higher grade is shown: a portal CSV leaves out most of a sign-in.
type Grade int8

const (
	// GradePartial: a summary for people (portal CSV).
	GradePartial Grade = 1
	// GradeFull: the service's own record.
	GradeFull Grade = 2
	// GradeRecord: the record of diagnostic settings, which says more than the Graph resource.
	GradeRecord Grade = 3
)

// Row is one record on its way to a table.
type Row struct {
	Table *entra.Table
	// Cells holds one value per column of Table.Columns: nil, string (string, dynamic as compact
	// JSON, guid, decimal), bool, int32, int64 (long; ticks of datetime and timespan), float64.
	Cells []any
	// Extra holds what no column takes, in the order of the record.
	Extra []Member
	// Line is the 1-based line at which the record begins; RecordIndex counts records of the file.
	Line int64
	// Version is the moment (ticks) at which this state of a thing was written; 0 when the source
	// does not say, then the file's time stands for it.
	Version int64
	Grade   Grade
	// Collection and Scope belong to directory rows: the Graph collection the row was read from
	// and the container whose complete list it is part of (a group's members); see Coverage.
	Collection string
	Scope      string
	// Tenant is the Entra tenant id the record names, or empty.
	Tenant string
}

// Member is one property of a JSON object: its name and the raw, valid JSON of its value.
type Member struct {
	Name string
	Raw  []byte
}

// Coverage says that the file holds the complete list of a table's rows for a scope: of one
// container, or with an empty Scope of the whole collection.
type Coverage struct {
	Table      string
	Collection string
	Scope      string
}

// Page says that a response document of a collection ended. HasNext: more documents follow.
type Page struct {
	Collection string
	Tables     []string
	HasNext    bool
}

// Sink takes what a file holds, in order.
type Sink interface {
	Row(*Row) error
	// Reject takes a record that cannot be read, verbatim.
	Reject(line int64, reason string, raw []byte) error
	Cover(Coverage) error
	Page(Page) error
	// Unconverted counts a value that was kept in _Extra because it is not of the column's type.
	Unconverted(table, column string)
}

// newRow makes an empty row of a table.
func newRow(t *entra.Table, line int64) *Row {
	return &Row{Table: t, Cells: make([]any, len(t.Columns)), Line: line, Grade: GradeFull}
}

// Cell returns the value of a column by name; nil when absent.
func (r *Row) Cell(name string) any {
	if i := r.Table.ColumnIndex(name); i >= 0 {
		return r.Cells[i]
	}
	return nil
}

// Text returns a string cell, or "".
func (r *Row) Text(name string) string {
	s, _ := r.Cell(name).(string)
	return s
}

// Ticks returns a datetime or long cell, or 0.
func (r *Row) Ticks(name string) int64 {
	n, _ := r.Cell(name).(int64)
	return n
}

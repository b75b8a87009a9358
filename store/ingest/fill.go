package ingest

import (
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// reserved are the hidden columns that only the program writes; a record's property of that name
// is the record's own business and goes to _Extra.
func reserved(c entra.Column) bool {
	switch c.Name {
	case "_Extra", "_SourceFile", "_SourceLine", "_SourceSha256", "_ImportId", "_IngestionTime", "_SnapshotTime", "_Current":
		return true
	}
	return false
}

// set puts a raw value into a column. A value that is not of the column's type, and a second value
// for a column that has another one, go to _Extra under the property's name: nothing is lost.
func (rd *reader) set(row *Row, i int, name string, raw []byte) {
	col := row.Table.Columns[i]
	if reserved(col) {
		row.extra(name, raw)
		return
	}
	cell, ok := convert(col.Type, raw, rd.order)
	switch {
	case !ok:
		row.extra(name, raw)
		rd.sink.Unconverted(row.Table.Name, col.Name)
	case cell == nil || cell == "":
	case row.Cells[i] == nil || row.Cells[i] == "":
		row.Cells[i] = cell
	case row.Cells[i] != cell:
		row.extra(name, raw)
	}
}

// setText is set for text that is not JSON (CSV).
func (rd *reader) setText(row *Row, i int, name, text string) {
	col := row.Table.Columns[i]
	if reserved(col) {
		row.extra(name, Quote(text))
		return
	}
	cell, ok := convertText(col.Type, text, rd.order)
	switch {
	case !ok:
		row.extra(name, Quote(text))
		rd.sink.Unconverted(row.Table.Name, col.Name)
	case cell == nil || cell == "":
	case row.Cells[i] == nil || row.Cells[i] == "":
		row.Cells[i] = cell
	case row.Cells[i] != cell:
		row.extra(name, Quote(text))
	}
}

// put sets a column by name to a value the program made; a table without the column ignores it.
func (row *Row) put(name string, cell any) {
	if i := row.Table.ColumnIndex(name); i >= 0 && (row.Cells[i] == nil || row.Cells[i] == "") {
		row.Cells[i] = cell
	}
}

// extra keeps a property that no column takes; null says nothing and is not kept.
func (row *Row) extra(name string, raw []byte) {
	if isNull(raw) {
		return
	}
	row.Extra = append(row.Extra, Member{Name: name, Raw: viewBytes(compact(raw))})
}

// fillByName puts every member into the column of its name in any case, except those named in
// skip (lower case); the rest goes to _Extra.
func (rd *reader) fillByName(row *Row, o *object, skip map[string]bool) {
	for _, m := range o.members {
		if skip[strings.ToLower(m.Name)] {
			continue
		}
		if i := row.Table.ColumnIndex(m.Name); i >= 0 {
			rd.set(row, i, m.Name, m.Raw)
			continue
		}
		row.extra(m.Name, m.Raw)
	}
}

// titled makes member Member: Graph writes userType in lower case, the log tables with a capital.
func titled(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// tenantOf takes the tenant out of a resource id /tenants/{id}/providers/...; "" when it has none.
func tenantOf(resourceID string) string {
	low := strings.ToLower(resourceID)
	rest, ok := strings.CutPrefix(low, "/tenants/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return tenantID(id)
}

// tenantID returns id in lower case when it can be a tenant: a GUID that is not all zeros.
// Published samples carry made-up ids that say nothing.
func tenantID(id string) string {
	id = strings.ToLower(strings.TrimSpace(id))
	if len(id) != 36 || strings.Trim(id, "0123456789abcdef-") != "" || strings.Count(id, "-") != 4 || strings.Trim(id, "0-") == "" {
		return ""
	}
	return id
}

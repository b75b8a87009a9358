package store

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// sqlType is the physical type of a KQL type. A string is never null; datetime and timespan are
// 100 ns ticks, because TIMESTAMP drops the seventh digit and TIMESTAMP_NS ends in 2262.
func sqlType(kql string) string {
	switch kql {
	case "bool":
		return "BOOLEAN"
	case "int":
		return "INTEGER"
	case "long", "datetime", "timespan":
		return "BIGINT"
	case "real":
		return "DOUBLE"
	}
	return "VARCHAR"
}

// bookkeeping are the columns behind those of the schema: what a row is a record of (_Key), which
// state of it (_State), when that state was written and how full the source is.
func bookkeeping(t *entra.Table) []string {
	cols := []string{"_Key UUID", "_State UUID", "_Version BIGINT", "_Grade TINYINT"}
	if t.Kind == entra.KindLog {
		cols = append(cols, "_Current BOOLEAN")
	}
	return cols
}

// rowGroup is how many rows share zone maps: small enough that those of one user skip most of a day.
const rowGroup = 32_768

// rawName is the physical table: every state of every record.
func rawName(t *entra.Table) string { return "ws.raw." + ident(t.Name) }

// viewName is the relation that queries read: the current state.
func viewName(t *entra.Table) string { return "ws.main." + ident(t.Name) }

// createTable is the DDL of a table and of the view on its current state.
func createTable(t *entra.Table) string {
	return fmt.Sprintf("CREATE TABLE %s (%s);\n%s", rawName(t), columnDefs(t), createView(t))
}

// columnDefs are the definitions of the physical columns.
func columnDefs(t *entra.Table) string {
	var defs []string
	for _, c := range t.Columns {
		d := ident(c.Name) + " " + sqlType(c.Type)
		if c.Type == "string" {
			d += " NOT NULL DEFAULT ''"
		}
		defs = append(defs, d)
	}
	defs = append(defs, bookkeeping(t)...)
	shadows := shadow.Of(t)
	for _, name := range shadows.Names {
		defs = append(defs, shadows.Definition(name))
	}
	return strings.Join(defs, ", ")
}

func createView(t *entra.Table) string {
	var cols []string
	for _, c := range t.Columns {
		cols = append(cols, ident(c.Name))
	}
	for _, name := range shadow.Of(t).Names {
		cols = append(cols, ident(name))
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s WHERE _Current;\n", viewName(t), strings.Join(cols, ", "), rawName(t))
}

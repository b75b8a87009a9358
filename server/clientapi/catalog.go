package clientapi

import (
	"context"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Catalog tells what the workspace holds.
type Catalog interface {
	// Database is the workspace's own name.
	Database() string
	Tables(ctx context.Context) ([]Table, error)
	Functions(ctx context.Context) ([]Function, error)
	// Plugins are the plugins of evaluate that editors should offer.
	Plugins() []string
	// Started is when this process began to serve.
	Started() time.Time
}

// Table is a table as commands show it.
type Table struct {
	Name, Folder, Doc string
	TimeColumn        string // what a timespan is about; empty where there is none
	Columns           types.Schema
	Rows              int64
	// First and Last are the ticks of the first and last ingestion; 0 where there is none.
	First, Last int64
}

// Function is a function of the workspace.
type Function struct {
	Name       string
	Parameters []Parameter
	Body       string // "{ ... }"
	Folder     string
	Doc        string
}

// Parameter is a parameter of a function. Columns is set, and Type is not, where it takes a table.
type Parameter struct {
	Name    string
	Type    types.Type
	Columns types.Schema // empty, not nil: a table of any columns
	Default string       // a literal of KQL; empty where the parameter must be given
}

// Declaration is the parameters as they are written.
func (f Function) Declaration() string {
	parts := make([]string, len(f.Parameters))
	for i, p := range f.Parameters {
		parts[i] = p.Name + ":"
		switch {
		case p.Columns == nil:
			parts[i] += p.Type.String()
		case len(p.Columns) == 0:
			parts[i] += "(*)"
		default:
			parts[i] += "(" + CSLSchema(p.Columns) + ")"
		}
		if p.Default != "" {
			parts[i] += "=" + p.Default
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// CSLSchema is columns as a:string,b:long; names that are no plain words stand in brackets.
func CSLSchema(s types.Schema) string {
	parts := make([]string, 0, len(s))
	for _, c := range s.Visible() {
		parts = append(parts, ColumnName(c.Name)+":"+c.Type.String())
	}
	return strings.Join(parts, ",")
}

// ColumnName is a name as it can stand in a schema.
func ColumnName(name string) string {
	for i, c := range name {
		if !(c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
		}
	}
	return name
}

package kusto

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
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
	Columns types.Schema
	Default string // a literal of KQL; empty where the parameter must be given
}

// declaration is the parameters as they are written.
func (f Function) declaration() string {
	parts := make([]string, len(f.Parameters))
	for i, p := range f.Parameters {
		parts[i] = p.Name + ":"
		if p.Columns != nil {
			parts[i] += "(" + cslSchema(p.Columns) + ")"
		} else {
			parts[i] += p.Type.String()
		}
		if p.Default != "" {
			parts[i] += "=" + p.Default
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// cslSchema is columns as a:string,b:long; names that are no plain words stand in brackets.
func cslSchema(s types.Schema) string {
	parts := make([]string, 0, len(s))
	for _, c := range s.Visible() {
		parts = append(parts, columnName(c.Name)+":"+c.Type.String())
	}
	return strings.Join(parts, ",")
}

// columnName is a name as it can stand in a schema.
func columnName(name string) string {
	for i, c := range name {
		if !(c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
		}
	}
	return name
}

// The JSON forms of schemas, which editors read: @kusto/monaco-kusto, Kusto Explorer, the web UI.
type (
	columnJSON struct {
		Name      string
		Type      string
		CslType   string
		DocString string `json:",omitempty"`
	}
	tableJSON struct {
		Name           string
		Folder         string
		DocString      string
		OrderedColumns []columnJSON
	}
	parameterJSON struct {
		Name            string
		Type            string       `json:",omitempty"`
		CslType         string       `json:",omitempty"`
		CslDefaultValue string       `json:",omitempty"`
		Columns         []columnJSON `json:",omitempty"`
	}
	functionJSON struct {
		Name            string
		InputParameters []parameterJSON
		Body            string
		Folder          string
		DocString       string
		FunctionKind    string
		OutputColumns   []columnJSON
	}
	databaseJSON struct {
		Name               string
		Tables             map[string]tableJSON
		ExternalTables     map[string]tableJSON
		MaterializedViews  map[string]tableJSON
		EntityGroups       map[string]any
		MajorVersion       int
		MinorVersion       int
		Functions          map[string]functionJSON
		DatabaseAccessMode string
		PrettyName         string
	}
	clusterJSON struct {
		Plugins   []pluginJSON
		Databases map[string]databaseJSON
	}
	pluginJSON struct{ Name string }
)

func columnsJSON(s types.Schema) []columnJSON {
	out := []columnJSON{}
	for _, c := range s.Visible() {
		out = append(out, columnJSON{Name: c.Name, Type: dotnet(c.Type), CslType: c.Type.String()})
	}
	return out
}

// dotnet is the .NET type that editors expect beside KQL's.
func dotnet(t types.Type) string {
	switch t {
	case types.Bool:
		return "System.SByte"
	case types.Decimal:
		return "System.Data.SqlTypes.SqlDecimal"
	case types.Dynamic:
		return "System.Object"
	default:
		return "System." + dataType(t)
	}
}

func databaseSchema(name string, tables []Table, functions []Function) databaseJSON {
	db := databaseJSON{
		Name: name, Tables: map[string]tableJSON{}, ExternalTables: map[string]tableJSON{}, MaterializedViews: map[string]tableJSON{},
		EntityGroups: map[string]any{}, MajorVersion: 1, MinorVersion: 0, Functions: map[string]functionJSON{}, DatabaseAccessMode: "ReadOnly",
	}
	for _, t := range tables {
		db.Tables[t.Name] = tableJSON{Name: t.Name, Folder: t.Folder, DocString: t.Doc, OrderedColumns: columnsJSON(t.Columns)}
	}
	for _, f := range functions {
		j := functionJSON{Name: f.Name, Body: f.Body, Folder: f.Folder, DocString: f.Doc, FunctionKind: "Unknown",
			InputParameters: []parameterJSON{}, OutputColumns: []columnJSON{}}
		for _, p := range f.Parameters {
			pj := parameterJSON{Name: p.Name, CslDefaultValue: p.Default}
			if p.Columns != nil {
				pj.Columns = columnsJSON(p.Columns)
			} else {
				pj.Type, pj.CslType = dotnet(p.Type), p.Type.String()
			}
			j.InputParameters = append(j.InputParameters, pj)
		}
		db.Functions[f.Name] = j
	}
	return db
}

func schemaJSON(names, plugins []string, tables []Table, functions []Function) string {
	c := clusterJSON{Plugins: []pluginJSON{}, Databases: map[string]databaseJSON{}}
	for _, p := range plugins {
		c.Plugins = append(c.Plugins, pluginJSON{p})
	}
	for _, n := range names {
		c.Databases[n] = databaseSchema(n, tables, functions)
	}
	return string(clientapi.JSON(c))
}

// byName orders tables, so that commands answer alike each time.
func byName(tables []Table) []Table {
	out := append([]Table(nil), tables...)
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

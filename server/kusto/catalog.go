package kusto

import (
	"sort"

	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

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

func databaseSchema(name string, tables []clientapi.Table, functions []clientapi.Function) databaseJSON {
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

func schemaJSON(names, plugins []string, tables []clientapi.Table, functions []clientapi.Function) string {
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
func byName(tables []clientapi.Table) []clientapi.Table {
	out := append([]clientapi.Table(nil), tables...)
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

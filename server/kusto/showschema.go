package kusto

import (
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// The forms of the whole schema.

func (s *showing) holdings() ([]clientapi.Table, []clientapi.Function, error) {
	tables, err := s.cfg.Catalog.Tables(s.ctx)
	if err != nil {
		return nil, nil, err
	}
	functions, err := s.cfg.Catalog.Functions(s.ctx)
	return byName(tables), functions, err
}

// schemaAsJSON is the schema in one cell, as editors read it.
func (s *showing) schemaAsJSON() (*types.Table, error) {
	tables, functions, err := s.holdings()
	if err != nil {
		return nil, err
	}
	return &types.Table{
		Columns: types.Schema{str("DatabaseSchema")},
		Rows:    []types.Row{{text(schemaJSON(s.dbNames(), s.cfg.Catalog.Plugins(), tables, functions))}},
	}, nil
}

// schemaRows is a row for each database, each of its tables, and each of their columns.
func (s *showing) schemaRows() (*types.Table, error) {
	tables, _, err := s.holdings()
	if err != nil {
		return nil, err
	}
	t := &types.Table{Columns: types.Schema{str("DatabaseName"), str("TableName"), str("ColumnName"), str("ColumnType"), col("IsDefaultTable", types.Bool),
		col("IsDefaultColumn", types.Bool), str("PrettyName"), str("Version"), str("Folder"), str("DocString")}}
	no := types.NewBool(false)
	for _, db := range s.dbNames() {
		row := func(table, column, kind, version, folder, doc string) {
			t.Rows = append(t.Rows, types.Row{text(db), text(table), text(column), text(kind), no, no, text(""), text(version), text(folder), text(doc)})
		}
		row("", "", "", "v1.0", "", "")
		for _, x := range tables {
			row(x.Name, "", "", "", x.Folder, x.Doc)
			for _, c := range x.Columns.Visible() {
				row(x.Name, c.Name, dotnet(c.Type), "", "", "")
			}
		}
	}
	return t, nil
}

// entities is a row for each table and function, with their schemas.
func (s *showing) entities() (*types.Table, error) {
	tables, functions, err := s.holdings()
	if err != nil {
		return nil, err
	}
	t := &types.Table{Columns: types.Schema{str("DatabaseName"), str("EntityType"), str("EntityName"), str("DocString"), str("Folder"),
		str("CslInputSchema"), str("Content"), str("CslOutputSchema"), col("Properties", types.Dynamic)}}
	none := types.Null(types.Dynamic)
	for _, x := range tables {
		t.Rows = append(t.Rows, types.Row{text(s.dbName()), text("Table"), text(x.Name), text(x.Doc), text(x.Folder), text(""), text(""), text(clientapi.CSLSchema(x.Columns)), none})
	}
	for _, f := range functions {
		params := f.Declaration()
		t.Rows = append(t.Rows, types.Row{text(s.dbName()), text("Function"), text(f.Name), text(f.Doc), text(f.Folder),
			text(params[1 : len(params)-1]), text(f.Body), text(""), none})
	}
	return t, nil
}

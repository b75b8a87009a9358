package kusto

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// showing is a command of .show while it is answered.
type showing struct {
	*Service
	*call
	ctx   context.Context
	args  []word
	props map[string]string
}

// showDef is a form of .show. In a pattern, <name> takes a name and <names> a list in parentheses.
type showDef struct {
	pattern string
	run     func(*showing) (*types.Table, error)
}

// shows are the commands, a form each; the columns are those of the service.
func shows() []showDef {
	return []showDef{
		{"show version", (*showing).version},
		{"show cluster", (*showing).cluster},
		{"show databases", (*showing).databases},
		{"show databases details", (*showing).databasesDetails},
		{"show databases identity", (*showing).databases},
		{"show databases entities", (*showing).entities},
		{"show databases schema", (*showing).schemaRows},
		{"show databases schema as json", (*showing).schemaAsJSON},
		{"show databases <names> schema", (*showing).schemaRows},
		{"show databases <names> schema as json", (*showing).schemaAsJSON},
		{"show cluster databases", (*showing).databases},
		{"show cluster databases details", (*showing).databasesDetails},
		{"show cluster databases identity", (*showing).databases},
		{"show cluster databases <names>", (*showing).databases},
		{"show cluster schema as json", (*showing).schemaAsJSON},
		{"show schema", (*showing).schemaRows},
		{"show schema as json", (*showing).schemaAsJSON},
		{"show database", (*showing).databases},
		{"show database details", (*showing).databasesDetails},
		{"show database identity", (*showing).databases},
		{"show database schema", (*showing).schemaRows},
		{"show database schema as json", (*showing).schemaAsJSON},
		{"show database cslschema", (*showing).databaseCSL},
		{"show database <name> details", (*showing).databasesDetails},
		{"show database <name> identity", (*showing).databases},
		{"show database <name> schema", (*showing).schemaRows},
		{"show database <name> schema as json", (*showing).schemaAsJSON},
		{"show database <name> cslschema", (*showing).databaseCSL},
		{"show database <name> principals", (*showing).principals},
		{"show tables", (*showing).tables},
		{"show tables details", (*showing).tablesDetails},
		{"show tables <names>", (*showing).tables},
		{"show tables <names> details", (*showing).tablesDetails},
		{"show table <name>", (*showing).table},
		{"show table <name> details", (*showing).tablesDetails},
		{"show table <name> cslschema", (*showing).tableCSL},
		{"show table <name> schema as json", (*showing).tableJSON},
		{"show functions", (*showing).functions},
		{"show function <name>", (*showing).functions},
		{"show external tables", (*showing).externalTables},
		{"show materialized-views", (*showing).materializedViews},
		{"show principal access", (*showing).principalAccess},
		{"show principal roles", (*showing).principalRoles},
	}
}

func text(s string) types.Value { return types.NewString(s) }

// dbNames are the databases that a command is about: those it names, that of the request, or the workspace's own.
func (s *showing) dbNames() []string {
	if len(s.args) > 0 && s.args[0].list != nil {
		return s.args[0].list
	}
	if len(s.args) > 0 {
		return []string{s.args[0].text}
	}
	return []string{s.dbName()}
}

func (s *showing) dbName() string {
	if s.req.DB != "" {
		return s.req.DB
	}
	return s.cfg.Catalog.Database()
}

func (s *showing) version() (*types.Table, error) {
	started := types.NewDateTime(types.TicksOf(s.cfg.Catalog.Started()))
	return &types.Table{
		Columns: types.Schema{str("BuildVersion"), col("BuildTime", types.DateTime), str("ServiceType"), str("ProductVersion"), str("ServiceOffering")},
		Rows:    []types.Row{{text(s.cfg.Version), started, text("Engine"), text("Sleuth " + s.cfg.Version), text(`{"Type":"Sleuth"}`)}},
	}, nil
}

func (s *showing) cluster() (*types.Table, error) {
	return &types.Table{
		Columns: types.Schema{str("NodeId"), str("Address"), str("Name"), col("StartTime", types.DateTime), col("AssignedHotExtents", types.Int),
			col("IsAdmin", types.Bool), col("ProcessorCount", types.Int), str("EnvironmentDescription"), str("ProductVersion")},
		Rows: []types.Row{{text("0"), text(s.r.Host), text("Sleuth"), types.NewDateTime(types.TicksOf(s.cfg.Catalog.Started())), types.NewInt(0),
			types.NewBool(true), types.NewInt(int32(runtime.NumCPU())), text(runtime.GOOS + "/" + runtime.GOARCH), text("Sleuth " + s.cfg.Version)}},
	}, nil
}

func databaseColumns() types.Schema {
	return types.Schema{str("DatabaseName"), str("PersistentStorage"), str("Version"), col("IsCurrent", types.Bool), str("DatabaseAccessMode"),
		str("PrettyName"), col("ReservedSlot1", types.Bool), col("DatabaseId", types.GUID)}
}

func (s *showing) databases() (*types.Table, error) {
	t := &types.Table{Columns: databaseColumns()}
	for _, n := range s.dbNames() {
		t.Rows = append(t.Rows, types.Row{text(n), text(""), text("v1.0"), types.NewBool(n == s.dbName()), text("ReadOnly"), text(""),
			types.Null(types.Bool), types.Null(types.GUID)})
	}
	return t, nil
}

func (s *showing) databasesDetails() (*types.Table, error) {
	t := &types.Table{Columns: types.Schema{str("DatabaseName"), str("PersistentStorage"), str("Version"), col("IsCurrent", types.Bool),
		str("DatabaseAccessMode"), str("PrettyName"), str("AuthorizedPrincipals"), str("RetentionPolicy"), str("MergePolicy"), str("CachingPolicy"),
		str("ShardingPolicy"), str("StreamingIngestionPolicy"), str("IngestionBatchingPolicy"), col("TotalSize", types.Real), col("DatabaseId", types.GUID)}}
	for _, n := range s.dbNames() {
		row := types.Row{text(n), text(""), text("v1.0"), types.NewBool(n == s.dbName()), text("ReadOnly"), text("")}
		for range 7 {
			row = append(row, text(""))
		}
		t.Rows = append(t.Rows, append(row, types.Null(types.Real), types.Null(types.GUID)))
	}
	return t, nil
}

// chosen are the tables that a command names; all where it names none.
func (s *showing) chosen() ([]clientapi.Table, error) {
	all, err := s.cfg.Catalog.Tables(s.ctx)
	if err != nil || len(s.args) == 0 {
		return byName(all), err
	}
	wanted := s.args[0].list
	if wanted == nil {
		wanted = []string{s.args[0].text}
	}
	var out []clientapi.Table
	for _, name := range wanted {
		i := slices.IndexFunc(all, func(t clientapi.Table) bool { return t.Name == name })
		if i < 0 {
			return nil, &notFound{"table", name}
		}
		out = append(out, all[i])
	}
	return out, nil
}

func (s *showing) tables() (*types.Table, error) {
	list, err := s.chosen()
	t := &types.Table{Columns: types.Schema{str("TableName"), str("DatabaseName"), str("Folder"), str("DocString")}}
	for _, x := range list {
		t.Rows = append(t.Rows, types.Row{text(x.Name), text(s.dbName()), text(x.Folder), text(x.Doc)})
	}
	return t, err
}

// tablesDetails tells how many rows there are and since when. Sizes of extents and policies mean nothing here: they
// are null, not made up.
func (s *showing) tablesDetails() (*types.Table, error) {
	list, err := s.chosen()
	t := &types.Table{Columns: types.Schema{str("TableName"), str("DatabaseName"), str("Folder"), str("DocString"), col("TotalExtents", types.Long),
		col("TotalExtentSize", types.Real), col("TotalOriginalSize", types.Real), col("TotalRowCount", types.Long), col("HotExtents", types.Long),
		col("HotExtentSize", types.Real), col("HotOriginalSize", types.Real), col("HotRowCount", types.Long), str("AuthorizedPrincipals"),
		str("RetentionPolicy"), str("CachingPolicy"), str("ShardingPolicy"), str("MergePolicy"), str("StreamingIngestionPolicy"),
		str("IngestionBatchingPolicy"), col("MinExtentsCreationTime", types.DateTime), col("MaxExtentsCreationTime", types.DateTime), str("RowOrderPolicy")}}
	long, size := types.Null(types.Long), types.Null(types.Real)
	for _, x := range list {
		rows := types.NewLong(x.Rows)
		row := types.Row{text(x.Name), text(s.dbName()), text(x.Folder), text(x.Doc), long, size, size, rows, long, size, size, rows}
		for range 7 {
			row = append(row, text(""))
		}
		t.Rows = append(t.Rows, append(row, moment(x.First), moment(x.Last), text("")))
	}
	return t, err
}

func moment(ticks int64) types.Value {
	if ticks == 0 {
		return types.Null(types.DateTime)
	}
	return types.NewDateTime(ticks)
}

func (s *showing) table() (*types.Table, error) {
	list, err := s.chosen()
	if err != nil {
		return nil, err
	}
	t := &types.Table{Columns: types.Schema{str("AttributeName"), str("AttributeType"), col("ExtentSize", types.Long), col("CompressionRatio", types.Real),
		col("IndexSize", types.Long), col("IndexSizePercent", types.Real), col("OriginalSize", types.Long), col("AttributeId", types.GUID),
		col("SharedIndexSize", types.Long), str("StorageEngineVersion")}}
	long := types.Null(types.Long)
	for _, c := range list[0].Columns.Visible() {
		t.Rows = append(t.Rows, types.Row{text(c.Name), text(dataType(c.Type)), long, types.Null(types.Real), long, types.Null(types.Real), long,
			types.Null(types.GUID), long, text("")})
	}
	return t, nil
}

// schemaTable is a table whose second column is the schema of each table.
func (s *showing) schemaTable(list []clientapi.Table, schema func(clientapi.Table) string) *types.Table {
	t := &types.Table{Columns: types.Schema{str("TableName"), str("Schema"), str("DatabaseName"), str("Folder"), str("DocString")}}
	for _, x := range list {
		t.Rows = append(t.Rows, types.Row{text(x.Name), text(schema(x)), text(s.dbName()), text(x.Folder), text(x.Doc)})
	}
	return t
}

func (s *showing) tableCSL() (*types.Table, error) {
	list, err := s.chosen()
	return s.schemaTable(list, func(x clientapi.Table) string { return clientapi.CSLSchema(x.Columns) }), err
}

func (s *showing) databaseCSL() (*types.Table, error) {
	s.args = nil
	return s.tableCSL()
}

func (s *showing) tableJSON() (*types.Table, error) {
	list, err := s.chosen()
	return s.schemaTable(list, func(x clientapi.Table) string {
		return string(clientapi.JSON(struct {
			Name           string
			OrderedColumns []columnJSON
		}{x.Name, columnsJSON(x.Columns)}))
	}), err
}

func (s *showing) functions() (*types.Table, error) {
	all, err := s.cfg.Catalog.Functions(s.ctx)
	if err != nil {
		return nil, err
	}
	t := &types.Table{Columns: types.Schema{str("Name"), str("Parameters"), str("Body"), str("Folder"), str("DocString")}}
	for _, f := range all {
		if len(s.args) == 0 || s.args[0].text == f.Name {
			t.Rows = append(t.Rows, types.Row{text(f.Name), text(f.Declaration()), text(f.Body), text(f.Folder), text(f.Doc)})
		}
	}
	if len(s.args) > 0 && len(t.Rows) == 0 {
		return nil, &notFound{"function", s.args[0].text}
	}
	return t, nil
}

func (s *showing) externalTables() (*types.Table, error) {
	return &types.Table{Columns: types.Schema{str("TableName"), str("TableType"), str("Folder"), str("DocString"), str("Properties"),
		col("ConnectionStrings", types.Dynamic), col("Partitions", types.Dynamic), str("PathFormat")}}, nil
}

func (s *showing) materializedViews() (*types.Table, error) {
	return &types.Table{Columns: types.Schema{str("Name"), str("SourceTable"), str("Query"), col("MaterializedTo", types.DateTime),
		col("LastRun", types.DateTime), str("LastRunResult"), col("IsHealthy", types.Bool), col("IsEnabled", types.Bool), str("Folder"), str("DocString"),
		col("AutoUpdateSchema", types.Bool), col("EffectiveDateTime", types.DateTime), col("Lookback", types.TimeSpan)}}, nil
}

// principalAccess says whether the caller may do what "with (accesstype = ...)" asks; without it, whether it may read.
func (s *showing) principalAccess() (*types.Table, error) {
	kind := strings.ToLower(s.props["accesstype"])
	if kind == "" {
		kind = "query"
	}
	who := s.principal.ID
	if p := s.props["principal"]; p != "" && p != who {
		who = p
	}
	allowed := who == s.principal.ID && (kind == "query" || kind == "view" || kind == "read")
	return &types.Table{
		Columns: types.Schema{str("PrincipalFQN"), str("Entity"), str("AccessType"), col("IsAllowed", types.Bool)},
		Rows:    []types.Row{{text(who), text(fmt.Sprintf("Database=%s", s.dbName())), text(kind), types.NewBool(allowed)}},
	}, nil
}

func (s *showing) principalRoles() (*types.Table, error) {
	t := &types.Table{Columns: types.Schema{str("Scope"), str("DisplayName"), str("AADObjectID"), str("Role")}}
	t.Rows = append(t.Rows, types.Row{text("Database " + s.dbName()), text(s.principal.Name), text(s.principal.ID), text("Viewer")})
	return t, nil
}

func (s *showing) principals() (*types.Table, error) {
	t := &types.Table{Columns: types.Schema{str("Role"), str("PrincipalType"), str("PrincipalDisplayName"), str("PrincipalObjectId"), str("PrincipalFQN"), str("Notes")}}
	t.Rows = append(t.Rows, types.Row{text("Database " + s.dbNames()[0] + " Viewer"), text("Sleuth user"), text(s.principal.Name), text(s.principal.ID), text(s.principal.ID), text("")})
	return t, nil
}

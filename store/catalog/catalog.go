package catalog

import (
	"fmt"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// Catalog gives the binder the tables of the workspace. Without a relation function every table is without rows.
type Catalog struct {
	tables  map[string]*plan.Table
	history map[string]*plan.Table
	names   []string
}

// New makes the catalog of all known tables; relation tells where a table's rows are.
func New(schemas *entra.Schemas, relation func(*entra.Table) (current, history string)) (*Catalog, error) {
	c := &Catalog{tables: map[string]*plan.Table{}, history: map[string]*plan.Table{}}
	for _, t := range schemas.Tables() {
		pt, err := planTable(t)
		if err != nil {
			return nil, err
		}
		if relation != nil {
			pt.Shadows = map[string]bool{}
			for _, name := range shadow.Of(t).Names {
				pt.Shadows[name] = true
			}
			h := *pt
			pt.Relation, h.Relation = relation(t)
			c.history[t.Name] = &h
		}
		c.tables[t.Name] = pt
		c.names = append(c.names, t.Name)
	}
	if relation != nil {
		for _, t := range journalTables() {
			c.tables[t.Name] = t
			c.names = append(c.names, t.Name)
		}
	}
	sort.Strings(c.names)
	return c, nil
}

// journalTables are the workspace's own records of its imports: what was set aside, and the chain of custody.
func journalTables() []*plan.Table {
	str := func(name string) types.Column { return types.Column{Name: name, Type: types.String} }
	long := func(name string) types.Column { return types.Column{Name: name, Type: types.Long} }
	return []*plan.Table{
		{Name: "_ImportRejects", Relation: "ws.main._ImportRejects",
			Columns: types.Schema{str("path"), long("line"), str("reason"), str("record"), str("sha256"), str("import_id")}},
		{Name: "_ImportFiles", Relation: "ws.meta.files",
			Columns: types.Schema{str("path"), str("sha256"), long("size"), str("status"), str("formats"), long("records"), long("rows_added"),
				long("rows_held"), long("rejected"), str("unsupported"), {Name: "started", Type: types.DateTime}, {Name: "finished", Type: types.DateTime},
				str("import_id")}},
	}
}

func planTable(t *entra.Table) (*plan.Table, error) {
	pt := &plan.Table{Name: t.Name, TimeColumn: t.TimeColumn, Aliases: map[string]string{}}
	for _, col := range t.Columns {
		typ, ok := types.ParseType(col.Type)
		if !ok {
			return nil, fmt.Errorf("table %s: column %s has the unknown type %q", t.Name, col.Name, col.Type)
		}
		pt.Columns = append(pt.Columns, types.Column{Name: col.Name, Type: typ, Hidden: col.Hidden})
		for _, a := range col.Aliases {
			pt.Aliases[a] = col.Name
		}
	}
	return pt, nil
}

// Table implements bind.Catalog.
func (c *Catalog) Table(name string) (*plan.Table, bool) {
	t, ok := c.tables[name]
	return t, ok
}

// TableNames implements bind.Catalog.
func (c *Catalog) TableNames() []string { return c.names }

// Function implements bind.Catalog: EntraHistory("EntraUsers") reads every state of a directory table.
func (c *Catalog) Function(name string) (bind.Function, bool) {
	if name != "EntraHistory" {
		return bind.Function{}, false
	}
	return bind.Function{Name: name, Table: c.entraHistory}, true
}

func (c *Catalog) entraHistory(args []types.Value) (*plan.Table, error) {
	if len(args) != 1 || args[0].Type() != types.String {
		return nil, fmt.Errorf(`EntraHistory takes the name of one directory table: EntraHistory("EntraUsers")`)
	}
	if t, ok := c.history[args[0].Str()]; ok {
		return t, nil
	}
	if t, ok := c.tables[args[0].Str()]; ok {
		return t, nil
	}
	return nil, fmt.Errorf("there is no table %q", args[0].Str())
}

// With is the catalog with further tables, which have no rows and hide others of the same name. Each schema is "col:type, ...".
func (c *Catalog) With(schema map[string]string) (*Catalog, error) {
	out := &Catalog{tables: map[string]*plan.Table{}, history: c.history, names: append([]string(nil), c.names...)}
	for n, t := range c.tables {
		out.tables[n] = t
	}
	for name, text := range schema {
		t := &plan.Table{Name: name}
		cols, err := parseColumns(text)
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", name, err)
		}
		t.Columns = cols
		if _, known := out.tables[name]; !known {
			out.names = append(out.names, name)
		}
		out.tables[name] = t
	}
	sort.Strings(out.names)
	return out, nil
}

// parseColumns reads "a:long, ['b c']:string".
func parseColumns(text string) (types.Schema, error) {
	var out types.Schema
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		i := strings.LastIndexByte(part, ':')
		if i < 0 {
			return nil, fmt.Errorf("%q is not name:type", part)
		}
		typ, ok := types.ParseType(strings.TrimSpace(part[i+1:]))
		if !ok {
			return nil, fmt.Errorf("%q has an unknown type", part)
		}
		name := strings.Trim(strings.TrimSpace(part[:i]), `[]'"`)
		out = append(out, types.Column{Name: name, Type: typ})
	}
	return out, nil
}

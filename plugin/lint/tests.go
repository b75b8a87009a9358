package lint

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// Test is a test of a KQL skill: what its query gives of rows that the test brings. Tests stand in a file of their own beside the manifest,
// which stays as Security Copilot takes it: plugin_test.yaml beside plugin.yaml.
type Test struct {
	Name   string                      `yaml:"Name"`
	Skill  string                      `yaml:"Skill"`
	Inputs map[string]string           `yaml:"Inputs"`
	Now    time.Time                   `yaml:"Now"`
	Tables map[string][]map[string]any `yaml:"Tables"` // the rows of tables, by column; every other table is empty
	Rows   *int                        `yaml:"Rows"`   // how many rows it gives
	Expect []map[string]any            `yaml:"Expect"` // the rows in order, by the columns that are named
	line   int
	column int
}

// UnmarshalYAML reads a test with its line.
func (x *Test) UnmarshalYAML(n *yaml.Node) error {
	type plain Test
	x.line, x.column = n.Line, n.Column
	return n.Decode((*plain)(x))
}

// Tests runs the tests of a manifest, whose file is text, and tells what differs in the lines of that file. ran is how many ran.
// columns gives the columns of a table that is known.
func Tests(ctx context.Context, eng *engine.Engine, m *plugin.Manifest, name string, text []byte, columns func(table string) (types.Schema, bool)) (ran int, list *diag.List) {
	list = &diag.List{}
	src := diag.NewSource(name, string(text))
	var file struct {
		Tests []Test `yaml:"Tests"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		list.Add(notTests(diag.Span{}, strings.TrimPrefix(err.Error(), "yaml: ")))
		src.Locate(list.Items...)
		return 0, list
	}
	for _, x := range file.Tests {
		start := src.Offset(x.line, x.column)
		at := diag.Span{Start: start, End: start + 1}
		if why := x.run(ctx, eng, m, columns); why != "" {
			list.Add(testFailed(at, x.Name, why))
		}
		ran++
	}
	if ran == 0 {
		list.Add(notTests(diag.Span{}, "it has no Tests"))
	}
	src.Locate(list.Items...)
	return ran, list
}

// run says how the rows of a test differ from what it expects.
func (x Test) run(ctx context.Context, eng *engine.Engine, m *plugin.Manifest, columns func(string) (types.Schema, bool)) string {
	i := slices.IndexFunc(m.Skills, func(s plugin.Skill) bool { return strings.EqualFold(s.Name, x.Skill) })
	if i < 0 || m.Skills[i].Format != plugin.KQL {
		return fmt.Sprintf("the manifest has no KQL skill %q", x.Skill)
	}
	s := &m.Skills[i]
	if x.Rows == nil && x.Expect == nil {
		return "it expects nothing: give Rows or Expect"
	}
	values := map[string]string{}
	for _, set := range m.Settings {
		values[set.Name] = set.Default
	}
	for _, in := range s.Inputs {
		values[in.Name] = in.Default
	}
	for k, v := range x.Inputs {
		values[k] = v
	}
	if x.Now.IsZero() {
		x.Now = at
	}
	query, err := fill.Fill(s.Template, values, x.Now)
	if err != nil {
		return err.Error()
	}
	tables, err := x.tables(columns)
	if err != nil {
		return err.Error()
	}
	res, err := eng.Query(ctx, tables+query, engine.Options{Now: x.Now, Timeout: 30 * time.Second})
	if err != nil {
		return err.Error()
	}
	return x.compare(res.Tables[0])
}

// tables declares the rows of a test in place of its tables.
func (x Test) tables(columns func(string) (types.Schema, bool)) (string, error) {
	var b strings.Builder
	names := make([]string, 0, len(x.Tables))
	for name := range x.Tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		schema, ok := columns(name)
		if !ok {
			return "", fmt.Errorf("there is no table %s", name)
		}
		schema = schema.Visible()
		fmt.Fprintf(&b, "let %s = datatable(", name)
		for i, c := range schema {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "['%s']:string", c.Name)
		}
		b.WriteString(")[")
		for r, row := range x.Tables[name] {
			for key := range row {
				if !slices.ContainsFunc(schema, func(c types.Column) bool { return c.Name == key }) {
					return "", fmt.Errorf("%s has no column %s", name, key)
				}
			}
			for i, c := range schema {
				if r+i > 0 {
					b.WriteString(", ")
				}
				b.WriteString(literal(row[c.Name]))
			}
		}
		b.WriteString("]")
		between := "\n| extend "
		for _, c := range schema {
			if convert := conversions[c.Type.String()]; convert != "" {
				fmt.Fprintf(&b, "%s['%s'] = %s(['%s'])", between, c.Name, convert, c.Name)
				between = ", "
			}
		}
		b.WriteString(";\n")
	}
	return b.String(), nil
}

// conversions turn the texts of a datatable into the types of the columns.
var conversions = map[string]string{"datetime": "todatetime", "timespan": "totimespan", "bool": "tobool", "int": "toint", "long": "tolong", "real": "toreal",
	"decimal": "todecimal", "guid": "toguid", "dynamic": "parse_json"}

// literal writes a value of YAML as a text; nothing is the empty text, which every conversion makes null.
func literal(v any) string {
	switch x := v.(type) {
	case nil:
		return `""`
	case time.Time:
		return quote(x.UTC().Format("2006-01-02T15:04:05.9999999Z"))
	case string:
		return quote(x)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return quote(fmt.Sprint(v))
	}
	return quote(string(text))
}

// quote writes a text as a literal of the query language.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

func (x Test) compare(t *types.Table) string {
	if x.Rows != nil && len(t.Rows) != *x.Rows {
		return fmt.Sprintf("it gives %d rows, not %d", len(t.Rows), *x.Rows)
	}
	if x.Expect != nil && len(t.Rows) != len(x.Expect) {
		return fmt.Sprintf("it gives %d rows, not %d", len(t.Rows), len(x.Expect))
	}
	for r, want := range x.Expect {
		for name, v := range want {
			i := slices.IndexFunc(t.Columns, func(c types.Column) bool { return c.Name == name })
			if i < 0 {
				return fmt.Sprintf("its rows have no column %s", name)
			}
			if m, ok := v.(time.Time); ok {
				v = m.UTC().Format("2006-01-02T15:04:05.0000000Z")
			}
			if got, want := t.Rows[r][i].Text(), fmt.Sprint(v); got != want {
				return fmt.Sprintf("row %d has %s = %q, not %q", r+1, name, got, want)
			}
		}
	}
	return ""
}

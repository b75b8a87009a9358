package engine

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
	"go.yaml.in/yaml/v3"
)

// TestPublishedRulesOnBothSides runs the published rules and hunting queries over tables of the real schemas with a few rows of
// made-up cells: no statement may be refused by DuckDB, and the rows are those of the reference.
func TestPublishedRulesOnBothSides(t *testing.T) {
	root := sharedFolder(t, "content")
	if root == "" {
		t.Skip("no shared folder")
	}
	m := newMemory(t)
	addTables(t, m)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	o := Options{Now: time.Date(2025, 11, 25, 12, 0, 0, 0, time.UTC), Timeout: 30 * time.Second}
	total, ran, remote, fallback, equal := 0, 0, 0, 0, 0
	for i, q := range ruleQueries(t, root) {
		if !*every && i%16 != 0 || *only != "" && !strings.Contains(q.path, *only) {
			continue
		}
		total++
		local := o
		local.NoPushdown, local.NoRules = true, true
		want, err := e.Query(context.Background(), q.text, local)
		if err != nil {
			continue
		}
		ran++
		got, err := e.Query(context.Background(), q.text, o)
		if err != nil {
			t.Errorf("%s: %v", q.path, err)
			continue
		}
		if x, err := e.Explain(context.Background(), q.text, o); err == nil && strings.HasPrefix(x.Remainder, "Remote\n") {
			remote++
		}
		if f := got.Stats.Fallback; f != "" {
			fallback++
			if !strings.Contains(f, "exact range") {
				t.Errorf("%s: fell back: %s", q.path, f)
			}
		}
		if chance.MatchString(q.text) || sameRows(want.Tables[0], got.Tables[0], false) == "" {
			equal++
		} else if !unordered.MatchString(q.text) {
			t.Errorf("%s: %s", q.path, sameRows(want.Tables[0], got.Tables[0], false))
		}
	}
	t.Logf("published rules: %d of %d run; %d wholly remote, %d fell back, rows equal %d/%d", ran, total, remote, fallback, equal, ran)
}

// only narrows the published rules to paths with this text.
var only = flag.String("only", "", "run the published rules whose path holds this text")

type ruleQuery struct{ path, text string }

func ruleQueries(t testing.TB, root string) []ruleQuery {
	var out []ruleQuery
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var rule struct {
			Query string `yaml:"query"`
		}
		if yaml.Unmarshal(text, &rule) == nil && rule.Query != "" {
			out = append(out, ruleQuery{strings.TrimPrefix(path, root), rule.Query})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// addTables makes all known tables, with a few rows each.
func addTables(t testing.TB, m *memory) {
	known, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, et := range known.Tables() {
		var schema types.Schema
		for _, c := range et.Columns {
			typ, ok := types.ParseType(c.Type)
			if !ok {
				t.Fatalf("%s.%s: type %q", et.Name, c.Name, c.Type)
			}
			schema = append(schema, types.Column{Name: c.Name, Type: typ, Hidden: c.Hidden})
		}
		var rows []types.Row
		for i := range 6 {
			row := make(types.Row, len(schema))
			for j, c := range schema {
				row[j] = madeUp(c, i, j)
			}
			rows = append(rows, row)
		}
		m.add(t, et.Name, schema, rows)
		m.tables[et.Name].TimeColumn = et.TimeColumn
	}
}

// madeUp is a cell that some rule may find something in.
func madeUp(c types.Column, i, j int) types.Value {
	now := types.TicksOf(time.Date(2025, 11, 25, 11, 0, 0, 0, time.UTC))
	switch c.Type {
	case types.Bool:
		return types.NewBool((i+j)%2 == 0)
	case types.Int:
		return types.NewInt(int32(i * j % 7))
	case types.Long:
		return types.NewLong(int64(i*j) % 9)
	case types.Real:
		return types.NewReal(float64(i) + 0.5)
	case types.DateTime:
		return types.NewDateTime(now - int64(i)*types.TicksPerHour*9)
	case types.TimeSpan:
		return types.NewTimeSpan(int64(i) * types.TicksPerMinute)
	case types.GUID:
		return types.NewGUID("0f8fad5b-d9cb-469f-a165-70867728950e")
	case types.Dynamic:
		return types.NewDynamicJSON([]string{`{"user":{"userPrincipalName":"ann@contoso.com","ipAddress":"10.0.0.7"},"city":"Oslo"}`,
			`[{"displayName":"x","modifiedProperties":[{"displayName":"Role.DisplayName","newValue":"\"Global Administrator\""}],"userPrincipalName":"bob@contoso.com"}]`, `null`, `{"errorCode":50126}`}[(i+j)%4])
	case types.Decimal:
		return types.Null(types.Decimal)
	}
	return types.NewString([]string{"", "ann@contoso.com", "50126", "Add member to role", "10.0.0.7", "AuditLogs", "0"}[(i*3+j)%7])
}

package bind_test

import (
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// tables is a catalog for tests.
type tables map[string]*plan.Table

func (t tables) Table(name string) (*plan.Table, bool) {
	x, ok := t[name]
	return x, ok
}

func (t tables) TableNames() []string {
	var out []string
	for n := range t {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

func (t tables) Function(string) (bind.Function, bool) { return bind.Function{}, false }

type noTables = tables

// catalogOf reads tables written as "a:long, b:string".
func catalogOf(schemas map[string]string) tables {
	out := tables{}
	for name, cols := range schemas {
		t := &plan.Table{Name: name}
		for _, c := range strings.Split(cols, ",") {
			n, typ, _ := strings.Cut(strings.TrimSpace(c), ":")
			ty, _ := types.ParseType(typ)
			t.Columns = append(t.Columns, types.Column{Name: n, Type: ty})
		}
		out[name] = t
	}
	return out
}

package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestTextOfWideRows: the SQL of a row of many columns grows as their number does, not as its square.
func TestTextOfWideRows(t *testing.T) {
	m := newMemory(t)
	length := func(columns int) int {
		name := fmt.Sprintf("T%d", columns)
		var schema types.Schema
		for i := range columns {
			schema = append(schema, types.Column{Name: fmt.Sprintf("Column%d", i), Type: types.String})
		}
		m.add(t, name, schema, nil)
		e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
		sql, err := e.Compile(context.Background(), name+" | summarize arg_max(Column0, *), arg_min(Column2, *) by Column1", Options{})
		if err != nil || len(sql) != 1 {
			t.Fatalf("%d statements, %v", len(sql), err)
		}
		return len(sql[0])
	}
	if narrow, wide := length(20), length(200); wide > 12*narrow {
		t.Errorf("20 columns are %d bytes of SQL, 200 are %d", narrow, wide)
	}
}

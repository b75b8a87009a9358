package duckdb

import (
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
)

// TestTemplatesAreOfTheLibrary: a template under a name that no function has would never be used.
func TestTemplatesAreOfTheLibrary(t *testing.T) {
	lib := builtin.Standard()
	e := New()
	for name := range e.scalars {
		f := lib.Lookup(builtin.Scalar, name)
		if f == nil {
			f = lib.Lookup(builtin.Operator, name)
		}
		if f == nil || f.Name != name {
			t.Errorf("no scalar function or operator is named %q", name)
		}
	}
	for name := range e.aggregates {
		if f := lib.Lookup(builtin.Aggregate, name); f == nil || f.Name != name {
			t.Errorf("no aggregation function is named %q", name)
		}
	}
	for name := range conditionals() {
		if f := lib.Lookup(builtin.Aggregate, name); f == nil || f.Name != name {
			t.Errorf("no aggregation function is named %q", name)
		}
	}
	for name := range e.windows {
		if f := lib.Lookup(builtin.Window, name); f == nil || f.Name != name {
			t.Errorf("no window function is named %q", name)
		}
	}
}

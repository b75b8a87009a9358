package scalar_test

import (
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
)

// boundAway are the functions that the binder replaces by something else, so that no executor meets them.
var boundAway = map[string]bool{
	"toscalar": true, "materialize": true, "column_ifexists": true, "iscolumnexists": true, "ingestion_time": true,
	"in": true, "!in": true, "in~": true, "!in~": true, "has_any": true, "has_all": true, "!has_any": true, "!has_all": true,
}

// TestCoverage: every function that can be written is either run here, bound away or known to be missing.
func TestCoverage(t *testing.T) {
	lib := builtin.Standard()
	missing := 0
	all := 0
	for _, f := range lib.All() {
		if f.Kind != builtin.Scalar && f.Kind != builtin.Operator || boundAway[f.Name] {
			continue
		}
		all++
		if scalar.Lookup(f.Name) == nil {
			missing++
			t.Logf("not run: %s", f.Name)
		}
	}
	for _, n := range scalar.Names() {
		if lib.Lookup(builtin.Scalar, n) == nil && lib.Lookup(builtin.Operator, n) == nil {
			t.Logf("not declared: %s", n)
		}
	}
	t.Logf("functions run: %d/%d", all-missing, all)
}

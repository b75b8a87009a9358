package builtin_test

import (
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
)

func TestStandard(t *testing.T) {
	lib := builtin.Standard()
	count := map[builtin.Kind]int{}
	seen := map[builtin.Kind]map[string]string{}
	for _, f := range lib.All() {
		count[f.Kind]++
		if seen[f.Kind] == nil {
			seen[f.Kind] = map[string]string{}
		}
		names := append(append([]string{f.Name}, f.Aliases...), f.Deprecated...)
		for _, n := range names {
			if other, ok := seen[f.Kind][n]; ok {
				t.Errorf("%s is a name of %s and of %s", n, other, f.Name)
			}
			seen[f.Kind][n] = f.Name
			if lib.Lookup(f.Kind, n) != f {
				t.Errorf("%s does not find %s", n, f.Name)
			}
		}
		if f.Doc == "" || f.Page == "" || len(f.Signatures) == 0 {
			t.Errorf("%s has no documentation, page or signature", f.Name)
		}
	}
	for op := range seen[builtin.Operator] {
		if f, ok := seen[builtin.Scalar][op]; ok {
			t.Errorf("%s is an operator and the function %s", op, f)
		}
	}
	t.Logf("functions by kind: %v", count)
}

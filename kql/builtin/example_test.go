package builtin_test

import (
	"context"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
)

// noTables is a catalog without tables: the examples are of constants.
type noTables struct{}

func (noTables) Table(string) (*plan.Table, bool)      { return nil, false }
func (noTables) TableNames() []string                  { return nil }
func (noTables) Function(string) (bind.Function, bool) { return bind.Function{}, false }

// Every example is run through the whole engine, beside the result that it claims.
func TestExamples(t *testing.T) {
	lib := builtin.Standard()
	e := engine.New(engine.Config{Catalog: noTables{}, Library: lib})
	examples, without := 0, 0
	for _, f := range lib.All() {
		if f.Kind == builtin.Scalar && len(f.Examples) == 0 {
			without++
		}
		for _, x := range f.Examples {
			examples++
			res, err := e.Query(context.Background(), "print call = "+x.Call+", result = "+x.Result, engine.Options{})
			if err != nil {
				t.Errorf("%s: %v", x.Call, err)
				continue
			}
			got, want := res.Rows()[0][0], res.Rows()[0][1]
			if got.Type() != want.Type() || got.IsNull() != want.IsNull() || got.Text() != want.Text() {
				t.Errorf("%s is %s %q, want %s %q", x.Call, got.Type(), got.Text(), want.Type(), want.Text())
			}
		}
	}
	t.Logf("%d examples; %d scalar functions have none", examples, without)
}

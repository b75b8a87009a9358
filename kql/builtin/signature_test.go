package builtin_test

import (
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// result is the type of a call by the first signature that takes arguments of these types; those of a signature that
// repeats are not looked at.
func result(f *builtin.Function, args ...types.Type) types.Type {
	for _, s := range f.Signatures {
		fits, repeats := len(args) <= len(s.Params), false
		for i, p := range s.Params {
			fits = fits && (i >= len(args) || args[i] == types.Dynamic || p.Accepts.Has(args[i]))
			repeats = repeats || p.Repeat
		}
		switch {
		case !fits && !repeats:
		case s.ResultOf != nil:
			return s.ResultOf(args)
		default:
			return s.Result
		}
	}
	return types.Unknown
}

func TestResults(t *testing.T) {
	lib := builtin.Standard()
	const i, l, r, s, dt, ts, dyn, b = types.Int, types.Long, types.Real, types.String, types.DateTime, types.TimeSpan, types.Dynamic, types.Bool
	cases := []struct {
		kind builtin.Kind
		name string
		args []types.Type
		want types.Type
	}{
		{builtin.Aggregate, "sum", []types.Type{i}, l},
		{builtin.Aggregate, "sum", []types.Type{r}, r},
		{builtin.Aggregate, "sum", []types.Type{ts}, ts},
		{builtin.Aggregate, "min", []types.Type{i}, i},
		{builtin.Aggregate, "avg", []types.Type{l}, r},
		{builtin.Aggregate, "avg", []types.Type{ts}, ts},
		{builtin.Aggregate, "avgif", []types.Type{dt, b}, dt},
		{builtin.Aggregate, "makeset", []types.Type{s}, dyn},
		{builtin.Scalar, "bin", []types.Type{dt, ts}, dt},
		{builtin.Scalar, "floor", []types.Type{r, l}, r},
		{builtin.Scalar, "bin", []types.Type{l, l}, l},
		{builtin.Scalar, "round", []types.Type{r, l}, r},
		{builtin.Scalar, "round", []types.Type{dyn}, r},
		{builtin.Scalar, "abs", []types.Type{i}, l},
		{builtin.Scalar, "iff", []types.Type{b, l, r}, r},
		{builtin.Scalar, "iif", []types.Type{b, dyn, s}, s},
		{builtin.Scalar, "case", []types.Type{b, s, b, dyn, s}, s},
		{builtin.Scalar, "coalesce", []types.Type{dyn, l}, l},
		{builtin.Scalar, "max_of", []types.Type{i, l}, l},
		{builtin.Scalar, "strlen", []types.Type{s}, l},
		{builtin.Scalar, "dayofmonth", []types.Type{dt}, i},
		{builtin.Scalar, "dayofweek", []types.Type{dt}, ts},
		{builtin.Scalar, "startofday", []types.Type{dt, l}, dt},
		{builtin.Scalar, "todouble", []types.Type{s}, r},
		{builtin.Scalar, "column_ifexists", []types.Type{s, dt}, dt},
		{builtin.Window, "prev", []types.Type{s}, s},
		{builtin.Window, "row_cumsum", []types.Type{i}, l},
		{builtin.Window, "row_number", nil, l},
	}
	for _, c := range cases {
		f := lib.Lookup(c.kind, c.name)
		if f == nil {
			t.Errorf("there is no %s", c.name)
			continue
		}
		if got := result(f, c.args...); got != c.want {
			t.Errorf("%s%v is %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

func TestParameters(t *testing.T) {
	lib := builtin.Standard()
	count := lib.Lookup(builtin.Scalar, "countof").Signatures[0].Params
	if p := count[2]; !p.Optional || p.Repeat || len(p.Values) != 2 || p.Accepts != builtin.ClsString {
		t.Errorf("countof's kind is %+v", p)
	}
	choice := lib.Lookup(builtin.Scalar, "case").Signatures[0].Params
	if !choice[0].Repeat || !choice[1].Repeat || choice[2].Repeat {
		t.Errorf("case repeats %v, %v, %v", choice[0].Repeat, choice[1].Repeat, choice[2].Repeat)
	}
	if p := lib.Lookup(builtin.Aggregate, "dcount").Signatures[0].Params[1]; !p.Constant || !p.Optional {
		t.Errorf("dcount's accuracy is %+v", p)
	}
	if extract := lib.Lookup(builtin.Scalar, "extract").Signatures; extract[0].NamesType || !extract[1].NamesType {
		t.Error("extract names its result's type by its last argument only")
	}
	for _, name := range []string{"rand", "new_guid"} {
		if !lib.Lookup(builtin.Scalar, name).Impure {
			t.Errorf("%s gives another value on each call", name)
		}
	}
}

// Optional parameters and those that repeat stand last, so that arguments find their place.
func TestParametersInOrder(t *testing.T) {
	for _, f := range builtin.Standard().All() {
		for _, s := range f.Signatures {
			optional, names := false, map[string]bool{}
			for _, p := range s.Params {
				if optional && !p.Optional {
					t.Errorf("%s: %s stands behind an optional parameter", f.Name, p.Name)
				}
				if p.Accepts == 0 || p.Name == "" || names[p.Name] {
					t.Errorf("%s: parameter %+v", f.Name, p)
				}
				optional, names[p.Name] = p.Optional, true
			}
		}
	}
}

package reference

import (
	"math"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// aggregateFunc is how the groups of an aggregation begin (https://learn.microsoft.com/kusto/query/aggregation-functions).
func (c *compiler) aggregateFunc(a *plan.Aggregate) (func() aggregate, error) {
	name := a.Func.Name
	if base, ok := conditional(name); ok {
		inner := *a
		start, err := c.aggregateNamed(base, &inner)
		if err != nil || start == nil {
			return start, orMissing(a, start == nil, err)
		}
		at := conditionAt(base, len(a.Args))
		return func() aggregate { return &ifAgg{inner: start(), at: at} }, nil
	}
	start, err := c.aggregateNamed(name, a)
	return start, orMissing(a, start == nil, err)
}

func orMissing(a *plan.Aggregate, missing bool, err error) error {
	if err == nil && missing {
		return notImplemented(a.At, "aggregation function", a.Func.Name)
	}
	return err
}

// conditional is the plain function of a name that ends in if.
func conditional(name string) (string, bool) {
	switch name {
	case "countif":
		return "count", true
	case "make_list_if", "make_set_if", "make_bag_if":
		return strings.TrimSuffix(name, "_if"), true
	case "take_anyif", "anyif":
		return "take_any", true
	case "sumif", "avgif", "minif", "maxif", "dcountif", "stdevif", "stdevpif", "varianceif", "variancepif",
		"covarianceif", "covariancepif", "count_distinctif", "binary_all_andif", "binary_all_orif", "binary_all_xorif", "hll_if":
		return strings.TrimSuffix(strings.TrimSuffix(name, "if"), "_"), true
	}
	return name, false
}

// conditionAt is where the condition stands among the arguments.
func conditionAt(base string, args int) int {
	switch base {
	case "count":
		return 0
	case "covariance", "covariancep":
		return 2
	}
	return 1
}

// ifAgg hands on the rows whose condition is true, without the condition.
type ifAgg struct {
	inner aggregate
	at    int
	buf   []types.Value
}

func (a *ifAgg) add(args []types.Value) error {
	if a.at >= len(args) {
		return nil
	}
	if is, _ := truth(args[a.at]); !is {
		return nil
	}
	a.buf = append(append(a.buf[:0], args[:a.at]...), args[a.at+1:]...)
	return a.inner.add(a.buf)
}

func (a *ifAgg) result() ([]types.Value, error) { return a.inner.result() }

func (c *compiler) aggregateNamed(name string, a *plan.Aggregate) (func() aggregate, error) {
	t := types.Unknown
	if len(a.Out) > 0 {
		t = a.Out[0].Type
	}
	switch name {
	case "count":
		return func() aggregate { return &countAgg{} }, nil
	case "sum":
		return func() aggregate { return &sumAgg{newSummer(t)} }, nil
	case "avg":
		return func() aggregate { return &avgAgg{typ: t} }, nil
	case "min":
		return func() aggregate { return &extremeAgg{sign: -1} }, nil
	case "max":
		return func() aggregate { return &extremeAgg{sign: 1} }, nil
	case "arg_min", "argmin":
		return func() aggregate { return &argAgg{sign: -1} }, nil
	case "arg_max", "argmax":
		return func() aggregate { return &argAgg{sign: 1} }, nil
	case "take_any", "any":
		return func() aggregate { return &anyAgg{} }, nil
	case "dcount", "count_distinct":
		return func() aggregate { return &distinctAgg{seen: newSet()} }, nil
	case "make_list", "makelist":
		return func() aggregate { return &listAgg{} }, nil
	case "make_list_with_nulls":
		return func() aggregate { return &listAgg{nulls: true} }, nil
	case "make_set", "makeset":
		return func() aggregate { return &listAgg{seen: newSet()} }, nil
	case "make_bag", "make_dictionary":
		return func() aggregate { return &bagAgg{bag: types.NewBag()} }, nil
	case "buildschema":
		return func() aggregate { return &schemaAgg{} }, nil
	case "binary_all_and", "binary_all_or", "binary_all_xor":
		return func() aggregate { return &bitsAgg{op: name[len("binary_all_"):]} }, nil
	}
	return c.statistic(name, a)
}

type countAgg struct{ n int64 }

func (a *countAgg) add([]types.Value) error { a.n++; return nil }

func (a *countAgg) result() ([]types.Value, error) { return one(types.NewLong(a.n)) }

func one(v types.Value) ([]types.Value, error) { return []types.Value{v}, nil }

// extremeAgg is min and max; nulls do not count.
type extremeAgg struct {
	sign int
	best types.Value
}

func (a *extremeAgg) add(args []types.Value) error {
	v := leaf(args[0])
	if v.IsNull() {
		return nil
	}
	if a.best.IsNull() || beats(v, a.best, a.sign) {
		a.best = v
	}
	return nil
}

func (a *extremeAgg) result() ([]types.Value, error) { return one(a.best) }

// beats reports whether v is further out than best. NaN is further out than any number, on either side, as in the service.
func beats(v, best types.Value, sign int) bool {
	if x, y := isNaN(v), isNaN(best); x || y {
		return x && !y
	}
	return compare(v, best)*sign > 0
}

func isNaN(v types.Value) bool { return v.Type() == types.Real && math.IsNaN(v.Real()) }

// argAgg is arg_max and arg_min: the row of the first extreme, a row of null keys when there are no others.
type argAgg struct {
	sign int
	best []types.Value
}

func (a *argAgg) add(args []types.Value) error {
	key := leaf(args[0])
	if a.best == nil || !key.IsNull() && (leaf(a.best[0]).IsNull() || beats(key, leaf(a.best[0]), a.sign)) {
		a.best = append(a.best[:0], args...)
	}
	return nil
}

func (a *argAgg) result() ([]types.Value, error) { return a.best, nil }

// anyAgg is take_any: for one column the first value that is not null or empty, for several those of the first row.
type anyAgg struct{ got []types.Value }

func (a *anyAgg) add(args []types.Value) error {
	if a.got == nil || len(args) == 1 && blank(a.got[0]) && !blank(args[0]) {
		a.got = append(a.got[:0], args...)
	}
	return nil
}

func (a *anyAgg) result() ([]types.Value, error) { return a.got, nil }

func blank(v types.Value) bool { return v.IsNull() || v.Type() == types.String && v.Str() == "" }

// distinctAgg is dcount and count_distinct, exact; nulls do not count.
type distinctAgg struct{ seen *set }

func (a *distinctAgg) add(args []types.Value) error {
	if !args[0].IsNull() {
		a.seen.add(args[:1])
	}
	return nil
}

func (a *distinctAgg) result() ([]types.Value, error) { return one(types.NewLong(int64(a.seen.len()))) }

// bitsAgg is binary_all_and, _or and _xor; nulls do not count.
type bitsAgg struct {
	op   string
	some bool
	n    int64
}

func (a *bitsAgg) add(args []types.Value) error {
	v := convert(args[0], types.Long)
	if v.IsNull() {
		return nil
	}
	switch {
	case !a.some:
		a.n = v.Long()
	case a.op == "and":
		a.n &= v.Long()
	case a.op == "or":
		a.n |= v.Long()
	default:
		a.n ^= v.Long()
	}
	a.some = true
	return nil
}

func (a *bitsAgg) result() ([]types.Value, error) {
	if !a.some {
		return one(types.Null(types.Long))
	}
	return one(types.NewLong(a.n))
}

package reference

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// statistic goes on with the functions about distributions.
func (c *compiler) statistic(name string, a *plan.Aggregate) (func() aggregate, error) {
	switch name {
	case "stdev", "stdevp", "variance", "variancep":
		sample := name == "stdev" || name == "variance"
		root := name == "stdev" || name == "stdevp"
		return func() aggregate { return &momentAgg{sample: sample, root: root} }, nil
	case "covariance", "covariancep":
		return func() aggregate { return &covarianceAgg{sample: name == "covariance"} }, nil
	case "percentile", "percentiles", "percentilew", "percentilesw", "percentiles_array", "percentilesw_array":
		return c.percentiles(name, a)
	case "tdigest":
		return func() aggregate { return &digestAgg{} }, nil
	case "tdigest_merge", "merge_tdigest", "merge_tdigests":
		return func() aggregate { return &digestAgg{merge: true} }, nil
	case "hll":
		return func() aggregate { return &hllAgg{seen: newSet()} }, nil
	case "hll_merge":
		return func() aggregate { return &hllAgg{seen: newSet(), merge: true} }, nil
	}
	return nil, nil
}

// momentAgg is variance and stdev by Welford's method.
type momentAgg struct {
	sample, root bool
	n            int64
	mean, m2     float64
}

func (a *momentAgg) add(args []types.Value) error {
	v := convert(args[0], types.Real)
	if args[0].Type() == types.TimeSpan {
		v = types.NewReal(float64(args[0].Ticks()))
	}
	if v.IsNull() {
		return nil
	}
	a.n++
	d := v.Real() - a.mean
	a.mean += d / float64(a.n)
	a.m2 += d * (v.Real() - a.mean)
	return nil
}

func (a *momentAgg) result() ([]types.Value, error) {
	n := float64(a.n)
	if a.n == 0 {
		return one(types.NewReal(math.NaN()))
	}
	if a.sample {
		n--
	}
	v := 0.0
	if n > 0 {
		v = a.m2 / n
	}
	if a.root {
		v = math.Sqrt(v)
	}
	return one(types.NewReal(v))
}

// covarianceAgg is covariance (of a sample) and covariancep.
type covarianceAgg struct {
	sample       bool
	n            int64
	meanX, meanY float64
	c            float64
}

func (a *covarianceAgg) add(args []types.Value) error {
	x, y := convert(args[0], types.Real), convert(args[1], types.Real)
	if x.IsNull() || y.IsNull() {
		return nil
	}
	a.n++
	d := x.Real() - a.meanX
	a.meanX += d / float64(a.n)
	a.meanY += (y.Real() - a.meanY) / float64(a.n)
	a.c += d * (y.Real() - a.meanY)
	return nil
}

func (a *covarianceAgg) result() ([]types.Value, error) {
	n := float64(a.n)
	if a.n == 0 {
		return one(types.NewReal(math.NaN()))
	}
	if a.sample {
		n--
	}
	if n <= 0 {
		return one(types.NewReal(0))
	}
	return one(types.NewReal(a.c / n))
}

// percentiles compiles percentile and its relatives: x, a weight in the w forms, then constant percentiles, which in
// the array forms may be in one array.
func (c *compiler) percentiles(name string, a *plan.Aggregate) (func() aggregate, error) {
	first := 1
	weighted := name == "percentilew" || name == "percentilesw" || name == "percentilesw_array"
	if weighted {
		first = 2
	}
	var at []float64
	for i := first; i < len(a.Args); i++ {
		v, err := c.constant(a.Args[i])
		if err != nil {
			return nil, err
		}
		for _, p := range spread(v) {
			p = convert(p, types.Real)
			if p.IsNull() || p.Real() < 0 || p.Real() > 100 {
				return nil, badArgument(a.At, name, "a percentile is a number from 0 to 100")
			}
			at = append(at, p.Real())
		}
	}
	array := name == "percentiles_array" || name == "percentilesw_array"
	return func() aggregate { return &percentileAgg{weighted: weighted, array: array, at: at} }, nil
}

// percentileAgg keeps all values: its percentiles are exact, by nearest rank.
type percentileAgg struct {
	weighted, array bool
	at              []float64
	values          samples
}

func (a *percentileAgg) add(args []types.Value) error {
	w := 1.0
	if a.weighted {
		v := convert(args[1], types.Real)
		if v.IsNull() || v.Real() <= 0 {
			return nil
		}
		w = v.Real()
	}
	a.values.add(leaf(args[0]), w)
	return nil
}

func (a *percentileAgg) result() ([]types.Value, error) {
	out := make([]types.Value, len(a.at))
	for i, p := range a.at {
		out[i] = a.values.percentile(p)
	}
	if !a.array {
		return out, nil
	}
	if a.values.empty() {
		return one(types.Null(types.Dynamic))
	}
	list := make([]types.Tree, len(out))
	for i, v := range out {
		list[i] = types.ToTree(v)
	}
	return one(types.NewDynamic(list))
}

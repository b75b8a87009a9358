package reference

import (
	"sort"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// samples are weighted values, sorted when they are first asked about.
type samples struct {
	growth
	list   []sample
	total  float64
	sorted bool
}

type sample struct {
	value  types.Value
	weight float64
}

func (s *samples) empty() bool { return len(s.list) == 0 }

func (s *samples) add(v types.Value, weight float64) {
	if v.IsNull() {
		return
	}
	s.list = append(s.list, sample{v, weight})
	s.grow(v.Size() + 8)
	s.total += weight
	s.sorted = false
}

func (s *samples) sort() {
	if !s.sorted {
		sort.SliceStable(s.list, func(i, j int) bool { return compare(s.list[i].value, s.list[j].value) < 0 })
		s.sorted = true
	}
}

// percentile is the least value that p percent of the weight is not above (the nearest rank); null when there are no
// values.
func (s *samples) percentile(p float64) types.Value {
	if s.empty() {
		return types.Value{}
	}
	s.sort()
	want, sum := p/100*s.total, 0.0
	for _, x := range s.list {
		// The slack keeps 99.9 % of 1000 from meaning the 1000th value by a rounding error.
		if sum += x.weight; sum >= want*(1-1e-12) {
			return x.value
		}
	}
	return s.list[len(s.list)-1].value
}

// digestAgg is tdigest and its merge. The digest made here is exact: all values with their weights, as
// {"tdigest":[[value,weight],...]}. The functions of scalar that read digests know this form.
type digestAgg struct {
	merge  bool
	values samples
}

func (a *digestAgg) add(args []types.Value) error {
	if a.merge {
		for _, pair := range digestPairs(args[0]) {
			a.values.add(pair.value, pair.weight)
		}
		return nil
	}
	w := 1.0
	if len(args) > 1 {
		v := convert(args[1], types.Real)
		if v.IsNull() || v.Real() <= 0 {
			return nil
		}
		w = v.Real()
	}
	a.values.add(leaf(args[0]), w)
	return nil
}

func (a *digestAgg) result() ([]types.Value, error) {
	a.values.sort()
	list := make([]types.Tree, len(a.values.list))
	for i, x := range a.values.list {
		list[i] = []types.Tree{types.ToTree(x.value), x.weight}
	}
	b := types.NewBag()
	b.Set("tdigest", list)
	return one(types.NewDynamic(b))
}

func digestPairs(v types.Value) []sample {
	var out []sample
	for _, t := range innerList(v, "tdigest") {
		if pair, ok := t.([]types.Tree); ok && len(pair) == 2 {
			if w := convert(types.FromTree(pair[1]), types.Real); !w.IsNull() {
				out = append(out, sample{types.FromTree(pair[0]), w.Real()})
			}
		}
	}
	return out
}

// innerList is the list under a key of a bag, or nil.
func innerList(v types.Value, key string) []types.Tree {
	if v.Type() != types.Dynamic {
		return nil
	}
	bag, ok := v.Tree().(*types.Bag)
	if !ok {
		return nil
	}
	t, _ := bag.Get(key)
	list, _ := t.([]types.Tree)
	return list
}

// hllAgg is hll and hll_merge. The sketch made here is exact: {"hll":[value,...]}, the distinct values.
type hllAgg struct {
	merge bool
	seen  *set
	list  []types.Tree
}

func (a *hllAgg) add(args []types.Value) error {
	if !a.merge {
		a.take(args[0])
		return nil
	}
	for _, t := range innerList(args[0], "hll") {
		a.take(types.FromTree(t))
	}
	return nil
}

func (a *hllAgg) take(v types.Value) {
	if !v.IsNull() && a.seen.add(types.Row{v}) {
		a.list = append(a.list, types.ToTree(v))
	}
}

func (a *hllAgg) result() ([]types.Value, error) {
	b := types.NewBag()
	b.Set("hll", append([]types.Tree{}, a.list...))
	return one(types.NewDynamic(b))
}

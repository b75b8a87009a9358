package scalar

import (
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// digestFunctions read what the aggregations tdigest and hll make here: {"tdigest":[[value,weight],...]} with all
// values in order, and {"hll":[value,...]} with the distinct ones. Both are exact.
func digestFunctions() map[string]Func {
	return map[string]Func{
		"percentile_tdigest": plain(func(args []types.Value) types.Value {
			return percentileOf(samplesOf(args[0]), args[1])
		}),
		"percentiles_array_tdigest": plain(func(args []types.Value) types.Value {
			samples := samplesOf(args[0])
			if samples == nil {
				return null
			}
			out := []types.Tree{}
			for _, a := range args[1:] {
				list, ok := array(a)
				if !ok {
					list = []types.Tree{types.ToTree(a)}
				}
				for _, p := range list {
					out = append(out, types.ToTree(percentileOf(samples, types.FromTree(p))))
				}
			}
			return types.NewDynamic(out)
		}),
		"rank_tdigest": plain(func(args []types.Value) types.Value {
			below, _, ok := rankOf(samplesOf(args[0]), args[1])
			return realOr(below, ok)
		}),
		"percentrank_tdigest": plain(func(args []types.Value) types.Value {
			below, all, ok := rankOf(samplesOf(args[0]), args[1])
			return realOr(100*below/all, ok && all > 0)
		}),
		"tdigest_merge":   plain(mergeDigests),
		"tdigest_isvalid": plain(func(args []types.Value) types.Value { return types.NewBool(samplesOf(args[0]) != nil) }),
		"hll_isvalid": plain(func(args []types.Value) types.Value {
			_, ok := inner(args[0], "hll")
			return types.NewBool(ok)
		}),
		"hll_merge":  plain(mergeHLLs),
		"dcount_hll": plain(func(args []types.Value) types.Value { l, ok := inner(args[0], "hll"); return longOr(int64(len(l)), ok) }),
	}
}

// inner is the list under a key of a bag.
func inner(v types.Value, key string) ([]types.Tree, bool) {
	b, ok := bag(v)
	if !ok {
		return nil, false
	}
	t, _ := b.Get(key)
	l, ok := t.([]types.Tree)
	return l, ok
}

type sample struct {
	value  types.Value
	weight float64
}

// samplesOf are the values of a digest in order; nil when it is none.
func samplesOf(v types.Value) []sample {
	l, ok := inner(v, "tdigest")
	if !ok {
		return nil
	}
	out := make([]sample, 0, len(l))
	for _, t := range l {
		pair, ok := t.([]types.Tree)
		if !ok || len(pair) != 2 {
			return nil
		}
		w, ok := number(types.FromTree(pair[1]))
		if !ok {
			return nil
		}
		out = append(out, sample{timeOr(types.FromTree(pair[0])), w})
	}
	sort.SliceStable(out, func(i, j int) bool { return types.Compare(out[i].value, out[j].value) < 0 })
	return out
}

// timeOr reads back a time that went through JSON as text.
func timeOr(v types.Value) types.Value {
	if v.Type() != types.String {
		return v
	}
	if n, ok := types.ParseDateTime(v.Str()); ok && strings.Contains(v.Str(), "T") {
		return types.NewDateTime(n)
	}
	if n, ok := types.ParseTimeSpan(v.Str()); ok {
		return types.NewTimeSpan(n)
	}
	return v
}

// percentileOf is the value at which the weight so far reaches the percentile.
func percentileOf(samples []sample, p types.Value) types.Value {
	f, ok := number(p)
	if !ok || len(samples) == 0 {
		return null
	}
	total := 0.0
	for _, s := range samples {
		total += s.weight
	}
	want, sum := f/100*total, 0.0
	for _, s := range samples {
		if sum += s.weight; sum >= want {
			return s.value
		}
	}
	return samples[len(samples)-1].value
}

// rankOf is the weight of the values up to v.
func rankOf(samples []sample, v types.Value) (below, all float64, ok bool) {
	v = v.Leaf()
	if samples == nil || v.IsNull() {
		return 0, 0, false
	}
	for _, s := range samples {
		all += s.weight
		if types.Compare(s.value, v) <= 0 {
			below += s.weight
		}
	}
	return below, all, true
}

func mergeDigests(args []types.Value) types.Value {
	list := []types.Tree{}
	for _, a := range args {
		for _, s := range samplesOf(a) {
			list = append(list, []types.Tree{types.ToTree(s.value), s.weight})
		}
	}
	return types.NewDynamic(makeBag("tdigest", list))
}

func mergeHLLs(args []types.Value) types.Value {
	var all []types.Value
	for _, a := range args {
		if l, ok := inner(a, "hll"); ok {
			all = append(all, types.NewDynamic(l))
		}
	}
	if all == nil {
		return null
	}
	list, _ := array(setUnion(all))
	return types.NewDynamic(makeBag("hll", list))
}

package scalar

import (
	"math"
	"sort"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// holes are the places of a series to fill: those equal to the placeholder, null without one.
func holes(args []types.Value, i int) ([]types.Tree, []bool, bool) {
	l, ok := array(args[0])
	missing := make([]bool, len(l))
	for j, t := range l {
		if i < len(args) && !isNull(args[i]) {
			missing[j] = sameTree(t, types.ToTree(args[i]))
		} else {
			missing[j] = t == nil
		}
	}
	return append([]types.Tree{}, l...), missing, ok
}

func fillForward(args []types.Value) types.Value {
	l, missing, ok := holes(args, 1)
	for i := 1; i < len(l); i++ {
		if missing[i] && !missing[i-1] {
			l[i], missing[i] = l[i-1], false
		}
	}
	return dynamicOr(l, ok)
}

func fillBackward(args []types.Value) types.Value {
	l, missing, ok := holes(args, 1)
	for i := len(l) - 2; i >= 0; i-- {
		if missing[i] && !missing[i+1] {
			l[i], missing[i] = l[i+1], false
		}
	}
	return dynamicOr(l, ok)
}

func fillConst(args []types.Value) types.Value {
	l, missing, ok := holes(args, 2)
	var with types.Tree = int64(0)
	if len(args) > 1 {
		with = types.ToTree(args[1])
	}
	for i := range l {
		if missing[i] {
			l[i] = with
		}
	}
	return dynamicOr(l, ok)
}

func dynamicOr(l []types.Tree, ok bool) types.Value {
	if !ok {
		return null
	}
	return types.NewDynamic(l)
}

// fillLinear is series_fill_linear(series, placeholder = null, fill_edges = true, constant = 0): values on the line
// between the neighbours; at the edges the nearest one, in a series without values the constant.
func fillLinear(args []types.Value) types.Value {
	l, missing, ok := holes(args, 1)
	if !ok {
		return null
	}
	edges := len(args) <= 2 || truth(args[2]).Bool()
	var constant types.Tree = int64(0)
	if len(args) > 3 {
		constant = types.ToTree(args[3])
	}
	last := -1
	for i := 0; i <= len(l); i++ {
		if i < len(l) && missing[i] {
			continue
		}
		fillGap(l, last, i, edges, constant)
		last = i
	}
	return types.NewDynamic(l)
}

// fillGap fills between two places with values; -1 and the length are beyond the edges.
func fillGap(l []types.Tree, from, to int, edges bool, constant types.Tree) {
	for i := from + 1; i < to; i++ {
		switch {
		case from < 0 && to == len(l):
			l[i] = constant
		case from < 0 && edges:
			l[i] = l[to]
		case to == len(l) && edges:
			l[i] = l[from]
		case from >= 0 && to < len(l):
			a, okA := number(types.FromTree(l[from]))
			b, okB := number(types.FromTree(l[to]))
			if okA && okB {
				l[i] = onLine(l[from], l[to], a+(b-a)*float64(i-from)/float64(to-from))
			}
		}
	}
}

// onLine is a number on a line; between whole numbers it is whole too.
func onLine(from, to types.Tree, f float64) types.Tree {
	_, wholeFrom := from.(int64)
	_, wholeTo := to.(int64)
	if wholeFrom && wholeTo {
		return int64(f)
	}
	return f
}

// quantile is the value at a fraction of sorted numbers, between neighbours where it falls between them.
func quantile(sorted []float64, f float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := f * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(at-float64(i))
}

// seriesOutliers scores each element by Tukey's fences around two percentiles: 0 inside, above 1.5 a mild outlier
// (https://learn.microsoft.com/kusto/query/series-outliers-function).
func seriesOutliers(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	if !ok {
		return null
	}
	low, high := 0.1, 0.9
	if len(args) > 1 && text(args[1]) == "tukey" {
		low, high = 0.25, 0.75
	}
	ignore := math.NaN()
	if len(args) > 2 {
		ignore, _ = number(args[2])
	}
	if len(args) > 4 && !(len(args) > 1 && text(args[1]) == "tukey") {
		a, _ := number(args[3])
		b, _ := number(args[4])
		low, high = a/100, b/100
	}
	return series(outlierScores(x, low, high, ignore))
}

// outlierScores scales the distance beyond the percentiles so that the fences of a normal distribution stay where those
// of the quartiles are.
func outlierScores(x []float64, low, high, ignore float64) []float64 {
	var used []float64
	for _, f := range x {
		if !math.IsNaN(f) && f != ignore {
			used = append(used, f)
		}
	}
	sort.Float64s(used)
	a, b := quantile(used, low), quantile(used, high)
	// The range of two percentiles of a normal distribution, in units of its quartiles' range.
	unit := 2 * 0.6744897501960817
	z := math.Sqrt2 * math.Erfinv(2*high-1)
	zLow := -math.Sqrt2 * math.Erfinv(2*low-1)
	scale := (b - a) / (z + zLow) * unit
	out := make([]float64, len(x))
	for i, f := range x {
		switch {
		case math.IsNaN(f) || f == ignore || scale == 0:
		case f > b:
			out[i] = (f - b) / scale
		case f < a:
			out[i] = (f - a) / scale
		}
	}
	return out
}

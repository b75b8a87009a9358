package scalar

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// seriesFunctions work on arrays of numbers, as make-series makes them. An element that is no number gives null in its
// place.
func seriesFunctions() map[string]Func {
	out := map[string]Func{
		"series_stats": strict(seriesStats), "series_stats_dynamic": strict(seriesStatsBag),
		"series_sum": strict(arraySum), "series_product": strict(seriesProduct), "series_magnitude": strict(seriesMagnitude),
		"series_dot_product": strict(seriesDot), "series_cosine_similarity": strict(seriesCosine),
		"series_pearson_correlation": strict(seriesPearson),
		"series_fir":                 filtering(strict(seriesFIR)), "series_iir": filtering(strict(seriesIIR)),
		"series_fit_line": strict(fitLine), "series_fit_line_dynamic": strict(fitLineBag),
		"series_fit_2lines": strict(fit2Lines), "series_fit_2lines_dynamic": strict(fit2LinesBag), "series_fit_poly": strict(fitPoly),
		"series_fill_forward": strict(fillForward), "series_fill_backward": strict(fillBackward),
		"series_fill_const": strict(fillConst), "series_fill_linear": plain(fillLinear),
		"series_outliers": strict(seriesOutliers), "series_fft": strict(seriesFFT(false)), "series_ifft": strict(seriesFFT(true)),
	}
	for name, f := range map[string]func(float64) float64{
		"exp": math.Exp, "sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin, "acos": math.Acos, "atan": math.Atan,
		"log": math.Log, "floor": math.Floor, "ceiling": math.Ceil, "abs": math.Abs,
		"sign": func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return x
		},
	} {
		out["series_"+name] = eachNumber(f)
	}
	for name, f := range map[string]operation{"add": add, "subtract": subtract, "multiply": multiply, "divide": realDivide} {
		out["series_"+name] = eachPair(func(a, b types.Value) types.Value { return operate(f, a, b) })
	}
	out["series_pow"] = eachPair(func(a, b types.Value) types.Value { return types.NewReal(math.Pow(a.Float(), b.Float())) })
	for name, f := range map[string]func(int) bool{
		"greater": func(c int) bool { return c > 0 }, "greater_equals": func(c int) bool { return c >= 0 },
		"less": func(c int) bool { return c < 0 }, "less_equals": func(c int) bool { return c <= 0 },
		"equals": func(c int) bool { return c == 0 }, "not_equals": func(c int) bool { return c != 0 },
	} {
		out["series_"+name] = eachPair(func(a, b types.Value) types.Value {
			if isNaN(a) || isNaN(b) {
				return types.NewBool(name == "not_equals")
			}
			return types.NewBool(f(types.Compare(a, b)))
		})
	}
	return out
}

// realDivide divides whole numbers as reals.
var realDivide = operation{
	whole:   func(a, b int64) (int64, bool) { return 0, false },
	real:    divide.real,
	decimal: divide.decimal,
	times:   divide.times,
}

// numbers are the elements of a series, NaN for what is no number.
func numbers(v types.Value) ([]float64, bool) {
	l, ok := array(v)
	if !ok {
		return nil, false
	}
	out := make([]float64, len(l))
	for i, t := range l {
		out[i] = math.NaN()
		if x := types.FromTree(t); x.Type().Numeric() || x.Type() == types.Bool {
			out[i] = x.Float()
		}
	}
	return out, true
}

func fromNumbers(x []float64) []types.Tree {
	out := make([]types.Tree, len(x))
	for i, f := range x {
		out[i] = f
	}
	return out
}

func series(x []float64) types.Value { return types.NewDynamic(fromNumbers(x)) }

func eachNumber(f func(float64) float64) Func {
	return onArray(func(l []types.Tree) []types.Tree {
		out := make([]types.Tree, len(l))
		for i, t := range l {
			if v := types.FromTree(t); v.Type().Numeric() {
				out[i] = f(v.Float())
			}
		}
		return out
	})
}

// eachPair works element by element on two series, or on a series and a number. It ends with the shorter one filled
// with null.
func eachPair(f func(a, b types.Value) types.Value) Func {
	return strict(func(args []types.Value) types.Value {
		a, okA := array(args[0])
		b, okB := array(args[1])
		if !okA && !okB {
			return null
		}
		at := func(l []types.Tree, isList bool, whole types.Value, i int) types.Value {
			switch {
			case !isList:
				return whole.Leaf()
			case i < len(l):
				return types.FromTree(l[i])
			}
			return null
		}
		out := make([]types.Tree, max(len(a), len(b)))
		for i := range out {
			x, y := at(a, okA, args[0], i), at(b, okB, args[1], i)
			if x.Type().Numeric() && y.Type().Numeric() {
				if x.Type().Integral() && y.Type().Integral() {
					if v := f(x, y); !v.IsNull() {
						out[i] = types.ToTree(v)
						continue
					}
					x, y = types.Convert(x, types.Real), types.Convert(y, types.Real)
				}
				out[i] = types.ToTree(f(x, y))
			}
		}
		return types.NewDynamic(out)
	})
}

// stats are the figures of a series, over its numbers; with finite only, NaN and infinities do not count.
type stats struct {
	min, max, avg, variance, sum float64
	minAt, maxAt, count          int
}

func measure(x []float64, finiteOnly bool) (stats, bool) {
	s := stats{min: math.Inf(1), max: math.Inf(-1)}
	var mean, squares float64
	for i, f := range x {
		if finiteOnly && (math.IsNaN(f) || math.IsInf(f, 0)) {
			continue
		}
		s.count++
		s.sum += f
		if f < s.min {
			s.min, s.minAt = f, i
		}
		if f > s.max {
			s.max, s.maxAt = f, i
		}
		d := f - mean
		mean += d / float64(s.count)
		squares += d * (f - mean)
	}
	if s.count == 0 {
		return s, false
	}
	s.avg = s.sum / float64(s.count)
	if s.count > 1 {
		s.variance = squares / float64(s.count-1)
	}
	return s, true
}

func statsOf(args []types.Value) (stats, int, bool) {
	x, ok := numbers(args[0])
	if !ok {
		return stats{}, 0, false
	}
	finite := len(args) > 1 && truth(args[1]).Bool()
	s, ok := measure(x, finite)
	return s, len(x), ok
}

func seriesStats(args []types.Value) types.Value {
	s, _, ok := statsOf(args)
	if !ok {
		return null
	}
	return types.NewDynamic([]types.Tree{s.min, int64(s.minAt), s.max, int64(s.maxAt), s.avg, math.Sqrt(s.variance), s.variance})
}

func seriesStatsBag(args []types.Value) types.Value {
	s, size, ok := statsOf(args)
	if !ok {
		return null
	}
	return types.NewDynamic(makeBag("min", s.min, "min_idx", int64(s.minAt), "max", s.max, "max_idx", int64(s.maxAt), "avg", s.avg,
		"stdev", math.Sqrt(s.variance), "variance", s.variance, "sum", s.sum, "len", int64(size)))
}

func seriesProduct(args []types.Value) types.Value {
	l, ok := array(args[0])
	product := 1.0
	for _, t := range l {
		if v := types.FromTree(t); v.Type().Numeric() {
			product *= v.Float()
		}
	}
	return realOr(product, ok)
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range min(len(a), len(b)) {
		sum += a[i] * b[i]
	}
	return sum
}

func seriesMagnitude(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	return realOr(math.Sqrt(dot(x, x)), ok)
}

// seriesDot takes a number as a series of it.
func seriesDot(args []types.Value) types.Value {
	a, okA := numbers(args[0])
	b, okB := numbers(args[1])
	fill := func(v types.Value, n int) ([]float64, bool) {
		f, ok := number(v)
		out := make([]float64, n)
		for i := range out {
			out[i] = f
		}
		return out, ok
	}
	switch {
	case !okA && !okB:
		return null
	case !okA:
		a, okA = fill(args[0], len(b))
	case !okB:
		b, okB = fill(args[1], len(a))
	}
	return realOr(dot(a, b), okA && okB)
}

func seriesCosine(args []types.Value) types.Value {
	a, okA := numbers(args[0])
	b, okB := numbers(args[1])
	if !okA || !okB {
		return null
	}
	sizeA, sizeB := math.Sqrt(dot(a, a)), math.Sqrt(dot(b, b))
	if len(args) > 3 {
		sizeA, _ = number(args[2])
		sizeB, _ = number(args[3])
	}
	return types.NewReal(dot(a, b) / (sizeA * sizeB))
}

func seriesPearson(args []types.Value) types.Value {
	a, okA := numbers(args[0])
	b, okB := numbers(args[1])
	if !okA || !okB || len(a) != len(b) || len(a) == 0 {
		return null
	}
	sa, _ := measure(a, false)
	sb, _ := measure(b, false)
	var ab, aa, bb float64
	for i := range a {
		x, y := a[i]-sa.avg, b[i]-sb.avg
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return types.NewReal(ab / math.Sqrt(aa*bb))
}

// maxFilterSteps bounds a call of a filter, which takes as many steps as the series is long times the filter: about a second.
const maxFilterSteps = 1_000_000_000

// filtering refuses calls with more steps: no call can be stopped while it runs.
func filtering(f Func) Func {
	return func(env *Env, args []types.Value, result types.Type) (types.Value, error) {
		length, filter := 0, 0
		for i, a := range args {
			if list, ok := a.Tree().([]types.Tree); ok && i == 0 {
				length = len(list)
			} else if ok {
				filter += len(list)
			}
		}
		if steps := length * filter; steps > maxFilterSteps {
			return types.Null(result), tooLarge("the filter would take too many steps", steps, maxFilterSteps)
		}
		return f(env, args, result)
	}
}

// seriesFIR is series_fir(series, filter, normalize = true, center = false): a moving weighted sum.
func seriesFIR(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	filter, ok2 := numbers(args[1])
	if !ok || !ok2 || len(filter) == 0 {
		return null
	}
	normalize := len(args) <= 2 || truth(args[2]).Bool()
	shift := 0
	if len(args) > 3 && truth(args[3]).Bool() {
		shift = len(filter) / 2
	}
	total := 0.0
	for _, f := range filter {
		total += f
	}
	out := make([]float64, len(x))
	for i := range x {
		for j, f := range filter {
			if k := i - j + shift; k >= 0 && k < len(x) {
				out[i] += f * x[k]
			}
		}
		if normalize && total != 0 {
			out[i] /= total
		}
	}
	return series(out)
}

// seriesIIR is series_iir(series, numerators, denominators): a recursive filter.
func seriesIIR(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	b, ok2 := numbers(args[1])
	a, ok3 := numbers(args[2])
	if !ok || !ok2 || !ok3 || len(b) == 0 || len(a) == 0 || a[0] == 0 {
		return null
	}
	y := make([]float64, len(x))
	for i := range x {
		for j, f := range b {
			if i-j >= 0 {
				y[i] += f * x[i-j]
			}
		}
		for j := 1; j < len(a) && j <= i; j++ {
			y[i] -= a[j] * y[i-j]
		}
		y[i] /= a[0]
	}
	return series(y)
}

// seriesFFT is the discrete Fourier transform of a complex series: real and imaginary parts.
func seriesFFT(inverse bool) func(args []types.Value) types.Value {
	return func(args []types.Value) types.Value {
		re, ok := numbers(args[0])
		if !ok {
			return null
		}
		in := make([]complex128, len(re))
		for i, f := range re {
			in[i] = complex(f, 0)
		}
		if len(args) > 1 {
			im, ok := numbers(args[1])
			if !ok || len(im) != len(re) {
				return null
			}
			for i, f := range im {
				in[i] = complex(re[i], f)
			}
		}
		out := fourier(in, inverse)
		a, b := make([]float64, len(out)), make([]float64, len(out))
		for i, c := range out {
			a[i], b[i] = real(c), imag(c)
		}
		return types.NewDynamic([]types.Tree{fromNumbers(a), fromNumbers(b)})
	}
}

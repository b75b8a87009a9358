package scalar

import (
	"math"
	"math/bits"
	"sort"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// shortestPeriod is the least number of points of a period
// (https://learn.microsoft.com/kusto/query/series-periods-detect-function).
const shortestPeriod = 4

// maxCandidates bounds the frequencies whose periods are looked at.
const maxCandidates = 20

type scoredPeriod struct {
	period int
	score  float64
}

// periods are those that a series has, the best first. A strong frequency of the series tells roughly how long a period is,
// the peak of the autocorrelation in that neighbourhood tells exactly (Vlachos, Yu and Castelli, On periodicity detection
// and structural periodic similarity, 2005).
func periods(x []float64, least, most int) []scoredPeriod {
	flat := less(x, lineThrough(x, len(x)))
	fits := autocorrelations(flat)
	least, most = max(least, shortestPeriod), min(most, len(x)/2-1)
	windowed := tapered(x)
	var out []scoredPeriod
	seen := map[int]bool{}
	for _, k := range strongFrequencies(flat) {
		from, to := len(x)/(k+1), len(x)
		if k > 1 {
			to = (len(x) + k - 2) / (k - 1)
		}
		p := peak(fits, max(from, least), min(to, most))
		if p == 0 || seen[p] {
			continue
		}
		seen[p] = true
		if s := windowedScore(windowed, p); s > 0 {
			out = append(out, scoredPeriod{p, s})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].score > out[j].score+1e-9 })
	return out
}

// strongFrequencies are those, in cycles over the series, with more than twice the mean power, strongest first.
func strongFrequencies(x []float64) []int {
	c := make([]complex128, len(x))
	for i, f := range x {
		if !math.IsNaN(f) {
			c[i] = complex(f, 0)
		}
	}
	spectrum := fourier(c, false)
	power := make([]float64, len(x)/2+1)
	sum := 0.0
	for k := 1; k < len(power); k++ {
		power[k] = real(spectrum[k])*real(spectrum[k]) + imag(spectrum[k])*imag(spectrum[k])
		sum += power[k]
	}
	var out []int
	for k := 1; k < len(power); k++ {
		if power[k] > 2*sum/float64(len(power)-1) {
			out = append(out, k)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return power[out[i]] > power[out[j]] })
	return out[:min(len(out), maxCandidates)]
}

// peak is the lag in a range at which a series fits itself best, if its neighbours fit less; else 0.
func peak(fits []float64, from, to int) int {
	best, at := 0.0, 0
	for lag := from; lag <= to; lag++ {
		if fits[lag] > best {
			best, at = fits[lag], lag
		}
	}
	if at == 0 || fits[at-1] >= best || fits[at+1] > best {
		return 0
	}
	return at
}

// tapered is a series around its average whose ends fade out (Hann window).
func tapered(x []float64) []float64 {
	s, _ := measure(x, true)
	out := make([]float64, len(x))
	for i, f := range x {
		if !math.IsNaN(f) {
			out[i] = (f - s.avg) * (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(len(x)-1)))
		}
	}
	return out
}

// windowedScore is the autocorrelation of a tapered series, which is around zero, made up for the points that a lag leaves out.
// What a series without any period could have by chance counts as 0.
func windowedScore(x []float64, lag int) float64 {
	n := len(x)
	if lag <= 0 || lag >= n {
		return 0
	}
	mean := 0.0
	for _, f := range x {
		mean += f / float64(n)
	}
	var same, all float64
	for i, f := range x {
		all += (f - mean) * (f - mean)
		if i >= lag {
			same += (f - mean) * (x[i-lag] - mean)
		}
	}
	if all == 0 {
		return 0
	}
	score := min(same/all*float64(n)/float64(n-lag), 1)
	if score < 2/math.Sqrt(float64(n)) {
		return 0
	}
	return score
}

// autocorrelations are how well a series around zero fits itself so many points later, 1 at best. All lags together are the
// inverse transform of its power (Wiener and Khinchin).
func autocorrelations(x []float64) []float64 {
	n := len(x)
	c := make([]complex128, 1<<bits.Len(uint(2*n)))
	squares := make([]float64, n+1) // sums of the squares before a place
	for i, f := range x {
		if math.IsNaN(f) {
			f = 0
		}
		c[i] = complex(f, 0)
		squares[i+1] = squares[i] + f*f
	}
	spectrum := fourier(c, false)
	for i, z := range spectrum {
		spectrum[i] = complex(real(z)*real(z)+imag(z)*imag(z), 0)
	}
	same := fourier(spectrum, true)
	out := make([]float64, n)
	for lag := range out {
		a, b := squares[n]-squares[lag], squares[n-lag]
		if a > 1e-12*squares[n] && b > 1e-12*squares[n] {
			out[lag] = real(same[lag]) / math.Sqrt(a*b)
		}
	}
	return out
}

// periodsDetect is series_periods_detect(series, min_period, max_period, num_periods): periods and their scores, filled up with
// zeros.
func periodsDetect(_ *Env, args []types.Value) (types.Value, error) {
	x, ok := numbers(args[0])
	p, ok2 := reals(args[1:4])
	if !ok || !ok2 || len(x) < 2*shortestPeriod {
		return null, nil
	}
	if p[2] > maxSeries {
		return null, tooLarge("series_periods_detect would give too many periods", int(p[2]), maxSeries)
	}
	found := periods(x, int(p[0]), int(min(p[1], float64(len(x)))))
	list, scores := make([]types.Tree, int(max(p[2], 0))), make([]types.Tree, int(max(p[2], 0)))
	for i := range list {
		list[i], scores[i] = 0.0, 0.0
		if i < len(found) {
			list[i], scores[i] = float64(found[i].period), found[i].score
		}
	}
	return types.NewDynamic([]types.Tree{list, scores}), nil
}

// maxSeries bounds the elements of a series that a function makes.
const maxSeries = 1 << 20

// periodsValidate is series_periods_validate(series, period, ...): the periods and their scores.
func periodsValidate(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	p, ok2 := reals(args[1:])
	if !ok || !ok2 {
		return null
	}
	windowed := tapered(x)
	list, scores := []types.Tree{}, []types.Tree{}
	for _, f := range p {
		score := 0.0
		if f >= shortestPeriod && f <= float64(len(x))/2 {
			score = windowedScore(windowed, int(math.Round(f)))
		}
		list, scores = append(list, f), append(scores, score)
	}
	return types.NewDynamic([]types.Tree{list, scores})
}

// seasonalOf is series_seasonal(series, period = -1, test_points = 0): the median of each phase of a period, or zeros.
func seasonalOf(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	d := decomposition{period: -1, trend: "avg"}
	if err := d.read(args, 1, 9, 2, 9); err != nil || !ok || len(x) == 0 {
		return null
	}
	learn := x[:len(x)-int(min(max(d.testing, 0), int64(len(x))))]
	period := d.period
	if period < 0 {
		period = detected(learn, 0.7)
	}
	out := make([]float64, len(x))
	if period < 1 || period > int64(len(learn)) {
		return series(out)
	}
	middle := phases(learn, int(period))
	for i := range out {
		out[i] = middle[i%int(period)]
	}
	return series(out)
}

// detected is the best period of a series if it reaches a score, else 0.
func detected(x []float64, threshold float64) int64 {
	if len(x) < 2*shortestPeriod {
		return 0
	}
	found := periods(x, shortestPeriod, len(x)/2)
	if len(found) == 0 || found[0].score < threshold {
		return 0
	}
	return int64(found[0].period)
}

package scalar

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// decomposeFunctions split a series into trend, season and what is left
// (https://learn.microsoft.com/kusto/query/series-decompose-function).
func decomposeFunctions() map[string]Func {
	return map[string]Func{
		"series_decompose": strictErr(func(_ *Env, args []types.Value) (types.Value, error) {
			return decomposed(args, decomposition{period: -1, trend: "avg", threshold: 0.6}, 1, 2, 3, 4)
		}),
		"series_decompose_forecast": strictErr(func(_ *Env, args []types.Value) (types.Value, error) {
			return decomposed(args, decomposition{period: -1, trend: "linefit", threshold: 0.6}, 2, 3, 1, 4)
		}),
		"series_decompose_anomalies": strictErr(decomposeAnomalies),
		"series_periods_detect":      strict(periodsDetect),
		"series_periods_validate":    strict(periodsValidate),
		"series_seasonal":            strict(seasonalOf),
	}
}

// decomposition is how to decompose, and the parts.
type decomposition struct {
	period    int64 // -1 to detect it, 0 for none
	trend     string
	testing   int64 // so many last points are not learned from
	threshold float64

	baseline, seasonal, line, residual []float64
}

// read takes the arguments at the places given; a place behind the last argument leaves what is there.
func (d *decomposition) read(args []types.Value, period, trend, testing, threshold int) error {
	if period < len(args) {
		d.period, _ = integer(args[period])
	}
	if trend < len(args) {
		d.trend = strings.ToLower(text(args[trend]))
	}
	if testing < len(args) {
		d.testing, _ = integer(args[testing])
	}
	if threshold < len(args) {
		d.threshold, _ = number(args[threshold])
	}
	if d.trend != "avg" && d.trend != "linefit" && d.trend != "none" {
		return fmt.Errorf("%q is not a trend: use avg, linefit or none", d.trend)
	}
	return nil
}

// split learns from the series without its last points and extends what it learned over them.
func (d *decomposition) split(x []float64) {
	learn := x[:len(x)-int(min(max(d.testing, 0), int64(len(x))))]
	trend := d.trendOf(learn, len(x))
	period := d.period
	if period < 0 {
		flat := less(learn, lineThrough(learn, len(learn)))
		period = 0
		if p, score := bestPeriod(flat, 4, len(learn)/2); score >= d.threshold {
			period = int64(p)
		}
	}
	d.seasonal = make([]float64, len(x))
	if period > 1 && period <= int64(len(learn)) {
		d.seasonal = season(less(learn, lineThrough(learn, len(learn))), int(period), len(x))
		trend = d.trendOf(less(learn, d.seasonal[:len(learn)]), len(x))
	}
	d.line = trend
	d.baseline, d.residual = make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		d.baseline[i] = trend[i] + d.seasonal[i]
		d.residual[i] = x[i] - d.baseline[i]
	}
}

func (d *decomposition) trendOf(learn []float64, size int) []float64 {
	switch d.trend {
	case "linefit":
		return lineThrough(learn, size)
	case "avg":
		s, _ := measure(learn, true)
		out := make([]float64, size)
		for i := range out {
			out[i] = s.avg
		}
		return out
	}
	return make([]float64, size)
}

func lineThrough(y []float64, size int) []float64 {
	l, _ := fitTo(y, 0)
	out := make([]float64, size)
	for i := range out {
		out[i] = l.intercept + l.slope*float64(i)
	}
	return out
}

func less(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

// season is the median of each phase of a period, around zero: an outlier must not move the days like its own.
func season(x []float64, period, size int) []float64 {
	phases := make([][]float64, period)
	for i, f := range x {
		if !math.IsNaN(f) {
			phases[i%period] = append(phases[i%period], f)
		}
	}
	middle, mean := make([]float64, period), 0.0
	for i, p := range phases {
		if len(p) > 0 {
			sort.Float64s(p)
			middle[i] = quantile(p, 0.5)
		}
		mean += middle[i] / float64(period)
	}
	out := make([]float64, size)
	for i := range out {
		out[i] = middle[i%period] - mean
	}
	return out
}

// autocorrelation is how well a series fits itself so many points later, 1 at best.
func autocorrelation(x []float64, lag int) float64 {
	s, ok := measure(x, true)
	if !ok || lag <= 0 || lag >= len(x) {
		return 0
	}
	var same, a, b float64
	for i := lag; i < len(x); i++ {
		p, q := x[i]-s.avg, x[i-lag]-s.avg
		if math.IsNaN(p) || math.IsNaN(q) {
			continue
		}
		same, a, b = same+p*q, a+p*p, b+q*q
	}
	if a == 0 || b == 0 {
		return 0
	}
	return same / math.Sqrt(a*b)
}

type scoredPeriod struct {
	period int
	score  float64
}

// maxPeriods bounds the periods that are tried.
const maxPeriods = 20000

// periodPeaks are the periods that fit better than their neighbours, the best first; of equal ones the shortest.
func periodPeaks(x []float64, least, most int) []scoredPeriod {
	most = min(most, len(x)-1, maxPeriods)
	least = max(least, 2)
	if most < least {
		return nil
	}
	scores := make([]float64, most+2)
	for lag := least - 1; lag <= min(most+1, len(x)-1); lag++ {
		scores[lag] = autocorrelation(x, lag)
	}
	var out []scoredPeriod
	for lag := least; lag <= most; lag++ {
		if scores[lag] > scores[lag-1] && scores[lag] >= scores[lag+1] && scores[lag] > 0 {
			out = append(out, scoredPeriod{lag, scores[lag]})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].score > out[j].score+1e-9 })
	return out
}

// bestPeriod is the shortest of the periods that fit nearly as well as the best: its multiples fit as well as itself.
func bestPeriod(x []float64, least, most int) (int, float64) {
	peaks := periodPeaks(x, least, most)
	if len(peaks) == 0 {
		return 0, 0
	}
	best := peaks[0]
	for _, p := range peaks {
		if p.period < best.period && p.score > 0.92*peaks[0].score {
			best = p
		}
	}
	return best.period, best.score
}

func decomposed(args []types.Value, d decomposition, period, trend, testing, threshold int) (types.Value, error) {
	x, ok := numbers(args[0])
	if err := d.read(args, period, trend, testing, threshold); err != nil || !ok || len(x) == 0 {
		return null, err
	}
	d.split(x)
	return types.NewDynamic([]types.Tree{fromNumbers(d.baseline), fromNumbers(d.seasonal), fromNumbers(d.line), fromNumbers(d.residual)}), nil
}

// decomposeAnomalies is series_decompose_anomalies(series, threshold, period, trend, test_points, method, seasonality): flags
// of 1, -1 and 0, scores, and the baseline.
func decomposeAnomalies(_ *Env, args []types.Value) (types.Value, error) {
	x, ok := numbers(args[0])
	limit := 1.5
	if len(args) > 1 {
		limit, _ = number(args[1])
	}
	low, high := 0.1, 0.9
	if len(args) > 5 {
		switch method := strings.ToLower(text(args[5])); method {
		case "ctukey":
		case "tukey":
			low, high = 0.25, 0.75
		default:
			return null, fmt.Errorf("%q is not a method of finding outliers: use ctukey or tukey", method)
		}
	}
	d := decomposition{period: -1, trend: "avg", threshold: 0.6}
	if err := d.read(args, 2, 3, 4, 6); err != nil || !ok || len(x) == 0 {
		return null, err
	}
	d.split(x)
	scores := outlierScores(d.residual, low, high, math.NaN())
	flags := make([]types.Tree, len(x))
	for i, s := range scores {
		switch {
		case s > limit:
			flags[i] = int64(1)
		case s < -limit:
			flags[i] = int64(-1)
		default:
			flags[i] = int64(0)
		}
	}
	return types.NewDynamic([]types.Tree{flags, fromNumbers(scores), fromNumbers(d.baseline)}), nil
}

// periodsDetect is series_periods_detect(series, min_period, max_period, num_periods): periods and their scores.
func periodsDetect(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	p, ok2 := reals(args[1:4])
	if !ok || !ok2 {
		return null
	}
	peaks := periodPeaks(less(x, lineThrough(x, len(x))), int(p[0]), int(p[1]))
	peaks = peaks[:min(len(peaks), int(max(p[2], 0)))]
	periods, scores := []types.Tree{}, []types.Tree{}
	for _, s := range peaks {
		periods, scores = append(periods, float64(s.period)), append(scores, s.score)
	}
	return types.NewDynamic([]types.Tree{periods, scores})
}

func periodsValidate(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	p, ok2 := reals(args[1:])
	if !ok || !ok2 {
		return null
	}
	flat := less(x, lineThrough(x, len(x)))
	periods, scores := []types.Tree{}, []types.Tree{}
	for _, f := range p {
		periods, scores = append(periods, f), append(scores, max(0, autocorrelation(flat, int(math.Round(f)))))
	}
	return types.NewDynamic([]types.Tree{periods, scores})
}

// seasonalOf is series_seasonal(series, period = -1, test_points = 0).
func seasonalOf(args []types.Value) types.Value {
	x, ok := numbers(args[0])
	d := decomposition{period: -1, trend: "avg", threshold: 0.6}
	if err := d.read(args, 1, 9, 2, 9); err != nil || !ok || len(x) == 0 {
		return null
	}
	d.split(x)
	return series(d.seasonal)
}

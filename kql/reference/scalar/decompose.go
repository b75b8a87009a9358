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
		"series_periods_detect":      strictErr(periodsDetect),
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
		period = detected(learn, d.threshold)
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
	middle, mean := phases(x, period), 0.0
	for _, f := range middle {
		mean += f / float64(period)
	}
	out := make([]float64, size)
	for i := range out {
		out[i] = middle[i%period] - mean
	}
	return out
}

// phases are the medians of the points that stand at the same place of each period.
func phases(x []float64, period int) []float64 {
	points := make([][]float64, period)
	for i, f := range x {
		if !math.IsNaN(f) {
			points[i%period] = append(points[i%period], f)
		}
	}
	out := make([]float64, period)
	for i, p := range points {
		if len(p) > 0 {
			sort.Float64s(p)
			out[i] = quantile(p, 0.5)
		}
	}
	return out
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

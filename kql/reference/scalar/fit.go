package scalar

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// line is a line fitted to a part of a series by least squares.
type line struct {
	slope, intercept float64
	rsquare          float64
	variance, rest   float64 // of the series, and of what the line leaves
	fitted           []float64
}

// fitTo fits a line to y over x = from, from+1, ...; the values of NaN do not count.
func fitTo(y []float64, from int) (line, bool) {
	var n, sx, sy, sxx, sxy float64
	for i, f := range y {
		if math.IsNaN(f) {
			continue
		}
		x := float64(from + i)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+f, sxx+x*x, sxy+x*f
	}
	if n == 0 {
		return line{}, false
	}
	l := line{intercept: sy / n}
	if d := n*sxx - sx*sx; d != 0 {
		l.slope = (n*sxy - sx*sy) / d
		l.intercept = (sy - l.slope*sx) / n
	}
	mean := sy / n
	var total, left float64
	for i, f := range y {
		p := l.intercept + l.slope*float64(from+i)
		l.fitted = append(l.fitted, p)
		if !math.IsNaN(f) {
			total += (f - mean) * (f - mean)
			left += (f - p) * (f - p)
		}
	}
	if n > 1 {
		l.variance, l.rest = total/(n-1), left/(n-1)
	}
	l.rsquare = 1
	if total > 0 {
		l.rsquare = 1 - left/total
	}
	return l, true
}

// fitLine is series_fit_line: r-square, slope, variance, residual variance, interception, the line
// (https://learn.microsoft.com/kusto/query/series-fit-line-function).
func fitLine(args []types.Value) types.Value {
	y, ok := numbers(args[0])
	l, fitted := fitTo(y, 0)
	if !ok || !fitted {
		return null
	}
	return types.NewDynamic([]types.Tree{l.rsquare, l.slope, l.variance, l.rest, l.intercept, fromNumbers(l.fitted)})
}

func fitLineBag(args []types.Value) types.Value {
	y, ok := numbers(args[0])
	l, fitted := fitTo(y, 0)
	if !ok || !fitted {
		return null
	}
	return types.NewDynamic(makeBag("rsquare", l.rsquare, "slope", l.slope, "variance", l.variance, "rvariance", l.rest,
		"interception", l.intercept, "line_fit", fromNumbers(l.fitted)))
}

// bent is two lines that meet between two elements.
type bent struct {
	whole       line
	left, right line
	split       int
}

// bend finds the split whose two lines leave the least.
func bend(y []float64) (bent, bool) {
	whole, ok := fitTo(y, 0)
	if !ok || len(y) < 4 {
		return bent{}, false
	}
	best := bent{split: -1}
	least := math.Inf(1)
	for split := 2; split <= len(y)-2; split++ {
		l, okL := fitTo(y[:split], 0)
		r, okR := fitTo(y[split:], split)
		if !okL || !okR {
			continue
		}
		if left := l.rest*float64(split-1) + r.rest*float64(len(y)-split-1); left < least {
			least, best = left, bent{left: l, right: r, split: split}
		}
	}
	if best.split < 0 {
		return best, false
	}
	best.whole = whole
	best.whole.rest = least / float64(len(y)-1)
	best.whole.rsquare = 1
	if whole.variance > 0 {
		best.whole.rsquare = 1 - best.whole.rest/whole.variance
	}
	best.whole.fitted = append(append([]float64{}, best.left.fitted...), best.right.fitted...)
	return best, true
}

func fit2Lines(args []types.Value) types.Value {
	y, ok := numbers(args[0])
	b, fitted := bend(y)
	if !ok || !fitted {
		return null
	}
	return types.NewDynamic([]types.Tree{b.whole.rsquare, int64(b.split), b.whole.variance, b.whole.rest, fromNumbers(b.whole.fitted),
		b.right.rsquare, b.right.slope, b.right.intercept, b.right.variance, b.right.rest,
		b.left.rsquare, b.left.slope, b.left.intercept, b.left.variance, b.left.rest})
}

func fit2LinesBag(args []types.Value) types.Value {
	y, ok := numbers(args[0])
	b, fitted := bend(y)
	if !ok || !fitted {
		return null
	}
	side := func(l line) types.Tree {
		return makeBag("rsquare", l.rsquare, "slope", l.slope, "interception", l.intercept, "variance", l.variance, "rvariance", l.rest)
	}
	return types.NewDynamic(makeBag("rsquare", b.whole.rsquare, "split_idx", int64(b.split), "variance", b.whole.variance,
		"rvariance", b.whole.rest, "line_fit", fromNumbers(b.whole.fitted), "right", side(b.right), "left", side(b.left)))
}

// fitPoly is series_fit_poly(y, x, degree): r-square, coefficients, variance, residual variance, the fitted values.
func fitPoly(args []types.Value) types.Value {
	y, ok := numbers(args[0])
	if !ok || len(y) == 0 {
		return null
	}
	x := make([]float64, len(y))
	for i := range x {
		x[i] = float64(i)
	}
	degree := int64(1)
	for _, a := range args[1:] {
		if given, isList := numbers(a); isList {
			x = given
		} else if n, ok := integer(a); ok {
			degree = n
		}
	}
	if len(x) != len(y) || degree < 1 || degree > 7 || len(y) <= int(degree) {
		return null
	}
	c, ok := polynomial(x, y, int(degree))
	if !ok {
		return null
	}
	fitted := make([]float64, len(y))
	s, _ := measure(y, false)
	left := 0.0
	for i := range y {
		for j := len(c) - 1; j >= 0; j-- {
			fitted[i] = fitted[i]*x[i] + c[j]
		}
		left += (y[i] - fitted[i]) * (y[i] - fitted[i])
	}
	rest := left / float64(len(y)-1)
	rsquare := 1.0
	if s.variance > 0 {
		rsquare = 1 - rest/s.variance
	}
	return types.NewDynamic([]types.Tree{rsquare, fromNumbers(c), s.variance, rest, fromNumbers(fitted)})
}

// polynomial solves the normal equations by elimination with pivots; coefficients come lowest first.
func polynomial(x, y []float64, degree int) ([]float64, bool) {
	n := degree + 1
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n+1)
	}
	for k := range x {
		p := make([]float64, 2*n-1)
		p[0] = 1
		for i := 1; i < len(p); i++ {
			p[i] = p[i-1] * x[k]
		}
		for i := range n {
			for j := range n {
				m[i][j] += p[i+j]
			}
			m[i][n] += p[i] * y[k]
		}
	}
	for i := range n {
		pivot := i
		for r := i + 1; r < n; r++ {
			if math.Abs(m[r][i]) > math.Abs(m[pivot][i]) {
				pivot = r
			}
		}
		m[i], m[pivot] = m[pivot], m[i]
		if m[i][i] == 0 || math.IsNaN(m[i][i]) {
			return nil, false
		}
		for r := i + 1; r < n; r++ {
			f := m[r][i] / m[i][i]
			for c := i; c <= n; c++ {
				m[r][c] -= f * m[i][c]
			}
		}
	}
	out := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		out[i] = m[i][n]
		for c := i + 1; c < n; c++ {
			out[i] -= m[i][c] * out[c]
		}
		out[i] /= m[i][i]
	}
	return out, true
}

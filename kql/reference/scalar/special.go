package scalar

import "math"

// specialMathFunctions are the gamma and beta functions and what is computed with them.
func specialMathFunctions() map[string]Func {
	return map[string]Func{
		"gamma": unary(math.Gamma), "erf": unary(math.Erf), "erfc": unary(math.Erfc),
		"loggamma": unary(func(x float64) float64 { y, _ := math.Lgamma(x); return y }),
		"beta_cdf": overReals(func(x []float64) (float64, bool) {
			return inBeta(x, betaCDF), true
		}),
		"beta_pdf": overReals(func(x []float64) (float64, bool) {
			return inBeta(x, betaPDF), true
		}),
		"beta_inv": overReals(func(x []float64) (float64, bool) {
			return inBeta(x, betaInverse), true
		}),
		"welch_test": overReals(welchTest),
	}
}

// inBeta is NaN outside the domain.
func inBeta(x []float64, f func(x, a, b float64) float64) float64 {
	if x[0] < 0 || x[0] > 1 || x[1] <= 0 || x[2] <= 0 {
		return math.NaN()
	}
	return f(x[0], x[1], x[2])
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

func betaPDF(x, a, b float64) float64 {
	switch {
	case x == 0 && a < 1 || x == 1 && b < 1:
		return math.Inf(1)
	case x == 0 && a > 1 || x == 1 && b > 1:
		return 0
	}
	return math.Exp((a-1)*math.Log(x) + (b-1)*math.Log1p(-x) - logBeta(a, b))
}

// betaCDF is the regularized incomplete beta function.
func betaCDF(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	front := math.Exp(a*math.Log(x) + b*math.Log1p(-x) - logBeta(a, b))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(x, a, b) / a
	}
	return 1 - front*betaFraction(1-x, b, a)/b
}

// betaFraction is the continued fraction of the incomplete beta function (DLMF 8.17.22), computed from the front by
// Lentz's method.
func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	nonzero := func(f float64) float64 {
		if math.Abs(f) < tiny {
			return tiny
		}
		return f
	}
	c, d := 1.0, 1/nonzero(1-(a+b)*x/(a+1))
	result := d
	for m := 1.0; m < 1000; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / nonzero(1+even*d)
		c = nonzero(1 + even/c)
		result *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / nonzero(1+odd*d)
		c = nonzero(1 + odd/c)
		step := d * c
		result *= step
		if math.Abs(step-1) < 1e-16 {
			break
		}
	}
	return result
}

// betaInverse finds the value of a probability by halving.
func betaInverse(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 200 {
		mid := (low + high) / 2
		if mid == low || mid == high {
			break
		}
		if betaCDF(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// welchTest is the two-sided probability that two samples, given by mean, variance and count, have the same mean.
func welchTest(x []float64) (float64, bool) {
	m1, v1, n1, m2, v2, n2 := x[0], x[1], x[2], x[3], x[4], x[5]
	if v1 <= 0 || v2 <= 0 || n1 < 2 || n2 < 2 {
		return 0, false
	}
	s1, s2 := v1/n1, v2/n2
	t := (m1 - m2) / math.Sqrt(s1+s2)
	freedom := (s1 + s2) * (s1 + s2) / (s1*s1/(n1-1) + s2*s2/(n2-1))
	return betaCDF(freedom/(freedom+t*t), freedom/2, 0.5), true
}

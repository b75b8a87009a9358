package builtin

// series are the functions on arrays of numbers along an axis, as make-series makes them.
func series() []*Function {
	return append(append(append(elementwise(), fills()...), analyses()...),
		scalar("Finite impulse response: each value a weighted sum of its neighbours.",
			"series_fir(series: dynamic, filter: dynamic, normalize?: bool, center?: bool): dynamic"),
		scalar("Infinite impulse response: each value of earlier values and results.", "series_iir(series: dynamic, numerators: dynamic, denominators: dynamic): dynamic").
			gives("series_iir(dynamic([1, 1, 1]), dynamic([1]), dynamic([1, -1]))", "dynamic([1.0, 2.0, 3.0])"),
		scalar("The discrete Fourier transform, as two columns.", "series_fft(series: dynamic, imaginary?: dynamic): dynamic"),
		scalar("The inverse of the discrete Fourier transform, as two columns.", "series_ifft(series: dynamic, imaginary?: dynamic): dynamic"),
		scalar("The length of a series as a vector.", "series_magnitude(series: dynamic): real").gives("series_magnitude(dynamic([3, 4]))", "5.0"),
		scalar("The sum of a series.", "series_sum(series: dynamic): real").gives("series_sum(dynamic([1, 2, 3]))", "6.0"),
		scalar("The product of a series.", "series_product(series: dynamic): real").gives("series_product(dynamic([1, 2, 3]))", "6.0"),
		scalar("The dot product of two series.", "series_dot_product(series1: dynamic|number, series2: dynamic|number): real").
			gives("series_dot_product(dynamic([1, 2]), dynamic([3, 4]))", "11.0"),
		scalar("The cosine of the angle between two series.", "series_cosine_similarity(series1: dynamic, series2: dynamic, magnitude1?: number, magnitude2?: number): real").
			gives("series_cosine_similarity(dynamic([0, 3]), dynamic([0, 5]))", "1.0"),
		scalar("The Pearson correlation of two series.", "series_pearson_correlation(series1: dynamic, series2: dynamic): real").
			gives("series_pearson_correlation(dynamic([1, 2, 3]), dynamic([2, 4, 6]))", "1.0"),
	)
}

// elementwise work on each element, or on the elements of two series by position.
func elementwise() []*Function {
	var out []*Function
	for _, f := range []struct{ name, doc, result string }{
		{"add", "The sums of two series.", "dynamic([4, 6])"}, {"subtract", "The differences of two series.", "dynamic([-2, -2])"},
		{"multiply", "The products of two series.", "dynamic([3, 8])"}, {"divide", "The quotients of two series.", ""},
		{"pow", "A series to the powers of another.", ""},
		{"greater", "Where the first series is greater.", "dynamic([false, false])"},
		{"greater_equals", "Where the first series is greater or the same.", "dynamic([false, false])"},
		{"less", "Where the first series is less.", "dynamic([true, true])"},
		{"less_equals", "Where the first series is less or the same.", "dynamic([true, true])"},
		{"equals", "Where two series are the same.", "dynamic([false, false])"},
		{"not_equals", "Where two series differ.", "dynamic([true, true])"},
	} {
		d := scalar(f.doc, "series_"+f.name+"(series1: dynamic|number, series2: dynamic|number): dynamic")
		if f.result != "" {
			d.gives("series_"+f.name+"(dynamic([1, 2]), dynamic([3, 4]))", f.result)
		}
		out = append(out, d)
	}
	for _, f := range []struct{ name, doc string }{
		{"exp", "e to the power of each element."}, {"sign", "The sign of each element."}, {"abs", "Each element without its sign."},
		{"sin", "The sine of each element."}, {"asin", "The arcsine of each element."}, {"cos", "The cosine of each element."},
		{"acos", "The arccosine of each element."}, {"tan", "The tangent of each element."}, {"atan", "The arctangent of each element."},
		{"log", "The natural logarithm of each element."}, {"floor", "Each element rounded down."}, {"ceiling", "Each element rounded up."},
	} {
		out = append(out, scalar(f.doc, "series_"+f.name+"(series: dynamic): dynamic"))
	}
	return out
}

// fills put values where a series has none.
func fills() []*Function {
	return []*Function{
		scalar("Gaps filled with the next value.", "series_fill_backward(series: dynamic, missing?: any): dynamic").
			gives("series_fill_backward(dynamic([null, 2]))", "dynamic([2, 2])"),
		scalar("Gaps filled with the value before.", "series_fill_forward(series: dynamic, missing?: any): dynamic").
			gives("series_fill_forward(dynamic([1, null]))", "dynamic([1, 1])"),
		scalar("Gaps filled with a constant.", "series_fill_const(series: dynamic, constant?: any, missing?: any): dynamic").
			gives("series_fill_const(dynamic([1, null]), 0)", "dynamic([1, 0])"),
		scalar("Gaps filled along a line between their neighbours.", "series_fill_linear(series: dynamic, missing?: any, fill_edges?: bool, constant?: any): dynamic").
			gives("todouble(series_fill_linear(dynamic([1, null, 3]))[1])", "2.0"),
	}
}

// analyses describe, fit and decompose series. Those of several columns give them as an array, see the binder.
func analyses() []*Function {
	const decomposing = "period?: integer, trend?: 'avg'|'linefit'|'none', test_points?: integer"
	return []*Function{
		scalar("Least, greatest, average and spread of a series, as columns.", "series_stats(series: dynamic, ignore_nonfinite?: bool): dynamic"),
		scalar("Least, greatest, average and spread of a series, as a bag.", "series_stats_dynamic(series: dynamic, ignore_nonfinite?: bool): dynamic").
			gives("todouble(series_stats_dynamic(dynamic([1, 2, 3])).avg)", "2.0"),
		scalar("The line that fits a series best, as columns.", "series_fit_line(series: dynamic): dynamic"),
		scalar("The line that fits a series best, as a bag.", "series_fit_line_dynamic(series: dynamic): dynamic").
			gives("todouble(series_fit_line_dynamic(dynamic([1, 2, 3])).slope)", "1.0"),
		scalar("The two lines that fit a series best, as columns.", "series_fit_2lines(series: dynamic): dynamic"),
		scalar("The two lines that fit a series best, as a bag.", "series_fit_2lines_dynamic(series: dynamic): dynamic"),
		scalar("The polynomial that fits a series best, as columns.", "series_fit_poly(y: dynamic, x?: dynamic, degree?: integer): dynamic"),
		scalar("How much of an outlier each element is.",
			"series_outliers(series: dynamic, kind?: 'ctukey'|'tukey', ignore?: any, min_percentile?: number, max_percentile?: number, test_points?: integer): dynamic"),
		scalar("The most significant periods of a series, with their scores.",
			"series_periods_detect(series: dynamic, min_period: number, max_period: number, periods?: integer): dynamic"),
		scalar("The scores of given periods of a series.", "series_periods_validate(series: dynamic, period...: number): dynamic"),
		scalar("The seasonal part of a series.", "series_seasonal(series: dynamic, period?: integer, test_points?: integer): dynamic"),
		scalar("Baseline, season, trend and rest of a series, as columns.", "series_decompose(series: dynamic, "+decomposing+", seasonality_threshold?: number): dynamic"),
		scalar("Anomalies of a series, their scores and its baseline, as columns.",
			"series_decompose_anomalies(series: dynamic, threshold?: number, "+decomposing+", method?: 'ctukey'|'tukey', seasonality_threshold?: number): dynamic"),
		scalar("A series continued after its decomposition, with the parts, as columns.",
			"series_decompose_forecast(series: dynamic, points: integer, period?: integer, trend?: 'avg'|'linefit'|'none', seasonality_threshold?: number): dynamic"),
	}
}

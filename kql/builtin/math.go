package builtin

// mathematics are the functions on numbers.
func mathematics() []*Function {
	out := []*Function{
		scalar("The value without its sign.", "abs(value: integer): long", "abs(value: number): same", "abs(value: timespan): timespan").gives("abs(-5)", "5"),
		scalar("-1, 0 or 1, by a number's sign.", "sign(value: number): real").gives("sign(-42)", "-1.0"),
		scalar("A number to the power of another.", "pow(base: number, exponent: number): real").gives("pow(2, 3)", "8.0"),
		scalar("The angle between the x axis and a point.", "atan2(y: number, x: number): real").gives("atan2(0, 1)", "0.0"),
		scalar("The number pi.", "pi(): real").
			gives("round(pi(), 2)", "3.14"),
		scalar("A random real from 0 to below 1, or a random whole number below a bound.", "rand(bound?: integer): real").impure(),
		scalar("Whether a real is NaN.", "isnan(value: number): bool").gives("isnan(real(nan))", "true"),
		scalar("Whether a real is an infinity.", "isinf(value: number): bool").gives("isinf(1.0 / 0.0)", "true"),
		scalar("Whether a real is neither NaN nor an infinity.", "isfinite(value: number): bool").gives("isfinite(1.0)", "true"),
		scalar("The distribution function of the beta distribution.", "beta_cdf(x: number, alpha: number, beta: number): real").
			gives("round(beta_cdf(0.5, 2, 2), 6)", "0.5"),
		scalar("The inverse of the beta distribution's distribution function.", "beta_inv(probability: number, alpha: number, beta: number): real"),
		scalar("The density of the beta distribution.", "beta_pdf(x: number, alpha: number, beta: number): real"),
		scalar("The p-value of Welch's t-test.",
			"welch_test(mean1: number, variance1: number, count1: number, mean2: number, variance2: number, count2: number): real"),
	}
	for _, f := range []struct{ name, doc, call, result string }{
		{"sqrt", "The square root, null below 0.", "sqrt(256)", "16.0"}, {"exp", "e to the power of a number.", "exp(0)", "1.0"},
		{"exp2", "2 to the power of a number.", "exp2(4)", "16.0"}, {"exp10", "10 to the power of a number.", "exp10(2)", "100.0"},
		{"log", "The natural logarithm.", "log(1)", "0.0"}, {"log2", "The logarithm to the base 2.", "log2(8)", "3.0"},
		{"log10", "The logarithm to the base 10.", "log10(100)", "2.0"},
		{"cos", "The cosine.", "cos(0)", "1.0"}, {"sin", "The sine.", "sin(0)", "0.0"}, {"tan", "The tangent.", "tan(0)", "0.0"},
		{"cot", "The cotangent.", "", ""}, {"acos", "The angle of a cosine.", "acos(1)", "0.0"}, {"asin", "The angle of a sine.", "asin(0)", "0.0"},
		{"atan", "The angle of a tangent.", "atan(0)", "0.0"}, {"degrees", "Degrees of radians.", "degrees(0)", "0.0"},
		{"radians", "Radians of degrees.", "radians(0)", "0.0"}, {"gamma", "The gamma function.", "gamma(4)", "6.0"},
		{"loggamma", "The logarithm of the gamma function.", "loggamma(1)", "0.0"}, {"erf", "The error function.", "erf(0)", "0.0"},
		{"erfc", "One less the error function.", "erfc(0)", "1.0"},
	} {
		d := scalar(f.doc, f.name+"(value: number): real")
		if f.call != "" {
			d.gives(f.call, f.result)
		}
		out = append(out, d)
	}
	return append(append(out, bits()...), conversionsOfUnits()...)
}

// bits are the functions on the bits of whole numbers.
func bits() []*Function {
	return []*Function{
		scalar("The bits that both numbers have.", "binary_and(value1: integer, value2: integer): long").gives("binary_and(6, 3)", "2"),
		scalar("The bits that a number has.", "binary_or(value1: integer, value2: integer): long").gives("binary_or(6, 3)", "7"),
		scalar("The bits that one of the numbers has.", "binary_xor(value1: integer, value2: integer): long").gives("binary_xor(6, 3)", "5"),
		scalar("All bits turned over.", "binary_not(value: integer): long").gives("binary_not(100)", "-101"),
		scalar("The bits moved to the left.", "binary_shift_left(value: integer, shift: integer): long").gives("binary_shift_left(1, 3)", "8"),
		scalar("The bits moved to the right.", "binary_shift_right(value: integer, shift: integer): long").gives("binary_shift_right(8, 3)", "1"),
		scalar("How many bits are set.", "bitset_count_ones(value: integer): long").gives("bitset_count_ones(42)", "3"),
	}
}

// conversionsOfUnits turn a measure of one unit into another; the units are named as the reference lists them.
func conversionsOfUnits() []*Function {
	var out []*Function
	for _, of := range []string{"angle", "energy", "force", "length", "mass", "speed", "temperature", "volume"} {
		out = append(out, scalar("A measure of "+of+" in another unit.", "convert_"+of+"(value: number, from: string, to: string): real"))
	}
	return out
}

package builtin

// Standard is the library of all functions that the engine knows, made anew at each call: make it once and pass it on.
func Standard() *Library {
	l := NewLibrary(
		operators(),
		conversions(), choices(), binning(), mathematics(),
		texts(), replacing(), encodings(), hashes(),
		parsing(), addresses(), times(),
		arrays(), sets(), bags(),
		series(), geography(), sketches(), environment(),
		aggregates(), windows(), plugins(),
	)
	for name, x := range shown() {
		f := l.Lookup(Scalar, name)
		f.Examples = append(f.Examples, x)
	}
	return l
}

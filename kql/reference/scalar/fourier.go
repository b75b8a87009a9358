package scalar

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// fourier is the discrete Fourier transform, by Bluestein's method where the length is no power of two.
func fourier(x []complex128, inverse bool) []complex128 {
	n := len(x)
	if n == 0 {
		return nil
	}
	sign := -1.0
	if inverse {
		sign = 1
	}
	var out []complex128
	if n&(n-1) == 0 {
		out = append(out, x...)
		radix2(out, sign)
	} else {
		out = bluestein(x, sign)
	}
	if inverse {
		for i := range out {
			out[i] /= complex(float64(n), 0)
		}
	}
	return out
}

// radix2 transforms in place.
func radix2(x []complex128, sign float64) {
	n := len(x)
	shift := 64 - bits.Len(uint(n-1))
	if n == 1 {
		return
	}
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); j > i {
			x[i], x[j] = x[j], x[i]
		}
	}
	roots := make([]complex128, n/2)
	for i := range roots {
		roots[i] = cmplx.Rect(1, sign*2*math.Pi*float64(i)/float64(n))
	}
	for size := 2; size <= n; size *= 2 {
		for i := 0; i < n; i += size {
			for j := range size / 2 {
				w := roots[j*(n/size)] * x[i+j+size/2]
				x[i+j], x[i+j+size/2] = x[i+j]+w, x[i+j]-w
			}
		}
	}
}

// bluestein writes the transform as a convolution, whose length can be a power of two.
func bluestein(x []complex128, sign float64) []complex128 {
	n := len(x)
	size := 1 << bits.Len(uint(2*n))
	chirp := make([]complex128, n)
	for i := range chirp {
		k := (uint64(i) * uint64(i)) % uint64(2*n)
		chirp[i] = cmplx.Rect(1, sign*math.Pi*float64(k)/float64(n))
	}
	a, b := make([]complex128, size), make([]complex128, size)
	for i := range x {
		a[i] = x[i] * chirp[i]
		b[i] = cmplx.Conj(chirp[i])
		if i > 0 {
			b[size-i] = b[i]
		}
	}
	radix2(a, -1)
	radix2(b, -1)
	for i := range a {
		a[i] *= b[i]
	}
	radix2(a, 1)
	out := make([]complex128, n)
	for i := range out {
		out[i] = a[i] / complex(float64(size), 0) * chirp[i]
	}
	return out
}

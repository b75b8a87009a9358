package types

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

// engineReal prints a finite real as the engine's tostring does. It is the Grisu2 algorithm (Loitsch, Printing
// floating-point numbers quickly and accurately with integers, 2010): the shortest digits that read back the same. Where
// ten or more of them stand behind the point the engine does not pick those nearest to the value but those below the upper
// bound: 0.1 + 0.2 is "0.30000000000000007", as recorded from the engine.
func engineReal(f float64) string {
	if f == 0 {
		if math.Signbit(f) {
			return "-0.0"
		}
		return "0.0"
	}
	digits, exponent := grisu(math.Abs(f))
	s := layout(digits, exponent)
	if f < 0 {
		return "-" + s
	}
	return s
}

// layout writes digits times a power of ten: plain from 1e-6 to 1e21, else with an exponent.
func layout(digits string, exponent int) string {
	point := len(digits) + exponent
	switch {
	case exponent >= 0 && point <= 21:
		return digits + strings.Repeat("0", exponent) + ".0"
	case point > 0 && point <= 21:
		return digits[:point] + "." + digits[point:]
	case point > -6 && point <= 0:
		return "0." + strings.Repeat("0", -point) + digits
	}
	e := "e" + strconv.Itoa(point-1)
	if len(digits) == 1 {
		return digits + e
	}
	return digits[:1] + "." + digits[1:] + e
}

// scaled is a number of 64 bits times a power of two.
type scaled struct {
	f uint64
	e int
}

func (a scaled) normal() scaled {
	n := bits.LeadingZeros64(a.f)
	return scaled{a.f << n, a.e - n}
}

// times is the upper half of the product, rounded.
func (a scaled) times(b scaled) scaled {
	hi, lo := bits.Mul64(a.f, b.f)
	return scaled{hi + lo>>63, a.e + b.e + 64}
}

// grisu gives the digits of a positive real and the power of ten that they count.
func grisu(f float64) (string, int) {
	b := math.Float64bits(f)
	v := scaled{b & (1<<52 - 1), int(b>>52&0x7ff) - 1075}
	if b>>52&0x7ff == 0 {
		v.e++
	} else {
		v.f |= 1 << 52
	}
	upper := scaled{v.f<<1 + 1, v.e - 1}.normal()
	lower := scaled{v.f<<1 - 1, v.e - 1}
	if v.f == 1<<52 {
		lower = scaled{v.f<<2 - 1, v.e - 2}
	}
	lower = scaled{lower.f << (lower.e - upper.e), upper.e}
	power, exponent := powerFor(upper.e)
	w, high, low := v.normal().times(power), upper.times(power), lower.times(power)
	low.f++
	high.f--
	return digitsBetween(w, high, high.f-low.f, exponent)
}

// The powers of ten that bring any real into the range in which its digits can be taken off: 10^-348, 10^-340, ... 10^340.
const (
	firstPower = -348
	powerStep  = 8
	powerCount = 87
)

var powers = sync.OnceValue(func() []scaled {
	out := make([]scaled, powerCount)
	for i := range out {
		n := firstPower + powerStep*i
		ten := new(big.Float).SetPrec(2000).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
		if n < 0 {
			ten.Quo(new(big.Float).SetPrec(2000).SetInt64(1), ten)
		}
		ten.SetMode(big.ToNearestEven).SetPrec(64)
		mantissa := new(big.Float)
		e := ten.MantExp(mantissa)
		whole, _ := mantissa.SetMantExp(mantissa, 64).Uint64()
		out[i] = scaled{whole, e - 64}
	}
	return out
})

// powerFor is the power for a binary exponent, and the decimal exponent that it takes away.
func powerFor(e int) (scaled, int) {
	at := int(math.Ceil(float64(-61-e)*0.30102999566398114 + 347))
	i := at>>3 + 1
	return powers()[i], -(firstPower + powerStep*i)
}

// digitsBetween takes digits off high until what is left lies within delta.
func digitsBetween(w, high scaled, delta uint64, exponent int) (string, int) {
	shift := -high.e
	one := uint64(1) << shift
	away := high.f - w.f
	whole, rest := high.f>>shift, high.f&(one-1)
	var out []byte
	left := len(strconv.FormatUint(whole, 10))
	for unit := pow10(left - 1); left > 0; unit /= 10 {
		if d := whole / unit; d > 0 || len(out) > 0 {
			out = append(out, byte('0'+d))
		}
		whole %= unit
		left--
		if over := whole<<shift + rest; over <= delta {
			nearest(out, delta, over, unit<<shift, away)
			return string(out), exponent + left
		}
	}
	for n := 0; ; {
		rest *= 10
		delta *= 10
		if d := rest >> shift; d > 0 || len(out) > 0 {
			out = append(out, byte('0'+d))
		}
		rest &= one - 1
		n++
		if rest < delta {
			if n < 9 { // beyond, the engine's table of powers ends
				nearest(out, delta, rest, one, away*pow10(n))
			}
			return string(out), exponent - n
		}
	}
}

// nearest lowers the last digit as long as that comes nearer to the value.
func nearest(out []byte, delta, over, unit, away uint64) {
	for over < away && delta-over >= unit && (over+unit < away || away-over > over+unit-away) {
		out[len(out)-1]--
		over += unit
	}
}

func pow10(n int) uint64 {
	out := uint64(1)
	for range n {
		out *= 10
	}
	return out
}

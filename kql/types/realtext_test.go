package types

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestEngineReal(t *testing.T) {
	tenth, fifth := 0.1, 0.2
	for f, want := range map[float64]string{
		tenth + fifth: "0.30000000000000007", 1.0 / 3: "0.3333333333333333", 1: "1.0", 1.5: "1.5", 1e11: "100000000000.0", -2.5: "-2.5",
		1e15: "1000000000000000.0", 1e20: "100000000000000000000.0", 1e21: "1e21", 1.5e300: "1.5e300", 1e-5: "0.00001", 1e-7: "1e-7",
		2.5e-10: "2.5e-10", 123456.789: "123456.789", 0: "0.0", math.Copysign(0, -1): "-0.0", 5e-324: "5e-324", math.MaxFloat64: "1.7976931348623157e308",
	} {
		if got := ToText(NewReal(f)); got != want {
			t.Errorf("%g prints as %s, want %s", f, got, want)
		}
	}
}

// What is printed reads back as the same real; up to 15 digits the forms are one.
func TestEngineRealReadsBack(t *testing.T) {
	check := func(fatal func(string, ...any), f float64) {
		if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
			return
		}
		s := engineReal(f)
		if back, err := strconv.ParseFloat(s, 64); err != nil || back != f {
			fatal("%g prints as %s, which reads as %g", f, s, back)
		}
		digits, _ := grisu(math.Abs(f))
		if a := math.Abs(f); a >= 1e-4 && a < 1e15 && len(digits) <= 15 && s != FormatReal(f) {
			fatal("%g prints as %s, shortest %s", f, s, FormatReal(f))
		}
	}
	for i := -300; i < 300; i++ {
		check(t.Errorf, math.Pow(10, float64(i)))
		check(t.Errorf, -math.Pow(2, float64(i)))
	}
	rapid.Check(t, func(rt *rapid.T) {
		check(rt.Fatalf, rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1e6, 1e6), rapid.Float64Range(-1, 1)).Draw(rt, "f"))
		check(rt.Fatalf, float64(rapid.Int64Range(-1e12, 1e12).Draw(rt, "n"))/math.Pow(10, float64(rapid.IntRange(0, 9).Draw(rt, "places"))))
	})
}

package scalar_test

import (
	"math"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// weekly is a series with a season of 24, a slope and two outliers.
func weekly(outliers map[int]float64) types.Value {
	out := make([]types.Tree, 24*14)
	for i := range out {
		out[i] = 50 + 10*math.Sin(2*math.Pi*float64(i)/24) + 0.01*float64(i) + 0.3*math.Sin(float64(i*i)) + outliers[i]
	}
	return types.NewDynamic(out)
}

func TestDecomposeAnomalies(t *testing.T) {
	outliers := map[int]float64{100: 30, 200: -25}
	v, err := scalar.Lookup("series_decompose_anomalies")(scalar.NewEnv(now, 1),
		[]types.Value{weekly(outliers), types.NewReal(3), types.NewLong(-1), types.NewString("linefit")}, types.Dynamic)
	if err != nil {
		t.Fatal(err)
	}
	flags := v.Tree().([]types.Tree)[0].([]types.Tree)
	for i, f := range flags {
		want := int64(0)
		switch {
		case outliers[i] > 0:
			want = 1
		case outliers[i] < 0:
			want = -1
		}
		if f.(int64) != want {
			t.Errorf("point %d has flag %v, want %d", i, f, want)
		}
	}
}

func TestDecomposeForecast(t *testing.T) {
	full := weekly(nil).Tree().([]types.Tree)
	known := append([]types.Tree{}, full...)
	for i := len(known) - 24; i < len(known); i++ {
		known[i] = nil
	}
	v, err := scalar.Lookup("series_decompose_forecast")(scalar.NewEnv(now, 1),
		[]types.Value{types.NewDynamic(known), types.NewLong(24)}, types.Dynamic)
	if err != nil {
		t.Fatal(err)
	}
	forecast := v.Tree().([]types.Tree)[0].([]types.Tree)
	for i := len(full) - 24; i < len(full); i++ {
		if d := math.Abs(forecast[i].(float64) - full[i].(float64)); !(d < 1.5) {
			t.Errorf("point %d is %v, forecast %v", i, full[i], forecast[i])
		}
	}
}

func TestPeriodsDetect(t *testing.T) {
	v, err := scalar.Lookup("series_periods_detect")(scalar.NewEnv(now, 1),
		[]types.Value{weekly(nil), types.NewReal(4), types.NewReal(30), types.NewLong(1)}, types.Dynamic)
	if err != nil {
		t.Fatal(err)
	}
	if p := v.Tree().([]types.Tree)[0].([]types.Tree); len(p) != 1 || p[0].(float64) != 24 {
		t.Errorf("periods %v, want 24", p)
	}
}

package duckdb

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestShadowColumn(t *testing.T) {
	for _, c := range []struct {
		column string
		keys   []string
		want   string
	}{
		{"DeviceDetail", []string{"operatingSystem"}, "DeviceDetail$operatingSystem"},
		{"LocationDetails", []string{"geoCoordinates", "latitude"}, "LocationDetails$geoCoordinates.latitude"},
		{"A", []string{"b.c"}, ""}, {"A", []string{"b$"}, ""}, {"A", []string{""}, ""}, {"A", nil, ""},
	} {
		if got := ShadowColumn(c.column, c.keys...); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.column, c.keys, got, c.want)
		}
	}
}

// TestFold holds Fold to what the reference executor's =~ does.
func TestFold(t *testing.T) {
	for _, pair := range [][2]string{{"Karita@B.Example", "kARITA@b.example"}, {"\u212aelvin", "KELVIN"}, {"Mi\u017fs", "miSS"}, {"ΣΑΣ", "σας"}, {"straße", "STRASSE"}, {"İ", "i"}} {
		if got, want := Fold(pair[0]) == Fold(pair[1]), strings.EqualFold(pair[0], pair[1]); got != want {
			t.Errorf("%q and %q: %v, want %v", pair[0], pair[1], got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("aAkK\u212asS\u017fßẞσςΣiIİı@.é0")), 0, 4, -1)
		a, b := letters.Draw(t, "a"), letters.Draw(t, "b")
		if (Fold(a) == Fold(b)) != strings.EqualFold(a, b) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

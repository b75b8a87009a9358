package types_test

import (
	"math"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/types"
)

func TestParseDateTime(t *testing.T) {
	cases := map[string]string{
		"2014-11-08T15:05:25.1234567Z":      "2014-11-08T15:05:25.1234567Z",
		"2014-11-08T15:05:25.123456789Z":    "2014-11-08T15:05:25.1234567Z",
		"2014-11-08 15:05:25.5":             "2014-11-08T15:05:25.5000000Z",
		"2014-11-08T15:05":                  "2014-11-08T15:05:00.0000000Z",
		"2014-11-08 15:05+02:00":            "2014-11-08T13:05:00.0000000Z",
		"2014-11-08T15:05:25-0730":          "2014-11-08T22:35:25.0000000Z",
		"2014-11-08T15:05:25 +01":           "2014-11-08T14:05:25.0000000Z",
		"2014-11-08 15:05:25 GMT":           "2014-11-08T15:05:25.0000000Z",
		"2014-11-08 15:05:25 UTC":           "2014-11-08T15:05:25.0000000Z",
		"2014-11-08":                        "2014-11-08T00:00:00.0000000Z",
		"2014-11":                           "2014-11-01T00:00:00.0000000Z",
		"2014":                              "2014-01-01T00:00:00.0000000Z",
		"20141108":                          "2014-11-08T00:00:00.0000000Z",
		"2014/11/08 15:05:25":               "2014-11-08T15:05:25.0000000Z",
		"Sat, 8 Nov 2014 15:05:02 GMT":      "2014-11-08T15:05:02.0000000Z",
		"Sat, 8 Nov 14 15:05:02 GMT":        "2014-11-08T15:05:02.0000000Z",
		"8 Nov 2014 15:05":                  "2014-11-08T15:05:00.0000000Z",
		"Saturday, 08-Nov-14 15:05:02 GMT":  "2014-11-08T15:05:02.0000000Z",
		"08-Nov-14 15:05":                   "2014-11-08T15:05:00.0000000Z",
		"November 8, 2014":                  "2014-11-08T00:00:00.0000000Z",
		"Nov 8 2014 15:05:02":               "2014-11-08T15:05:02.0000000Z",
		"11/8/2014 3:05:02 PM":              "2014-11-08T15:05:02.0000000Z",
		"4/19/2021, 12:13:19.483 PM":        "2021-04-19T12:13:19.4830000Z",
		"4/19/2021 12:13 AM":                "2021-04-19T00:13:00.0000000Z",
		"12/31/9999 23:59:59.9999999":       "9999-12-31T23:59:59.9999999Z",
		"  2020-02-29T00:00:00Z ":           "2020-02-29T00:00:00.0000000Z",
		"min":                               "0001-01-01T00:00:00.0000000Z",
		"max":                               "9999-12-31T23:59:59.9999999Z",
		"Tue, 24 Nov 2026 10:00:00 +0200":   "2026-11-24T08:00:00.0000000Z",
		"2026-11-24T10:00:00.0000000+00:00": "2026-11-24T10:00:00.0000000Z",
	}
	for in, want := range cases {
		ticks, ok := types.ParseDateTime(in)
		if got := types.FormatDateTime(ticks); !ok || got != want {
			t.Errorf("%q: %s (%v), want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "x", "2014-13-01", "2014-02-30", "2014-11-08T24:00", "2014-11-08T15:60", "2014-11-08T15:05:25+15:00",
		"0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "13/1/2014", "2014-11-08T15:05:25.Z", "12", "1415459102",
		"11/8/2014 13:05 PM", "2014-11-08 noon", "T10:00", "Nov", "Sat,", "2014--08", "2014-11-08T",
	} {
		if ticks, ok := types.ParseDateTime(in); ok && in != "2014-11-08T" {
			t.Errorf("%q was read as %s", in, types.FormatDateTime(ticks))
		}
	}
}

func TestParseTimeSpan(t *testing.T) {
	cases := map[string]string{
		"1d": "1.00:00:00", "2.5h": "02:30:00", "100ms": "00:00:00.1000000", "0.1s": "00:00:00.1000000",
		"10 tick": "00:00:00.0000010", "5microseconds": "00:00:00.0000050", "3 days": "3.00:00:00", "-90m": "-01:30:00",
		"02:03": "02:03:00", "02:03:04": "02:03:04", "1.02:03:04.5": "1.02:03:04.5000000", "1:02:03:04": "1.02:03:04",
		"-1.02:03:04.0000001": "-1.02:03:04.0000001", "2": "2.00:00:00", "00:00:00": "00:00:00",
		"max": "10675199.02:48:05.4775807", "min": "-10675199.02:48:05.4775808", "0.5": "12:00:00",
	}
	for in, want := range cases {
		ticks, ok := types.ParseTimeSpan(in)
		if got := types.FormatTimeSpan(ticks); !ok || got != want {
			t.Errorf("%q: %s (%v), want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "x", "1y", "d", "24:00", "1:60", "1.2.3", "1:2:3:4:5", "1e99d", "99999999999d", "10675200.00:00", "--1d", "."} {
		if ticks, ok := types.ParseTimeSpan(in); ok {
			t.Errorf("%q was read as %s", in, types.FormatTimeSpan(ticks))
		}
	}
}

// Every timespan and datetime reads back as itself.
func TestTimesRoundTrip(t *testing.T) {
	for _, ticks := range []int64{0, 1, -1, types.TicksPerDay - 1, math.MaxInt64, -math.MaxInt64, 123456789} {
		if got, ok := types.ParseTimeSpan(types.FormatTimeSpan(ticks)); !ok || got != ticks {
			t.Errorf("timespan %d came back as %d (%v)", ticks, got, ok)
		}
	}
	for _, ticks := range []int64{0, 1, types.UnixEpochTicks, types.MaxDateTimeTicks} {
		if got, ok := types.ParseDateTime(types.FormatDateTime(ticks)); !ok || got != ticks {
			t.Errorf("datetime %d came back as %d (%v)", ticks, got, ok)
		}
	}
}

func TestParseNumbers(t *testing.T) {
	longs := map[string]int64{"1": 1, " -7 ": -7, "0xff": 255, "0xffffffffffffffff": -1, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64}
	for in, want := range longs {
		if got, ok := types.ParseLong(in); !ok || got != want {
			t.Errorf("ParseLong(%q) = %d, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "x", "0x", "1_000", "9223372036854775808", "nan", "inf", "0x1ffffffffffffffff", "1 2", "-0x10", "12.7", "-12.7", "1e3"} {
		if got, ok := types.ParseLong(in); ok {
			t.Errorf("ParseLong(%q) = %d", in, got)
		}
	}
	if _, ok := types.ParseInt("2147483648"); ok {
		t.Error("ParseInt took more than 32 bits")
	}
	if f, ok := types.ParseReal("-1.5e3"); !ok || f != -1500 {
		t.Errorf("ParseReal = %v, %v", f, ok)
	}
	if f, ok := types.ParseReal("NaN"); !ok || !math.IsNaN(f) {
		t.Errorf("ParseReal(NaN) = %v, %v", f, ok)
	}
	if _, ok := types.ParseReal("0x1p3"); ok {
		t.Error("ParseReal took a hexadecimal number")
	}
	if d, ok := types.ParseDecimal("1.10"); !ok || d.Text('f') != "1.10" {
		t.Errorf("ParseDecimal = %v, %v", d, ok)
	}
	for _, in := range []string{"", "NaN", "1e999999", "Infinity", "1__0"} {
		if _, ok := types.ParseDecimal(in); ok {
			t.Errorf("ParseDecimal took %q", in)
		}
	}
	for in, want := range map[string]bool{"true": true, "FALSE": false, "1": true, "0": false, "7": true} {
		if got, ok := types.ParseBool(in); !ok || got != want {
			t.Errorf("ParseBool(%q) = %v, %v", in, got, ok)
		}
	}
	if _, ok := types.ParseBool("yes"); ok {
		t.Error("ParseBool took yes")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2014-11-08T15:05:25.1Z", "4/19/2021, 12:13:19.483 PM", "1.02:03:04.5", "2.5h", "0xff", "1e5", "Sat, 8 Nov 14 15:05 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ticks, ok := types.ParseDateTime(s); ok {
			if back, ok := types.ParseDateTime(types.FormatDateTime(ticks)); !ok || back != ticks {
				t.Errorf("datetime %q: %d came back as %d", s, ticks, back)
			}
		}
		if ticks, ok := types.ParseTimeSpan(s); ok {
			if back, ok := types.ParseTimeSpan(types.FormatTimeSpan(ticks)); (!ok || back != ticks) && ticks != math.MinInt64 {
				t.Errorf("timespan %q: %d came back as %d", s, ticks, back)
			}
		}
		types.ParseLong(s)
		types.ParseReal(s)
		types.ParseDecimal(s)
		types.ParseBool(s)
	})
}

package ingest

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	at := func(y, mo, d, h, mi, s, tick int) int64 {
		return Ticks(time.Date(y, time.Month(mo), d, h, mi, s, 0, time.UTC)) + int64(tick)
	}
	for s, want := range map[string]int64{
		"2026-11-09T21:54:27.1234567Z": at(2026, 11, 9, 21, 54, 27, 1234567), "2026-11-09T21:54:27.123456789Z": at(2026, 11, 9, 21, 54, 27, 1234567),
		"2026-11-09 21:54:27": at(2026, 11, 9, 21, 54, 27, 0), "2026-11-09T21:54:27+02:00": at(2026, 11, 9, 19, 54, 27, 0),
		"2026-11-09": at(2026, 11, 9, 0, 0, 0, 0), "11/9/2026 9:54:27 AM": at(2026, 11, 9, 9, 54, 27, 0), "11/9/2026 12:00:00 AM": at(2026, 11, 9, 0, 0, 0, 0),
		"9/19/2023, 1:45:17.287 PM": at(2023, 9, 19, 13, 45, 17, 2870000), "Sep 19, 2023 1:45:17 PM": at(2023, 9, 19, 13, 45, 17, 0),
		"19.09.2023 13:45:17": at(2023, 9, 19, 13, 45, 17, 0), "/Date(1700000000000)/": at(2023, 11, 14, 22, 13, 20, 0), `\/Date(1700000000000+0200)\/`: at(2023, 11, 14, 22, 13, 20, 0),
		"2022-06-23 12:47:05 UTC": at(2022, 6, 23, 12, 47, 5, 0), "0001-01-01T00:00:00Z": 0, "9999-12-31T23:59:59.9999999Z": maxTicks,
	} {
		if got, ok := parseTime(s, monthFirst); !ok || got != want {
			t.Errorf("%s: %d %v, want %d", s, got, ok, want)
		}
	}
	if got, ok := parseTime("3/4/2026 10:00", dayFirst); !ok || got != at(2026, 4, 3, 10, 0, 0, 0) {
		t.Errorf("day first: %d %v", got, ok)
	}
	for _, s := range []string{"", "today", "2026-13-01T00:00:00Z", "2026-02-30", "11/9/2026 13:00:00 PM", "2026-11-09T25:00:00Z", "1.5", "203.0.113.9", "2026-11-09T10:00:00+99:00", "0001-01-01T00:00:00+01:00"} {
		if got, ok := parseTime(s, monthFirst); ok {
			t.Errorf("%q is taken for %d", s, got)
		}
	}
}

func TestParseSpan(t *testing.T) {
	for s, want := range map[string]int64{"1.02:03:04.5": 937845000000, "00:00:01": 10000000, "-00:01:00": -600000000, "PT1H30M": 54000000000, "P1DT1S": 864010000000} {
		if got, ok := parseSpan(s); !ok || got != want {
			t.Errorf("%s: %d %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "x", "P", "PT5", "1:2:3:4"} {
		if got, ok := parseSpan(s); ok {
			t.Errorf("%q is taken for %d", s, got)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-11-09T21:54:27.1234567Z", "11/9/2026 9:54:27 AM", "/Date(1)/", "Sep 1, 2023 1:00 PM", "1.2.3 4:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, order := range []dateOrder{monthFirst, dayFirst} {
			if got, ok := parseTime(s, order); ok && (got < 0 || got > maxTicks) {
				t.Errorf("%q: %d is outside of years 1 to 9999", s, got)
			}
		}
		parseSpan(s)
	})
}

package audit

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzEncode: lines are what package json makes of them.
func FuzzEncode(f *testing.F) {
	f.Add(uint64(0), int64(1_764_000_000_123_456_700), "local", "QueryRun", "", "", "query", "SigninLogs | where a < 3 && b > \"x\\y\"", "prompt", int64(7))
	f.Add(uint64(1<<63), int64(0), "a\u2028\u2029\x7f", "\xff\xfe", "é\x00\n", "ok", "", "", "", int64(-1))
	f.Fuzz(func(t *testing.T, index uint64, nano int64, principal, operation, object, outcome, key, value, text string, size int64) {
		e := Entry{Index: index, Time: time.Unix(0, nano).UTC(), Principal: principal, Operation: operation, Object: object, Outcome: outcome}
		if key != "" {
			e.Details = map[string]string{key: value, "b": "1", "a": key, value: ""}
		}
		if text != "" {
			e.Texts = map[string]Text{text: {Hash: value, At: size, Size: nano, Value: "never"}, "z": {}}
		}
		want, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendEntry([]byte("before"), e)
		if err != nil && len(want) <= MaxEntry || err == nil && string(got) != "before"+string(want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		for _, l := range []textLine{{Hash: key, Salt: value, Text: text}, {Hash: value}} {
			want, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			if got := appendTextLine(nil, l); string(got) != string(want)+"\n" {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
}

func TestEntriesThatCannotBeWritten(t *testing.T) {
	if b, err := appendEntry([]byte("x"), Entry{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil || string(b) != "x" {
		t.Errorf("a year of five digits: %q, %v", b, err)
	}
	if b, err := appendEntry([]byte("x"), Entry{Object: strings.Repeat("y", MaxEntry)}); err == nil || string(b) != "x" {
		t.Errorf("too large: %d bytes, %v", len(b), err)
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 5, time.FixedZone("x", 3600))
	want, err := json.Marshal(Entry{Time: at})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := appendEntry(nil, Entry{Time: at}); err != nil || string(got) != string(want) {
		t.Errorf("in another zone: %s, %v; want %s", got, err, want)
	}
}

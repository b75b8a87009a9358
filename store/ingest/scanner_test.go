package ingest

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/iotest"
)

// FuzzScanner: the byte-wise check agrees with encoding/json, and values taken off a stream that
// gives one byte at a time are those of the whole text.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e+3,"\u00e9",true,null]}`, `[]`, `{"a":1}{"b":2}`, `1`, `-`, `0.`, `1e`, `"a` + "\n" + `"`, `{"a" 1}`, `[1 2]`, `tru`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := validJSON(bytes.TrimSpace(text)), json.Valid(text); got != want && len(text) < 4000 && bytes.IndexByte(text, 0) < 0 && len(bytes.TrimSpace(text)) == len(text) {
			t.Errorf("%q: valid is %v, encoding/json says %v", text, got, want)
		}
		whole, single := scanAll(newScanner(bytes.NewReader(text))), scanAll(newScanner(iotest.OneByteReader(bytes.NewReader(text))))
		if whole != single {
			t.Errorf("%q: %q in one piece, %q byte by byte", text, whole, single)
		}
	})
}

func scanAll(s *scanner) string {
	var out bytes.Buffer
	for range 10_000 {
		if s.space(",") == 0 {
			break
		}
		raw, _, err := s.value()
		if err != nil {
			out.WriteString("!")
			continue
		}
		out.Write(raw)
		out.WriteString("|")
		if len(raw) == 0 {
			s.pos++
		}
	}
	return out.String()
}

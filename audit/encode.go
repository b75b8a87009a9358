package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// appendEntry appends an entry as a line of the log, without its end. It writes what json.Marshal of the entry gives, byte by byte,
// in a fraction of the time: the work of a batch stands between two writes to the disk.
func appendEntry(b []byte, e Entry) ([]byte, error) {
	start := len(b)
	b = strconv.AppendUint(append(b, `{"index":`...), e.Index, 10)
	var err error
	if b, err = appendTime(append(b, `,"time":`...), e.Time); err != nil {
		return b[:start], fmt.Errorf("audit entry: %w", err)
	}
	b = appendString(append(b, `,"principal":`...), e.Principal)
	b = appendString(append(b, `,"operation":`...), e.Operation)
	if e.Object != "" {
		b = appendString(append(b, `,"object":`...), e.Object)
	}
	if e.Outcome != "" {
		b = appendString(append(b, `,"outcome":`...), e.Outcome)
	}
	if len(e.Details) > 0 {
		b = appendMap(append(b, `,"details":`...), e.Details, appendString)
	}
	if len(e.Texts) > 0 {
		b = appendMap(append(b, `,"texts":`...), e.Texts, appendText)
	}
	b = append(b, '}')
	if n := len(b) - start; n > MaxEntry {
		return b[:start], fmt.Errorf("audit entry: %d bytes, at most %d: keep long texts in Texts", n, MaxEntry)
	}
	return b, nil
}

// appendTime writes a time as its MarshalJSON does, which refuses years of more than four digits.
func appendTime(b []byte, t time.Time) ([]byte, error) {
	if y := t.Year(); y < 0 || y > 9999 || t.Location() != time.UTC {
		text, err := t.MarshalJSON()
		return append(b, text...), err
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"'), nil
}

// appendMap writes a map in the order of its keys.
func appendMap[T any](b []byte, m map[string]T, value func([]byte, T) []byte) []byte {
	b = append(b, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = value(append(appendString(b, k), ':'), m[k])
	}
	return append(b, '}')
}

func appendText(b []byte, t Text) []byte {
	b = appendString(append(b, `{"hash":`...), t.Hash)
	b = strconv.AppendInt(append(b, `,"at":`...), t.At, 10)
	b = strconv.AppendInt(append(b, `,"size":`...), t.Size, 10)
	return append(b, '}')
}

// appendTextLine appends a text with its salt as a line of the file of texts, with its end.
func appendTextLine(b []byte, l textLine) []byte {
	b = appendString(append(b, `{"hash":`...), l.Hash)
	if l.Salt != "" {
		b = appendString(append(b, `,"salt":`...), l.Salt)
	}
	if l.Text != "" {
		b = appendString(append(b, `,"text":`...), l.Text)
	}
	return append(b, '}', '\n')
}

// appendString appends a string as JSON: most are written as they are, others by package json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, _ := json.Marshal(s) // a string can always be
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

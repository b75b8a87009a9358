package clientapi

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Dynamics says how a dynamic stands in an answer.
type Dynamics uint8

const (
	DynamicValue Dynamics = iota // as the JSON that it is: Kusto v2
	DynamicText                  // as a string that holds its JSON: Kusto v1 and Log Analytics
)

// AppendCell appends a value as the query services of Microsoft write it: int and long as numbers however large, real as
// a number or "NaN", "Infinity", "-Infinity", decimal, guid and timespan as strings, datetime as ISO 8601 with as many
// digits as it has, bool as true or false, and null as null.
func AppendCell(b []byte, v types.Value, d Dynamics) []byte {
	if v.IsNull() {
		return append(b, "null"...)
	}
	switch v.Type() {
	case types.Bool:
		return strconv.AppendBool(b, v.Bool())
	case types.Int, types.Long:
		return strconv.AppendInt(b, v.Long(), 10)
	case types.Real:
		return appendReal(b, v.Real())
	case types.DateTime:
		return AppendString(b, DateTime(v.Ticks()))
	case types.Dynamic:
		text := types.FormatJSON(v.Tree())
		if d == DynamicText {
			return AppendString(b, text)
		}
		return append(b, text...)
	default:
		return AppendString(b, v.Text())
	}
}

func appendReal(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.AppendFloat(b, f, 'f', 1, 64) // 1.0: a reader sees that it is no integer
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// DateTime is ticks as ISO 8601 in UTC, with up to seven digits of a second.
func DateTime(ticks int64) string {
	s := types.FormatDateTime(ticks)
	if !strings.HasSuffix(s, "Z") || !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(strings.TrimSuffix(s, "Z"), "0"), ".") + "Z"
}

// AppendString appends a JSON string. Text that is not UTF-8 has its bad bytes replaced: JSON cannot hold them.
func AppendString(b []byte, s string) []byte {
	if plain(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := json.Marshal(strings.ToValidUTF8(s, string(utf8.RuneError)))
	if err != nil {
		panic("clientapi: a string that JSON cannot hold: " + err.Error())
	}
	return append(b, text...)
}

// plain reports whether a string needs no escape: most of a log's values.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// AppendRow appends a row as a JSON array.
func AppendRow(b []byte, row types.Row, columns []int, d Dynamics) []byte {
	b = append(b, '[')
	for i, c := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendCell(b, row[c], d)
	}
	return append(b, ']')
}

// Shown are the places of a table's columns that results show: hidden ones can be named, but are not sent.
func Shown(s types.Schema) []int {
	out := make([]int, 0, len(s))
	for i, c := range s {
		if !c.Hidden {
			out = append(out, i)
		}
	}
	return out
}

// JSON is v as JSON. It is for what the services themselves make, which always encodes.
func JSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("clientapi: an answer that JSON cannot hold: " + err.Error())
	}
	return b
}

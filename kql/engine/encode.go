package engine

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxExactInteger is 2^53: JSON readers that use doubles lose integers beyond.
const maxExactInteger = int64(1) << 53

// AppendCell appends v as JSON: bool, int and long as they are (as strings beyond 2^53), real as a number or "NaN",
// "Infinity", "-Infinity", dynamic as its own JSON, null as null, and all other types as strings.
func AppendCell(b []byte, v types.Value) []byte {
	if v.IsNull() {
		return append(b, "null"...)
	}
	switch v.Type() {
	case types.Bool:
		return strconv.AppendBool(b, v.Bool())
	case types.Int, types.Long:
		if n := v.Long(); n >= -maxExactInteger && n <= maxExactInteger {
			return strconv.AppendInt(b, n, 10)
		}
		return appendString(b, v.Text())
	case types.Real:
		return appendReal(b, v.Real())
	case types.Dynamic:
		return append(b, types.FormatJSON(v.Tree())...)
	default:
		return appendString(b, v.Text())
	}
}

func appendReal(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return appendString(b, types.FormatReal(f))
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

func appendString(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic("engine: a string that JSON cannot hold: " + err.Error())
	}
	return append(b, text...)
}

// AppendRow appends a row as a JSON array of cells.
func AppendRow(b []byte, row types.Row) []byte {
	b = append(b, '[')
	for i, v := range row {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendCell(b, v)
	}
	return append(b, ']')
}

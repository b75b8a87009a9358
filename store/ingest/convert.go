package ingest

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// convert makes the cell of a column of the KQL type from a raw JSON value. A nil cell with ok is
// null. ok is false when the value is not of the type; the caller keeps it in _Extra.
func convert(kqlType string, raw []byte, order dateOrder) (cell any, ok bool) {
	if isNull(raw) {
		return nil, true
	}
	switch kqlType {
	case "string":
		return rawText(raw), true
	case "dynamic":
		return convertDynamic(raw), true
	}
	return convertText(kqlType, rawText(raw), order)
}

// convertDynamic keeps the JSON as it is. A string that holds an object or a list is that object
// or list: exports write dynamic columns as text, and so does Graph with additionalInfo.
func convertDynamic(raw []byte) any {
	if raw[0] != '"' {
		return compact(raw)
	}
	s := strings.TrimSpace(unquote(raw))
	if s == "" {
		return nil
	}
	if (s[0] == '{' || s[0] == '[') && json.Valid(viewBytes(s)) {
		return compact([]byte(s))
	}
	return string(Quote(unquote(raw)))
}

// convertText makes the cell of a column of the KQL type from text, as CSV has it.
func convertText(kqlType, s string, order dateOrder) (cell any, ok bool) {
	if kqlType == "string" {
		return s, true
	}
	t := strings.TrimSpace(s)
	if t == "" {
		return nil, true
	}
	switch kqlType {
	case "dynamic":
		return convertDynamicText(t), true
	case "bool":
		return convertBool(t)
	case "int":
		n, ok := convertInteger(t)
		if !ok || n < math.MinInt32 || n > math.MaxInt32 {
			return nil, false
		}
		return int32(n), true
	case "long":
		n, ok := convertInteger(t)
		return n, ok
	case "real":
		f, err := strconv.ParseFloat(t, 64)
		return f, err == nil
	case "decimal":
		_, err := strconv.ParseFloat(t, 64)
		return t, err == nil
	case "datetime":
		return parseTime(t, order)
	case "timespan":
		return parseSpan(t)
	case "guid":
		g, err := uuid.Parse(t)
		return g.String(), err == nil
	}
	return nil, false
}

// convertDynamicText: text that is JSON is that JSON, other text is a JSON string.
func convertDynamicText(t string) any {
	if json.Valid(viewBytes(t)) {
		if t == "null" {
			return nil
		}
		return compact([]byte(t))
	}
	return string(Quote(t))
}

func convertBool(t string) (any, bool) {
	switch strings.ToLower(t) {
	case "true", "1", "yes":
		return true, true
	case "false", "0", "no":
		return false, true
	}
	return nil, false
}

// convertInteger accepts 5 and 5.0; it never goes through a float, which would round past 2^53.
func convertInteger(t string) (int64, bool) {
	if whole, frac, dotted := strings.Cut(t, "."); dotted && strings.Trim(frac, "0") == "" {
		t = whole
	}
	n, err := strconv.ParseInt(t, 10, 64)
	return n, err == nil
}

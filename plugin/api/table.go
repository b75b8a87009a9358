package api

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Table is an answer as rows. Cells are as JSON has them: texts, numbers, switches, nil, and json.RawMessage for what is nested.
type Table struct {
	Columns []string
	Rows    [][]any
}

const (
	maxColumns = 200
	maxRows    = 100_000
)

// tableOf makes rows of an answer: of a list of objects, or of the one list of objects that an object holds; another object is one
// row, and what is no JSON is one row of one text.
func tableOf(body []byte) *Table {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) == 0 {
		return &Table{}
	}
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil {
		return rowsOf(list)
	}
	object, keys := objectOf(body)
	if object == nil {
		var v any
		if json.Unmarshal(body, &v) != nil {
			v = string(body)
		}
		return &Table{Columns: []string{"value"}, Rows: [][]any{{v}}}
	}
	var found []json.RawMessage
	lists := 0
	for _, k := range keys {
		var l []json.RawMessage
		if json.Unmarshal(object[k], &l) == nil && len(l) > 0 && bytes.HasPrefix(bytes.TrimSpace(l[0]), []byte("{")) {
			found = l
			lists++
		}
	}
	// "value" is the list of Microsoft Graph and of OData, whatever stands beside it.
	var value []json.RawMessage
	if raw, ok := object["value"]; ok && json.Unmarshal(raw, &value) == nil {
		return rowsOf(value)
	}
	if lists == 1 && len(keys) <= 5 {
		return rowsOf(found)
	}
	return rowsOf([]json.RawMessage{body})
}

// objectOf reads an object, with its keys in their order.
func objectOf(text []byte) (map[string]json.RawMessage, []string) {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil || object == nil {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	var keys []string
	seen := make(map[string]bool, len(object))
	if _, err := dec.Token(); err != nil {
		return nil, nil
	}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return nil, nil
		}
		name, ok := k.(string)
		if !ok {
			return nil, nil
		}
		if !seen[name] {
			seen[name] = true
			keys = append(keys, name)
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return nil, nil
		}
	}
	return object, keys
}

func rowsOf(list []json.RawMessage) *Table {
	t := &Table{}
	index := map[string]int{}
	if len(list) > maxRows {
		list = list[:maxRows]
	}
	objects := make([]map[string]json.RawMessage, len(list))
	for i, item := range list {
		object, keys := objectOf(item)
		if object == nil {
			object, keys = map[string]json.RawMessage{"value": item}, []string{"value"}
		}
		objects[i] = object
		for _, k := range keys {
			if _, ok := index[k]; !ok && len(t.Columns) < maxColumns && !strings.HasPrefix(k, "@odata.") {
				index[k] = len(t.Columns)
				t.Columns = append(t.Columns, k)
			}
		}
	}
	for _, object := range objects {
		row := make([]any, len(t.Columns))
		for k, i := range index {
			row[i] = cellOf(object[k])
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func cellOf(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	if c := raw[0]; c == '{' || c == '[' {
		return raw
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return string(raw)
	}
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return i
		}
		if f, err := n.Float64(); err == nil {
			return f
		}
		return n.String()
	}
	return v
}

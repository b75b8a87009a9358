package workspace

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// unpacked reads a file that ends in .gz as what was packed.
func unpacked(r io.Reader, place string) (io.Reader, error) {
	if strings.EqualFold(path.Ext(place), ".gz") {
		return gzip.NewReader(r)
	}
	return r, nil
}

// readRows reads the records of a file, by the name of the format or the ending of the file. Columns of delimited text go by
// place, those of JSON by name (https://learn.microsoft.com/kusto/management/data-ingestion/ingestion-supported-formats).
func readRows(text []byte, place string, e bind.External) ([]types.Row, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	format := e.Format
	if format == "" {
		place = strings.TrimSuffix(strings.ToLower(place), ".gz")
		place, _, _ = strings.Cut(place, "?")
		format = strings.TrimPrefix(path.Ext(place), ".")
	}
	switch format {
	case "csv", "":
		return delimited(text, ',', e)
	case "tsv", "tsve":
		return delimited(text, '\t', e)
	case "psv":
		return delimited(text, '|', e)
	case "scsv":
		return delimited(text, ';', e)
	case "sohsv":
		return delimited(text, '\x01', e)
	case "json", "multijson":
		return jsonRecords(text, e)
	case "txt", "raw":
		return lines(text, format == "raw", e)
	}
	return nil, fmt.Errorf("the format %q is not read: use csv, tsv, psv, scsv, json, multijson, txt or raw", format)
}

// cell is a text as a value of a column's type; what cannot be one is null.
func cell(s string, t types.Type) types.Value {
	if t == types.String {
		return types.NewString(s)
	}
	if s == "" {
		return types.Null(t)
	}
	return types.Convert(types.NewString(s), t)
}

func delimited(text []byte, by rune, e bind.External) ([]types.Row, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = by, true, -1, true
	var rows []types.Row
	for first := true; ; first = false {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		if first && e.IgnoreFirst {
			continue
		}
		row := make(types.Row, len(e.Columns))
		for i, c := range e.Columns {
			s := ""
			if i < len(rec) {
				s = rec[i]
			}
			row[i] = cell(s, c.Type)
		}
		rows = append(rows, row)
	}
}

// jsonRecords reads objects, one behind the other or in arrays.
func jsonRecords(text []byte, e bind.External) ([]types.Row, error) {
	var rows []types.Row
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		list := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, err
			}
		}
		for _, item := range list {
			row, err := jsonRow(item, e)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
}

func jsonRow(item json.RawMessage, e bind.External) (types.Row, error) {
	row := make(types.Row, len(e.Columns))
	for i, c := range e.Columns {
		row[i] = cell("", c.Type)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(item, &fields); err != nil {
		// A file of plain values has one column.
		if len(row) == 1 {
			row[0] = jsonCell(item, e.Columns[0].Type)
			return row, nil
		}
		return nil, errors.New("a record is not an object")
	}
	for i, c := range e.Columns {
		if v, ok := fields[c.Name]; ok {
			row[i] = jsonCell(v, c.Type)
		}
	}
	return row, nil
}

func jsonCell(v json.RawMessage, t types.Type) types.Value {
	var s string
	switch {
	case string(v) == "null":
		return cell("", t)
	case t == types.Dynamic:
		return types.NewDynamicJSON(string(v))
	case json.Unmarshal(v, &s) == nil:
		return cell(s, t)
	}
	return cell(string(v), t)
}

// lines reads a line a record, into the first column; raw takes the whole file as one.
func lines(text []byte, whole bool, e bind.External) ([]types.Row, error) {
	list := []string{string(text)}
	if !whole {
		list = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	if len(text) == 0 {
		return nil, nil
	}
	if e.IgnoreFirst && len(list) > 0 {
		list = list[1:]
	}
	rows := make([]types.Row, len(list))
	for k, line := range list {
		rows[k] = make(types.Row, len(e.Columns))
		for i, c := range e.Columns {
			s := ""
			if i == 0 {
				s = strings.TrimSuffix(line, "\r")
			}
			rows[k][i] = cell(s, c.Type)
		}
	}
	return rows, nil
}

package kusto

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// Version 1: one object with all tables. A query's results are followed by their properties, the query's status and a
// table of contents; a command's answer is one table
// (https://learn.microsoft.com/kusto/api/rest/response-http).

// dataTypes are the .NET names of the types, which version 1 tells beside KQL's.
func dataType(t types.Type) string {
	switch t {
	case types.Bool:
		return "Boolean"
	case types.Int:
		return "Int32"
	case types.Long:
		return "Int64"
	case types.Real:
		return "Double"
	case types.Decimal:
		return "SqlDecimal"
	case types.DateTime:
		return "DateTime"
	case types.TimeSpan:
		return "TimeSpan"
	case types.GUID:
		return "Guid"
	case types.Dynamic:
		return "Object"
	default:
		return "String"
	}
}

type v1Writer struct {
	to  flusher
	buf []byte
	n   int // tables written
	err error
}

func (w *v1Writer) write() {
	if w.err == nil {
		_, w.err = w.to.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// table writes a table up to a limit of bytes (0 is none), and then the exceptions that cut it.
func (w *v1Writer) table(t *types.Table, most int64, exceptions ...string) (stats tableStats, cut bool) {
	shown := clientapi.Shown(t.Columns)
	if w.n == 0 {
		w.buf = append(w.buf, `{"Tables":[`...)
	} else {
		w.buf = append(w.buf, ',')
	}
	w.buf = fmt.Appendf(w.buf, `{"TableName":"Table_%d","Columns":[`, w.n)
	w.n++
	for i, c := range shown {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(w.buf, `{"ColumnName":`...)
		w.buf = clientapi.AppendString(w.buf, t.Columns[c].Name)
		w.buf = fmt.Appendf(w.buf, `,"DataType":"%s","ColumnType":"%s"}`, dataType(t.Columns[c].Type), t.Columns[c].Type)
	}
	w.buf = append(w.buf, `],"Rows":[`...)
	for i, row := range t.Rows {
		if len(w.buf) >= fragmentBytes {
			w.write()
			if w.err != nil {
				break
			}
		}
		start := len(w.buf)
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = clientapi.AppendRow(w.buf, row, shown, clientapi.DynamicText)
		size := int64(len(w.buf) - start)
		if most > 0 && stats.Bytes+size > most {
			w.buf = w.buf[:start]
			exceptions = append(exceptions, fmt.Sprintf("Query execution has exceeded the allowed limits (80DA0003): the results exceed the set limit of %d bytes, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003).", most))
			break
		}
		stats.Rows++
		stats.Bytes += size
	}
	if len(exceptions) > 0 {
		if stats.Rows > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(append(append(w.buf, `{"Exceptions":`...), clientapi.JSON(exceptions)...), '}')
	}
	w.buf = append(w.buf, "]}"...)
	w.write()
	return stats, len(exceptions) > 0
}

func (w *v1Writer) end(exceptions []string) error {
	w.buf = append(w.buf, ']')
	if len(exceptions) > 0 {
		w.buf = append(append(w.buf, `,"Exceptions":`...), clientapi.JSON(exceptions)...)
	}
	w.buf = append(w.buf, "}\n"...)
	w.write()
	return w.err
}

// writeCommand writes the answer of a command.
func writeCommand(to flusher, t *types.Table) error {
	w := &v1Writer{to: to}
	w.table(t, 0)
	return w.end(nil)
}

// writeV1 writes the answer of a query.
func writeV1(to flusher, res *engine.Result, limit int, o options, x *exchange) error {
	w := &v1Writer{to: to}
	var all []string
	var stats []tableStats
	for _, t := range res.Tables {
		var why []string
		if res.Truncated && len(t.Rows) == limit {
			why = []string{x.tooLarge(fmt.Sprintf("The results of this query exceed the set limit of %d records, so not all records were returned", limit)).Text}
		}
		s, cut := w.table(t, o.size(), why...)
		stats = append(stats, s)
		switch {
		case cut && len(why) > 0:
			all = append(all, why...)
		case cut:
			all = append(all, x.tooLarge("The results of this query exceed the set limit of size, so not all records were returned").Text)
		}
	}
	w.table(extendedProperties(res), 0)
	w.table(statusTable(res, stats, all, x), 0)
	w.table(contents(len(res.Tables)), 0)
	return w.end(all)
}

func str(name string) types.Column { return types.Column{Name: name, Type: types.String} }

func col(name string, t types.Type) types.Column { return types.Column{Name: name, Type: t} }

func extendedProperties(res *engine.Result) *types.Table {
	t := &types.Table{Columns: types.Schema{str("Value")}}
	for range res.Tables {
		t.Rows = append(t.Rows, types.Row{types.NewString(string(clientapi.JSON(visualization(res.Render))))})
	}
	return t
}

func statusTable(res *engine.Result, stats []tableStats, exceptions []string, x *exchange) *types.Table {
	t := &types.Table{Columns: types.Schema{
		col("Timestamp", types.DateTime), col("Severity", types.Int), str("SeverityName"), col("StatusCode", types.Int), str("StatusDescription"),
		col("Count", types.Int), col("RequestId", types.GUID), col("ActivityId", types.GUID), col("SubActivityId", types.GUID), str("ClientActivityId"),
	}}
	var problems []apiError
	for _, e := range exceptions {
		problems = append(problems, apiError{Text: e})
	}
	at := types.NewDateTime(types.TicksOf(x.at.Add(res.Stats.Elapsed.Truncate(time.Millisecond))))
	id := types.NewGUID(x.activityID)
	for _, s := range status(res, stats, problems) {
		text := s.v1Description
		if text == "" {
			text = string(clientapi.JSON(s.payload))
		}
		t.Rows = append(t.Rows, types.Row{at, types.NewInt(int32(s.level)), types.NewString(s.name), types.NewInt(int32(s.status)), types.NewString(text),
			types.NewInt(1), id, id, id, types.NewString(x.requestID)})
	}
	return t
}

// contents is the table that says what the tables before it are.
func contents(results int) *types.Table {
	t := &types.Table{Columns: types.Schema{col("Ordinal", types.Long), str("Kind"), str("Name"), str("Id"), str("PrettyName")}}
	add := func(kind, name string) {
		t.Rows = append(t.Rows, types.Row{types.NewLong(int64(len(t.Rows))), types.NewString(kind), types.NewString(name),
			types.NewString(uuid.NewString()), types.NewString("")})
	}
	for range results {
		add("QueryResult", "PrimaryResult")
	}
	add("QueryProperties", "@ExtendedProperties")
	add("QueryStatus", "QueryStatus")
	return t
}

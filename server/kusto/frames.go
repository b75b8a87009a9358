package kusto

import (
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// flusher is where an answer is written.
type flusher interface {
	io.Writer
	Flush() error
}

// fragmentBytes is about how large a fragment of a table is.
const fragmentBytes = 256 << 10

// frames writes the answer of a query in version 2: a JSON array of frames. Clients that ask for fragments read a line
// at a time and insist on the order of keys, so the frames are put together by hand.
type frames struct {
	to     flusher
	opts   options
	x      *exchange
	buf    []byte
	first  bool
	errors []apiError // what went wrong after the rows had begun
	bytes  int64      // of the rows written
	stats  []tableStats
	err    error
}

type tableStats struct {
	Rows  int   `json:"table_row_count"`
	Bytes int64 `json:"table_size"`
}

// writeFrames writes a whole answer. limit is the number of rows beyond which a result was cut and that is an error; 0
// where it is none.
func writeFrames(to flusher, res *engine.Result, limit int, o options, x *exchange) error {
	f := &frames{to: to, opts: o, x: x, first: true}
	f.header()
	f.properties(res)
	for i, t := range res.Tables {
		f.table(i+1, t, res.Truncated && len(t.Rows) == limit)
	}
	f.completion(len(res.Tables)+1, res)
	f.end()
	return f.err
}

// frame begins a frame: the array's bracket, or a comma, on a line of its own where lines were asked for.
func (f *frames) frame() {
	switch {
	case f.first:
		f.buf = append(f.buf, '[')
		f.first = false
	case f.opts.newlines:
		f.buf = append(f.buf, "\n,"...)
	default:
		f.buf = append(f.buf, ',')
	}
}

func (f *frames) write() {
	if f.err == nil {
		_, f.err = f.to.Write(f.buf)
	}
	f.buf = f.buf[:0]
}

func (f *frames) header() {
	f.frame()
	f.buf = fmt.Appendf(f.buf, `{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":%t,"ErrorReportingPlacement":"%s"}`,
		f.opts.fragmented, [...]string{"InData", "EndOfTable", "EndOfDataset"}[f.opts.errorsAt])
	f.write()
}

// properties is the table of what the query says about the drawing of each result.
func (f *frames) properties(res *engine.Result) {
	f.frame()
	f.buf = append(f.buf, `{"FrameType":"DataTable","TableId":0,"TableKind":"QueryProperties","TableName":"@ExtendedProperties",`+
		`"Columns":[{"ColumnName":"TableId","ColumnType":"int"},{"ColumnName":"Key","ColumnType":"string"},{"ColumnName":"Value","ColumnType":"dynamic"}],"Rows":[`...)
	for i := range res.Tables {
		if i > 0 {
			f.buf = append(f.buf, ',')
		}
		f.buf = fmt.Appendf(f.buf, `[%d,"Visualization",`, i+1)
		f.buf = clientapi.AppendString(f.buf, string(clientapi.JSON(visualization(res.Render))))
		f.buf = append(f.buf, ']')
	}
	f.buf = append(f.buf, "]}"...)
	f.write()
}

func (f *frames) columns(t *types.Table, shown []int) {
	f.buf = append(f.buf, `"Columns":[`...)
	for i, c := range shown {
		if i > 0 {
			f.buf = append(f.buf, ',')
		}
		f.buf = append(f.buf, `{"ColumnName":`...)
		f.buf = clientapi.AppendString(f.buf, t.Columns[c].Name)
		f.buf = fmt.Appendf(f.buf, `,"ColumnType":"%s"}`, t.Columns[c].Type)
	}
	f.buf = append(f.buf, ']')
}

func (f *frames) tableHead(kind string, id int, t *types.Table, shown []int) {
	name := t.Name
	if name == "" {
		name = "PrimaryResult"
	}
	f.buf = fmt.Appendf(f.buf, `{"FrameType":"%s","TableId":%d,"TableKind":"PrimaryResult","TableName":`, kind, id)
	f.buf = clientapi.AppendString(f.buf, name)
	f.buf = append(f.buf, ',')
	f.columns(t, shown)
}

// table writes one result, in fragments or as one frame.
func (f *frames) table(id int, t *types.Table, cut bool) {
	shown := clientapi.Shown(t.Columns)
	f.frame()
	if f.opts.fragmented {
		f.tableHead("TableHeader", id, t, shown)
		f.buf = append(f.buf, '}')
		f.write()
		f.openFragment(id)
	} else {
		f.tableHead("DataTable", id, t, shown)
		f.buf = append(f.buf, `,"Rows":[`...)
	}
	written, bytes, problem := f.rows(id, t, shown, cut)
	if problem != nil {
		f.errors = append(f.errors, *problem)
		if f.opts.errorsAt == inData {
			if written > 0 {
				f.buf = append(f.buf, ',')
			}
			f.buf = append(f.buf, `{"OneApiErrors":`...)
			f.buf = append(f.buf, clientapi.JSON([]oneError{{*problem}})...)
			f.buf = append(f.buf, '}')
		}
	}
	f.buf = append(f.buf, "]}"...)
	f.write()
	if f.opts.fragmented {
		f.frame()
		f.buf = fmt.Appendf(f.buf, `{"FrameType":"TableCompletion","TableId":%d,"RowCount":%d`, id, written)
		if problem != nil && f.opts.errorsAt == endOfTable {
			f.buf = append(f.buf, `,"OneApiErrors":`...)
			f.buf = append(f.buf, clientapi.JSON([]oneError{{*problem}})...)
		}
		f.buf = append(f.buf, '}')
		f.write()
	}
	f.stats = append(f.stats, tableStats{written, bytes})
}

func (f *frames) openFragment(id int) {
	f.frame()
	f.buf = fmt.Appendf(f.buf, `{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":%d,"Rows":[`, id)
}

// rows writes the rows of a table up to the limit of size, and tells why not all of them were written.
func (f *frames) rows(id int, t *types.Table, shown []int, cut bool) (written int, bytes int64, problem *apiError) {
	most := f.opts.size()
	inFragment := false
	for _, row := range t.Rows {
		if f.err != nil {
			return written, bytes, nil // the client has gone
		}
		if len(f.buf) >= fragmentBytes {
			if f.opts.fragmented {
				f.buf = append(f.buf, "]}"...)
				f.write()
				f.openFragment(id)
				inFragment = false
			} else {
				f.write()
			}
		}
		start := len(f.buf)
		if inFragment {
			f.buf = append(f.buf, ',')
		}
		f.buf = clientapi.AppendRow(f.buf, row, shown, clientapi.DynamicValue)
		size := int64(len(f.buf) - start)
		if most > 0 && f.bytes+size > most {
			f.buf = f.buf[:start]
			e := f.x.tooLarge(fmt.Sprintf("The results of this query exceed the set limit of %d bytes, so not all records were returned", most))
			return written, bytes, &e
		}
		inFragment = true
		written++
		bytes += size
		f.bytes += size
	}
	if cut {
		e := f.x.tooLarge(fmt.Sprintf("The results of this query exceed the set limit of %d records, so not all records were returned", written))
		return written, bytes, &e
	}
	return written, bytes, nil
}

// statusRow is one line of what the service says about a query: level 4 is information, 6 figures.
type statusRow struct {
	level         int
	name          string
	event         int
	eventName     string
	payload       any
	status        int
	statusName    string
	v1Description string
}

// status are the lines about a query that has ended well; what was cut is an error of its own.
func status(res *engine.Result, tables []tableStats, errors []apiError) []statusRow {
	rows := []statusRow{{level: 4, name: "Info", event: 4, eventName: "QueryInfo", statusName: "S_OK (0)",
		payload: map[string]any{"Count": 1, "Text": "Query completed successfully"}, v1Description: "Query completed successfully"}}
	for _, w := range res.Warnings { // as information: clients count rows of a lower level as errors
		rows = append(rows, statusRow{level: 4, name: "Info", event: 4, eventName: "QueryInfo", statusName: "S_OK (0)",
			payload: map[string]any{"Count": 1, "Text": w.Message}, v1Description: w.Message})
	}
	for _, e := range errors {
		rows = append(rows, statusRow{level: 2, name: "Error", event: 4, eventName: "QueryError", status: -2133196797, statusName: "E_QUERY_RESULT_SET_TOO_LARGE (80DA0003)",
			payload: map[string]any{"Count": 1, "Text": e.Text}, v1Description: e.Text})
	}
	return append(rows, statusRow{level: 6, name: "Stats", event: 0, eventName: "QueryResourceConsumption", statusName: "S_OK (0)",
		payload: map[string]any{"ExecutionTime": res.Stats.Elapsed.Seconds(), "dataset_statistics": tables}})
}

func (f *frames) completion(id int, res *engine.Result) {
	f.frame()
	f.buf = fmt.Appendf(f.buf, `{"FrameType":"DataTable","TableId":%d,"TableKind":"QueryCompletionInformation","TableName":"QueryCompletionInformation","Columns":[`, id)
	f.buf = append(f.buf, `{"ColumnName":"Timestamp","ColumnType":"datetime"},{"ColumnName":"ClientRequestId","ColumnType":"string"},`+
		`{"ColumnName":"ActivityId","ColumnType":"guid"},{"ColumnName":"SubActivityId","ColumnType":"guid"},{"ColumnName":"ParentActivityId","ColumnType":"guid"},`+
		`{"ColumnName":"Level","ColumnType":"int"},{"ColumnName":"LevelName","ColumnType":"string"},{"ColumnName":"StatusCode","ColumnType":"int"},`+
		`{"ColumnName":"StatusCodeName","ColumnType":"string"},{"ColumnName":"EventType","ColumnType":"int"},{"ColumnName":"EventTypeName","ColumnType":"string"},`+
		`{"ColumnName":"Payload","ColumnType":"string"}],"Rows":[`...)
	at := f.x.at.Add(res.Stats.Elapsed).UTC().Format(timestamp)
	// What went wrong is told in the completion frame. A row of level error beside it would make clients count it twice.
	for i, s := range status(res, f.stats, nil) {
		if i > 0 {
			f.buf = append(f.buf, ',')
		}
		f.buf = append(f.buf, clientapi.JSON([]any{at, f.x.requestID, f.x.activityID, f.x.activityID, f.x.activityID,
			s.level, s.name, s.status, s.statusName, s.event, s.eventName, string(clientapi.JSON(s.payload))})...)
	}
	f.buf = append(f.buf, "]}"...)
	f.write()
}

func (f *frames) end() {
	f.frame()
	f.buf = fmt.Appendf(f.buf, `{"FrameType":"DataSetCompletion","HasErrors":%t,"Cancelled":false`, len(f.errors) > 0)
	if len(f.errors) > 0 {
		list := make([]oneError, len(f.errors))
		for i, e := range f.errors {
			list[i] = oneError{e}
		}
		f.buf = append(f.buf, `,"OneApiErrors":`...)
		f.buf = append(f.buf, clientapi.JSON(list)...)
	}
	f.buf = append(f.buf, '}')
	if f.opts.newlines {
		f.buf = append(f.buf, '\n')
	}
	f.buf = append(f.buf, "]\n"...)
	f.write()
}

func newExchange(requestID, database, what string, at time.Time) *exchange {
	id := uuid.NewString()
	if requestID == "" {
		requestID = "Sleuth.Unspecified;" + id
	}
	return &exchange{requestID: requestID, activityID: id, database: database, at: at, what: what}
}

package loganalytics

import (
	"fmt"
	"io"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// The limits of an answer (https://learn.microsoft.com/azure/azure-monitor/service-limits).
const (
	maxRows  = 500_000
	maxBytes = 100_000_000
)

const chunk = 256 << 10

// answerWriter writes the answer of a query: {"tables", "statistics", "render", "error"}.
type answerWriter struct {
	to  io.Writer
	buf []byte
	err error
}

func (w *answerWriter) write() {
	if w.err == nil {
		_, w.err = w.to.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// writeAnswer writes a result. What is over a limit is left out and told as a partial error; mostRows is the limit that the
// engine had.
func writeAnswer(to io.Writer, res *engine.Result, p prefer, mostRows int, mostBytes int64) error {
	w := &answerWriter{to: to}
	var stats []map[string]int64
	var problem *apiError
	var written int64
	w.buf = append(w.buf, `{"tables":[`...)
	for i, t := range res.Tables {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		rows, bytes, over := w.table(t, mostBytes-written)
		written += bytes
		stats = append(stats, map[string]int64{"tableRowCount": rows, "tableSize": bytes})
		switch {
		case over:
			problem = partial(fmt.Sprintf("The results of this query exceed the set limit of %d bytes, so not all records were returned.", mostBytes))
		case res.Truncated && len(t.Rows) == mostRows:
			problem = partial(fmt.Sprintf("The results of this query exceed the set limit of %d records, so not all records were returned.", mostRows))
		}
	}
	w.buf = append(w.buf, ']')
	if p.statistics {
		query := map[string]any{"executionTime": res.Stats.Elapsed.Seconds(), "datasetStatistics": stats}
		if len(res.Warnings) > 0 { // ours: the service has no place for what explains a zero
			var notes []string
			for _, d := range res.Warnings {
				notes = append(notes, d.Message)
			}
			query["notes"] = notes
		}
		w.member("statistics", map[string]any{"query": query})
	}
	if p.render {
		w.member("render", renderOf(res.Render))
	}
	if problem != nil {
		w.member("error", problem)
	}
	w.buf = append(w.buf, '}')
	w.write()
	return w.err
}

func (w *answerWriter) member(name string, v any) {
	w.buf = fmt.Appendf(w.buf, `,"%s":`, name)
	w.buf = append(w.buf, clientapi.JSON(v)...)
}

func (w *answerWriter) table(t *types.Table, most int64) (rows, bytes int64, over bool) {
	name := t.Name
	if name == "" {
		name = "PrimaryResult"
	}
	shown := clientapi.Shown(t.Columns)
	w.buf = clientapi.AppendString(append(w.buf, `{"name":`...), name)
	w.buf = append(w.buf, `,"columns":[`...)
	for i, c := range shown {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = clientapi.AppendString(append(w.buf, `{"name":`...), t.Columns[c].Name)
		w.buf = fmt.Appendf(w.buf, `,"type":"%s"}`, t.Columns[c].Type)
	}
	w.buf = append(w.buf, `],"rows":[`...)
	for _, row := range t.Rows {
		if len(w.buf) >= chunk {
			if w.write(); w.err != nil {
				break // the client has gone
			}
		}
		start := len(w.buf)
		if rows > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = clientapi.AppendRow(w.buf, row, shown, clientapi.DynamicText)
		size := int64(len(w.buf) - start)
		if bytes+size > most {
			w.buf, over = w.buf[:start], true
			break
		}
		rows++
		bytes += size
	}
	w.buf = append(w.buf, "]}"...)
	return rows, bytes, over
}

// renderOf is what a query says about its drawing. The first keys are always there, null where the query says nothing;
// the others where it says something.
func renderOf(r *plan.Render) map[string]any {
	out := map[string]any{"visualization": nil, "title": nil, "accumulate": false, "isQuerySorted": false, "kind": nil, "annotation": nil, "by": nil}
	if r == nil {
		return out
	}
	out["visualization"] = r.Visualization
	keys := map[string]string{
		"title": "title", "kind": "kind", "xcolumn": "xColumn", "series": "series", "ycolumns": "yColumns", "anomalycolumns": "anomalyColumns",
		"xtitle": "xTitle", "ytitle": "yTitle", "xaxis": "xAxis", "yaxis": "yAxis", "legend": "legend", "ysplit": "ySplit", "ymin": "yMin", "ymax": "yMax",
		"xmin": "xMin", "xmax": "xMax",
	}
	for name, v := range r.Properties {
		switch name = strings.ToLower(name); name {
		case "accumulate":
			out["accumulate"] = strings.EqualFold(v, "true")
		case "series", "ycolumns", "anomalycolumns":
			out[keys[name]] = strings.Split(strings.ReplaceAll(v, " ", ""), ",")
		default:
			if key, ok := keys[name]; ok {
				out[key] = v
			}
		}
	}
	return out
}

package kusto

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/types"
)

const everyType = `print b=true, i=int(-5), l=9223372036854775807, r=1.5, whole=real(2), nan=real(nan), inf=real(+inf), neg=real(-inf), d=decimal(1.23456789012345678901),
 s='Ærø "quoted" <日本語>', t=datetime(2026-11-20T01:02:03.1234567Z), t0=datetime(2026-11-20), sp=time(1.02:03:04.567), g=guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
 dy=dynamic({"a":[1,null,"x"],"b":{"c":1.5}}), ds=dynamic("text"), nb=bool(null), nl=long(null), nr=real(null), nt=datetime(null), nd=dynamic(null), e=''`

// TestFramesOfNpm holds the answer to the form that azure-kusto-data reads, byte for byte where it is fixed.
func TestFramesOfNpm(t *testing.T) {
	_, s := newKit(t, nil)
	a := post(t, s, "/v2/rest/query", body(t, everyType, nil, nil))
	if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Fatalf("%d %s", a.Code, a.text)
	}
	var frames []struct {
		FrameType, TableKind, TableName, Version string
		IsFragmented, HasErrors                  bool
		Columns                                  []struct{ ColumnName, ColumnType string }
		Rows                                     []json.RawMessage
	}
	if err := json.Unmarshal([]byte(a.text), &frames); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, f := range frames {
		kinds = append(kinds, f.FrameType+" "+f.TableKind)
	}
	if got := strings.Join(kinds, ", "); got != "DataSetHeader , DataTable QueryProperties, DataTable PrimaryResult, DataTable QueryCompletionInformation, DataSetCompletion " {
		t.Errorf("frames: %s", got)
	}
	want := `[true,-5,9223372036854775807,1.5,2.0,"NaN","Infinity","-Infinity","1.23456789012345678901","Ærø \"quoted\" \u003c日本語\u003e",` +
		`"2026-11-20T01:02:03.1234567Z","2026-11-20T00:00:00Z","1.02:03:04.5670000","74be27de-1e4e-49d9-b579-fe0b331d3642",` +
		`{"a":[1,null,"x"],"b":{"c":1.5}},"text",null,null,null,null,null,""]`
	if got := string(frames[2].Rows[0]); got != want {
		t.Errorf("row\n%s\nwant\n%s", got, want)
	}
	if c := frames[2].Columns; c[0].ColumnType != "bool" || c[2].ColumnType != "long" || c[14].ColumnType != "dynamic" {
		t.Errorf("columns %v", c)
	}
}

// TestFramesOfGo holds the answer to what azkustodata insists on: a frame a line, and the order of keys.
func TestFramesOfGo(t *testing.T) {
	_, s := newKit(t, nil)
	opts := map[string]any{"results_v2_fragment_primary_tables": true, "results_v2_newlines_between_frames": true, "results_error_reporting_placement": "end_of_table",
		"servertimeout": "00:04:00"}
	a := post(t, s, "/v2/rest/query", body(t, "range n from 1 to 60000 step 1 | extend s = strcat('row ', n)", opts, nil))
	lines := strings.Split(strings.TrimSuffix(a.text, "\n"), "\n")
	if lines[0] != `[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}` {
		t.Errorf("header: %s", lines[0])
	}
	fragments, rows := 0, 0
	for _, l := range lines[1 : len(lines)-1] {
		if l[0] != ',' {
			t.Fatalf("a line begins with %q", l[:1])
		}
		var f struct {
			FrameType string
			RowCount  int
			Rows      []json.RawMessage
		}
		if err := json.Unmarshal([]byte(l[1:]), &f); err != nil {
			t.Fatal(err)
		}
		switch f.FrameType {
		case "TableFragment":
			fragments++
			rows += len(f.Rows)
		case "TableCompletion":
			if f.RowCount != 60000 || rows != 60000 {
				t.Errorf("%d rows in fragments, %d in the completion", rows, f.RowCount)
			}
		}
	}
	if fragments < 3 || lines[len(lines)-1] != "]" {
		t.Errorf("%d fragments, last line %q", fragments, lines[len(lines)-1])
	}
}

func TestV1(t *testing.T) {
	_, s := newKit(t, nil)
	a := post(t, s, "/v1/rest/query", body(t, "print a=1, d=dynamic({'x':1}) | render piechart with (title='T')", nil, nil))
	var v struct {
		Tables []struct {
			Columns []struct{ ColumnName, DataType, ColumnType string }
			Rows    [][]any
		}
	}
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		t.Fatal(err, a.text)
	}
	if len(v.Tables) != 4 || v.Tables[0].Rows[0][1] != `{"x":1}` || v.Tables[0].Columns[0].DataType != "Int64" {
		t.Errorf("tables: %s", a.text)
	}
	toc := v.Tables[3].Rows
	if len(toc) != 3 || toc[0][1] != "QueryResult" || toc[1][1] != "QueryProperties" || toc[2][1] != "QueryStatus" {
		t.Errorf("contents: %v", toc)
	}
	if !strings.Contains(v.Tables[1].Rows[0][0].(string), `"Visualization":"piechart","Title":"T"`) {
		t.Errorf("properties: %v", v.Tables[1].Rows)
	}
}

func TestErrorsHaveCodeAndPlace(t *testing.T) {
	_, s := newKit(t, nil)
	cases := []struct{ csl, want string }{
		{"print x=1\n| wher x > 0", "[line:position=2:2]"},
		{"Nowhere | take 1", "Semantic error: KQL1"},
		{".show tables", "/v1/rest/mgmt"},
	}
	for _, c := range cases {
		a := post(t, s, "/v2/rest/query", body(t, c.csl, nil, nil))
		var e struct {
			Error struct {
				Code, Message string
				Text          string                                       `json:"@message"`
				Permanent     bool                                         `json:"@permanent"`
				Context       struct{ ClientRequestID, ActivityID string } `json:"@context"`
			}
		}
		if err := json.Unmarshal([]byte(a.text), &e); err != nil {
			t.Fatal(err)
		}
		if a.Code != 400 || e.Error.Code != "General_BadRequest" || !strings.Contains(e.Error.Text, c.want) || e.Error.Context.ClientRequestID != "Test;1" || !e.Error.Permanent {
			t.Errorf("%s: %d %s", c.csl, a.Code, a.text)
		}
	}
}

func TestTruncationIsAPartialFailure(t *testing.T) {
	_, s := newKit(t, nil)
	const q = "range n from 1 to 100 step 1"
	in := post(t, s, "/v2/rest/query", body(t, q, map[string]any{"truncationmaxrecords": 10}, nil))
	if in.Code != 200 || !strings.Contains(in.text, `[10],{"OneApiErrors":[{"error":{"code":"LimitsExceeded"`) || !strings.Contains(in.text, `"HasErrors":true`) {
		t.Errorf("in data: %s", in.text)
	}
	end := post(t, s, "/v2/rest/query", body(t, q, map[string]any{"truncationmaxrecords": "10", "results_v2_fragment_primary_tables": true, "results_error_reporting_placement": "end_of_table"}, nil))
	if !strings.Contains(end.text, `"RowCount":10,"OneApiErrors":[`) || strings.Contains(end.text, `[10],{`) {
		t.Errorf("at the end of the table: %s", end.text)
	}
	for _, o := range []map[string]any{{"truncationmaxrecords": 10, "notruncation": true}, {"truncationmaxrecords": 100}, {"query_take_max_records": 10}} {
		if a := post(t, s, "/v2/rest/query", body(t, q, o, nil)); !strings.Contains(a.text, `"HasErrors":false`) {
			t.Errorf("%v: %s", o, a.text)
		}
	}
	if a := post(t, s, "/v2/rest/query", body(t, "set truncationmaxrecords=5;"+q, nil, nil)); !strings.Contains(a.text, "limit of 5 records") {
		t.Errorf("set statement: %s", a.text)
	}
	if a := post(t, s, "/v2/rest/query", body(t, q, map[string]any{"truncationmaxsize": 50}, nil)); !strings.Contains(a.text, "limit of 50 bytes") {
		t.Errorf("size: %s", a.text)
	}
	if a := post(t, s, "/v1/rest/query", body(t, q, map[string]any{"truncationmaxrecords": 10}, nil)); !strings.Contains(a.text, `{"Exceptions":["`) || !json.Valid([]byte(a.text)) {
		t.Errorf("v1: %s", a.text)
	}
}

// TestNotes: what explains a zero is told as information, which no client counts as an error.
func TestNotes(t *testing.T) {
	k, s := newKit(t, nil)
	k.warnings = []*diag.Diagnostic{diag.Warningf("KQL9006", diag.Span{}, `rows of "T" were deleted`)}
	for _, path := range []string{"/v1/rest/query", "/v2/rest/query"} {
		a := post(t, s, path, body(t, "print 1 | where false", nil, nil))
		if !strings.Contains(a.text, "rows of ") || !strings.Contains(a.text, "were deleted") || !json.Valid([]byte(a.text)) || strings.Contains(a.text, `"HasErrors":true`) || strings.Contains(a.text, `,3,"Warning"`) {
			t.Errorf("%s: %s", path, a.text)
		}
	}
}

func TestOptionsReachTheEngine(t *testing.T) {
	k, s := newKit(t, nil)
	post(t, s, "/v2/rest/query", body(t, "print now()", map[string]any{"servertimeout": "00:01:30", "query_now": "2020-01-02T03:04:05Z", "request_readonly": true, "unheard_of": 1,
		"query_datetimescope_from": "2020-01-01", "truncationmaxrecords": 7}, nil), "x-ms-app", "Explorer")
	q := k.asked[0]
	if q.Options.Timeout != 90*time.Second || q.Options.MaxRows != 7 || q.Options.Now.Year() != 2020 || q.Options.Timespan.From == 0 || q.Application != "Explorer" || q.RequestID != "Test;1" {
		t.Errorf("asked %+v", q)
	}
	for name, value := range map[string]any{"servertimeout": "soon", "truncationmaxrecords": -1, "query_now": "yesterday", "results_error_reporting_placement": "up", "query_language": "sql"} {
		if a := post(t, s, "/v2/rest/query", body(t, "print 1", map[string]any{name: value}, nil)); a.Code != 400 || !strings.Contains(a.text, name) {
			t.Errorf("%s: %d %s", name, a.Code, a.text)
		}
	}
}

func TestParameters(t *testing.T) {
	_, s := newKit(t, nil)
	const declare = "declare query_parameters(l:long, s:string, t:datetime, sp:timespan, d:dynamic, b:bool, r:real, g:guid, dec:decimal, i:int=3);\nprint l, s, t, sp, d, b, r, g, dec, i"
	given := []map[string]any{
		{"l": "long(5)", "s": `"it's \"x\""`, "t": "datetime(2026-11-20T00:00:00.0000000Z)", "sp": "timespan(01:00:00)", "d": `dynamic({"a":1})`, "b": "bool(true)", "r": "real(1.5)", "g": "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "dec": "decimal(2.5)"},
		{"l": 5, "s": `it's "x"`, "t": "2026-11-20", "sp": "1h", "d": map[string]any{"a": 1}, "b": true, "r": 1.5, "g": "74be27de-1e4e-49d9-b579-fe0b331d3642", "dec": "2.5"},
	}
	for _, p := range given {
		a := post(t, s, "/v2/rest/query", body(t, declare, nil, p))
		want := `[5,"it's \"x\"","2026-11-20T00:00:00Z","01:00:00",{"a":1},true,1.5,"74be27de-1e4e-49d9-b579-fe0b331d3642","2.5",3]`
		if !strings.Contains(a.text, want) {
			t.Errorf("%v gives %s", p, a.text)
		}
	}
	if a := post(t, s, "/v2/rest/query", body(t, "declare query_parameters(l:long); print l", nil, map[string]any{"l": "1; drop"})); a.Code != 400 || !strings.Contains(a.text, "parameter l") {
		t.Errorf("a value that is none: %s", a.text)
	}
	// A value never becomes part of the query.
	hostile := `') | take 0 //`
	if a := post(t, s, "/v2/rest/query", body(t, "declare query_parameters(s:string); print s", nil, map[string]any{"s": hostile})); !strings.Contains(a.text, `["') | take 0 //"]`) {
		t.Errorf("a hostile value: %s", a.text)
	}
}

func TestWhoMayAsk(t *testing.T) {
	_, s := newKit(t, nil)
	for _, c := range []struct {
		header []string
		want   int
	}{
		{[]string{"Authorization", ""}, 401}, {[]string{"Authorization", "Bearer bad"}, 401}, {[]string{"Authorization", "Basic good"}, 401},
		{[]string{"Authorization", "bearer good"}, 200},
	} {
		if a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil), c.header...); a.Code != c.want || a.Code == 401 && a.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%v: %d %s", c.header, a.Code, a.text)
		}
	}
	owner := access.LocalOwner()
	_, s = newKit(t, func(c *Config) { c.Anonymous = func(context.Context) (*access.Principal, error) { return &owner, nil } })
	if a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil), "Authorization", ""); a.Code != 200 {
		t.Errorf("anonymous: %d", a.Code)
	}
	if a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil), "Authorization", "Bearer bad"); a.Code != 401 {
		t.Errorf("a wrong token where none is needed: %d", a.Code)
	}
	k, s := newKit(t, nil)
	k.fail = access.Authorize(access.Principal{ID: "x"}, access.Ask)
	if a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil)); a.Code != 403 || !strings.Contains(a.text, `"code":"Forbidden"`) {
		t.Errorf("not permitted: %d %s", a.Code, a.text)
	}
	k.fail = errBroken
	if a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil)); a.Code != 500 || strings.Contains(a.text, "secret") {
		t.Errorf("broken: %d %s", a.Code, a.text)
	}
}

func TestGateAndCancellation(t *testing.T) {
	k, s := newKit(t, nil)
	k.block = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 2)
	for range 2 {
		go func() {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v2/rest/query", strings.NewReader(`{"db":"d","csl":"print 1"}`))
			r.Header.Set("Authorization", "Bearer good")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			done <- w.Code
		}()
		<-k.started
	}
	a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil))
	if a.Code != 429 || a.Header().Get("Retry-After") == "" {
		t.Errorf("a third query: %d %s", a.Code, a.text)
	}
	cancel() // both clients go; their places are free again
	<-done
	<-done
	close(k.block)
	if a := post(t, s, "/v2/rest/query", body(t, "print 1", nil, nil)); a.Code != 200 {
		t.Errorf("after both have gone: %d", a.Code)
	}
}

func TestCompression(t *testing.T) {
	_, s := newKit(t, nil)
	a := post(t, s, "/v2/rest/query", body(t, "range n from 1 to 1000 step 1", nil, nil), "Accept-Encoding", "gzip,deflate")
	if a.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(a.text, "[1000]") {
		t.Errorf("%v", a.Header())
	}
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, _ = zip.Write([]byte(body(t, "print 42", nil, nil)))
	_ = zip.Close()
	if a := post(t, s, "/v2/rest/query", b.String(), "Content-Encoding", "gzip"); !strings.Contains(a.text, "[42]") {
		t.Errorf("a compressed request: %s", a.text)
	}
}

func TestStringifiedProperties(t *testing.T) {
	k, s := newKit(t, nil)
	post(t, s, "/v2/rest/query", `{"db":"d","csl":"print 1","properties":"{\"Options\":{\"truncationmaxrecords\":3}}"}`)
	if k.asked[0].Options.MaxRows != 3 {
		t.Errorf("asked %+v", k.asked[0])
	}
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add([]byte(`{"db":"d","csl":"print 1","properties":{"Options":{"servertimeout":"00:01:00","query_now":"2020-01-01"},"Parameters":{"a":"long(1)"}}}`))
	f.Add([]byte(`{"csl":"declare query_parameters(a:dynamic, b:string); print a","properties":"{\"Parameters\":{\"a\":null,\"b\":\"h'x'\"}}"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		req, err := decodeRequest(raw)
		if err != nil {
			return
		}
		if _, err := readOptions(req.Properties.Options, req.CSL); err != nil {
			return
		}
		params, err := readParameters(req.Properties.Parameters, req.CSL)
		if err != nil {
			return
		}
		for name, v := range params {
			if v.Type() == types.Unknown && !v.IsNull() {
				t.Errorf("parameter %q has no type", name)
			}
		}
	})
}

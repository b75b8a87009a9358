package loganalytics

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

type kit struct {
	engine *engine.Engine
	asked  []clientapi.Query
	fail   error
	// warnings are added to what the engine says.
	warnings []*diag.Diagnostic
}

func (k *kit) Query(ctx context.Context, _ access.Principal, q clientapi.Query) (*engine.Result, error) {
	k.asked = append(k.asked, q)
	if k.fail != nil {
		return nil, k.fail
	}
	res, err := k.engine.Query(ctx, q.Text, q.Options)
	if err == nil {
		res.Warnings = append(res.Warnings, k.warnings...)
	}
	return res, err
}

func (*kit) Caller(_ context.Context, token string) (access.Principal, error) {
	switch token {
	case "":
		return access.Principal{}, clientapi.ErrNoToken
	case "good":
		return access.LocalOwner(), nil
	}
	return access.Principal{}, clientapi.ErrWrongToken
}

type noTables struct{}

func (noTables) Table(string) (*plan.Table, bool)      { return nil, false }
func (noTables) TableNames() []string                  { return nil }
func (noTables) Function(string) (bind.Function, bool) { return bind.Function{}, false }
func (noTables) Database() string                      { return "Workspace" }
func (noTables) Plugins() []string                     { return nil }
func (noTables) Started() time.Time                    { return now }
func (noTables) Tables(context.Context) ([]clientapi.Table, error) {
	return []clientapi.Table{{Name: "SigninLogs", TimeColumn: "TimeGenerated", Rows: 1, Columns: types.Schema{{Name: "TimeGenerated", Type: types.DateTime}}}}, nil
}
func (noTables) Functions(context.Context) ([]clientapi.Function, error) {
	return []clientapi.Function{{Name: "F", Body: "{ 1 }", Parameters: []clientapi.Parameter{{Name: "n", Type: types.Long}}}}, nil
}

func newKit(t testing.TB, change func(*Config)) (*kit, *Service) {
	t.Helper()
	k := &kit{engine: engine.New(engine.Config{Catalog: noTables{}, Library: builtin.Standard()})}
	cfg := Config{
		Services: clientapi.Services{Runner: k, Callers: k, Gate: clientapi.NewGate(1), Now: func() time.Time { return now }, MaxRows: func(context.Context) (int, error) { return 1_000_000, nil }},
		Catalog:  noTables{}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	return k, New(cfg)
}

func do(s *Service, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://localhost:7777"+target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer good")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestAnswer(t *testing.T) {
	_, s := newKit(t, nil)
	w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"print b=true, l=9223372036854775807, d=dynamic({'a':[1]}), t=datetime(2026-11-20T01:02:03.1234567Z), r=real(nan), n=long(null), s='Ærø', dec=decimal(1.50), sp=1d | render table with (title='T')"}`,
		"Prefer", "wait=30,include-statistics=true, include-render=true, ai.response-thinning=true")
	want := `{"tables":[{"name":"PrimaryResult","columns":[{"name":"b","type":"bool"},{"name":"l","type":"long"},{"name":"d","type":"dynamic"},{"name":"t","type":"datetime"},` +
		`{"name":"r","type":"real"},{"name":"n","type":"long"},{"name":"s","type":"string"},{"name":"dec","type":"decimal"},{"name":"sp","type":"timespan"}],` +
		`"rows":[[true,9223372036854775807,"{\"a\":[1]}","2026-11-20T01:02:03.1234567Z","NaN",null,"Ærø","1.50","1.00:00:00"]]}],"statistics":{"query":{`
	if got := w.Body.String(); w.Code != 200 || !strings.HasPrefix(got, want) || !strings.Contains(got, `"visualization":"table"`) || !strings.Contains(got, `"title":"T"`) || !json.Valid([]byte(got)) {
		t.Errorf("%d %s", w.Code, got)
	}
	if w := do(s, "POST", "/workspaces/ws/query", `{"query":"print 1"}`); strings.Contains(w.Body.String(), "statistics") || strings.Contains(w.Body.String(), "render") {
		t.Errorf("unasked: %s", w.Body)
	}
}

func TestRoutes(t *testing.T) {
	_, s := newKit(t, nil)
	const q, res = `{"query":"print 1"}`, "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w"
	cases := []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/v1/workspaces/ws/query", q, 200}, {"POST", "/workspaces/ws/query", q, 200}, {"GET", "/v1/workspaces/ws/query?query=print%201&timespan=P1D", "", 200},
		{"POST", "/v1" + res + "/query", q, 200}, {"POST", res + "/query", q, 200}, {"POST", "/v1/" + res + "/query", q, 200},
		{"POST", "/v1/$batch", `{"requests":[{"id":"1","workspace":"ws","body":` + q + `}]}`, 200}, {"POST", "/%24batch", `{"requests":[{"id":1,"workspace":"ws","body":` + q + `}]}`, 200},
		{"GET", "/v1/workspaces/ws/metadata", "", 200}, {"POST", "/workspaces/ws/metadata", "", 200},
		{"PUT", "/v1/workspaces/ws/query", q, 404}, {"GET", "/v1/$batch", "", 404}, {"POST", "/v1/workspaces/ws/nothing", q, 404}, {"POST", "/v1/workspaces//query", q, 404}, {"POST", "/v1/query", q, 404},
		{"GET", "/v1/workspaces/ws/query", "", 400}, {"POST", "/v1/workspaces/ws/query", `{"query":""}`, 400}, {"POST", "/v1/workspaces/ws/query", `nothing`, 400},
		{"POST", "/v1/$batch", `{"requests":[]}`, 400}, {"POST", "/v1/$batch", `{"requests":[{"id":"1"},{"id":"1"}]}`, 400},
	}
	for _, c := range cases {
		w := do(s, c.method, c.path, c.body)
		if w.Code != c.want || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
		if c.want != 200 && !strings.HasPrefix(w.Body.String(), `{"error":{"message":"`) {
			t.Errorf("%s %s: %s", c.method, c.path, w.Body)
		}
	}
}

func TestErrors(t *testing.T) {
	k, s := newKit(t, func(c *Config) { c.Workspaces = []string{"ws"} })
	cases := []struct {
		query, want string
		status      int
	}{
		{"print x=1\\n| wher x > 0", `"innererror":{"code":"SyntaxError","message":"A recognition error occurred in the query.","innererror":{"code":"KQL1`, 400},
		{"print x=1\\n| wher x > 0", `"line":2,"pos":2,"token":"wher"`, 400},
		{"Nowhere | take 1", `"innererror":{"code":"SemanticError","message":"A semantic error occurred."`, 400},
	}
	for _, c := range cases {
		if w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"`+c.query+`"}`); w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || !strings.Contains(w.Body.String(), "correlationId") {
			t.Errorf("%s: %d %s", c.query, w.Code, w.Body)
		}
	}
	for _, c := range []struct {
		path, header, code string
		status             int
	}{
		{"/v1/workspaces/ws/query", "", "AuthorizationRequiredError", 401}, {"/v1/workspaces/ws/query", "Bearer bad", "InvalidTokenError", 401},
		{"/v1/workspaces/other/query", "Bearer good", "WorkspaceNotFoundError", 404}, {"/v1/workspaces/WS/query", "Bearer good", "tables", 200},
	} {
		if w := do(s, "POST", c.path, `{"query":"print 1"}`, "Authorization", c.header); w.Code != c.status || !strings.Contains(w.Body.String(), c.code) {
			t.Errorf("%s %s: %d %s", c.path, c.header, w.Code, w.Body)
		}
	}
	if w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"print 1","workspaces":["ws","other"]}`); w.Code != 404 {
		t.Errorf("another workspace: %d", w.Code)
	}
	k.fail = access.Authorize(access.Principal{ID: "x"}, access.Ask)
	if w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"print 1"}`); w.Code != 403 || !strings.Contains(w.Body.String(), "InsufficientAccessError") {
		t.Errorf("not permitted: %d %s", w.Code, w.Body)
	}
	k.fail = errors.New("/etc/secret")
	if w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"print 1"}`); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("broken: %d %s", w.Code, w.Body)
	}
}

func TestBatchKeepsOrderAndFailsOneByOne(t *testing.T) {
	k, s := newKit(t, nil)
	w := do(s, "POST", "/v1/$batch", `{"requests":[
	 {"id":"a","workspace":"ws","path":"/query","method":"POST","headers":{"prefer":"wait=7,include-statistics=true"},"body":{"query":"print 1","timespan":"P1D"}},
	 {"id":"b","workspace":"ws","body":{"query":"nonsense("}},{"id":"c","workspace":"ws","path":"/other","body":{"query":"print 1"}},{"id":"d","workspace":"ws","body":{"query":"print 4"}}]}`)
	var out struct {
		Responses []struct {
			ID     string
			Status int
			Body   struct {
				Tables     []any
				Error      *apiError
				Statistics any
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err, w.Body)
	}
	for i, want := range []struct {
		id     string
		status int
	}{{"a", 200}, {"b", 400}, {"c", 404}, {"d", 200}} {
		r := out.Responses[i]
		if r.ID != want.id || r.Status != want.status || (r.Status == 200) != (r.Body.Error == nil && len(r.Body.Tables) == 1) {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if out.Responses[0].Body.Statistics == nil || k.asked[0].Options.Timeout != 7*time.Second || k.asked[0].Options.Timespan == nil {
		t.Errorf("asked %+v", k.asked[0].Options)
	}
}

func TestPartial(t *testing.T) {
	_, s := newKit(t, func(c *Config) { c.MaxRows = func(context.Context) (int, error) { return 10, nil } })
	w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"range n from 1 to 100 step 1"}`)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `[10]]}],"error":{"message":"There were some errors`) || !strings.Contains(w.Body.String(), "limit of 10 records") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestNotes: what explains a zero stands in the statistics, for who asks for them.
func TestNotes(t *testing.T) {
	k, s := newKit(t, nil)
	k.warnings = []*diag.Diagnostic{diag.Warningf("KQL9006", diag.Span{}, "rows of T were deleted")}
	w := do(s, "POST", "/v1/workspaces/ws/query", `{"query":"print 1 | where false"}`, "Prefer", "include-statistics=true")
	if got := w.Body.String(); w.Code != 200 || !strings.Contains(got, `"notes":["rows of T were deleted"]`) || strings.Contains(got, `"error"`) || !json.Valid([]byte(got)) {
		t.Errorf("%d %s", w.Code, got)
	}
}

func TestTimespan(t *testing.T) {
	tick := func(s string) int64 { n, _ := types.ParseDateTime(s); return n }
	at := types.TicksOf(now)
	cases := []struct{ text, from, to string }{
		{"P1D", "2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z"}, {"PT12H", "2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z"}, {"P1DT1H30M0.5S", "2026-11-19T10:29:59.5Z", "2026-11-20T12:00:00Z"},
		{"P2W", "2026-11-06T12:00:00Z", "2026-11-20T12:00:00Z"}, {"p1m", "2026-10-21T12:00:00Z", "2026-11-20T12:00:00Z"}, {"P1Y", "2025-11-20T12:00:00Z", "2026-11-20T12:00:00Z"}, {"P0.5D", "2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z"},
		{"2026-11-01/2026-11-02T12:00:00Z", "2026-11-01T00:00:00Z", "2026-11-02T12:00:00Z"}, {"2026-11-01T00:00:00.000Z/P1D", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"}, {"PT1H/2026-11-01", "2026-10-31T23:00:00Z", "2026-11-01T00:00:00Z"},
		{"P9999Y", "0001-01-01T00:00:00Z", "2026-11-20T12:00:00Z"},
	}
	for _, c := range cases {
		got, err := readTimespan(c.text, at)
		if err != nil || got.From != tick(c.from) || got.To != tick(c.to) {
			t.Errorf("%s: %v %v", c.text, got, err)
		}
	}
	for _, bad := range []string{"1d", "P", "PT", "P1DT", "P1H", "PT1D", "P-1D", "-P1D", "P1D/P1D", "2026-11-02/2026-11-01", "x/y", "P1D1D", "P1M1Y", "PxD", "2026-11-01/", "/", "P1e5D"} {
		if got, err := readTimespan(bad, at); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
	if got, err := readTimespan("", at); got != nil || err != nil {
		t.Errorf("empty: %v %v", got, err)
	}
}

func FuzzTimespan(f *testing.F) {
	for _, s := range []string{"P1D", "2026-11-01/P1D", "PT0.5S/2026-11-01T00:00:00Z", "P1Y2M3W4DT5H6M7S"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ts, err := readTimespan(s, types.TicksOf(now))
		if err == nil && ts != nil && (ts.From > ts.To || ts.From < 0 || ts.To > types.MaxDateTimeTicks) {
			t.Errorf("%q gives %v", s, ts)
		}
	})
}

func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"requests":[{"id":"1","workspace":"w","headers":{"prefer":"wait=3"},"body":{"query":"print 1","workspaces":["x"]}}]}`), "wait=3,include-render=true")
	f.Fuzz(func(t *testing.T, raw []byte, header string) {
		if b, err := decodeBatch(raw); err == nil {
			for _, r := range b.Requests {
				if !json.Valid([]byte(stringID(r.ID))) {
					t.Errorf("id %s", r.ID)
				}
			}
		}
		if p, err := readPrefer([]string{header}); err == nil && (p.wait <= 0 || p.wait > maxWait) {
			t.Errorf("%q waits %s", header, p.wait)
		}
	})
}

func TestMetadata(t *testing.T) {
	_, s := newKit(t, nil)
	w := do(s, http.MethodGet, "/v1/workspaces/ws/metadata", "")
	for _, want := range []string{`"timespanColumn":"TimeGenerated"`, `"parameters":"(n:long)"`, `"related":{"tables":["t/SigninLogs"]`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
}

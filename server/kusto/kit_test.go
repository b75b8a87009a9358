package kusto

import (
	"compress/gzip"
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

var moment2026 = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// noTables is a catalog without tables: queries bring their own rows.
type noTables struct{}

func (noTables) Table(string) (*plan.Table, bool)      { return nil, false }
func (noTables) TableNames() []string                  { return nil }
func (noTables) Function(string) (bind.Function, bool) { return bind.Function{}, false }
func (noTables) Database() string                      { return "Workspace" }
func (noTables) Plugins() []string                     { return []string{"bag_unpack"} }
func (noTables) Started() time.Time                    { return moment2026 }
func (noTables) Functions(context.Context) ([]clientapi.Function, error) {
	return []clientapi.Function{{Name: "Recent", Body: "{ SigninLogs | take n }", Doc: "newest",
		Parameters: []clientapi.Parameter{{Name: "n", Type: types.Long, Default: "10"}, {Name: "T", Columns: types.Schema{{Name: "a b", Type: types.Real}}}}}}, nil
}
func (noTables) Tables(context.Context) ([]clientapi.Table, error) {
	return []clientapi.Table{
		{Name: "SigninLogs", Folder: "Entra", Doc: `sign-ins, "interactive"`, Rows: 7, First: types.TicksOf(moment2026),
			Columns: types.Schema{{Name: "TimeGenerated", Type: types.DateTime}, {Name: "odd name'", Type: types.String}, {Name: "_Hidden", Type: types.Long, Hidden: true}}},
		{Name: "AuditLogs", Columns: types.Schema{{Name: "Result", Type: types.Dynamic}}},
	}, nil
}

// kit runs queries on a real engine, and keeps what it was asked.
type kit struct {
	engine  *engine.Engine
	asked   []clientapi.Query
	block   chan struct{} // while set, queries wait for it or for the client to go
	started chan struct{}
	fail    error
	// warnings are added to what the engine says.
	warnings []*diag.Diagnostic
}

func (k *kit) Query(ctx context.Context, _ access.Principal, q clientapi.Query) (*engine.Result, error) {
	k.asked = append(k.asked, q)
	if k.block != nil {
		k.started <- struct{}{}
		select {
		case <-k.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
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

func newKit(t testing.TB, change func(*Config)) (*kit, *Service) {
	t.Helper()
	k := &kit{engine: engine.New(engine.Config{Catalog: noTables{}, Library: builtin.Standard()}), started: make(chan struct{}, 8)}
	cfg := Config{
		Services: clientapi.Services{Runner: k, Callers: k, Gate: clientapi.NewGate(2), Now: func() time.Time { return moment2026 }, MaxRows: func(context.Context) (int, error) { return 1_000_000, nil }},
		Catalog:  noTables{}, Version: "test", Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Authorize: func(context.Context, access.Principal, string, string) error { return nil },
	}
	if change != nil {
		change(&cfg)
	}
	return k, New(cfg)
}

type answer struct {
	*httptest.ResponseRecorder
	text string
}

func post(t testing.TB, s *Service, path, body string, header ...string) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://localhost:7777"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer good")
	r.Header.Set("x-ms-client-request-id", "Test;1")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	text := w.Body.String()
	if w.Header().Get("Content-Encoding") == "gzip" {
		zip, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(zip)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	return answer{w, text}
}

func body(t testing.TB, csl string, options, parameters map[string]any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"db": "Db", "csl": csl, "properties": map[string]any{"Options": options, "Parameters": parameters}})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var errBroken = errors.New("/etc/secret is broken")

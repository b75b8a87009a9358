package rest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/state"
)

type fakeAsker struct{ store *state.Store }

func (f fakeAsker) Ask(ctx context.Context, req AskRequest, emit func(Event)) (json.RawMessage, error) {
	if strings.Contains(req.Prompt, "break") {
		return nil, errors.New("secret internals at /etc")
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	if _, err := f.store.EnsureSession(ctx, req.SessionID, req.Principal.ID, now); err != nil {
		return nil, err
	}
	p, err := f.store.AddPrompt(ctx, req.SessionID, req.Principal.ID, req.Prompt, now)
	if err != nil {
		return nil, err
	}
	emit(Event{Type: "step", Skill: "GetX"})
	answer := json.RawMessage(`{"outcome":"answered","text":"yes"}`)
	return answer, f.store.AddAnswer(ctx, req.SessionID, p.ID, "answered", answer, nil, now)
}

type fakeWorkspace struct{}

func (fakeWorkspace) Describe(context.Context) (any, error) {
	return map[string]string{"name": "W"}, nil
}

type fakeQuerier struct{}

func (fakeQuerier) Query(_ context.Context, _ access.Principal, text string) (json.RawMessage, error) {
	return json.Marshal(map[string]string{"echo": text})
}

func newServer(t *testing.T) *Server {
	t.Helper()
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return New(Config{
		Auth: auth.New(auth.Config{Store: store, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Start: auth.StartAlways}),
		Record: func(_ context.Context, _ access.Principal, e audit.Entry) error {
			if e.Object == "s-unwritable" {
				return errors.New("the disk is full")
			}
			return nil
		},
		Refused: func(_ context.Context, _ access.Principal, _ string, why error) error { return why },
		Asker:   fakeAsker{store}, Querier: fakeQuerier{}, Workspace: fakeWorkspace{}, Sessions: store,
		Page:   fstest.MapFS{"index.html": {Data: []byte(`<style nonce="__CSP_NONCE__"></style>`)}, "assets/a.js": {Data: []byte("1")}},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Starters: []string{"Who?"},
	})
}

func do(s *Server, method, target, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:7777"+target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		if k == "Host" {
			r.Host = v
			continue
		}
		if v == "" {
			r.Header.Del(k)
			continue
		}
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestGuard(t *testing.T) {
	s := newServer(t)
	var log bytes.Buffer
	s.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	auth := "Bearer " + s.cfg.Auth.StartToken()
	cases := []struct {
		name   string
		method string
		target string
		header map[string]string
		want   int
	}{
		{"no token", "GET", "/", nil, 401},
		{"no token on the API", "GET", "/api/v1/workspace", nil, 401},
		{"wrong token", "GET", "/api/v1/workspace", map[string]string{"Authorization": "Bearer " + strings.Repeat("0", 48)}, 401},
		{"bearer", "GET", "/api/v1/workspace", map[string]string{"Authorization": auth}, 200},
		{"cookie", "GET", "/", map[string]string{"Cookie": "sleuth_start=" + s.cfg.Auth.StartToken()}, 200},
		{"rebound host", "GET", "/api/v1/workspace", map[string]string{"Authorization": auth, "Host": "evil.example:7777"}, 421},
		{"host that ends like loopback", "GET", "/", map[string]string{"Authorization": auth, "Host": "127.0.0.1.evil.example"}, 421},
		{"IPv6 loopback", "GET", "/api/v1/workspace", map[string]string{"Authorization": auth, "Host": "[::1]:7777"}, 200},
		{"foreign origin", "POST", "/api/v1/query", map[string]string{"Authorization": auth, "Origin": "https://evil.example"}, 403},
		{"origin of another port", "POST", "/api/v1/query", map[string]string{"Authorization": auth, "Origin": "http://127.0.0.1:1"}, 403},
		{"null origin", "POST", "/api/v1/query", map[string]string{"Authorization": auth, "Origin": "null"}, 403},
		{"own origin", "POST", "/api/v1/query", map[string]string{"Authorization": auth, "Origin": "http://127.0.0.1:7777"}, 200},
		{"cross-site fetch", "GET", "/api/v1/workspace", map[string]string{"Authorization": auth, "Sec-Fetch-Site": "cross-site"}, 403},
		{"form post", "POST", "/api/v1/query", map[string]string{"Authorization": auth, "Content-Type": "text/plain"}, 415},
		{"unknown route", "GET", "/api/v1/nothing", map[string]string{"Authorization": auth}, 404},
	}
	for _, c := range cases {
		body := ""
		if c.method == "POST" {
			body = `{"query":"print 1"}`
		}
		w := do(s, c.method, c.target, body, c.header)
		if w.Code != c.want {
			t.Errorf("%s: got %d, want %d (%s)", c.name, w.Code, c.want, w.Body)
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no content security policy", c.name)
		}
		logged := strings.Count(log.String(), "a request was refused")
		if refused := c.want == 421 || c.want == 403; refused != (logged == 1) || strings.Contains(log.String(), s.cfg.Auth.StartToken()) {
			t.Errorf("%s: the log says %s", c.name, &log)
		}
		log.Reset()
	}
}

func TestStartTokenBecomesACookie(t *testing.T) {
	s := newServer(t)
	w := do(s, "GET", "/?token="+s.cfg.Auth.StartToken(), "", nil)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Fatalf("got %d to %q", w.Code, w.Header().Get("Location"))
	}
	c := w.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Value != s.cfg.Auth.StartToken() {
		t.Errorf("cookie is %v", c)
	}
	if w := do(s, "GET", "//evil.example/?token="+s.cfg.Auth.StartToken(), "", nil); strings.HasPrefix(w.Header().Get("Location"), "//") {
		t.Errorf("redirects away to %q", w.Header().Get("Location"))
	}
}

func TestNonceIsFreshAndInThePage(t *testing.T) {
	s := newServer(t)
	h := map[string]string{"Authorization": "Bearer " + s.cfg.Auth.StartToken()}
	a, b := do(s, "GET", "/", "", h), do(s, "GET", "/", "", h)
	if a.Body.String() == b.Body.String() || strings.Contains(a.Body.String(), "__CSP") {
		t.Errorf("nonces: %s and %s", a.Body, b.Body)
	}
}

func TestAskStreamsThenIsRecorded(t *testing.T) {
	s := newServer(t)
	h := map[string]string{"Authorization": "Bearer " + s.cfg.Auth.StartToken()}
	w := do(s, "POST", "/api/v1/sessions/s-1/prompts", `{"prompt":"Is she risky?"}`, h)
	var types []string
	for sc := bufio.NewScanner(w.Body); sc.Scan(); {
		var line struct{ Type string }
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		types = append(types, line.Type)
	}
	if strings.Join(types, " ") != "step answer" {
		t.Errorf("events %v", types)
	}
	w = do(s, "GET", "/api/v1/sessions/s-1", "", h)
	if !strings.Contains(w.Body.String(), "Is she risky?") || !strings.Contains(w.Body.String(), `"outcome":"answered"`) {
		t.Errorf("session is %s", w.Body)
	}
	if w := do(s, "PATCH", "/api/v1/sessions/s-1", `{"title":"Karita"}`, h); w.Code != 204 {
		t.Errorf("rename: %d %s", w.Code, w.Body)
	}
	do(s, "POST", "/api/v1/sessions/s-unwritable/prompts", `{"prompt":"Is she risky?"}`, h)
	if w := do(s, "DELETE", "/api/v1/sessions/s-unwritable", "", h); w.Code != 500 {
		t.Errorf("a deletion that cannot be recorded: %d", w.Code)
	}
	if w := do(s, "GET", "/api/v1/sessions/s-unwritable", "", h); w.Code != 200 {
		t.Errorf("it was deleted all the same: %d", w.Code)
	}
	if w := do(s, "DELETE", "/api/v1/sessions/s-1", "", h); w.Code != 204 {
		t.Errorf("delete: %d", w.Code)
	}
	if w := do(s, "GET", "/api/v1/sessions/s-1", "", h); w.Code != 404 {
		t.Errorf("deleted session: %d", w.Code)
	}
}

func TestInternalsStayInside(t *testing.T) {
	s := newServer(t)
	w := do(s, "POST", "/api/v1/sessions/s-1/prompts", `{"prompt":"break"}`, map[string]string{"Authorization": "Bearer " + s.cfg.Auth.StartToken()})
	if strings.Contains(w.Body.String(), "/etc") || !strings.Contains(w.Body.String(), `"type":"error"`) {
		t.Errorf("the browser sees %s", w.Body)
	}
}

func TestBadBodiesAreNamed(t *testing.T) {
	s := newServer(t)
	h := map[string]string{"Authorization": "Bearer " + s.cfg.Auth.StartToken()}
	for target, body := range map[string]string{
		"/api/v1/sessions/s-1/prompts":   `{"promt":"x"}`,
		"/api/v1/sessions/a%20b/prompts": `{"prompt":"x"}`,
		"/api/v1/query":                  `not json`,
	} {
		if w := do(s, "POST", target, body, h); w.Code != 400 || !strings.Contains(w.Body.String(), "message") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	long := `{"prompt":"` + strings.Repeat("x", maxPrompt+1) + `"}`
	if w := do(s, "POST", "/api/v1/sessions/s-1/prompts", long, h); w.Code != 413 {
		t.Errorf("long prompt: %d", w.Code)
	}
}

// TestWhatTheRuleRefusesIsOnRecord sends what a Copilot contributor may, and what they may not.
func TestWhatTheRuleRefusesIsOnRecord(t *testing.T) {
	s := newServer(t)
	var record []string
	s.cfg.Refused = func(_ context.Context, p access.Principal, what string, why error) error {
		record = append(record, p.UPN+" "+what)
		return why
	}
	now := time.Now()
	p, err := s.cfg.Sessions.AddPerson(t.Context(), state.Person{UPN: "c@x.example", Name: "C", Roles: []access.Role{access.CopilotContributor}}, now)
	if err != nil {
		t.Fatal(err)
	}
	id, token := auth.NewToken()
	if err := s.cfg.Sessions.AddToken(t.Context(), token, state.Token{ID: id, Person: p.ID, Scopes: access.Permissions(), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	h := map[string]string{"Authorization": "Bearer " + token}
	if w := do(s, "GET", "/api/v1/sessions", "", h); w.Code != 200 || len(record) > 0 {
		t.Errorf("what is allowed: %d %s, recorded %v", w.Code, w.Body, record)
	}
	w := do(s, "POST", "/api/v1/query", `{"query":"print 1"}`, h)
	if w.Code != 403 || !strings.Contains(w.Body.String(), "Security Reader") || strings.Join(record, ";") != "c@x.example POST /api/v1/query" {
		t.Errorf("what is not: %d %s, recorded %v", w.Code, w.Body, record)
	}
	if w := do(s, "POST", "/api/v1/query", `{"query":"print 1"}`, nil); w.Code != 401 || len(record) != 1 {
		t.Errorf("of nobody: %d, recorded %v", w.Code, record)
	}
}

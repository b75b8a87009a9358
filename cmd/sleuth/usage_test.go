package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/state"
)

// TestBudgetsEverywhere: a spent budget is refused by name in a command, over REST and to other programs, each refusal on record, and
// the usage counts what ran.
func TestBudgetsEverywhere(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	dir := filepath.Join(t.TempDir(), "d")
	does := func(want int, args ...string) string {
		t.Helper()
		out, errs, code := command(t, "", append(args, "--data", dir)...)
		if code != want {
			t.Errorf("%v: %d %s", args, code, errs)
		}
		return out + errs
	}
	does(exitDone, "settings", "set", "capacity.promptsPerDay", "1")
	does(exitDone, "query", "print 1")
	does(exitDone, "settings", "set", "capacity.queriesPerDay", "2") // what ran before counts
	does(exitDone, "query", "print 2")
	const spent = "budget of 2 queries of today is spent; it resets at "
	if out := does(exitNotAllowed, "query", "print 3"); !strings.Contains(out, spent) || !strings.Contains(out, "sleuth settings set capacity.queriesPerDay N") {
		t.Errorf("a third query: %s", out)
	}
	does(exitDone, "ask", "Which users are at risk?")
	if out := does(exitDone, "ask", "Which users are at risk?"); !strings.Contains(out, "The budget of 1 prompt of today is spent") {
		t.Errorf("a second prompt: %s", out)
	}
	store, err := state.Open(ctx, filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if list, err := store.Sessions(ctx, "local"); err != nil || len(list) != 1 { // a refusal begins none
		t.Errorf("%+v, %v", list, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if out := does(exitDone, "audit", "show", "--operation", "AccessDenied"); strings.Count(out, "of today is spent") != 2 {
		t.Errorf("on record: %s", out)
	}
	if out := does(exitDone, "usage"); !strings.Contains(out, "1 prompt, 2 queries, ") || !strings.Contains(out, "a day's budget of one person: 1 prompt, 2 queries") {
		t.Errorf("usage: %s", out)
	}
	var rows []capacity.Row
	out, _, _ := command(t, "", "usage", "--by", "person", "--format", "json", "--data", dir)
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 1 || rows[0].Queries != 2 || rows[0].Prompts != 1 {
		t.Errorf("usage: %s, %v", out, err)
	}
	if out := does(exitDone, "usage", "--by", "category", "--days", "1", "--format", "csv"); !strings.HasPrefix(out, "category,prompts,queries,seconds,skills\n") || strings.Count(out, "\n") != 3 {
		t.Errorf("usage: %s", out)
	}
	does(exitUsage, "usage", "--by", "moon")
	does(exitUsage, "usage", "--days", "91")

	h, err := openHouse(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	a := &app{stdout: &strings.Builder{}, stderr: &strings.Builder{}, cwd: "."}
	f := clientDefaults("192.0.2.7:7777")
	front, _, err := a.front(h, f, newAuth(h, f, nil, a.logger()), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	own, err := h.state.AddPerson(ctx, state.Person{UPN: "own@x.example", Name: "Own", Roles: []access.Role{access.Owner}}, now)
	if err != nil {
		t.Fatal(err)
	}
	id, token := auth.NewToken()
	if err := h.state.AddToken(ctx, token, state.Token{ID: id, Person: own.ID, Scopes: access.Permissions(), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	send := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://localhost:7777"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		return w
	}
	kusto := `{"db":"Workspace","csl":"print 1"}`
	if w := send("POST", "/api/v1/query", `{"query":"print 1"}`); w.Code != http.StatusOK { // the budget is each person's own
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := send("POST", "/v2/rest/query", kusto); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := send("POST", "/api/v1/query", `{"query":"print 1"}`); w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), spent) || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := send("POST", "/v2/rest/query", kusto); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), spent) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := send("GET", "/v1/workspaces/x/query?query=print+1", ""); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), spent) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	var view struct {
		From, To string
		Budgets  map[string]int64
		Rows     []capacity.Row
	}
	if w := send("GET", "/api/v1/usage?days=1&by=person,experience", ""); w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &view) != nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if view.Budgets["queries"] != 2 || view.From != view.To || len(view.Rows) != 3 {
		t.Errorf("%+v", view)
	}
	for _, query := range []string{"days=x", "days=0", "by=moon"} {
		if w := send("GET", "/api/v1/usage?"+query, ""); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}

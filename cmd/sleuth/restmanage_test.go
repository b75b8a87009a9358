package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
	"github.com/sleuth-sec/sleuth/store"
)

// desk is the REST API of a house, by the front that serves it, and what comes onto the trail of it.
type desk struct {
	t     *testing.T
	h     *house
	front *server.Front
	seen  int // entries of the trail that were looked at
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	h, err := openHouse(t.Context(), filepath.Join(t.TempDir(), "d"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.closeParts() })
	a := &app{stdout: &strings.Builder{}, stderr: &strings.Builder{}, cwd: "."}
	f := clientDefaults("192.0.2.7:7777")
	front, _, err := a.front(h, f, newAuth(h, f, nil, a.logger()), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t: t, h: h, front: front}
}

// person adds somebody and gives their browser.
func (d *desk) person(upn string, role access.Role) (state.Person, func(*http.Request)) {
	d.t.Helper()
	p, err := d.h.state.AddPerson(d.t.Context(), state.Person{UPN: upn, Name: "N " + upn, Roles: []access.Role{role}, Password: "x"}, time.Now())
	if err != nil {
		d.t.Fatal(err)
	}
	secret := auth.NewSecret()
	if _, err := d.h.state.AddSignIn(d.t.Context(), secret, state.SignIn{Person: p.ID, Method: "password+authenticator", CreatedAt: time.Now(), SeenAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour), ProvenAt: time.Now()}); err != nil {
		d.t.Fatal(err)
	}
	return p, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sleuth_session", Value: secret}) }
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// ask sends a request, which has to be answered with a status and with each of the words, and gives the answer.
func (d *desk) ask(as func(*http.Request), method, path, body string, status int, words ...string) map[string]any {
	d.t.Helper()
	r := httptest.NewRequest(method, "http://localhost:7777"+path, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.9:1234"
	r.Header.Set("Content-Type", "application/json")
	as(r)
	w := httptest.NewRecorder()
	d.front.ServeHTTP(w, r)
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			d.t.Errorf("%s %s: %d %s: %v", method, path, w.Code, w.Body, err)
		}
	}
	said := w.Body.String()
	if e, ok := out["error"].(map[string]any); ok {
		said = e["code"].(string) + ": " + e["message"].(string)
	}
	if w.Code != status {
		d.t.Errorf("%s %s %s: %d %s, want %d", method, path, body, w.Code, said, status)
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			d.t.Errorf("%s %s %s does not say %q: %s", method, path, body, word, said)
		}
	}
	return out
}

// kept are the entries since the last call, each as "operation object", with the details that are named; all have to be of who.
func (d *desk) kept(who string, details ...string) []string {
	d.t.Helper()
	out := []string{}
	for _, e := range operationsOf(d.t, d.h.dir, d.seen) {
		d.seen = int(e.Index) + 1
		if e.Operation == "AuditRecovered" {
			continue
		}
		line := strings.TrimSpace(e.Operation + " " + e.Object)
		for _, name := range details {
			if v, ok := e.Details[name]; ok {
				line += " " + name + "=" + v
			}
		}
		if out = append(out, line); e.Principal != who || e.Details["clientIP"] != "192.0.2.9" {
			d.t.Errorf("%s is on record of %s at %s", line, e.Principal, e.Details["clientIP"])
		}
	}
	return out
}

func (d *desk) keeps(who string, want []string, details ...string) {
	d.t.Helper()
	if got := d.kept(who, details...); !slices.Equal(got, want) {
		d.t.Errorf("on record is %q, want %q", got, want)
	}
}

func items(t *testing.T, answer map[string]any, key string) []map[string]any {
	t.Helper()
	list, ok := answer[key].([]any)
	if !ok {
		t.Fatalf("no list %s in %v", key, answer)
	}
	out := make([]map[string]any, len(list))
	for i, x := range list {
		out[i] = x.(map[string]any)
	}
	return out
}

func TestPeopleByREST(t *testing.T) {
	d := newDesk(t)
	own, owner := d.person("own@x.example", access.Owner)
	admin, administrator := d.person("admin@x.example", access.SecurityAdministrator)
	const people = "/api/v1/people"
	d.seen = len(operationsOf(t, d.h.dir, 0))

	added := d.ask(owner, "POST", people, `{"upn":" ada@x.example ","name":"Ada Berg","roles":["security-reader"]}`, 200)
	ada := added["person"].(map[string]any)
	id := ada["id"].(string)
	link, _ := added["link"].(string)
	if ada["upn"] != "ada@x.example" || ada["state"] != "invited" || ada["lastSignIn"] != nil || added["hours"] != 24.0 || !strings.HasPrefix(link, "/welcome#") || len(link) < 50 {
		t.Errorf("%v", added)
	}
	d.keeps(own.ID, []string{"UserAdded ada@x.example name=Ada Berg roles=Security Reader", "SignInLinkCreated ada@x.example"}, "name", "roles")

	// What is refused says which field, and what to give; nothing of it is done or on record.
	for body, words := range map[string][]string{
		`{"upn":"ADA@x.example","name":"A","roles":["Owner"]}`: {"conflict", "ADA@x.example has an account already"},
	} {
		d.ask(owner, "POST", people, body, 409, words...)
	}
	for body, words := range map[string][]string{
		`{"upn":"b@x.example","name":"B","roles":["Root"]}`:        {"invalid", "roles:", `"Root"`, "Security Administrator"},
		`{"upn":"b@x.example","name":"B","roles":[]}`:              {"invalid", "at least one role"},
		`{"upn":"a b","name":"B","roles":["Owner"]}`:               {"invalid", "without blanks"},
		`{"upn":"b@x.example","nmae":"B","roles":["Owner"]}`:       {"invalid", `unknown field "nmae"`},
		`{"upn":"b@x.example","name":"B\u0000","roles":["Owner"]}`: {"invalid", "name"},
		`{"upn":7}`: {"invalid", "upn"},
		`not json`:  {"invalid", "body"},
	} {
		d.ask(owner, "POST", people, body, 400, words...)
	}
	d.keeps(own.ID, []string{})

	list := items(t, d.ask(owner, "GET", people, "", 200), "people")
	if len(list) != 3 || list[0]["upn"] != "ada@x.example" || list[1]["sessions"] != 1.0 || list[1]["state"] != "enabled" || list[1]["lastMethod"] != "password+authenticator" ||
		list[1]["lastSignIn"] == nil || list[0]["sessions"] != 0.0 {
		t.Errorf("%v", list)
	}
	one := people + "/" + id
	for body, words := range map[string][]string{
		`{}`: {"invalid", "give roles, or disabled"}, `{"roles":["Owner"],"disabled":true}`: {"not both"}, `{"roles":[]}`: {"at least one role"}, `{"roles":["Chief"]}`: {"roles:", `"Chief"`},
	} {
		d.ask(owner, "PATCH", one, body, 400, words...)
	}
	d.ask(owner, "PATCH", one, `{"roles":["Security Operator","Copilot owner"]}`, 204)
	d.ask(owner, "PATCH", one, `{"disabled":true}`, 204)
	d.ask(owner, "POST", one+"/link", `{}`, 409, "conflict", "ada@x.example is disabled")
	d.ask(owner, "PATCH", one, `{"disabled":false}`, 204)
	second := d.ask(owner, "POST", one+"/link", `{}`, 200)["link"].(string)
	if second == link {
		t.Error("two links are one")
	}
	d.ask(func(*http.Request) {}, "POST", "/api/v1/auth/link", `{"link":"`+strings.TrimPrefix(link, "/welcome#")+`"}`, 410) // a later one ends it
	d.ask(func(*http.Request) {}, "POST", "/api/v1/auth/link", `{"link":"`+strings.TrimPrefix(second, "/welcome#")+`"}`, 200, "ada@x.example")
	d.ask(owner, "POST", people+"/"+admin.ID+"/end-sessions", `{}`, 204)
	d.ask(administrator, "GET", "/api/v1/auth/account", "", 401) // their session is over
	d.ask(owner, "DELETE", one, "", 204)
	d.ask(owner, "DELETE", one, "", 404, "not_found", "nobody is called "+id)
	d.ask(owner, "PATCH", one, `{"disabled":true}`, 404)
	d.keeps(own.ID, []string{"UserRoleChanged ada@x.example roles=Security Operator, Copilot owner was=Security Reader", "UserDisabled ada@x.example", "UserEnabled ada@x.example",
		"SignInLinkCreated ada@x.example", "UserSessionsEnded admin@x.example", "UserRemoved ada@x.example"}, "roles", "was")

	// The last owner stays, and nobody acts above themselves.
	mine := people + "/" + own.ID
	d.ask(owner, "DELETE", mine, "", 409, "last owner")
	d.ask(owner, "PATCH", mine, `{"disabled":true}`, 409, "last owner")
	d.ask(owner, "PATCH", mine, `{"roles":["Security Reader"]}`, 409, "last owner")
	d.keeps(own.ID, []string{})
	_, administrator = d.person("admin2@x.example", access.SecurityAdministrator)
	d.ask(administrator, "POST", people, `{"upn":"c@x.example","name":"C","roles":["Security Reader"]}`, 403, "manage", "Owner")
	d.ask(administrator, "GET", people, "", 403)
	refused := operationsOf(t, d.h.dir, d.seen)
	if len(refused) != 2 || refused[0].Operation != "AccessDenied" || !strings.Contains(refused[0].Object+refused[0].Details["object"], "POST "+people) {
		t.Errorf("on record is %+v", refused)
	}
	if left := items(t, d.ask(owner, "GET", people, "", 200), "people"); len(left) != 3 {
		t.Errorf("%v", left)
	}
}

func TestTokensByREST(t *testing.T) {
	d := newDesk(t)
	own, owner := d.person("own@x.example", access.Owner)
	ada, reader := d.person("ada@x.example", access.SecurityReader)
	d.seen = len(operationsOf(t, d.h.dir, 0))
	const tokens = "/api/v1/tokens"
	made := d.ask(reader, "POST", tokens, `{"name":" dashboards ","scopes":["read"],"days":30}`, 200)
	token, about := made["token"].(string), made["about"].(map[string]any)
	id := about["id"].(string)
	until, err := time.Parse(time.RFC3339, about["expiresAt"].(string))
	if err != nil || about["name"] != "dashboards" || about["lastUsedAt"] != nil || !strings.HasPrefix(token, "slt_"+id+"_") || time.Until(until).Round(time.Hour) != 30*24*time.Hour {
		t.Errorf("%v, %v", made, err)
	}
	if got := d.kept(ada.ID, "person", "for", "scopes"); len(got) != 1 || got[0] != "TokenCreated "+id+" person=ada@x.example for=dashboards scopes=read" {
		t.Errorf("on record is %q", got)
	}
	// It does what it carries, shows so, and makes no other.
	d.ask(bearer(token), "POST", "/api/v1/query", `{"query":"print 1"}`, 200)
	d.ask(bearer(token), "GET", "/api/v1/sessions", "", 403, "API token of N ada@x.example", "ask")
	d.ask(bearer(token), "POST", tokens, `{"name":"x","scopes":["read"],"days":1}`, 401)
	d.seen = len(operationsOf(t, d.h.dir, 0))
	mine := items(t, d.ask(reader, "GET", tokens, "", 200), "tokens")
	if len(mine) != 1 || mine[0]["id"] != id || mine[0]["lastUsedAt"] == nil || mine[0]["token"] != nil {
		t.Errorf("%v", mine)
	}
	for body, words := range map[string][]string{
		`{"name":"","scopes":["read"],"days":1}`:      {"what the token is for"},
		`{"name":"x","scopes":[],"days":1}`:           {"at least one permission"},
		`{"name":"x","scopes":["fly"],"days":1}`:      {"scopes:", `"fly"`, "readMethods"},
		`{"name":"x","scopes":["read"],"days":0}`:     {"0 days: 1 to 366"},
		`{"name":"x","scopes":["read"],"days":367}`:   {"367 days: 1 to 366"},
		`{"name":"x","scopes":["read"],"days":"two"}`: {"days"},
		`{"name":"x","for":"y"}`:                      {`unknown field "for"`},
	} {
		d.ask(reader, "POST", tokens, body, 400, append(words, "invalid")...)
	}
	d.keeps(ada.ID, []string{})
	d.ask(reader, "POST", tokens, `{"name":"x","scopes":["manage"],"days":1}`, 403, "manage", "Owner")
	d.keeps(ada.ID, []string{"AccessDenied TokenCreated"})

	// Another's is not there, but for the owner.
	owners := d.ask(owner, "POST", tokens, `{"name":"o","scopes":["manage"],"days":1}`, 200)
	other := owners["about"].(map[string]any)["id"].(string)
	d.ask(reader, "DELETE", tokens+"/"+other, "", 404, "not_found")
	d.ask(reader, "GET", "/api/v1/people/tokens", "", 403)
	d.seen = len(operationsOf(t, d.h.dir, 0))
	if all := items(t, d.ask(owner, "GET", "/api/v1/people/tokens", "", 200), "tokens"); len(all) != 2 {
		t.Errorf("%v", all)
	}
	d.ask(bearer(owners["token"].(string)), "DELETE", "/api/v1/people/tokens/"+id, "", 401) // in person only
	d.ask(owner, "DELETE", "/api/v1/people/tokens/"+id, "", 204)
	d.keeps(own.ID, []string{"TokenRemoved " + id + " person=ada@x.example"}, "person")
	d.ask(bearer(token), "POST", "/api/v1/query", `{"query":"print 1"}`, 401)
	d.ask(owner, "DELETE", tokens+"/"+other, "", 204)
	d.ask(owner, "DELETE", tokens+"/"+other, "", 404, "not_found", other)
}

func TestSettingsByREST(t *testing.T) {
	d := newDesk(t)
	own, owner := d.person("own@x.example", access.Owner)
	d.seen = len(operationsOf(t, d.h.dir, 0))
	const one = "/api/v1/settings/clients.maxTime"
	setting := func() map[string]any {
		t.Helper()
		for _, x := range items(t, d.ask(owner, "GET", "/api/v1/settings", "", 200), "settings") {
			if x["name"] == settings.ClientMaxTime {
				return x
			}
		}
		t.Fatal("the setting is not listed")
		return nil
	}
	if all := items(t, d.ask(owner, "GET", "/api/v1/settings", "", 200), "settings"); len(all) != len(settings.All()) {
		t.Errorf("%d settings of %d", len(all), len(settings.All()))
	}
	if x := setting(); x["value"] != "1h0m0s" || x["changedBy"] != nil && x["changedBy"] != "" || !strings.Contains(x["allowed"].(string), "1h") {
		t.Errorf("%v", x)
	}
	for body, words := range map[string][]string{
		`{"value":"5m"}`: {"saw"}, `{"saw":"1h0m0s"}`: {"value, or unset"}, `{"value":"5m","unset":true,"saw":"1h0m0s"}`: {"value, or unset"},
		`{"value":"soon","saw":"1h0m0s"}`: {"clients.maxTime", "soon"}, `{"value":"9h","saw":"1h0m0s"}`: {"clients.maxTime", "1h"}, `{"vlaue":"5m"}`: {`unknown field "vlaue"`},
	} {
		d.ask(owner, "PUT", one, body, 400, append(words, "invalid")...)
	}
	d.ask(owner, "PUT", "/api/v1/settings/clients.maxTiem", `{"value":"5m","saw":""}`, 404, "clients.maxTiem", "clients.maxTime")
	d.keeps(own.ID, []string{})
	if now := d.ask(owner, "PUT", one, `{"value":"5m","saw":"1h0m0s"}`, 200); now["value"] != "5m0s" || now["changedByName"] != "own@x.example" {
		t.Errorf("%v", now)
	}
	// Who saw what is no longer so is told what is, and changes nothing.
	if now := d.ask(owner, "PUT", one, `{"value":"7m","saw":"1h0m0s"}`, 409, "changed"); now["current"].(map[string]any)["value"] != "5m0s" {
		t.Errorf("%v", now)
	}
	if x := setting(); x["value"] != "5m0s" {
		t.Errorf("%v", x)
	}
	if now := d.ask(owner, "PUT", one, `{"unset":true,"saw":"5m0s"}`, 200); now["value"] != "1h0m0s" || now["changedByName"] != nil {
		t.Errorf("%v", now)
	}
	d.keeps(own.ID, []string{"UpdateCopilotSettings clients.maxTime originalValue=1h0m0s newValue=5m0s", "UpdateCopilotSettings clients.maxTime originalValue=5m0s newValue=1h0m0s"},
		"originalValue", "newValue")
	// A token with the permission may too; one without may not.
	for scope, status := range map[string]int{"manage": 200, "read": 403} {
		token := d.ask(owner, "POST", "/api/v1/tokens", `{"name":"x","scopes":["`+scope+`"],"days":1}`, 200)["token"].(string)
		d.ask(bearer(token), "PUT", "/api/v1/settings/queries.maxRows", `{"value":"10","saw":"500000"}`, status)
	}
	if res := d.ask(owner, "POST", "/api/v1/query", `{"query":"range i from 1 to 20 step 1"}`, 200); len(res["rows"].([]any)) != 10 {
		t.Errorf("the setting does not hold: %v", res)
	}
}

func TestRetentionByREST(t *testing.T) {
	d := newDesk(t)
	own, owner := d.person("own@x.example", access.Owner)
	d.seen = len(operationsOf(t, d.h.dir, 0))
	const one = "/api/v1/retention/SigninLogs"
	for body, words := range map[string][]string{
		`{"days":30}`: {"archiveDays"}, `{"archiveDays":1}`: {"give days"}, `{"days":-1,"archiveDays":0}`: {"days"}, `{"days":0,"archiveDays":5}`: {"days"},
		`{"days":9999999,"archiveDays":0}`: {"days"}, `{"days":"x","archiveDays":0}`: {"days"}, `{"day":1}`: {`unknown field "day"`},
	} {
		d.ask(owner, "PUT", one, body, 400, append(words, "invalid")...)
	}
	d.ask(owner, "PUT", "/api/v1/retention/Nothing", `{"days":1,"archiveDays":0}`, 400, "Nothing", ".show tables")
	d.ask(owner, "PUT", "/api/v1/retention/EntraUsers", `{"days":1,"archiveDays":0}`, 400, "EntraUsers")
	d.keeps(own.ID, []string{})
	d.ask(owner, "PUT", one, `{"days":30,"archiveDays":60}`, 204)
	list := items(t, d.ask(owner, "GET", "/api/v1/retention", "", 200), "tables")
	i := slices.IndexFunc(list, func(x map[string]any) bool { return x["table"] == "SigninLogs" })
	if i < 0 || list[i]["days"] != 30.0 || list[i]["archiveDays"] != 60.0 {
		t.Errorf("%v", list)
	}
	d.ask(owner, "PUT", one, `{"days":0,"archiveDays":0}`, 204) // without an end again
	if got := d.kept(own.ID, "retention"); len(got) != 2 || !strings.HasPrefix(got[0], "RetentionSet SigninLogs retention=") || !strings.Contains(got[0], "30 days") || !strings.Contains(got[1], "unlimited") {
		t.Errorf("on record is %q", got)
	}
	if r, err := d.h.ws.Retentions(t.Context()); err != nil || slices.ContainsFunc(r, func(x store.Retention) bool { return x.Days != 0 }) {
		t.Errorf("%v, %v", r, err)
	}
}

// TestWithoutTheTrailNothingIsManagedByREST: what cannot be put on record is not done, and the answer tells nothing of the inside.
func TestWithoutTheTrailNothingIsManagedByREST(t *testing.T) {
	d := newDesk(t)
	_, owner := d.person("own@x.example", access.Owner)
	ada, _ := d.person("ada@x.example", access.SecurityReader)
	if err := d.h.trail.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{
		{"POST", "/api/v1/people", `{"upn":"b@x.example","name":"B","roles":["Owner"]}`}, {"PATCH", "/api/v1/people/" + ada.ID, `{"disabled":true}`}, {"DELETE", "/api/v1/people/" + ada.ID, ""},
		{"POST", "/api/v1/people/" + ada.ID + "/link", `{}`}, {"POST", "/api/v1/people/" + ada.ID + "/end-sessions", `{}`}, {"POST", "/api/v1/tokens", `{"name":"x","scopes":["read"],"days":1}`},
		{"PUT", "/api/v1/settings/clients.maxTime", `{"value":"5m","saw":"1h0m0s"}`}, {"PUT", "/api/v1/retention/SigninLogs", `{"days":3,"archiveDays":0}`},
	} {
		answer := d.ask(owner, c[0], c[1], c[2], 500, "internal")
		if text, _ := json.Marshal(answer); strings.Contains(string(text), d.h.dir) || strings.Contains(string(text), "closed") {
			t.Errorf("%v tells %s", c, text)
		}
	}
	people, err := d.h.state.Accounts(t.Context(), time.Hour, time.Now())
	if err != nil || len(people) != 2 || people[0].Disabled || people[0].Sessions != 1 {
		t.Errorf("%+v, %v", people, err)
	}
	tokens, terr := d.h.state.Tokens(t.Context())
	kept, rerr := d.h.ws.Retentions(t.Context())
	if v, err := d.h.manage.Setting(t.Context(), settings.ClientMaxTime); err != nil || terr != nil || rerr != nil || len(tokens) != 0 || len(kept) != 0 || v.Value != "1h0m0s" {
		t.Errorf("%v, %v, %v: %v, %v, %v", tokens, kept, v, err, terr, rerr)
	}
}

// TestAnotherWayInTakesAFreshProof: whoever finds a browser signed in, longer than 10 minutes after its proof, makes no token, no account,
// no link and no secret with it. That is of the session, and the routes say so themselves.
func TestAnotherWayInTakesAFreshProof(t *testing.T) {
	d := newDesk(t)
	own, owner := d.person("own@x.example", access.Owner)
	other, _ := d.person("other@x.example", access.SecurityReader)
	secret := auth.NewSecret()
	old := time.Now().Add(-11 * time.Minute)
	if _, err := d.h.state.AddSignIn(t.Context(), secret, state.SignIn{Person: own.ID, Method: "password+authenticator", CreatedAt: old, SeenAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour), ProvenAt: old}); err != nil {
		t.Fatal(err)
	}
	left := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sleuth_session", Value: secret}) }
	d.seen = len(operationsOf(t, d.h.dir, 0))
	bodies := map[string]string{
		"POST /api/v1/people":                     `{"upn":"b@x.example","name":"B","roles":["Owner"]}`,
		"PATCH /api/v1/people/{id}":               `{"roles":["Owner"]}`,
		"POST /api/v1/people/{id}/link":           `{}`,
		"POST /api/v1/tokens":                     `{"name":"x","scopes":["read"],"days":1}`,
		"PUT /api/v1/settings/secrets/{name}":     `{"value":"long enough a secret"}`,
		"PUT /api/v1/plugins/{id}/secrets/{name}": `{"value":"a secret"}`,
	}
	asked := 0
	for _, r := range restServer(d.h, newAuth(d.h, clientDefaults("x"), nil, slog.New(slog.DiscardHandler)), nil, time.Now, nil, slog.New(slog.DiscardHandler)).Routes() {
		body, listed := bodies[r.Pattern]
		if r.Needs.Lately != listed {
			t.Errorf("%s: fresh proof %t, and listed here %t", r.Pattern, r.Needs.Lately, listed)
		}
		if !r.Needs.Lately {
			continue
		}
		asked++
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{id}", other.ID, "{name}", "oidc.clientSecret").Replace(path)
		d.ask(left, method, path, body, 403, "proof: ", "more than 10 minutes ago")
		if !strings.HasSuffix(r.Needs.String(), ", proved lately") {
			t.Errorf("%s: %s", r.Pattern, r.Needs)
		}
	}
	if asked != len(bodies) {
		t.Errorf("%d of %d routes", asked, len(bodies))
	}
	for _, x := range settings.All() { // those that decide who gets in too
		if x.InPerson {
			d.ask(left, "PUT", "/api/v1/settings/"+x.Name, `{"value":`+strconv.Quote(x.Default)+`,"saw":`+strconv.Quote(x.Default)+`}`, 403, "proof: ")
			asked++
		}
	}
	if asked < len(bodies)+3 {
		t.Errorf("%d ways in were tried", asked)
	}
	d.keeps(own.ID, []string{}) // nothing came of it
	d.ask(left, "GET", "/api/v1/people", "", 200)
	d.ask(owner, "POST", "/api/v1/people/"+other.ID+"/link", `{}`, 200) // with a fresh one it goes on
}

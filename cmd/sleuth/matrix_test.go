package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/loganalytics"
	"github.com/sleuth-sec/sleuth/server/mcp"
	"github.com/sleuth-sec/sleuth/state"
)

// rules is what every address asks of who calls it, written out: a new address, or another rule, has to be entered here on
// purpose. "anyone" needs no sign-in, "known" any, "in person" a signed-in browser, "proved lately" one whose last proof is fresh; all others are permissions.
var rules = map[string]string{
	"GET /{$}":                                        "known",
	"GET /sessions/{id}":                              "known",
	"GET /account":                                    "known",
	"GET /settings":                                   "known",
	"GET /settings/{section}":                         "known",
	"GET /signin":                                     "anyone",
	"GET /welcome":                                    "anyone",
	"GET /assets/":                                    "anyone",
	"GET /api/v1/workspace":                           "read",
	"GET /api/v1/starters":                            "known",
	"GET /api/v1/sessions":                            "ask",
	"GET /api/v1/sessions/{id}":                       "ask",
	"PATCH /api/v1/sessions/{id}":                     "ask",
	"DELETE /api/v1/sessions/{id}":                    "ask",
	"POST /api/v1/sessions/{id}/prompts":              "ask",
	"POST /api/v1/query":                              "read",
	"/":                                               "known",
	"GET /api/v1/auth":                                "anyone",
	"POST /api/v1/auth/signin":                        "anyone",
	"POST /api/v1/auth/signout":                       "anyone",
	"POST /api/v1/auth/link":                          "anyone",
	"POST /api/v1/auth/welcome":                       "anyone",
	"GET /api/v1/auth/provider":                       "anyone",
	"GET /api/v1/auth/provider/callback":              "anyone",
	"POST /api/v1/auth/password":                      "in person",
	"GET /api/v1/roles":                               "known",
	"GET /api/v1/people":                              "manage",
	"POST /api/v1/people":                             "in person, manage, proved lately",
	"PATCH /api/v1/people/{id}":                       "in person, manage, proved lately",
	"DELETE /api/v1/people/{id}":                      "in person, manage",
	"POST /api/v1/people/{id}/link":                   "in person, manage, proved lately",
	"POST /api/v1/people/{id}/end-sessions":           "in person, manage",
	"GET /api/v1/tokens":                              "in person",
	"POST /api/v1/tokens":                             "in person, proved lately",
	"DELETE /api/v1/tokens/{id}":                      "in person",
	"GET /api/v1/people/tokens":                       "manage",
	"DELETE /api/v1/people/tokens/{id}":               "in person, manage",
	"GET /api/v1/settings":                            "manage",
	"PUT /api/v1/settings/{name}":                     "manage",
	"PUT /api/v1/settings/secrets/{name}":             "in person, manage, proved lately",
	"DELETE /api/v1/settings/secrets/{name}":          "in person, manage",
	"GET /api/v1/usage":                               "readUses",
	"GET /api/v1/retention":                           "manage",
	"PUT /api/v1/retention/{table}":                   "manage",
	"GET /api/v1/plugins":                             "ask",
	"POST /api/v1/plugins":                            "author",
	"POST /api/v1/plugins/check":                      "author",
	"GET /api/v1/plugins/{id}":                        "ask",
	"PATCH /api/v1/plugins/{id}":                      "author",
	"DELETE /api/v1/plugins/{id}":                     "author",
	"PUT /api/v1/plugins/{id}/secrets/{name}":         "in person, author, proved lately",
	"GET /api/v1/promptbooks":                         "ask",
	"POST /api/v1/promptbooks":                        "author",
	"GET /api/v1/promptbooks/{id}":                    "ask",
	"DELETE /api/v1/promptbooks/{id}":                 "author",
	"POST /api/v1/promptbooks/{id}/run":               "ask",
	"POST /api/v1/auth/factor":                        "anyone",
	"POST /api/v1/auth/passkey/begin":                 "anyone",
	"POST /api/v1/auth/passkey":                       "anyone",
	"POST /api/v1/auth/enrol/authenticator":           "anyone",
	"POST /api/v1/auth/enrol/authenticator/confirm":   "anyone",
	"POST /api/v1/auth/enrol/passkeys/begin":          "anyone",
	"POST /api/v1/auth/enrol/passkeys":                "anyone",
	"GET /api/v1/auth/account":                        "in person",
	"POST /api/v1/auth/account/proof":                 "in person",
	"POST /api/v1/auth/account/proof/passkey/begin":   "in person",
	"POST /api/v1/auth/account/proof/passkey":         "in person",
	"POST /api/v1/auth/account/authenticator":         "in person",
	"POST /api/v1/auth/account/authenticator/confirm": "in person",
	"DELETE /api/v1/auth/account/authenticator":       "in person",
	"POST /api/v1/auth/account/passkeys/begin":        "in person",
	"POST /api/v1/auth/account/passkeys":              "in person",
	"DELETE /api/v1/auth/account/passkeys/{id}":       "in person",
	"POST /api/v1/auth/account/recovery-codes":        "in person",
	"DELETE /api/v1/auth/account/signins/{id}":        "in person",
	"DELETE /api/v1/auth/account/signins":             "in person",
	"kusto GET /v1/rest/auth/metadata":                "anyone",
	"kusto POST /v1/rest/mgmt":                        "read",
	"kusto POST /v1/rest/query":                       "read",
	"kusto POST /v2/rest/query":                       "read",
	"kusto /":                                         "anyone", // says that there is nothing
	"logs GET /v1/workspaces/{id}/query":              "read",
	"logs POST /v1/workspaces/{id}/query":             "read",
	"logs GET /v1/workspaces/{id}/metadata":           "read",
	"logs POST /v1/workspaces/{id}/metadata":          "read",
	"mcp POST /mcp":                                   "ask",
	"logs POST /v1/$batch":                            "known", // each query of a batch is judged by itself
}

// bodies are what addresses take, where {} is not enough to get past the reading of it.
var bodies = map[string]string{
	"POST /api/v1/query":                  `{"query":"print 1"}`,
	"POST /api/v1/sessions/{id}/prompts":  `{"prompt":"hello"}`,
	"PATCH /api/v1/sessions/{id}":         `{"title":"t"}`,
	"kusto POST /v1/rest/mgmt":            `{"db":"Workspace","csl":".show databases"}`,
	"kusto POST /v1/rest/query":           `{"db":"Workspace","csl":"print 1"}`,
	"kusto POST /v2/rest/query":           `{"db":"Workspace","csl":"print 1"}`,
	"logs POST /v1/workspaces/{id}/query": `{"query":"print 1"}`,
	"logs POST /v1/$batch":                `{"requests":[]}`,
	"mcp POST /mcp":                       `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`,
}

// permissionOf is a rule without the wish for a fresh proof, which all browsers here have.
func permissionOf(rule string) string { return strings.TrimSuffix(rule, ", proved lately") }

// caller is a way to send a request, and what it may do.
type caller struct {
	name     string
	browser  bool
	may      func(rule string) bool
	identify func(r *http.Request)
}

// TestEveryRouteByEveryRole asks every address in the name of every role, by a browser and by a token, and of nobody.
func TestEveryRouteByEveryRole(t *testing.T) {
	h, err := openHouse(t.Context(), filepath.Join(t.TempDir(), "d"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	a := &app{stdout: &strings.Builder{}, stderr: &strings.Builder{}, cwd: "."}
	f := clientDefaults("192.0.2.7:7777") // not on loopback: no start token
	who := newAuth(h, f, &auth.Provider{Name: "Test", Issuer: "http://127.0.0.1:1"}, a.logger())
	front, _, err := a.front(h, f, who, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	patterns := allPatterns(t, a, h, f, who)
	for _, c := range append(callers(t, h), halfSignedIn(t, h, who, front)...) {
		for _, p := range patterns {
			may := c.may(rules[p])
			if c.browser && ofPrograms.MatchString(p) {
				may = rules[p] == "anyone" // these take tokens only, so that no page can use a signed-in browser for them
			}
			got := request(front, c, p)
			refused := got.Code == http.StatusUnauthorized || got.Code == http.StatusForbidden ||
				got.Code == http.StatusSeeOther && strings.HasPrefix(got.Header().Get("Location"), "/signin?next=")
			// What only a wrong password, link or body makes 401 or 403 is no refusal of the rule.
			if rules[p] == "anyone" || permissionOf(rules[p]) == "in person" && may {
				refused = refused && !strings.Contains(got.Body.String(), "password") && !strings.Contains(got.Body.String(), `"code":"wrong"`)
			}
			if refused == may {
				t.Errorf("%s, %s (%s): %d %s", c.name, p, rules[p], got.Code, cut(got.Body.String(), 200))
			}
		}
	}
}

// allPatterns are the addresses as the services declare them, each of which must stand in rules.
func allPatterns(t *testing.T, a *app, h *house, f serveFlags, who *auth.Service) []string {
	t.Helper()
	var out []string
	for _, r := range restServer(h, who, nil, time.Now, nil, a.logger()).Routes() {
		if want := rules[r.Pattern]; want != r.Needs.String() || want == "nobody" {
			t.Errorf("%s asks for %q, the table says %q", r.Pattern, r.Needs, want)
		}
		out = append(out, r.Pattern)
	}
	k, _ := clientServices(h, f, who, time.Now, "Workspace", a.logger())
	for _, p := range k.Patterns() {
		out = append(out, "kusto "+p)
	}
	for _, p := range loganalytics.Patterns() {
		out = append(out, "logs "+p)
	}
	for _, p := range mcp.Patterns() {
		out = append(out, "mcp "+p)
	}
	for _, p := range out {
		if rules[p] == "" {
			t.Errorf("%s has no rule in the table", p)
		}
	}
	if len(out) != len(rules) {
		t.Errorf("%d addresses, %d rules: one of the table is gone", len(out), len(rules))
	}
	return out
}

// callers are nobody, somebody with a wrong token, and for every role a token of all permissions, a browser, and one signed in with a
// password alone, which is not enough by default.
func callers(t *testing.T, h *house) []caller {
	t.Helper()
	now := time.Now()
	nobody := func(rule string) bool { return rule == "anyone" }
	out := []caller{
		{"nobody", false, nobody, func(*http.Request) {}},
		{"a wrong token", false, nobody, func(r *http.Request) { r.Header.Set("Authorization", "Bearer slt_000000000000_x") }},
	}
	for _, role := range append(access.Roles(), "") {
		person := state.Person{UPN: "p-" + string(role), Name: "P"}
		if role != "" {
			person.Roles = []access.Role{role}
		}
		p, err := h.state.AddPerson(t.Context(), person, now)
		if err != nil {
			t.Fatal(err)
		}
		id, token := auth.NewToken()
		if err := h.state.AddToken(t.Context(), token, state.Token{ID: id, Person: p.ID, Scopes: access.Permissions(), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		holds := func(rule string) bool {
			return rule == "anyone" || rule == "known" || slices.Contains(role.Permissions(), access.Permission(rule))
		}
		// A fresh session each time: signing out is one of the addresses.
		browser := func(method string) func(*http.Request) {
			return func(r *http.Request) {
				secret := auth.NewSecret()
				if _, err := h.state.AddSignIn(r.Context(), secret, state.SignIn{Person: p.ID, Method: method, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), ProvenAt: now}); err != nil {
					t.Error(err)
				}
				r.AddCookie(&http.Cookie{Name: "sleuth_session", Value: secret})
			}
		}
		out = append(out,
			caller{"a token of " + string(role), false, holds, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }},
			caller{"a browser of " + string(role), true, func(rule string) bool {
				return holds(strings.TrimPrefix(permissionOf(rule), "in person, ")) || permissionOf(rule) == "in person"
			}, browser("password+authenticator")},
			caller{"a browser of " + string(role) + " with one factor, where two are required", true, nobody, browser("password")})
	}
	return out
}

// halfSignedIn are people whose password was right, and who have no session yet: one has a second factor, one has to add it.
func halfSignedIn(t *testing.T, h *house, who *auth.Service, front *server.Front) []caller {
	t.Helper()
	const password = "four plain words in a row"
	hash, err := who.HashPassword(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	var out []caller
	for _, next := range []string{"factor", "enrol"} {
		p, err := h.state.AddPerson(t.Context(), state.Person{UPN: next, Name: "Half", Roles: []access.Role{access.Owner}, Password: hash}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if next == "factor" {
			if err := h.state.SetAuthenticator(t.Context(), p.ID, 0, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		r := httptest.NewRequest("POST", "http://localhost:7777/api/v1/auth/signin", strings.NewReader(`{"upn":"`+p.UPN+`","password":"`+password+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if w.Code != http.StatusOK || len(cookies) != 1 || cookies[0].Name != "sleuth_step" || !strings.Contains(w.Body.String(), `"next":"`+next+`"`) {
			t.Fatalf("%s: %d %s %v", next, w.Code, w.Body, cookies)
		}
		for _, name := range []string{"sleuth_step", "sleuth_session", "sleuth_start"} {
			out = append(out, caller{"half signed in, " + next + ", as " + name, true, func(rule string) bool { return rule == "anyone" }, func(r *http.Request) {
				r.AddCookie(&http.Cookie{Name: name, Value: cookies[0].Value})
			}})
		}
		out = append(out, caller{"half signed in, " + next + ", as a token", false, func(rule string) bool { return rule == "anyone" }, func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+cookies[0].Value)
		}})
	}
	return out
}

// ofPrograms begins the addresses of the services of programs, which take a token and never a cookie.
var ofPrograms = regexp.MustCompile(`^(kusto|logs|mcp) `)

func request(front *server.Front, c caller, pattern string) *httptest.ResponseRecorder {
	method, path, ok := strings.Cut(ofPrograms.ReplaceAllString(pattern, ""), " ")
	if !ok {
		method, path = "GET", "/nowhere"
		if strings.HasPrefix(pattern, "kusto ") {
			path = "/v1/rest/nowhere"
		}
	}
	path = strings.NewReplacer("{$}", "", "{id}", "s-1", "{section}", "people", "{name}", "clients.maxTime", "{table}", "SigninLogs").Replace(path)
	body := bodies[pattern]
	if body == "" && method != "GET" {
		body = "{}"
	}
	if method == "GET" && strings.HasSuffix(path, "/query") {
		path += "?query=print+1"
	}
	r := httptest.NewRequest(method, "http://localhost:7777"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	c.identify(r)
	w := httptest.NewRecorder()
	front.ServeHTTP(w, r)
	return w
}

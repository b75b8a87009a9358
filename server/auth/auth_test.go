package auth

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/state"
)

const good = "four plain words in a row"

// kit is a service on an empty store, with a clock that stands still, and what it recorded.
type kit struct {
	t       *testing.T
	s       *Service
	store   *state.Store
	dir     string // of the store
	now     time.Time
	entries []audit.Entry
	meets   func() // called wherever the clock is asked or something is recorded: another request may come there; nil is none
	full    bool   // the audit trail cannot be written
	must    bool   // a second factor is required
}

func newKit(t *testing.T, start Start) *kit {
	t.Helper()
	dir := t.TempDir()
	store, err := state.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	box, err := secret.Open(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t: t, store: store, dir: dir, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	k.s = New(Config{Store: store, Now: func() time.Time { k.meet(); return k.now }, Logger: slog.New(slog.DiscardHandler), Start: start,
		Secrets: secret.NewStore(box, store), SecondFactor: func(context.Context) (bool, error) { return k.must, nil },
		Words: func(context.Context) ([]string, error) { return []string{"Woodgrove Bank"}, nil }, Names: []string{"192.0.2.7", "sleuth.example"},
		Record: func(_ context.Context, e audit.Entry) error {
			if k.full {
				return errors.New("disk full")
			}
			k.entries = append(k.entries, e)
			k.meet()
			return nil
		}})
	k.s.cost = cost{1, 8, 1} // the same code, without the work
	return k
}

func (k *kit) meet() {
	if k.meets != nil {
		k.meets()
	}
}

// person adds somebody whose password is good.
func (k *kit) person(upn string, roles ...access.Role) state.Person {
	k.t.Helper()
	hash, err := k.s.HashPassword(k.t.Context(), good)
	if err != nil {
		k.t.Fatal(err)
	}
	p, err := k.store.AddPerson(k.t.Context(), state.Person{UPN: upn, Name: upn, Roles: roles, Password: hash}, k.now)
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}

// post sends a body to a route as the rules let it, with the cookies given.
func (k *kit) post(path string, body any, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	k.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	return k.send("POST", path, string(text), cookies...)
}

// send sends a request to sleuth.example over TLS.
func (k *kit) send(method, path, text string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequest(method, "https://sleuth.example"+path, strings.NewReader(text))
	r.TLS = &tls.ConnectionState{}
	r.RemoteAddr = "192.0.2.1:4000"
	r.Header.Set("User-Agent", "Test/1")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return k.serve(r)
}

func (k *kit) serve(r *http.Request) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	for _, route := range k.s.Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			var who *Identity
			if id, err := k.s.Identify(r); err == nil {
				who = &id
			}
			if err := route.Needs.Check(who); err != nil {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			route.Handle(w, r)
		})
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func (k *kit) signIn(upn, password string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	k.t.Helper()
	return k.post("/api/v1/auth/signin", map[string]string{"upn": upn, "password": password}, cookies...)
}

func cookieOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Value != "" && c.Name != "__Host-sleuth_step" {
			return c
		}
	}
	t.Fatalf("no cookie: %d %s", w.Code, w.Body)
	return nil
}

// who identifies a request over TLS with these cookies.
func (k *kit) who(cookies ...*http.Cookie) (Identity, error) {
	r := httptest.NewRequest("GET", "https://sleuth.example/", nil)
	r.TLS = &tls.ConnectionState{}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return k.s.Identify(r)
}

func (k *kit) operations() string {
	var out []string
	for _, e := range k.entries {
		out = append(out, e.Operation)
	}
	return strings.Join(out, " ")
}

func TestTheLinkMakesTheOwnerOnce(t *testing.T) {
	k := newKit(t, StartNever)
	if err := k.store.AddLink(t.Context(), "L", "", k.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if w := k.post("/api/v1/auth/link", map[string]string{"link": "L"}); w.Code != 200 || !strings.Contains(w.Body.String(), `"first":true`) {
		t.Errorf("the link is for %s", w.Body)
	}
	for _, bad := range []map[string]string{
		{"link": "L", "upn": "own@x.example", "name": "Own", "password": "short"},
		{"link": "L", "upn": "own@x.example", "name": "Own", "password": strings.Repeat("x", 20)},
		{"link": "L", "upn": "", "name": "Own", "password": good},
		{"link": "L", "upn": "a b", "name": "Own", "password": good},
		{"link": "L", "upn": "own.of.this@x.example", "name": "Own", "password": "Own.of.this@x.example"},
	} {
		if w := k.post("/api/v1/auth/welcome", bad); w.Code != 400 {
			t.Errorf("%v: %d %s", bad, w.Code, w.Body)
		}
	}
	ok := map[string]string{"link": "L", "upn": "own@x.example", "name": "Own", "password": good}
	w := k.post("/api/v1/auth/welcome", ok)
	c := cookieOf(t, w)
	if w.Code != 204 || c.Name != "__Host-sleuth" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || len(c.Value) != 43 {
		t.Errorf("%d, cookie %+v", w.Code, c)
	}
	id, err := k.who(c)
	if err != nil || id.Principal.UPN != "own@x.example" || !slices.Equal(id.Principal.Roles, []access.Role{access.Owner}) || id.By != "link" {
		t.Errorf("%+v, %v", id, err)
	}
	if w := k.post("/api/v1/auth/welcome", ok); w.Code != http.StatusGone {
		t.Errorf("used twice: %d %s", w.Code, w.Body)
	}
	if got := k.operations(); got != "OwnerCreated UserLoggedIn" {
		t.Errorf("recorded %s", got)
	}
	if d := k.entries[1].Details; d["clientIP"] != "192.0.2.1" || d["method"] != "link" || d["userAgent"] != "Test/1" {
		t.Errorf("details %v", d)
	}
}

func TestAFailureNeverTellsWhy(t *testing.T) {
	k := newKit(t, StartNever)
	k.person("own@x.example", access.Owner)
	off := k.person("off@x.example", access.SecurityReader)
	if err := k.store.SetDisabled(t.Context(), off.ID, true, k.now); err != nil {
		t.Fatal(err)
	}
	if _, err := k.store.AddPerson(t.Context(), state.Person{UPN: "new@x.example", Name: "No password yet"}, k.now); err != nil {
		t.Fatal(err)
	}
	first := ""
	for _, c := range []struct{ upn, password, reason string }{
		{"own@x.example", "not the password", "wrong proof"},
		{"own@x.example", "", "wrong proof"},
		{"nobody@x.example", good, "no such account"},
		{"my secret typed in the wrong field", good, "no such account"},
		{off.UPN, good, "the account is disabled"},
		{off.ID, good, "no such account"},
		{"new@x.example", "", "wrong proof"},
	} {
		k.entries = nil
		w := k.signIn(c.upn, c.password)
		text := w.Body.String()
		if first == "" {
			first = text
		}
		if w.Code != 401 || text != first || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d %s", c.upn, w.Code, text)
		}
		if len(k.entries) != 1 || k.entries[0].Operation != "UserLoginFailed" || k.entries[0].Details["reason"] != c.reason {
			t.Errorf("%s: recorded %+v", c.upn, k.entries)
		}
		if all, _ := json.Marshal(k.entries); strings.Contains(string(all), "wrong field") || strings.Contains(string(all), good) {
			t.Errorf("what was typed is on record: %s", all)
		}
	}
}

func TestTriesAreLockedWhetherTheAccountExistsOrNot(t *testing.T) {
	k := newKit(t, StartNever)
	k.person("own@x.example", access.Owner)
	var log strings.Builder
	k.s.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	seen := map[string][]int{}
	for _, upn := range []string{"own@x.example", "nobody@x.example"} {
		for range 7 {
			w := k.signIn(upn, "wrong")
			seen[upn] = append(seen[upn], w.Code)
			if w.Code == 429 && w.Header().Get("Retry-After") != "30" {
				t.Errorf("retry after %s", w.Header().Get("Retry-After"))
			}
		}
	}
	if want := []int{401, 401, 401, 401, 401, 429, 429}; !slices.Equal(seen["own@x.example"], want) || !slices.Equal(seen["nobody@x.example"], want) {
		t.Errorf("%v", seen)
	}
	if got := log.String(); strings.Count(got, "while the name or the address is locked") != 4 || !strings.Contains(got, "clientIP=192.0.2.1") || strings.Contains(got, "nobody@") {
		t.Errorf("the log says %s", got)
	}
	if w := k.signIn("OWN@x.example", good); w.Code != 429 {
		t.Errorf("the right password in other letters while locked: %d", w.Code)
	}
	k.now = k.now.Add(31 * time.Second)
	if w := k.signIn("own@x.example", good); w.Code != 204 {
		t.Errorf("after the wait: %d %s", w.Code, w.Body)
	}
	if w := k.signIn("own@x.example", "wrong"); w.Code != 401 {
		t.Errorf("a success did not clear the count: %d", w.Code)
	}
}

func TestOneAddressCannotTryManyNames(t *testing.T) {
	if forAddress(49) != 0 || forAddress(50) != 30*time.Second || forAddress(1000) != time.Hour || forAccount(4) != 0 || forAccount(100) != 15*time.Minute {
		t.Errorf("waits %s %s %s %s %s", forAddress(49), forAddress(50), forAddress(1000), forAccount(4), forAccount(100))
	}
	k := newKit(t, StartNever)
	for range 50 { // as many failures, without the work of each
		if _, err := k.store.Attempt(t.Context(), k.now, map[string]state.Backoff{"address 192.0.2.1": forAddress}); err != nil {
			t.Fatal(err)
		}
	}
	if w := k.signIn("somebody@x.example", "wrong"); w.Code != 429 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSignInRotatesAndSignOutEnds(t *testing.T) {
	k := newKit(t, StartNever)
	k.person("own@x.example", access.Owner)
	planted := &http.Cookie{Name: "__Host-sleuth", Value: NewSecret()}
	a := cookieOf(t, k.signIn("own@x.example", good, planted))
	if a.Value == planted.Value {
		t.Error("the browser's own value became the session")
	}
	b := cookieOf(t, k.signIn("own@x.example", good, a))
	if _, err := k.who(a); !errors.Is(err, ErrNobody) {
		t.Errorf("the session before goes on: %v", err)
	}
	if _, err := k.who(b); err != nil {
		t.Error(err)
	}
	if w := k.post("/api/v1/auth/signout", map[string]string{}, b); w.Code != 204 {
		t.Errorf("sign out: %d", w.Code)
	}
	if _, err := k.who(b); !errors.Is(err, ErrNobody) {
		t.Errorf("signed out and still in: %v", err)
	}
	if got := k.operations(); got != "UserLoggedIn UserLoggedIn UserLoggedOut" {
		t.Errorf("recorded %s", got)
	}
}

func TestNothingHappensWithoutItsEntry(t *testing.T) {
	k := newKit(t, StartNever)
	k.person("own@x.example", access.Owner)
	c := cookieOf(t, k.signIn("own@x.example", good))
	if err := k.store.AddLink(t.Context(), "L", "", k.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	k.full = true
	for what, w := range map[string]*httptest.ResponseRecorder{
		"sign in":         k.signIn("own@x.example", good),
		"failed sign in":  k.signIn("own@x.example", "wrong"),
		"sign out":        k.post("/api/v1/auth/signout", map[string]string{}, c),
		"change password": k.post("/api/v1/auth/password", map[string]string{"current": good, "password": "five other plain words"}, c),
	} {
		if w.Code != 500 || len(w.Result().Cookies()) > 0 || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	if _, err := k.who(c); err != nil {
		t.Errorf("the session ended: %v", err)
	}
	k.full = false
	if w := k.signIn("own@x.example", good); w.Code != 204 {
		t.Errorf("the password changed: %d", w.Code)
	}
}

func TestChangingThePasswordEndsOtherSessions(t *testing.T) {
	k := newKit(t, StartNever)
	k.person("own@x.example", access.Owner)
	here, there := cookieOf(t, k.signIn("own@x.example", good)), cookieOf(t, k.signIn("own@x.example", good))
	if w := k.post("/api/v1/auth/password", map[string]string{"current": "wrong", "password": "five other plain words"}, here); w.Code != 401 {
		t.Errorf("without the current one: %d", w.Code)
	}
	after := cookieOf(t, k.post("/api/v1/auth/password", map[string]string{"current": good, "password": "five other plain words"}, here))
	for _, c := range []*http.Cookie{here, there} {
		if _, err := k.who(c); !errors.Is(err, ErrNobody) {
			t.Errorf("a session from before goes on: %v", err)
		}
	}
	if _, err := k.who(after); err != nil {
		t.Error(err)
	}
	if w := k.signIn("own@x.example", good); w.Code != 401 {
		t.Errorf("the old password: %d", w.Code)
	}
	if w := k.signIn("own@x.example", "five other plain words"); w.Code != 204 {
		t.Errorf("the new password: %d", w.Code)
	}
}

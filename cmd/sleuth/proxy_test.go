package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/state"
)

// The audit trail and the lock on an address take the address from a proxy that is trusted, and from nobody else.
func TestTheAddressOnRecordIsNotTheOneClaimed(t *testing.T) {
	h, err := openHouse(t.Context(), filepath.Join(t.TempDir(), "d"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	a := &app{stdout: &strings.Builder{}, stderr: &strings.Builder{}, cwd: "."}
	f := clientDefaults("192.0.2.7:7777")
	f.proxies = []string{"10.0.0.0/8"}
	front, _, err := a.front(h, f, newAuth(h, f, nil, a.logger()), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	try := func(peer, forwarded, name string) int {
		r := httptest.NewRequest("POST", "http://localhost:7777/api/v1/auth/signin", strings.NewReader(fmt.Sprintf(`{"upn":%q,"password":"x"}`, name)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", forwarded)
		r.RemoteAddr = peer + ":4000"
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		return w.Code
	}
	try("203.0.113.9", "1.1.1.1", "a@x.example")
	try("10.0.0.1", "1.1.1.1, 198.51.100.1", "b@x.example")
	var got []string
	if err := audit.Read(filepath.Join(h.dir, auditDir), func(e audit.Entry) bool {
		if e.Operation == "UserLoginFailed" {
			got = append(got, e.Details["clientIP"])
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[203.0.113.9 198.51.100.1]" {
		t.Errorf("on record are %v", got)
	}
	// So does what somebody does who is known, with who it was.
	p, err := h.state.AddPerson(t.Context(), state.Person{UPN: "ada@x.example", Name: "Ada", Roles: []access.Role{access.SecurityReader}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	id, token := auth.NewToken()
	if err := h.state.AddToken(t.Context(), token, state.Token{ID: id, Person: p.ID, Scopes: access.Permissions(), CreatedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	began := time.Now().Add(-time.Second)
	r := httptest.NewRequest("POST", "http://localhost:7777/api/v1/query", strings.NewReader(`{"query":"print 1"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("X-Forwarded-For", "198.51.100.3")
	r.RemoteAddr = "10.0.0.1:4000"
	w := httptest.NewRecorder()
	front.ServeHTTP(w, r)
	n := 0
	if err := audit.Read(filepath.Join(h.dir, auditDir), func(e audit.Entry) bool {
		if e.Operation == "QueryRun" {
			n++
			if e.Principal != p.ID || e.Details["userPrincipalName"] != p.UPN || e.Details["clientIP"] != "198.51.100.3" || e.Details["role"] != "Security Reader" || e.Time.Before(began) {
				t.Errorf("on record is %+v", e)
			}
		}
		return true
	}); err != nil || w.Code != http.StatusOK || n != 1 {
		t.Errorf("%d %s, %d entries, %v", w.Code, w.Body, n, err)
	}
	// Fifty failures lock the address, whatever else the client claims; others behind the same proxy go on.
	code := 0
	for i := range 60 {
		code = try("10.0.0.1", fmt.Sprintf("10.9.9.9, 7.7.7.%d, 198.51.100.1", i), fmt.Sprintf("n%d@x.example", i))
	}
	if code != http.StatusTooManyRequests {
		t.Errorf("after 60 failures of one address: %d", code)
	}
	if code := try("10.0.0.1", "198.51.100.2", "c@x.example"); code != http.StatusUnauthorized {
		t.Errorf("another address behind the same proxy: %d", code)
	}
}

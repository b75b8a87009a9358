package auth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/state"
)

func TestFactorsAreChangedByWhoHasProvedLately(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	app := k.withApp(p)
	in := cookieOf(t, k.factor(k.code(app), stepOf(t, k.signIn(p.UPN, good))))
	k.now = k.now.Add(fresh)
	for _, route := range []string{"POST authenticator", "POST authenticator/confirm", "DELETE authenticator", "POST passkeys/begin", "POST passkeys", "DELETE passkeys/eA",
		"POST recovery-codes", "DELETE signins/x", "DELETE signins"} {
		method, path, _ := strings.Cut(route, " ")
		if w := k.send(method, "/api/v1/auth/account/"+path, "{}", in); w.Code != 403 || !strings.Contains(w.Body.String(), `"proof"`) {
			t.Errorf("%s ten minutes after signing in: %d %s", route, w.Code, w.Body)
		}
	}
	prove := func(password, code string, c *http.Cookie) (int, *http.Cookie) {
		t.Helper()
		w := k.post("/api/v1/auth/account/proof", map[string]string{"password": password, "code": code}, c)
		if w.Code != 200 {
			return w.Code, nil
		}
		return w.Code, cookieOf(t, w)
	}
	for what, c := range map[string][2]string{"a wrong password": {"wrong", k.code(app)}, "no code": {good, ""}, "a wrong code": {good, "000000"}} {
		if code, _ := prove(c[0], c[1], in); code != 401 {
			t.Errorf("%s: %d", what, code)
		}
	}
	code, after := prove(good, k.code(app), in)
	if code != 200 {
		t.Fatalf("proof: %d", code)
	}
	if _, err := k.who(in); !errors.Is(err, ErrNobody) {
		t.Errorf("the secret of the session stays after a proof: %v", err)
	}
	if w := k.post("/api/v1/auth/account/recovery-codes", map[string]string{}, after); w.Code != 200 || len(body(t, w)["recoveryCodes"].([]any)) != 10 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if code, _ := prove(good, k.code(app), after); code != 401 {
		t.Errorf("the same code again: %d", code)
	}
	// A proof of one session is none of another.
	k.now = k.now.Add(time.Minute)
	there := cookieOf(t, k.factor(k.code(app), stepOf(t, k.signIn(p.UPN, good))))
	k.now = k.now.Add(fresh - time.Second)
	if w := k.send("DELETE", "/api/v1/auth/account/signins", "", after); w.Code != 403 {
		t.Errorf("%d", w.Code)
	}
	if w := k.send("DELETE", "/api/v1/auth/account/signins", "", there); w.Code != 200 || body(t, w)["ended"] != 1.0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if _, err := k.who(after); !errors.Is(err, ErrNobody) {
		t.Errorf("the other session goes on: %v", err)
	}
}

func TestChangesOfFactorsEndOtherSessions(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	in := cookieOf(t, k.signIn(p.UPN, good))
	other := func() *http.Cookie {
		c := NewSecret()
		if _, err := k.store.AddSignIn(t.Context(), c, state.SignIn{Person: p.ID, Method: "password", ClientIP: "192.0.2.9", CreatedAt: k.now, SeenAt: k.now, ExpiresAt: k.now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		return &http.Cookie{Name: "__Host-sleuth", Value: c}
	}
	ends := func(what string, do func() map[string]any) {
		t.Helper()
		there := other()
		got := do()
		if got["ended"] != 1.0 {
			t.Errorf("%s: %v", what, got)
		}
		if _, err := k.who(there); !errors.Is(err, ErrNobody) {
			t.Errorf("%s: another session goes on: %v", what, err)
		}
		if _, err := k.who(in); err != nil {
			t.Fatalf("%s: this session ended", what)
		}
		if e := k.entries[len(k.entries)-1]; what != "another password" && (e.Operation != "SignInSessionEnded" || e.Details["sessions"] != "1") {
			t.Errorf("%s: recorded %+v", what, e)
		}
	}
	ph := newPhone(k)
	ends("a passkey", func() map[string]any { return body(t, ph.add(in, "Phone")) })
	var app string
	ends("an authenticator", func() map[string]any {
		app = body(t, k.post("/api/v1/auth/account/authenticator", map[string]string{}, in))["secret"].(string)
		return body(t, k.post("/api/v1/auth/account/authenticator/confirm", map[string]string{"code": k.code(app)}, in))
	})
	ends("recovery codes", func() map[string]any {
		return body(t, k.post("/api/v1/auth/account/recovery-codes", map[string]string{}, in))
	})
	ends("no authenticator", func() map[string]any {
		return body(t, k.send("DELETE", "/api/v1/auth/account/authenticator", "", in))
	})
	if has, err := k.s.cfg.Secrets.Has(t.Context(), state.AuthenticatorSecret(p.ID)); err != nil || has {
		t.Errorf("its secret stays: %v", err)
	}
	list := body(t, k.send("GET", "/api/v1/auth/account", "", in))
	id := list["passkeys"].([]any)[0].(map[string]any)["id"].(string)
	in = cookieOf(t, ph.signIn(in)) // with both factors, in the same browser
	k.must = true
	if w := k.send("DELETE", "/api/v1/auth/account/passkeys/"+id, "", in); w.Code != 409 {
		t.Errorf("the last factor where one is required: %d %s", w.Code, w.Body)
	}
	k.must = false
	ends("no passkey", func() map[string]any { return body(t, k.send("DELETE", "/api/v1/auth/account/passkeys/"+id, "", in)) })
	if f, err := k.store.Factors(t.Context(), p.ID); err != nil || f.Any() || f.RecoveryCodes != 0 {
		t.Errorf("left: %+v, %v", f, err)
	}
	ends("another password", func() map[string]any {
		w := k.post("/api/v1/auth/password", map[string]string{"current": good, "password": "five other plain words"}, in)
		in = cookieOf(t, w)
		return body(t, w)
	})
}

func TestOnesOwnSessions(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	q := k.person("other@x.example", access.Owner)
	in, there := cookieOf(t, k.signIn(p.UPN, good)), cookieOf(t, k.signIn(p.UPN, good))
	foreign := cookieOf(t, k.signIn(q.UPN, good))
	list := body(t, k.send("GET", "/api/v1/auth/account", "", in))["signIns"].([]any)
	if len(list) != 2 {
		t.Fatalf("%v", list)
	}
	var mine, other string
	for _, x := range list {
		m := x.(map[string]any)
		if m["here"] == true {
			mine = m["id"].(string)
		} else {
			other = m["id"].(string)
		}
		if m["clientIP"] != "192.0.2.1" || m["method"] != "password" {
			t.Errorf("%v", m)
		}
	}
	foreignID := body(t, k.send("GET", "/api/v1/auth/account", "", foreign))["signIns"].([]any)[0].(map[string]any)["id"].(string)
	for id, want := range map[string]int{mine: 409, foreignID: 404, "nothing": 404, other: 200} {
		if w := k.send("DELETE", "/api/v1/auth/account/signins/"+id, "", in); w.Code != want {
			t.Errorf("%s: %d %s, want %d", id, w.Code, w.Body, want)
		}
	}
	if _, err := k.who(there); !errors.Is(err, ErrNobody) {
		t.Errorf("the ended session goes on: %v", err)
	}
	if _, err := k.who(foreign); err != nil {
		t.Errorf("somebody else's session ended: %v", err)
	}
	if got := k.operations(); !strings.HasSuffix(got, "SignInSessionEnded") {
		t.Errorf("recorded %s", got)
	}
}

func TestWhoComesByAProviderAddsNoFactorsHere(t *testing.T) {
	k := newKit(t, StartNever)
	p, err := k.store.AddPersonOf(t.Context(), state.Person{UPN: "ada@x.example", Name: "Ada", Roles: []access.Role{access.Owner}}, "https://issuer", "1", k.now)
	if err != nil {
		t.Fatal(err)
	}
	c := NewSecret()
	if _, err := k.store.AddSignIn(t.Context(), c, state.SignIn{Person: p.ID, Method: "oidc", CreatedAt: k.now, SeenAt: k.now, ExpiresAt: k.now.Add(time.Hour), ProvenAt: k.now}); err != nil {
		t.Fatal(err)
	}
	in := &http.Cookie{Name: "__Host-sleuth", Value: c}
	for _, path := range []string{"authenticator", "passkeys/begin", "proof"} {
		if w := k.post("/api/v1/auth/account/"+path, map[string]string{}, in); w.Code != 409 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if got := body(t, k.send("GET", "/api/v1/auth/account", "", in)); got["local"] != false {
		t.Errorf("%v", got)
	}
}

func TestDevicesAreNamed(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36": "Chrome 142 on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                      "Firefox 140 on Windows",
		"": "unknown",
	} {
		if says := agentSays(agent); agent == "" && len(says) != 0 || strings.Contains(want, "Windows") && (says["os"] != "Windows 10" || says["browser"] != "Firefox 140.0") {
			t.Errorf("%s: %v", agent, says)
		}
		if got := device(agent); got != want {
			t.Errorf("%s: %s", agent, fmt.Sprint(got))
		}
	}
}

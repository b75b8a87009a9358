package auth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/state"
)

// phone is a device with one passkey, as a browser at sleuth.example would use it.
type phone struct {
	k    *kit
	rp   virtualwebauthn.RelyingParty
	dev  virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

func newPhone(k *kit) *phone {
	return &phone{k: k, rp: virtualwebauthn.RelyingParty{Name: "Sleuth", ID: "sleuth.example", Origin: "https://sleuth.example"},
		dev: virtualwebauthn.NewAuthenticator(), cred: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
}

// makes answers the challenge for a new passkey.
func (p *phone) makes(options string) json.RawMessage {
	p.k.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		p.k.t.Fatalf("%s: %v", options, err)
	}
	p.dev.Options.UserHandle = []byte(o.UserID)
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(p.rp, p.dev, p.cred, *o))
}

// signs answers a challenge with the passkey.
func (p *phone) signs(options string) json.RawMessage {
	p.k.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		p.k.t.Fatalf("%s: %v", options, err)
	}
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(p.rp, p.dev, p.cred, *o))
}

// add registers the passkey in a session that has proved lately.
func (p *phone) add(session *http.Cookie, name string) *httptest.ResponseRecorder {
	p.k.t.Helper()
	begun := p.k.post("/api/v1/auth/account/passkeys/begin", map[string]any{}, session)
	if begun.Code != 200 {
		p.k.t.Fatalf("%d %s", begun.Code, begun.Body)
	}
	return p.k.post("/api/v1/auth/account/passkeys", map[string]any{"name": name, "credential": p.makes(begun.Body.String())}, session)
}

// signIn signs in with the passkey and nothing else; change may do so with the answer.
func (p *phone) signIn(cookies ...*http.Cookie) *httptest.ResponseRecorder {
	p.k.t.Helper()
	begun := p.k.post("/api/v1/auth/passkey/begin", map[string]any{})
	if begun.Code != 200 {
		p.k.t.Fatalf("%d %s", begun.Code, begun.Body)
	}
	return p.k.post("/api/v1/auth/passkey", map[string]any{"credential": p.signs(begun.Body.String())}, append(cookies, stepOf(p.k.t, begun))...)
}

// why is the reason that the last entry gives.
func (k *kit) why() string { return k.entries[len(k.entries)-1].Details["reason"] }

func TestAPasskeySignsIn(t *testing.T) {
	k := newKit(t, StartNever)
	k.must = true
	p := k.person("own@x.example", access.Owner)
	step := stepOf(t, k.signIn(p.UPN, good))
	ph := newPhone(k)
	begun := k.post("/api/v1/auth/enrol/passkeys/begin", map[string]any{}, step)
	for _, want := range []string{`"id":"sleuth.example"`, `"userVerification":"required"`, `"residentKey":"required"`} {
		if !strings.Contains(begun.Body.String(), want) {
			t.Errorf("the options lack %s: %s", want, begun.Body)
		}
	}
	made := k.post("/api/v1/auth/enrol/passkeys", map[string]any{"name": "Phone", "credential": ph.makes(begun.Body.String())}, step)
	if id, err := k.who(cookieOf(t, made)); err != nil || id.By != "password+passkey" || len(body(t, made)["recoveryCodes"].([]any)) != 10 {
		t.Fatalf("%d %s, %v", made.Code, made.Body, err)
	}
	ph.cred.Counter = 5
	in := ph.signIn()
	id, err := k.who(cookieOf(t, in))
	if err != nil || id.By != "passkey" || id.Principal.ID != p.ID {
		t.Errorf("%d %s: %+v, %v", in.Code, in.Body, id, err)
	}
	if d := k.entries[len(k.entries)-1].Details; d["authenticationRequirement"] != "multiFactorAuthentication" {
		t.Errorf("the sign-in says %v", d)
	}
	f, err := k.store.Factors(t.Context(), p.ID)
	if err != nil || len(f.Passkeys) != 1 || f.Passkeys[0].Counter != 5 || f.Passkeys[0].UsedAt.IsZero() || f.Passkeys[0].Name != "Phone" {
		t.Errorf("%+v, %v", f, err)
	}
	// As the second factor after the password.
	w := k.signIn(p.UPN, good)
	if got := body(t, w); got["passkey"] != true || got["authenticator"] != false {
		t.Errorf("%s", w.Body)
	}
	step = stepOf(t, w)
	ph.cred.Counter = 6
	begun = k.post("/api/v1/auth/passkey/begin", map[string]any{"second": true}, step)
	answer := map[string]any{"second": true, "credential": ph.signs(begun.Body.String())}
	if in := k.post("/api/v1/auth/passkey", answer, step); in.Code != 204 {
		t.Errorf("%d %s", in.Code, in.Body)
	}
	if in := k.post("/api/v1/auth/passkey", answer, step); in.Code != 401 {
		t.Errorf("the same answer again: %d", in.Code)
	}
}

func TestPasskeysThatAreRefused(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	other := k.person("other@x.example", access.SecurityReader)
	ph := newPhone(k)
	ph.cred.Counter = 10
	if w := ph.add(cookieOf(t, k.signIn(p.UPN, good)), "Phone"); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	first := ""
	refused := func(what, why string, w *httptest.ResponseRecorder) {
		t.Helper()
		if first == "" {
			first = w.Body.String()
		}
		e := k.entries[len(k.entries)-1]
		if w.Code != 401 || hasSession(w) || w.Body.String() != first || e.Operation != "UserLoginFailed" || !strings.Contains(e.Details["reason"], why) {
			t.Errorf("%s: %d %s; recorded %s %v", what, w.Code, w.Body, e.Operation, e.Details)
		}
	}
	change := func(do func(*phone)) *phone {
		c := *ph
		do(&c)
		c.cred.Counter += 100
		return &c
	}
	copied := *ph
	copied.cred.Counter = 9
	refused("a counter that goes back", "from 10 back to 9", copied.signIn())
	copied.cred.Counter = 10
	refused("a counter that stands still", "may be a copy", copied.signIn())
	refused("another site's page", "origin", change(func(p *phone) { p.rp.Origin = "https://evil.example" }).signIn())
	refused("another port", "origin", change(func(p *phone) { p.rp.Origin = "https://sleuth.example:8443" }).signIn())
	refused("another name", "RP", change(func(p *phone) { p.rp.ID = "evil.example" }).signIn())
	refused("without checking who it is", "verif", change(func(p *phone) { p.dev.Options.UserNotVerified = true }).signIn())
	refused("of somebody else", "not check", change(func(p *phone) { p.dev.Options.UserHandle = []byte(other.ID) }).signIn())
	refused("of nobody", "nobody's", change(func(p *phone) { p.dev.Options.UserHandle = []byte("nobody") }).signIn())
	refused("by the name for the id", "nobody's", change(func(p *phone) { p.dev.Options.UserHandle = []byte(other.UPN) }).signIn())
	refused("an unknown passkey", "not check", change(func(p *phone) { p.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2) }).signIn())

	begun := k.post("/api/v1/auth/passkey/begin", map[string]any{})
	step := stepOf(t, begun)
	ph.cred.Counter = 500
	answer := map[string]any{"credential": ph.signs(begun.Body.String())}
	refused("what cannot be read", "cannot be read", k.post("/api/v1/auth/passkey", map[string]any{"credential": map[string]any{"id": 1}}, step))
	refused("a challenge that was answered", "used before", k.post("/api/v1/auth/passkey", answer, step))
	begun = k.post("/api/v1/auth/passkey/begin", map[string]any{})
	refused("the answer to another challenge", "challenge", k.post("/api/v1/auth/passkey", answer, stepOf(t, begun)))
	begun = k.post("/api/v1/auth/passkey/begin", map[string]any{})
	step, answer = stepOf(t, begun), map[string]any{"credential": ph.signs(begun.Body.String())}
	k.now = k.now.Add(stepLasts)
	if w := k.post("/api/v1/auth/passkey", answer, step); w.Code != 401 || hasSession(w) {
		t.Errorf("too late: %d %s", w.Code, w.Body)
	}
	if err := k.store.SetDisabled(t.Context(), other.ID, true, k.now); err != nil {
		t.Fatal(err)
	}
	refused("of who is disabled", "disabled", change(func(p *phone) { p.dev.Options.UserHandle = []byte(other.ID) }).signIn())
	if w := ph.signIn(); w.Code != 204 {
		t.Errorf("the passkey itself, after all: %d %s, %s", w.Code, w.Body, k.why())
	}
}

func TestNewPasskeysThatAreRefused(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	in := cookieOf(t, k.signIn(p.UPN, good))
	for what, do := range map[string]func(*phone){
		"another site's page":        func(p *phone) { p.rp.Origin = "https://evil.example" },
		"another name":               func(p *phone) { p.rp.ID = "evil.example" },
		"without checking who it is": func(p *phone) { p.dev.Options.UserNotVerified = true },
	} {
		ph := newPhone(k)
		do(ph)
		if w := ph.add(in, "x"); w.Code != 401 {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	ph := newPhone(k)
	begun := k.post("/api/v1/auth/passkey/begin", map[string]any{})
	if w := k.post("/api/v1/auth/account/passkeys", map[string]any{"credential": json.RawMessage(`{}`)}, in, stepOf(t, begun)); w.Code != 409 {
		t.Errorf("for no challenge: %d %s", w.Code, w.Body)
	}
	if w := ph.add(in, strings.Repeat("x", 101)); w.Code != 400 {
		t.Errorf("a long name: %d", w.Code)
	}
	if w := ph.add(in, ""); w.Code != 200 {
		t.Errorf("without a name: %d %s", w.Code, w.Body)
	}
	other := k.person("other@x.example", access.SecurityReader)
	if w := ph.add(cookieOf(t, k.signIn(other.UPN, good)), "stolen"); w.Code != 409 {
		t.Errorf("another's passkey: %d %s", w.Code, w.Body)
	}
	if f, err := k.store.Factors(t.Context(), other.ID); err != nil || f.Any() {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestPasskeysNeedAName(t *testing.T) {
	k := newKit(t, StartNever)
	for host, want := range map[string]place{
		"localhost:7777": {Here: true}, "sleuth.example": {Here: true}, "127.0.0.1:7777": {At: "https://localhost:7777"}, "[::1]:7777": {At: "https://localhost:7777"},
		"192.0.2.7:7777": {At: "https://sleuth.example:7777"},
	} {
		r := httptest.NewRequest("POST", "https://"+host+"/api/v1/auth/passkey/begin", strings.NewReader("{}"))
		if got := k.s.passkeyPlace(r); got != want {
			t.Errorf("%s: %+v, want %+v", host, got, want)
		}
		w := k.serve(r)
		if (w.Code == 200) != want.Here || !want.Here && !strings.Contains(w.Body.String(), want.At) {
			t.Errorf("%s: %d %s", host, w.Code, w.Body)
		}
	}
	k.s.cfg.Names = []string{"192.0.2.7"}
	w := k.serve(httptest.NewRequest("POST", "https://192.0.2.7/api/v1/auth/passkey/begin", strings.NewReader("{}")))
	if w.Code != 400 || !strings.Contains(w.Body.String(), "--name") {
		t.Errorf("where no name is known: %d %s", w.Code, w.Body)
	}
}

func TestNobodyFillsUpWhatIsUnderWay(t *testing.T) {
	s := steps{byKey: map[string]underway{}}
	now := time.Unix(1e9, 0)
	for i := range 2 * maxFromAddress {
		if !s.put(NewSecret(), underway{stage: needsPasskey, from: "192.0.2.1"}, now.Add(time.Duration(i))) {
			t.Fatal("full")
		}
	}
	if len(s.byKey) != maxFromAddress {
		t.Errorf("%d of one address", len(s.byKey))
	}
	if !s.put("mine", underway{stage: needsFactor, person: state.Person{ID: "p"}}, now) || len(s.byKey) != maxFromAddress+1 {
		t.Error("a sign-in of somebody is not kept")
	}
	if !s.put("later", underway{stage: needsFactor}, now.Add(2*stepLasts)) || len(s.byKey) != 1 {
		t.Errorf("%d kept after their time", len(s.byKey))
	}
}

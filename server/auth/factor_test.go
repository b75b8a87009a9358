package auth

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/auth/onetime"
	"github.com/sleuth-sec/sleuth/state"
)

// body is the answer of a route as JSON.
func body(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return out
}

// stepOf is the cookie of a sign-in under way.
func stepOf(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-sleuth_step" && c.Value != "" {
			if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode {
				t.Errorf("the cookie %+v", c)
			}
			return c
		}
	}
	t.Fatalf("no step: %d %s", w.Code, w.Body)
	return nil
}

// inSession reports whether an answer begins a session.
func hasSession(w *httptest.ResponseRecorder) bool {
	return slices.ContainsFunc(w.Result().Cookies(), func(c *http.Cookie) bool { return c.Name == "__Host-sleuth" && c.Value != "" })
}

// withApp gives a person an authenticator, and returns its secret.
func (k *kit) withApp(p state.Person) string {
	k.t.Helper()
	made, err := onetime.Enrol("Sleuth", p.UPN)
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.s.cfg.Secrets.Put(k.t.Context(), state.AuthenticatorSecret(p.ID), secret.NewValue(made.Secret)); err != nil {
		k.t.Fatal(err)
	}
	if err := k.store.SetAuthenticator(k.t.Context(), p.ID, 0, k.now); err != nil {
		k.t.Fatal(err)
	}
	return made.Secret
}

func (k *kit) code(secret string) string {
	k.t.Helper()
	c, err := onetime.Code(secret, k.now)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

func (k *kit) factor(code string, step *http.Cookie) *httptest.ResponseRecorder {
	k.t.Helper()
	return k.post("/api/v1/auth/factor", map[string]string{"code": code}, step)
}

func TestAPasswordAloneGivesNoSession(t *testing.T) {
	k := newKit(t, StartNever)
	app := k.withApp(k.person("own@x.example", access.Owner))
	w := k.signIn("own@x.example", good)
	step := stepOf(t, w)
	if got := body(t, w); w.Code != 200 || hasSession(w) || got["next"] != "factor" || got["authenticator"] != true || got["passkey"] != false || got["recovery"] != false {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, c := range []*http.Cookie{step, {Name: "__Host-sleuth", Value: step.Value}, {Name: "sleuth_start", Value: step.Value}} {
		if _, err := k.who(c); !errors.Is(err, ErrNobody) {
			t.Errorf("the step is an identity as %s: %v", c.Name, err)
		}
	}
	if w := k.factor("000000", step); w.Code != 401 || hasSession(w) {
		t.Errorf("a wrong code: %d %s", w.Code, w.Body)
	}
	if w := k.factor(k.code(app), &http.Cookie{Name: step.Name, Value: NewSecret()}); w.Code != 401 {
		t.Errorf("another browser: %d", w.Code)
	}
	in := k.factor(k.code(app), step)
	id, err := k.who(cookieOf(t, in))
	if in.Code != 204 || err != nil || id.By != "password+authenticator" {
		t.Errorf("%d, %+v, %v", in.Code, id, err)
	}
	if w := k.factor(k.code(app), step); w.Code != 401 || hasSession(w) {
		t.Errorf("the step is good twice: %d", w.Code)
	}
	if got := k.operations(); got != "SecondFactorRequested UserLoginFailed UserLoggedIn" {
		t.Errorf("recorded %s", got)
	}
	if d := k.entries[1].Details; d["method"] != "password+authenticator" || d["errorNumber"] != "500121" {
		t.Errorf("the failure says %v", d)
	}
	if d := k.entries[2].Details; d["authenticationRequirement"] != "multiFactorAuthentication" {
		t.Errorf("the sign-in says %v", d)
	}
	all, _ := json.Marshal(k.entries)
	if strings.Contains(string(all), app) || strings.Contains(string(all), k.code(app)) || strings.Contains(string(all), step.Value) {
		t.Errorf("a secret is on record: %s", all)
	}
}

func TestACodeIsTakenOnce(t *testing.T) {
	k := newKit(t, StartNever)
	app := k.withApp(k.person("own@x.example", access.Owner))
	first := k.code(app)
	cookieOf(t, k.factor(first, stepOf(t, k.signIn("own@x.example", good))))
	for off := range 3 { // the same code again, as long as its time would be good
		if w := k.factor(first, stepOf(t, k.signIn("own@x.example", good))); w.Code != 401 {
			t.Errorf("the code again after %d steps: %d", off, w.Code)
		}
		k.now = k.now.Add(onetime.Period / 2)
	}
	k.now = k.now.Add(onetime.Period)
	later := k.code(app)
	k.now = k.now.Add(-onetime.Period) // the app's clock is ahead
	if w := k.factor(later, stepOf(t, k.signIn("own@x.example", good))); w.Code != 204 {
		t.Errorf("a code one step ahead: %d %s", w.Code, w.Body)
	}
	if w := k.factor(k.code(app), stepOf(t, k.signIn("own@x.example", good))); w.Code != 401 {
		t.Errorf("a code of before the last one: %d", w.Code)
	}
}

// The same code in two requests at once is taken in one of them, wherever in its way the one meets the other.
func TestACodeThatComesTwiceAtOnceIsTakenOnce(t *testing.T) {
	const recovery = "ABCDEFGHJKMNPQRSTUVWXYZ23"
	for _, what := range []string{"code", "recovery"} {
		met := 0
		for at := range 12 {
			k := newKit(t, StartNever)
			p := k.person("own@x.example", access.Owner)
			proof := k.code(k.withApp(p))
			other := func() (bool, error) { return k.store.UseStep(t.Context(), p.ID, onetime.Step(k.now), k.now) }
			if what == "recovery" {
				if err := k.store.SetRecoveryCodes(t.Context(), p.ID, []string{recovery}); err != nil {
					t.Fatal(err)
				}
				proof, other = recovery, func() (bool, error) { return k.store.UseRecoveryCode(t.Context(), p.ID, recovery) }
			}
			step, taken, n := stepOf(t, k.signIn(p.UPN, good)), 0, 0
			k.meets = func() {
				if n++; n != at+1 {
					return
				}
				ok, err := other()
				if err != nil {
					t.Fatal(err)
				}
				if met++; ok {
					taken++
				}
			}
			if k.post("/api/v1/auth/factor", map[string]string{what: proof}, step).Code == 204 {
				taken++
			}
			if taken != 1 {
				t.Errorf("%s: met at place %d, it was taken %d times", what, at, taken)
			}
		}
		if met < 5 {
			t.Errorf("%s: the two met %d times", what, met)
		}
	}
}

func TestCodesCountInTheLockOfPasswords(t *testing.T) {
	k := newKit(t, StartNever)
	app := k.withApp(k.person("own@x.example", access.Owner))
	var codes []int
	for range 7 { // with the right password between: it gives no further tries
		w := k.signIn("own@x.example", good)
		if w.Code == 200 {
			w = k.factor("000000", stepOf(t, w))
		}
		codes = append(codes, w.Code)
	}
	if want := []int{401, 401, 401, 401, 401, 429, 429}; !slices.Equal(codes, want) {
		t.Errorf("%v", codes)
	}
	k.now = k.now.Add(31 * time.Second)
	step := stepOf(t, k.signIn("own@x.example", good))
	k.factor("000000", step)
	if w := k.factor(k.code(app), step); w.Code != 429 {
		t.Errorf("the right code while locked: %d", w.Code)
	}
	k.now = k.now.Add(2 * time.Minute)
	if w := k.factor(k.code(app), step); w.Code != 204 {
		t.Errorf("after the wait: %d %s", w.Code, w.Body)
	}
	if w := k.signIn("own@x.example", "wrong"); w.Code != 401 {
		t.Errorf("a success did not clear the count: %d", w.Code)
	}
}

func TestAStepEnds(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	k.person("other@x.example", access.Owner)
	app := k.withApp(p)
	for what, change := range map[string]func(){
		"its time is up": func() { k.now = k.now.Add(stepLasts) },
		"disabled": func() {
			if err := errors.Join(k.store.SetDisabled(t.Context(), p.ID, true, k.now.Add(1)), k.store.SetDisabled(t.Context(), p.ID, false, k.now.Add(2))); err != nil {
				t.Fatal(err)
			}
		},
		"another password": func() {
			hash, err := k.s.HashPassword(t.Context(), good)
			if err == nil {
				err = k.store.SetPassword(t.Context(), p.ID, hash, k.now.Add(3))
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		step := stepOf(t, k.signIn(p.UPN, good))
		change()
		if w := k.factor(k.code(app), step); w.Code != 401 || hasSession(w) {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
		k.now = k.now.Add(time.Minute)
	}
}

// TestWhoHasNoFactorAddsOneFirst goes the way of a first owner where a second factor is required.
func TestWhoHasNoFactorAddsOneFirst(t *testing.T) {
	k := newKit(t, StartNever)
	k.must = true
	if err := k.store.AddLink(t.Context(), "L", "", k.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w := k.post("/api/v1/auth/welcome", map[string]string{"link": "L", "upn": "own@x.example", "name": "Own", "password": good})
	step := stepOf(t, w)
	if hasSession(w) || body(t, w)["next"] != "enrol" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	// Neither the step nor the password gets any further.
	for _, route := range k.s.Routes() {
		if route.Needs == Anyone {
			continue
		}
		method, path, _ := strings.Cut(route.Pattern, " ")
		if w := k.send(method, strings.NewReplacer("{id}", "x").Replace(path), "{}", step); w.Code != 401 {
			t.Errorf("%s in a sign-in that is under way: %d %s", route.Pattern, w.Code, w.Body)
		}
	}
	if w := k.factor("123456", step); w.Code != 401 {
		t.Errorf("a code without an app: %d", w.Code)
	}
	if w := k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": "123456"}, step); w.Code != 409 {
		t.Errorf("a code before the secret: %d", w.Code)
	}
	made := body(t, k.post("/api/v1/auth/enrol/authenticator", map[string]string{}, step))
	app := made["secret"].(string)
	if !strings.HasPrefix(made["uri"].(string), "otpauth://totp/Sleuth%20sleuth.example:own@x.example?") || !strings.HasPrefix(made["qr"].(string), "data:image/png;base64,") {
		t.Errorf("%v", made)
	}
	if w := k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": "000000"}, step); w.Code != 401 || hasSession(w) {
		t.Errorf("a wrong first code: %d", w.Code)
	}
	f, err := k.store.Factors(t.Context(), k.entries[0].Object)
	if err != nil || f.Any() {
		t.Errorf("it counts before it is confirmed: %+v, %v", f, err)
	}
	done := k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": k.code(app)}, step)
	codes := body(t, done)["recoveryCodes"].([]any)
	id, err := k.who(cookieOf(t, done))
	if err != nil || id.By != "link+authenticator" || len(codes) != 10 {
		t.Errorf("%+v, %v, %d codes", id, err, len(codes))
	}
	if got := k.operations(); got != "OwnerCreated SecondFactorRequested UserLoginFailed AuthenticationMethodAdded RecoveryCodesCreated UserLoggedIn" {
		t.Errorf("recorded %s", got)
	}
	if w := k.post("/api/v1/auth/enrol/authenticator", map[string]string{}, step); w.Code != 401 {
		t.Errorf("the step goes on: %d", w.Code)
	}
	if w := k.factor(k.code(app), stepOf(t, k.signIn("own@x.example", good))); w.Code != 401 {
		t.Errorf("the code that confirmed it, again: %d", w.Code)
	}
	// A recovery code stands in, once.
	typed := strings.ToLower(strings.ReplaceAll(codes[3].(string), "-", " "))
	for i, want := range []int{204, 401} {
		w := k.post("/api/v1/auth/factor", map[string]string{"recovery": typed}, stepOf(t, k.signIn("own@x.example", good)))
		if w.Code != want {
			t.Errorf("the recovery code, time %d: %d %s", i+1, w.Code, w.Body)
		}
	}
	if f, err := k.store.Factors(t.Context(), id.Principal.ID); err != nil || f.RecoveryCodes != 9 {
		t.Errorf("%+v, %v", f, err)
	}
	// Its secret lies sealed.
	sealed, found, err := k.store.Secret(t.Context(), state.AuthenticatorSecret(id.Principal.ID))
	if err != nil || !found || strings.Contains(string(sealed), app) {
		t.Errorf("%v, %v", found, err)
	}
}

// TestOneFactorIsNotEnoughOnceTwoAreNeeded: sessions that began before the owner asked for two factors let nobody in.
func TestOneFactorIsNotEnoughOnceTwoAreNeeded(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	one := cookieOf(t, k.signIn(p.UPN, good))
	app := k.withApp(p)
	two := cookieOf(t, k.factor(k.code(app), stepOf(t, k.signIn(p.UPN, good))))
	provider := NewSecret()
	if _, err := k.store.AddSignIn(t.Context(), provider, state.SignIn{Person: p.ID, Method: "oidc", CreatedAt: k.now, SeenAt: k.now, ExpiresAt: k.now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.who(one); err != nil {
		t.Fatal(err)
	}
	k.must = true
	if _, err := k.who(one); !errors.Is(err, ErrNobody) {
		t.Errorf("with one factor: %v", err)
	}
	if w := k.send("GET", "/api/v1/auth/account", "", one); w.Code != 401 {
		t.Errorf("with one factor: %d", w.Code)
	}
	for name, c := range map[string]*http.Cookie{"with two": two, "by a provider": {Name: two.Name, Value: provider}} {
		if _, err := k.who(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASecondEnrolmentOfTheSameSignInIsRefused(t *testing.T) {
	k := newKit(t, StartNever)
	k.must = true
	p := k.person("own@x.example", access.Owner)
	mine, others := stepOf(t, k.signIn(p.UPN, good)), stepOf(t, k.signIn(p.UPN, good))
	app := body(t, k.post("/api/v1/auth/enrol/authenticator", map[string]string{}, mine))["secret"].(string)
	theirs := body(t, k.post("/api/v1/auth/enrol/authenticator", map[string]string{}, others))["secret"].(string)
	cookieOf(t, k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": k.code(app)}, mine))
	if w := k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": k.code(theirs)}, others); w.Code != 401 || hasSession(w) {
		t.Errorf("whoever was second replaced the factor: %d %s", w.Code, w.Body)
	}
}

func TestWithoutItsEntryNoFactorCountsAndNoCodeIsUsed(t *testing.T) {
	k := newKit(t, StartNever)
	k.must = true
	p := k.person("own@x.example", access.Owner)
	step := stepOf(t, k.signIn(p.UPN, good))
	app := body(t, k.post("/api/v1/auth/enrol/authenticator", map[string]string{}, step))["secret"].(string)
	k.full = true
	if w := k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": k.code(app)}, step); w.Code != 500 || hasSession(w) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := k.signIn(p.UPN, good); w.Code != 500 || len(w.Result().Cookies()) > 0 {
		t.Errorf("a step begins: %d", w.Code)
	}
	k.full = false
	if f, err := k.store.Factors(t.Context(), p.ID); err != nil || f.Any() {
		t.Errorf("%+v, %v", f, err)
	}
	codes := body(t, k.post("/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": k.code(app)}, step))["recoveryCodes"].([]any)
	step = stepOf(t, k.signIn(p.UPN, good))
	k.full = true
	if w := k.post("/api/v1/auth/factor", map[string]string{"recovery": codes[0].(string)}, step); w.Code != 500 || hasSession(w) {
		t.Errorf("%d", w.Code)
	}
	k.full = false
	if f, err := k.store.Factors(t.Context(), p.ID); err != nil || f.RecoveryCodes != 10 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestPasswordsThatAreGuessedEarly(t *testing.T) {
	k := newKit(t, StartNever)
	for password, good := range map[string]bool{
		"Password12345678": false, "woodgrove-bank-2026": false, "ada.berg.ada.berg": false, "qwertyuiopasdfgh": false, "sleuthsleuthsleuth": false,
		"four plain words in a row": true, "grüne Lampen am Fluss": true,
	} {
		err := k.s.checkPassword(t.Context(), password, "ada.berg@x.example", "Ada Berg")
		var bad errPassword
		if (err == nil) != good || err != nil && !errors.As(err, &bad) {
			t.Errorf("%s: %v", password, err)
		}
	}
}

package auth

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/secret"
)

// tester is a user of the issuer whose claims a test sets.
type tester map[string]any

func (u tester) ID() string                        { return u["sub"].(string) }
func (u tester) Userinfo([]string) ([]byte, error) { return json.Marshal(u) }
func (u tester) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	text, err := json.Marshal(base)
	if err != nil {
		return nil, err
	}
	out := jwt.MapClaims{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	for k, v := range u {
		out[k] = v
	}
	return out, nil
}

// issuer is a running OpenID Connect provider; tamper changes the ID token that it gives.
type issuer struct {
	*mockoidc.MockOIDC
	tamper func(token string) string
	gave   map[string]string // the last answer with tokens, before tamper
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{MockOIDC: m}
	if err := m.AddMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if i.tamper == nil || !strings.HasSuffix(r.URL.Path, "/token") {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			var body map[string]any
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
				t.Errorf("the issuer answers %s", rec.Body)
				return
			}
			if token, ok := body["id_token"].(string); ok { // the first try, with the secret in the header, is refused
				i.gave = map[string]string{}
				for k, v := range body {
					if text, ok := v.(string); ok {
						i.gave[k] = text
					}
				}
				body["id_token"] = i.tamper(token)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(rec.Code)
			_ = json.NewEncoder(w).Encode(body)
		})
	}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	return i
}

// outsideKit is a kit whose people sign in at an issuer.
func outsideKit(t *testing.T) (*kit, *issuer) {
	t.Helper()
	k, i := newKit(t, StartNever), newIssuer(t)
	k.now = time.Now()
	c := i.Config()
	k.s.outside = newOutside(Provider{Name: "Test", Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: secret.NewValue(c.ClientSecret), Roles: map[string][]access.Role{
		"analysts": {access.SecurityReader}, "Sleuth.Operator": {access.SecurityOperator}, "owners": {access.Owner}}})
	return k, i
}

func (k *kit) get(path string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "https://sleuth.example"+path, nil)
	r.TLS = &tls.ConnectionState{}
	r.RemoteAddr = "192.0.2.1:4000"
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return k.serve(r)
}

// leave begins a sign-in and gives where the provider sends the browser back to, and the browser's cookie.
func (k *kit) leave(i *issuer, u tester) (back string, browser *http.Cookie) {
	k.t.Helper()
	i.QueueUser(u)
	w := k.get("/api/v1/auth/provider?next=/sessions/s-1")
	browser = cookieOf(k.t, w)
	if browser.Name != "__Host-sleuth_flow" || browser.SameSite != http.SameSiteLaxMode || !browser.HttpOnly {
		k.t.Errorf("the cookie is %+v", browser)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(w.Header().Get("Location"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.Host != "sleuth.example" {
		k.t.Fatalf("%d, back to %s, %v", res.StatusCode, to, err)
	}
	return to.RequestURI(), browser
}

func (k *kit) through(i *issuer, u tester) *httptest.ResponseRecorder {
	k.t.Helper()
	back, browser := k.leave(i, u)
	return k.get(back, browser)
}

func troubleOf(w *httptest.ResponseRecorder) string {
	_, what, _ := strings.Cut(w.Header().Get("Location"), "trouble=")
	return what
}

func ada(more ...any) tester {
	u := tester{"sub": "s-ada", "preferred_username": "ada@contoso.example", "name": "Ada Berg", "groups": []string{"x", "analysts"}}
	for n := 0; n < len(more); n += 2 {
		u[more[n].(string)] = more[n+1]
	}
	return u
}

func TestSignInByAProvider(t *testing.T) {
	k, i := outsideKit(t)
	w := k.through(i, ada())
	if w.Code != 200 || !strings.Contains(w.Body.String(), `url=/sessions/s-1"`) {
		t.Fatalf("%d %s %v", w.Code, w.Body, w.Header())
	}
	var session *http.Cookie
	for _, c := range w.Result().Cookies() {
		if c.Name == "__Host-sleuth" {
			session = c
		}
	}
	id, err := k.who(session)
	if err != nil || id.Principal.UPN != "ada@contoso.example" || !slices.Equal(id.Principal.Roles, []access.Role{access.SecurityReader}) || id.By != "oidc" {
		t.Fatalf("%+v, %v", id, err)
	}
	if got := k.operations(); got != "UserAdded UserLoggedIn" {
		t.Errorf("recorded %s", got)
	}
	k.entries = nil
	// The same person, renamed, with an app role more: the same account, with the roles of now.
	if w := k.through(i, ada("preferred_username", "ada.berg@contoso.example", "roles", []string{"Sleuth.Operator"})); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, troubleOf(w))
	}
	p, err := k.store.Person(t.Context(), "ada@contoso.example")
	if err != nil || p.ID != id.Principal.ID || !slices.Equal(p.Roles, []access.Role{access.SecurityReader, access.SecurityOperator}) {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := k.who(session); err == nil {
		t.Error("a session from before other roles goes on")
	}
	if got := k.operations(); got != "UserRoleChanged UserLoggedIn" {
		t.Errorf("recorded %s", got)
	}
}

func TestProviderSignInsThatFail(t *testing.T) {
	other, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := func(token string) string {
		parts := strings.Split(token, ".")
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	}
	// symmetric signs with the public key as if it were a shared secret, the old confusion of algorithms.
	symmetric := func(i *issuer) func(string) string {
		return func(token string) string {
			claims := jwt.MapClaims{}
			if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
				t.Error(err)
			}
			keys, err := i.Keypair.JWKS()
			if err != nil {
				t.Error(err)
			}
			out, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(keys)
			if err != nil {
				t.Error(err)
			}
			return out
		}
	}
	for name, c := range map[string]struct {
		user   tester
		tamper func(*issuer) func(string) string
		want   string
		reason string
	}{
		"another audience":   {ada("aud", "another-app"), nil, failedTrouble, "audience"},
		"another issuer":     {ada("iss", "https://evil.example"), nil, failedTrouble, "different provider"},
		"expired":            {ada("exp", time.Now().Add(-time.Hour).Unix()), nil, failedTrouble, "expired"},
		"not good yet":       {ada("nbf", time.Now().Add(time.Hour).Unix()), nil, failedTrouble, "before the nbf"},
		"of another sign-in": {ada("nonce", "n"), nil, failedTrouble, "another sign-in"},
		"an access token": {ada(), func(i *issuer) func(string) string {
			return func(string) string { return i.gave["access_token"] }
		}, failedTrouble, "another sign-in"},
		"of nobody":             {ada("sub", ""), nil, failedTrouble, "names nobody"},
		"unsigned":              {ada(), func(*issuer) func(string) string { return unsigned }, failedTrouble, "alg"},
		"symmetric":             {ada(), symmetric, failedTrouble, "alg"},
		"changed after signing": {ada(), func(*issuer) func(string) string { return changed }, failedTrouble, "signature"},
		"by an unknown key": {ada(), func(*issuer) func(string) string {
			return func(token string) string { return resign(t, other, token) }
		}, failedTrouble, "signature"},
		"by a key that it brings along": {ada(), func(*issuer) func(string) string {
			return func(token string) string { return bringing(t, other, token) }
		}, failedTrouble, "signature"},
		"without a role":       {ada("groups", []string{"x"}), nil, noRoleTrouble, "no group or app role"},
		"too many groups":      {ada("groups", []string{}, "_claim_names", map[string]string{"groups": "src1"}, "_claim_sources", elsewhere), nil, overageTrouble, "overage"},
		"too many, as implied": {ada("groups", nil, "hasgroups", true), nil, overageTrouble, "overage"},
		"a name of two lines":  {ada("preferred_username", "a\nb"), nil, failedTrouble, "without blanks"},
	} {
		t.Run(name, func(t *testing.T) {
			k, i := outsideKit(t)
			if c.tamper != nil {
				i.tamper = c.tamper(i)
			}
			w := k.through(i, c.user)
			if got := troubleOf(w); got != c.want {
				t.Errorf("%d, %q, want %q: %+v", w.Code, got, c.want, k.entries)
			}
			for _, cookie := range w.Result().Cookies() {
				if cookie.Name == "__Host-sleuth" {
					t.Error("somebody is signed in")
				}
			}
			if some, err := k.store.HasPeople(t.Context()); some || err != nil {
				t.Errorf("somebody was added: %v", err)
			}
			if got := k.operations(); got != "UserLoginFailed" || !strings.Contains(k.entries[0].Details["reason"], c.reason) {
				t.Errorf("recorded %s %+v, want the reason %q", got, k.entries, c.reason)
			}
		})
	}
}

// changed makes the token somebody else's and leaves its signature.
func changed(token string) string {
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(text, []byte("s-ada"), []byte("s-own"), 1))
	return strings.Join(parts, ".")
}

func resign(t *testing.T, with *mockoidc.Keypair, token string) string {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Error(err)
	}
	out, err := with.SignJWT(claims)
	if err != nil {
		t.Error(err)
	}
	return out
}

// bringing signs a token with a key that stands in its own header, as a jwk and behind a jku.
func bringing(t *testing.T, with *mockoidc.Keypair, token string) string {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Error(err)
	}
	text, err := with.JWKS()
	if err != nil {
		t.Error(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 1 {
		t.Errorf("%s: %v", text, err)
		return ""
	}
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("asked the token's own address %s for keys", r.URL)
		_, _ = w.Write(text)
	}))
	t.Cleanup(host.Close)
	made := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	made.Header["jwk"], made.Header["jku"], made.Header["kid"] = set.Keys[0], host.URL, set.Keys[0]["kid"]
	out, err := made.SignedString(with.PrivateKey)
	if err != nil {
		t.Error(err)
	}
	return out
}

// elsewhere is where Entra says that the groups are.
var elsewhere = map[string]any{"src1": map[string]string{"endpoint": "https://graph.windows.net/t/users/u/getMemberObjects"}}

// TestWhatAProviderSaysOfFactors: more than one factor there counts as a second factor here, one does not where two are required, and
// where it says nothing that is for the provider.
func TestWhatAProviderSaysOfFactors(t *testing.T) {
	for _, c := range []struct {
		amr          any
		method, says string // of the sign-in, and what was asked for
	}{
		{nil, "oidc", ""},
		{[]string{}, "oidc", ""},
		{[]string{"fed"}, "oidc", ""},
		{[]string{"pwd"}, "oidc:one", "singleFactorAuthentication"},
		{"pwd", "oidc:one", "singleFactorAuthentication"},
		{[]string{"pwd", "pin"}, "oidc:one", "singleFactorAuthentication"},
		{[]string{"hwk", "user"}, "oidc:one", "singleFactorAuthentication"},
		{[]string{"pwd", "mfa"}, "oidc+mfa", "multiFactorAuthentication"},
		{"pwd mfa", "oidc+mfa", "multiFactorAuthentication"},
		{[]string{"pwd", "otp"}, "oidc+mfa", "multiFactorAuthentication"},
		{[]string{"hwk", "fpt"}, "oidc+mfa", "multiFactorAuthentication"},
		{[]string{"rsa", "ngcmfa"}, "oidc+mfa", "multiFactorAuthentication"},
	} {
		k, i := outsideKit(t)
		u := ada()
		if c.amr != nil {
			u["amr"] = c.amr
		}
		w := k.through(i, u)
		if w.Code != 200 {
			t.Fatalf("%v: %d %s", c.amr, w.Code, troubleOf(w))
		}
		var session *http.Cookie
		for _, cookie := range w.Result().Cookies() {
			if cookie.Name == "__Host-sleuth" {
				session = cookie
			}
		}
		if id, err := k.who(session); err != nil || id.By != c.method {
			t.Errorf("%v: %+v, %v", c.amr, id, err)
		}
		if d := k.entries[len(k.entries)-1].Details; d["authenticationRequirement"] != c.says || d["method"] != c.method {
			t.Errorf("%v: recorded %v", c.amr, d)
		}
		k.must, k.entries = true, nil
		one := c.method == "oidc:one"
		if _, err := k.who(session); (err != nil) != one {
			t.Errorf("%v, once two are required: %v", c.amr, err)
		}
		w = k.through(i, u)
		if (troubleOf(w) == singleTrouble) != one || (w.Code == 200) == one {
			t.Errorf("%v, where two are required: %d %s", c.amr, w.Code, troubleOf(w))
		}
		if e := k.entries[len(k.entries)-1]; one && (e.Operation != "UserLoginFailed" || !strings.Contains(e.Details["reason"], "one factor (amr ")) {
			t.Errorf("%v: recorded %+v", c.amr, e)
		}
	}
	k, i := outsideKit(t)
	if w := k.through(i, ada("amr", 7)); troubleOf(w) != failedTrouble {
		t.Errorf("a claim that is no list: %d %s", w.Code, troubleOf(w))
	}
}

func TestOverageIsResolvedByAppRoles(t *testing.T) {
	k, i := outsideKit(t)
	w := k.through(i, ada("groups", nil, "roles", []string{"Sleuth.Operator"}, "_claim_names", map[string]string{"groups": "src1"}, "_claim_sources", elsewhere))
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, troubleOf(w))
	}
}

func TestTheIssuersKeysMayChange(t *testing.T) {
	k, i := outsideKit(t)
	if w := k.through(i, ada()); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, troubleOf(w))
	}
	next, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	i.Keypair = next
	if w := k.through(i, ada()); w.Code != 200 {
		t.Errorf("after a change of keys: %d %s %+v", w.Code, troubleOf(w), k.entries[len(k.entries)-1])
	}
}

// TestTokensOfAProviderStayWithTheServer: the browser gets a session and no token, and nothing keeps one.
func TestTokensOfAProviderStayWithTheServer(t *testing.T) {
	k, i := outsideKit(t)
	i.tamper = func(token string) string { return token }
	i.QueueUser(ada())
	w := k.get("/api/v1/auth/provider")
	to, err := url.Parse(w.Header().Get("Location"))
	if q := to.Query(); err != nil || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) < 43 || len(q.Get("state")) < 43 ||
		len(q.Get("nonce")) < 43 || strings.Contains(to.String(), i.Config().ClientSecret) {
		t.Errorf("the browser is sent to %s, %v", to, err)
	}
	w = k.through(i, ada())
	if len(i.gave) < 3 || i.gave["id_token"] == "" || i.gave["access_token"] == "" {
		t.Fatalf("the issuer gave %v", i.gave)
	}
	said := []byte(fmt.Sprint(w.Header(), w.Body, k.entries))
	for _, text := range filesOf(t, k.dir) {
		said = append(said, text...)
	}
	for what, token := range i.gave {
		if strings.HasSuffix(what, "token") && bytes.Contains(said, []byte(token)) {
			t.Errorf("the %s is in the answer, on record or kept", what)
		}
	}
}

func TestAFlowIsOfOneBrowserAndOnce(t *testing.T) {
	k, i := outsideKit(t)
	back, browser := k.leave(i, ada())
	for what, w := range map[string]*httptest.ResponseRecorder{
		"a state of nobody": k.get("/api/v1/auth/provider/callback?code=x&state=y", browser),
		"no state":          k.get("/api/v1/auth/provider/callback?code=x", browser),
	} {
		if troubleOf(w) != expiredTrouble {
			t.Errorf("%s: %d %s", what, w.Code, w.Header())
		}
	}
	if w := k.get(back); troubleOf(w) != expiredTrouble {
		t.Errorf("without the browser's cookie: %d", w.Code)
	}
	back, browser = k.leave(i, ada())
	if w := k.get(back, &http.Cookie{Name: browser.Name, Value: "another's"}); troubleOf(w) != expiredTrouble {
		t.Errorf("in another browser: %d", w.Code)
	}
	back, browser = k.leave(i, ada())
	k.now = k.now.Add(flowLasts)
	if w := k.get(back, browser); troubleOf(w) != expiredTrouble {
		t.Errorf("too late: %d", w.Code)
	}
	k.now = time.Now()
	back, browser = k.leave(i, ada())
	if w := k.get(back, browser); w.Code != 200 {
		t.Errorf("%d %s", w.Code, troubleOf(w))
	}
	if w := k.get(back, browser); troubleOf(w) != expiredTrouble {
		t.Errorf("replayed: %d", w.Code)
	}
}

func TestNamesOfAProviderTakeNobodysPlace(t *testing.T) {
	k, i := outsideKit(t)
	local := k.person("ada@contoso.example", access.Owner)
	if w := k.through(i, ada()); troubleOf(w) != takenTrouble {
		t.Errorf("the name of a local account: %d %s", w.Code, troubleOf(w))
	}
	if w := k.through(i, ada("preferred_username", "new@contoso.example")); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, troubleOf(w))
	}
	if w := k.through(i, ada("sub", "s-other", "preferred_username", "new@contoso.example")); troubleOf(w) != takenTrouble {
		t.Errorf("the name of another subject: %d %s", w.Code, troubleOf(w))
	}
	p, err := k.store.Person(t.Context(), "new@contoso.example")
	if err != nil || p.ID == local.ID {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := k.store.SetDisabled(t.Context(), p.ID, true, k.now); err != nil {
		t.Fatal(err)
	}
	if w := k.through(i, ada("preferred_username", "new@contoso.example")); troubleOf(w) != disabledTrouble {
		t.Errorf("disabled here: %d %s", w.Code, troubleOf(w))
	}
}

func TestOwnPath(t *testing.T) {
	for path, want := range map[string]string{
		"/sessions/s-1": "/sessions/s-1", "": "/", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/",
		"javascript:alert(1)": "/", "/a\nb": "/", "/a?token=x#y": "/a", `/a"><script>`: "/a%22%3E%3Cscript%3E",
	} {
		if got := ownPath(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

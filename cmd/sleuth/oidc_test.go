package main

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/sleuth-sec/sleuth/web"
)

// outsider is a user of the test's OpenID Connect provider.
type outsider map[string]any

func (u outsider) ID() string                        { return u["sub"].(string) }
func (u outsider) Userinfo([]string) ([]byte, error) { return json.Marshal(u) }
func (u outsider) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	out := jwt.MapClaims{"nonce": base.Nonce, "iss": base.Issuer, "aud": base.Audience, "exp": base.ExpiresAt, "iat": base.IssuedAt}
	for k, v := range u {
		out[k] = v
	}
	return out, nil
}

// TestProviderSignInInABrowser signs in by a provider on another site, so that the browser's rules about cookies of other
// sites hold as they do with a real one: once with an app role that has a role here, once without.
func TestProviderSignInInABrowser(t *testing.T) {
	chrome, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not tested here (.ci/run installs it)")
	}
	if _, built := web.Page(); !built {
		t.Skip("this build has no page: run make web first")
	}
	issuer, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Shutdown()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(issuer.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "d")
	if _, errs, code := command(t, "", "users", "add", "own@x.example", "--role", "Owner", "--data", dir); code != exitDone {
		t.Fatal(errs)
	}
	printed := startServe(t, dir, "--oidc-issuer", issuer.Issuer(), "--oidc-client-id", issuer.ClientID, "--oidc-client-secret-file", file,
		"--oidc-name", "Woodgrove", "--oidc-role", "Sleuth.Reader=Security Reader")
	at, err := url.Parse(regexp.MustCompile(`http://\S+`).FindString(printed))
	if err != nil || at.Port() == "" {
		t.Fatalf("printed:\n%s", printed)
	}
	base := "http://localhost:" + at.Port() // the provider is at 127.0.0.1: another site
	b := newBrowser(t, chrome)
	b.media("light")
	issuer.QueueUser(outsider{"sub": "s-1", "preferred_username": "sam@woodgrovebank.com", "name": "Sam Lee"})
	b.run(chromedp.Navigate(base+"/sessions/s-1"), chromedp.WaitVisible(`[data-testid=provider]`), chromedp.Click(`[data-testid=provider]`),
		chromedp.WaitVisible(`[data-testid=trouble]`)) // polling does not outlive the pages between
	b.see(`[data-testid=trouble]`, "have no role here")
	b.shot("signin-6-norole")
	issuer.QueueUser(outsider{"sub": "s-1", "preferred_username": "sam@woodgrovebank.com", "name": "Sam Lee", "roles": []string{"Sleuth.Reader"}})
	b.run(chromedp.Navigate(base+"/signin?next=/sessions/s-1"), chromedp.WaitVisible(`[data-testid=provider]`), chromedp.Click(`[data-testid=provider]`),
		chromedp.WaitVisible(`#prompt`))
	b.see(`[data-testid=me]`, "Sam Lee")
	var path string
	b.run(chromedp.Evaluate(`location.pathname`, &path))
	if path != "/sessions/s-1" {
		t.Errorf("after signing in the page is %s", path)
	}
	out, errs, code := command(t, "", "users", "list", "--data", dir)
	if code != exitDone || !regexp.MustCompile(`sam@woodgrovebank.com +Sam Lee +Security Reader`).MatchString(out) {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if len(b.problems) > 0 {
		t.Errorf("the browser's console says: %s", strings.Join(b.problems, "\n"))
	}
}

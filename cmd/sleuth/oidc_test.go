package main

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
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
// sites hold as they do with a real one: once with an app role that has a role here, once without. The provider is that of flags, or
// that of the settings.
func TestProviderSignInInABrowser(t *testing.T) {
	for _, by := range []string{"flags", "settings"} {
		t.Run(by, func(t *testing.T) { signInByProvider(t, by == "flags") })
	}
}

func signInByProvider(t *testing.T, flags bool) {
	t.Helper()
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
	var more []string
	if flags {
		more = []string{"--oidc-issuer", issuer.Issuer(), "--oidc-client-id", issuer.ClientID, "--oidc-client-secret-file", file,
			"--oidc-name", "Woodgrove", "--oidc-role", "Sleuth.Reader=Security Reader"}
	} else {
		for _, set := range [][]string{{"set", "oidc.issuer", issuer.Issuer()}, {"set", "oidc.clientId", issuer.ClientID}, {"set", "oidc.name", "Woodgrove"},
			{"set", "oidc.roles", "Sleuth.Reader=Security Reader, Sleuth.Owner=Owner"}, {"set-secret", "oidc.clientSecret"}} {
			if _, errs, code := command(t, issuer.ClientSecret+"\n", append(append([]string{"settings"}, set...), "--data", dir)...); code != exitDone || !strings.Contains(errs, "next start") {
				t.Fatalf("%v: %d %s", set, code, errs)
			}
		}
	}
	printed := startServe(t, dir, more...)
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

// TestFlagsDecideOverTheProvidersSettings: with --oidc-issuer all of the provider is that of the flags, and settings and list say so.
func TestFlagsDecideOverTheProvidersSettings(t *testing.T) {
	h, err := openHouse(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	for name, value := range map[string]string{"oidc.issuer": "https://settings.example.com", "oidc.clientId": "of-settings", "oidc.name": "Settings", "oidc.roles": "A=Owner"} {
		if _, _, err := h.manage.ChangeSetting(t.Context(), access.LocalOwner(), manage.Change{Name: name, Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	var said strings.Builder
	a := &app{stderr: &said, cwd: t.TempDir()}
	if p, err := (oidcFlags{}).provider(t.Context(), a, h); p != nil || err != nil || !strings.Contains(said.String(), "nobody can sign in by Settings: oidc.clientSecret is not set") {
		t.Errorf("%v, %v, %q", p, err, said.String())
	}
	if _, err := h.manage.SetSecret(t.Context(), access.LocalOwner(), "oidc.clientSecret", secret.NewValue("of-settings")); err != nil {
		t.Fatal(err)
	}
	p, err := (oidcFlags{}).provider(t.Context(), a, h)
	if err != nil || p.Issuer != "https://settings.example.com" || p.ClientID != "of-settings" || p.Name != "Settings" || p.ClientSecret.Reveal() != "of-settings" ||
		!slices.Equal(p.Roles["A"], []access.Role{access.Owner}) {
		t.Errorf("%+v, %v", p, err)
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("of-flags\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := oidcFlags{issuer: "https://flags.example.com", clientID: "of-flags", secretFile: file, name: "Flags", roles: []string{"B=Security Reader"}}
	if err := f.override(h); err != nil {
		t.Fatal(err)
	}
	p, err = f.provider(t.Context(), a, h)
	if err != nil || p.Issuer != "https://flags.example.com" || p.ClientID != "of-flags" || p.Name != "Flags" || p.ClientSecret.Reveal() != "of-flags" ||
		len(p.Roles) != 1 || !slices.Equal(p.Roles["B"], []access.Role{access.SecurityReader}) {
		t.Errorf("%+v, %v", p, err)
	}
	secrets, err := h.manage.Secrets(t.Context())
	if err != nil || len(secrets) != 1 || !secrets[0].Set || secrets[0].Flag != "--oidc-client-secret-file" {
		t.Errorf("%+v, %v", secrets, err)
	}
	if v, err := h.manage.Setting(t.Context(), "oidc.issuer"); err != nil || v.Flag != "--oidc-issuer" || v.Value != "https://settings.example.com" || v.InForce != f.issuer {
		t.Errorf("%+v, %v", v, err)
	}
	for _, wrong := range []oidcFlags{{issuer: "http://flags.example.com", roles: f.roles}, {issuer: f.issuer, roles: []string{"B"}}, {issuer: f.issuer, roles: []string{"B=King"}}} {
		if err := wrong.override(h); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

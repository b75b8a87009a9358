package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
)

// TestSetSecret: a secret comes by standard input, also where a server has the directory, and no command shows it.
func TestSetSecret(t *testing.T) {
	const planted = "PLANTED secret, with blanks "
	dir := filepath.Join(t.TempDir(), "d")
	var said strings.Builder
	does := func(stdin string, want int, args ...string) string {
		t.Helper()
		out, errs, code := command(t, stdin, append(args, "--data", dir)...)
		if code != want {
			t.Errorf("%v: %d %s", args, code, errs)
		}
		said.WriteString(out + errs)
		return out + errs
	}
	kept := func() string {
		t.Helper()
		h, err := openHouse(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer h.closeParts()
		v, err := h.secrets.Get(t.Context(), settings.OIDCClientSecret)
		if err != nil {
			t.Fatal(err)
		}
		return v.Reveal()
	}
	does("first\n", exitDone, "settings", "set-secret", "oidc.clientSecret")
	if got := kept(); got != "first" {
		t.Errorf("kept: %q", got)
	}
	stop := serving(t, dir)
	does(planted+"\r\n", exitDone, "settings", "set-secret", "oidc.clientSecret")
	stop()
	if got := kept(); got != planted {
		t.Errorf("kept: %q", got)
	}
	does("\n", exitUsage, "settings", "set-secret", "oidc.clientSecret")
	does("x", exitUsage, "settings", "set-secret", "other")
	if out := does(strings.Repeat("y", 20<<10), exitUsage, "settings", "set-secret", "oidc.clientSecret"); strings.Contains(out, "yyy") {
		t.Error("what is too long is shown")
	}
	if out := does("", exitDone, "settings", "list"); !strings.Contains(out, "set, not shown") {
		t.Errorf("the list says %s", out)
	}
	does("", exitDone, "settings", "list", "--json")
	does("", exitDone, "audit", "show", "--json")
	does("", exitDone, "audit", "export", "--format", "management-activity")
	if strings.Contains(said.String(), "PLANTED") {
		t.Error("a command showed the secret")
	}
	does("", exitDone, "settings", "remove-secret", "oidc.clientSecret")
	if out := does("", exitFailed, "settings", "remove-secret", "oidc.clientSecret"); !strings.Contains(out, "is not set") {
		t.Errorf("removed twice: %s", out)
	}
}

// TestNoTokenChangesWhoGetsIn: settings that decide who gets in, and secrets, take a person in a browser; others a token may change.
func TestNoTokenChangesWhoGetsIn(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	h, err := openHouse(ctx, filepath.Join(t.TempDir(), "d"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	a := &app{stdout: &strings.Builder{}, stderr: &strings.Builder{}, cwd: "."}
	f := clientDefaults("192.0.2.7:7777")
	front, _, err := a.front(h, f, newAuth(h, f, nil, a.logger()), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	own, err := h.state.AddPerson(ctx, state.Person{UPN: "own@x.example", Name: "Own", Roles: []access.Role{access.Owner}}, now)
	if err != nil {
		t.Fatal(err)
	}
	id, token := auth.NewToken()
	if err := h.state.AddToken(ctx, token, state.Token{ID: id, Person: own.ID, Scopes: access.Permissions(), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	cookie := auth.NewSecret()
	if _, err := h.state.AddSignIn(ctx, cookie, state.SignIn{Person: own.ID, Method: "password+authenticator", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), ProvenAt: now}); err != nil {
		t.Fatal(err)
	}
	put := func(path, body string, browser bool) (int, string) {
		r := httptest.NewRequest("PUT", "http://localhost:7777/api/v1/settings/"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if browser {
			r.AddCookie(&http.Cookie{Name: "sleuth_session", Value: cookie})
		} else {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for _, d := range settings.All() {
		saw, value := d.Default, map[settings.Type]string{settings.Bool: "true", settings.Text: "https://x.example", settings.List: "", settings.Duration: "5m", settings.Count: "5", settings.Size: "1GiB"}[d.Type]
		for _, c := range d.Choices {
			if c != d.Default {
				value = c
			}
		}
		body := `{"saw":"` + saw + `","value":"` + value + `"}`
		want := http.StatusOK
		if d.InPerson {
			want = http.StatusForbidden
		}
		if code, text := put(d.Name, body, false); code != want || d.InPerson && !strings.Contains(text, "by no API token") {
			t.Errorf("%s by a token: %d %s", d.Name, code, text)
		}
		if v, err := h.manage.Setting(ctx, d.Name); err != nil || d.InPerson && v.Value != d.Default {
			t.Errorf("%s is %q, %v", d.Name, v.Value, err)
		}
		if code, text := put(d.Name, body, true); d.InPerson && code != http.StatusOK {
			t.Errorf("%s in person: %d %s", d.Name, code, text)
		}
	}
	if code, text := put("secrets/oidc.clientSecret", `{"value":"PLANTED"}`, false); code != http.StatusUnauthorized || strings.Contains(text, "PLANTED") {
		t.Errorf("a secret by a token: %d %s", code, text)
	}
	if code, text := put("secrets/oidc.clientSecret", `{"value":"PLANTED"}`, true); code != http.StatusNoContent || text != "" {
		t.Errorf("a secret in person: %d %s", code, text)
	}
	if code, text := put("secrets/oidc.clientSecret", `{"value":["PLANTED"]}`, true); code != http.StatusBadRequest || strings.Contains(text, "PLANTED") {
		t.Errorf("no secret: %d %s", code, text)
	}
}

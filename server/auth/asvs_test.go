package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/state"
)

// A password may be of any characters and long, is taken whole and as it is typed, and does not run out.
func TestPasswordsAreTakenAsTheyAre(t *testing.T) {
	for i, password := range []string{
		"  blanks at both ends, kept  ", "только строчные буквы тут", "ELEPHANT RAINCOAT TRUMPET", "7319 4482 0956 1273 88",
		"🦊 jumps over 🐶 and sleeps 🌙", strings.Repeat("violet ferry cactus anvil ", 3) + "end!", strings.Repeat("kettle-orbit-", 19) + "x",
	} {
		k := newKit(t, StartNever)
		upn := "p@x.example"
		if err := k.s.checkPassword(t.Context(), password, upn); err != nil && i != 6 {
			t.Errorf("%q is not taken: %v", password, err)
			continue
		}
		hash, err := k.s.HashPassword(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.store.AddPerson(t.Context(), state.Person{UPN: upn, Name: "P", Roles: []access.Role{access.SecurityReader}, Password: hash}, k.now); err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{strings.TrimSpace(password) + "\x00", password + " ", " " + password, password[:len(password)-1], strings.ToUpper(password) + strings.ToLower(password), swapCase(password)} {
			if other == password {
				continue
			}
			if w := k.signIn(upn, other); w.Code != http.StatusUnauthorized {
				t.Errorf("%q lets %q in: %d", password, other, w.Code)
			}
			k.now = k.now.Add(time.Hour) // past the lock of a name
		}
		k.now = k.now.AddDate(30, 0, 0)
		if w := k.signIn(upn, password); w.Code >= 400 {
			t.Errorf("%q after thirty years: %d %s", password, w.Code, w.Body)
		}
	}
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if u := []rune(strings.ToUpper(string(r))); len(u) == 1 && u[0] != r {
			return u[0]
		}
		return []rune(strings.ToLower(string(r)))[0]
	}, s)
}

// A provider that is away, or whose own description names another issuer, signs nobody in; local people go on.
func TestAProviderThatIsAwayOrNamesAnother(t *testing.T) {
	claims := "https://evil.example"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			t.Errorf("asked for %s", r.URL)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": claims, "authorization_endpoint": claims + "/auth", "token_endpoint": claims + "/token", "jwks_uri": claims + "/keys"})
	}))
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	defer s.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	for name, issuer := range map[string]string{"another": s.URL, "away": away.URL, "of a certificate that nobody trusts": untrusted.URL} {
		k := newKit(t, StartNever)
		var said bytes.Buffer
		k.s.cfg.Logger = slog.New(slog.NewTextHandler(&said, nil))
		p := k.person("own@x.example", access.Owner)
		k.s.outside = newOutside(Provider{Name: "Test", Issuer: issuer, ClientID: "c", ClientSecret: secret.NewValue("s"), Roles: map[string][]access.Role{"x": {access.Owner}}})
		w := k.get("/api/v1/auth/provider")
		if to := w.Header().Get("Location"); strings.Contains(to, "evil.example") || troubleOf(w) != awayTrouble {
			t.Errorf("%s: %d, to %q", name, w.Code, to)
		}
		why := map[string]string{"another": "did not match", "away": "refused"}[name]
		if why == "" {
			why = "certificate"
		}
		if !strings.Contains(said.String(), "level=ERROR") || !strings.Contains(said.String(), why) {
			t.Errorf("%s: the log says %s", name, &said)
		}
		if w := k.signIn(p.UPN, good); w.Code >= 400 {
			t.Errorf("%s: a local person does not get in: %d %s", name, w.Code, w.Body)
		}
	}
}

// A password has fifteen characters, wherever one is chosen, and is none that is guessed early.
func TestANewPasswordIsCheckedWhereverItIsChosen(t *testing.T) {
	const fourteen, fifteen, guessed = "kq7 vexo mub 3", "kq7 vexo mub 3z", "Password12345678"
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	in := cookieOf(t, k.signIn(p.UPN, good))
	change := func(to string) int {
		return k.post("/api/v1/auth/password", map[string]string{"current": good, "password": to}, in).Code
	}
	links := 0
	welcome := func(to string) int {
		links++
		link := fmt.Sprint("link", links)
		if err := k.store.AddLink(t.Context(), link, p.ID, k.now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		return k.post("/api/v1/auth/welcome", map[string]string{"link": link, "password": to}).Code
	}
	for what, choose := range map[string]func(string) int{"at a change": change, "by a link": welcome} {
		for _, bad := range []string{fourteen, guessed, strings.Repeat("é", 14), strings.Repeat("x7 k", 65)} {
			if code := choose(bad); code != http.StatusBadRequest {
				t.Errorf("%s %q: %d", what, bad, code)
			}
		}
	}
	if w := k.signIn(p.UPN, good); w.Code >= 400 {
		t.Fatalf("what was refused took the place of the password: %d", w.Code)
	}
	if code := change(fifteen); code != http.StatusOK {
		t.Errorf("fifteen characters, at a change: %d", code)
	}
	if code := welcome("kq7 vexo mub 4y"); code != http.StatusNoContent {
		t.Errorf("fifteen characters, by a link: %d", code)
	}
}

// A link gives a new password to who lost theirs, and no way round the second factor.
func TestALinkDoesNotGoRoundTheSecondFactor(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	app := k.withApp(p)
	if err := k.store.AddLink(t.Context(), "L", p.ID, k.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if w := k.signIn(p.UPN, "L"); w.Code != http.StatusUnauthorized {
		t.Errorf("the link as a password: %d", w.Code)
	}
	w := k.post("/api/v1/auth/welcome", map[string]string{"link": "L", "password": "five other plain words"})
	if w.Code != http.StatusOK || hasSession(w) || body(t, w)["next"] != "factor" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	step := stepOf(t, w)
	if w := k.post("/api/v1/auth/enrol/authenticator", map[string]string{}, step); w.Code != http.StatusUnauthorized {
		t.Errorf("another factor in place of the one there is: %d %s", w.Code, w.Body)
	}
	if id, err := k.who(cookieOf(t, k.factor(k.code(app), step))); err != nil || id.By != "link+authenticator" {
		t.Errorf("%+v, %v", id, err)
	}
}

// Sessions last as docs/explanation/security.md says: 8 hours unused, 24 in all.
func TestSessionsEndAsDocumented(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	begun := k.now
	used, unused := cookieOf(t, k.signIn(p.UPN, good)), cookieOf(t, k.signIn(p.UPN, good))
	in := func(c *http.Cookie, after time.Duration) bool {
		t.Helper()
		k.now = begun.Add(after)
		_, err := k.who(c)
		if err != nil && !errors.Is(err, ErrNobody) {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, after := range []time.Duration{time.Hour, 7 * time.Hour, 14 * time.Hour, 21 * time.Hour, 24*time.Hour - time.Second} {
		if !in(used, after) {
			t.Fatalf("a session in use ended after %s", after)
		}
		if after == 7*time.Hour && !in(unused, 8*time.Hour-time.Second) {
			t.Error("unused, it ended before 8 hours")
		}
	}
	if in(used, 24*time.Hour) {
		t.Error("it goes on after 24 hours")
	}
	begun = k.now
	unused = cookieOf(t, k.signIn(p.UPN, good))
	if in(unused, 8*time.Hour) {
		t.Error("unused, it goes on after 8 hours")
	}
}

// What signs somebody in is not kept: sessions, links, recovery codes and the secrets of apps are hashes, or sealed.
func TestWhatSignsInIsNotKept(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	link := NewSecret()
	if err := k.store.AddLink(t.Context(), link, p.ID, k.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	id, token := NewToken()
	if err := k.store.AddToken(t.Context(), token, state.Token{ID: id, Person: p.ID, Name: "n", Scopes: []access.Permission{access.Read}, CreatedAt: k.now, ExpiresAt: k.now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	in := cookieOf(t, k.signIn(p.UPN, good))
	app := body(t, k.post("/api/v1/auth/account/authenticator", map[string]string{}, in))["secret"].(string)
	codes := body(t, k.post("/api/v1/auth/account/authenticator/confirm", map[string]string{"code": k.code(app)}, in))["recoveryCodes"].([]any)
	planted := []string{good, link, token, token[len(tokenPrefix)+len(id)+1:], in.Value, app}
	for _, c := range codes {
		planted = append(planted, c.(string), strings.ReplaceAll(c.(string), "-", ""))
	}
	files := filesOf(t, k.dir)
	found := false
	for name, text := range files {
		found = found || bytes.Contains(text, []byte(p.UPN))
		for _, s := range planted {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("%s is in %s", s, name)
			}
		}
	}
	if !found || len(codes) != 10 {
		t.Errorf("the name of the person is in none of %d files: this test looks at the wrong ones", len(files))
	}
}

// filesOf are the contents of all files below a directory.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%d files, %v", len(out), err)
	}
	return out
}

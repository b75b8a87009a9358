package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sleuth-sec/sleuth/server/auth/onetime"
	"github.com/sleuth-sec/sleuth/web"
)

// startServe serves a data directory and returns what it prints at its start.
func startServe(t *testing.T, dir string, more ...string) string {
	t.Helper()
	out, w := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	a := &app{stdin: strings.NewReader(""), stdout: w, stderr: io.Discard, cwd: t.TempDir(), args: append([]string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, more...)}
	done := make(chan int, 1)
	go func() {
		code := a.run(ctx)
		_ = w.Close()
		done <- code
	}()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != exitDone {
			t.Errorf("serve ended with %d", code)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	var text strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Ctrl-C stops it") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return text.String()
}

// TestSignInInABrowser goes the way of a first owner: the printed link, a password, in, out, a wrong password, in again.
func TestSignInInABrowser(t *testing.T) {
	chrome, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not tested here (.ci/run installs it)")
	}
	if _, built := web.Page(); !built {
		t.Skip("this build has no page: run make web first")
	}
	dir := filepath.Join(t.TempDir(), "d")
	printed := startServe(t, dir)
	start, link := regexp.MustCompile(`http://\S+token=\S+`).FindString(printed), regexp.MustCompile(`http://\S+/welcome#\S+`).FindString(printed)
	if start == "" || link == "" {
		t.Fatalf("printed:\n%s", printed)
	}
	base, _, _ := strings.Cut(link, "/welcome")
	b := newBrowser(t, chrome)
	b.media("light")
	b.run(chromedp.Navigate(link), chromedp.WaitVisible(`#name`))
	b.shot("signin-1-owner")
	password := "four plain words in a row"
	b.run(chromedp.SendKeys(`#upn`, "own@woodgrovebank.com"), chromedp.SendKeys(`#name`, "Own Er"), chromedp.SendKeys(`#password`, "short"))
	b.see(`main`, "5 of 15 characters")
	b.run(chromedp.SendKeys(`#password`, kb.End+strings.Repeat(kb.Backspace, 5)+password+kb.Enter), chromedp.WaitVisible(`[data-testid=enrol-authenticator]`))
	b.see(`main`, "http://localhost:") // where passkeys work: this address is none
	b.shot("factor-1-choose")
	var app string
	b.run(chromedp.Click(`[data-testid=enrol-authenticator]`), chromedp.WaitVisible(`#code`), chromedp.Text(`[data-testid=secret]`, &app))
	b.shot("factor-2-authenticator")
	app = strings.ReplaceAll(app, " ", "")
	codeAt := func(ahead time.Duration) string {
		c, err := onetime.Code(app, time.Now().Add(ahead))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	b.run(chromedp.SendKeys(`#code`, codeAt(0)+kb.Enter), chromedp.WaitVisible(`[data-testid=codes-kept]`))
	b.shot("factor-3-codes")
	b.run(chromedp.Click(`[data-testid=codes-kept]`), chromedp.WaitVisible(`#prompt`))
	b.see(`[data-testid=me]`, "Own Er")
	b.run(chromedp.Click(`[data-testid=me]`), chromedp.WaitVisible(`[data-testid=signout]`))
	b.shot("signin-2-in")

	const later = "five other words in a row"
	b.run(chromedp.Click(`[data-testid=account]`), chromedp.WaitVisible(`#present`))
	b.run(chromedp.SendKeys(`#present`, password), chromedp.SendKeys(`#newpassword`, later), chromedp.Click(`[data-testid=change-password]`))
	b.see(`[data-testid=said]`, "The password is changed")
	b.shot("signin-2-account")
	b.run(chromedp.Reload(), chromedp.WaitVisible(`#present`))
	password = later
	b.run(chromedp.Click(`[data-testid=new]`), chromedp.WaitVisible(`#prompt`), chromedp.Click(`[data-testid=me]`), chromedp.WaitVisible(`[data-testid=signout]`))

	// The way out is on every page.
	for pattern, rule := range rules {
		page, ok := strings.CutPrefix(pattern, "GET /")
		if !ok || rule == "anyone" || strings.HasPrefix(page, "api/") {
			continue
		}
		page = strings.NewReplacer("{$}", "", "{id}", "s-1").Replace(page)
		b.run(chromedp.Navigate(base+"/"+page), chromedp.WaitVisible(`[data-testid=me]`), chromedp.Click(`[data-testid=me]`), chromedp.WaitVisible(`[data-testid=signout]`))
	}

	if res, err := http.Get(start); err != nil || res.Request.URL.Path != "/signin" {
		t.Errorf("the start token still lets in: %v, %v", res, err)
	} else {
		_ = res.Body.Close()
	}

	b.run(chromedp.Click(`[data-testid=signout]`), chromedp.WaitVisible(`#upn`))
	b.run(chromedp.Navigate(base+"/sessions/s-1"), chromedp.WaitVisible(`#upn`))
	b.shot("signin-3-form")
	b.run(chromedp.SendKeys(`#upn`, "own@woodgrovebank.com"), chromedp.SendKeys(`#password`, "not the password at all"+kb.Enter))
	b.see(`[data-testid=trouble]`, "The name or the password is wrong")
	b.media("dark")
	b.shot("signin-4-wrong")
	b.run(chromedp.SendKeys(`#password`, password+kb.Enter), chromedp.WaitVisible(`#code`))
	b.run(chromedp.SendKeys(`#code`, "12345"+kb.Enter))
	b.see(`[data-testid=trouble]`, "The code is wrong")
	b.shot("factor-4-second")
	b.run(chromedp.SendKeys(`#code`, kb.End+strings.Repeat(kb.Backspace, 5)+codeAt(30*time.Second)+kb.Enter), chromedp.WaitVisible(`#prompt`)) // one that was not used yet
	var path string
	b.run(chromedp.Evaluate(`location.pathname`, &path))
	if path != "/sessions/s-1" {
		t.Errorf("after signing in the page is %s", path)
	}
	var cookies string
	b.run(chromedp.Evaluate(`document.cookie`, &cookies))
	if cookies != "" {
		t.Errorf("scripts can read %s", cookies)
	}
	b.run(chromedp.Navigate(link), chromedp.Reload())
	b.see(`[data-testid=trouble]`, "has been used")
	b.shot("signin-5-spent")

	out, errs, code := command(t, "", "audit", "show", "--data", dir)
	for _, want := range []string{"SignInLinkCreated", "OwnerCreated", "UserLoggedIn", "UserLoginFailed", "UserLoggedOut", "AuthenticationMethodAdded", "RecoveryCodesCreated", "SecondFactorRequested"} {
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("the trail has no %s: %d %s", want, code, errs)
		}
	}
	if len(b.problems) > 0 {
		t.Errorf("the browser's console says: %s", strings.Join(b.problems, "\n"))
	}
}

// TestPasskeyInABrowser adds a passkey of a virtual device, signs out, and signs in with it and nothing else.
func TestPasskeyInABrowser(t *testing.T) {
	chrome, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not tested here (.ci/run installs it)")
	}
	if _, built := web.Page(); !built {
		t.Skip("this build has no page: run make web first")
	}
	dir := filepath.Join(t.TempDir(), "d")
	link := regexp.MustCompile(`http://\S+/welcome#\S+`).FindString(startServe(t, dir))
	link = strings.Replace(link, "127.0.0.1", "localhost", 1) // passkeys belong to a name
	b := newBrowser(t, chrome)
	b.media("light")
	b.run(webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}).Do(ctx)
		return err
	}))
	b.run(chromedp.Navigate(link), chromedp.WaitVisible(`#name`))
	b.run(chromedp.SendKeys(`#upn`, "own@woodgrovebank.com"), chromedp.SendKeys(`#name`, "Own Er"), chromedp.SendKeys(`#password`, "four plain words in a row"+kb.Enter))
	b.run(chromedp.WaitVisible(`[data-testid=enrol-passkey]`), chromedp.Click(`[data-testid=enrol-passkey]`), chromedp.WaitVisible(`#passkey-name`))
	b.run(chromedp.SendKeys(`#passkey-name`, "Laptop"), chromedp.Click(`[data-testid=create-passkey]`), chromedp.WaitVisible(`[data-testid=codes-kept]`))
	b.run(chromedp.Click(`[data-testid=codes-kept]`), chromedp.WaitVisible(`#prompt`))
	leave := func() {
		t.Helper()
		b.run(chromedp.Click(`[data-testid=me]`), chromedp.WaitVisible(`[data-testid=signout]`), chromedp.Click(`[data-testid=signout]`), chromedp.WaitVisible(`[data-testid=passkey]`))
	}
	leave()
	b.shot("passkey-1-signin")
	b.run(chromedp.Click(`[data-testid=passkey]`), chromedp.WaitVisible(`#prompt`))
	b.see(`[data-testid=me]`, "Own Er")
	b.run(chromedp.Click(`[data-testid=me]`), chromedp.WaitVisible(`[data-testid=account]`), chromedp.Click(`[data-testid=account]`), chromedp.WaitVisible(`[data-testid=passkey-row]`))
	b.see(`[data-testid=passkey-row]`, "Laptop")
	b.see(`[data-testid=signin-row]`, "this session")
	// As if the last proof were long ago: a change asks for a fresh one first, and then goes on.
	db, err := sql.Open("sqlite", filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE sign_in_sessions SET proven_at = ''`); errors.Join(err, db.Close()) != nil {
		t.Fatal(err)
	}
	b.run(chromedp.Click(`[data-testid=new-codes]`), chromedp.WaitVisible(`[data-testid=prove-passkey]`))
	b.shot("proof-1-dialog")
	var codes string
	b.run(chromedp.Click(`[data-testid=prove-passkey]`), chromedp.WaitVisible(`[data-testid=codes-kept]`), chromedp.Text(`[data-testid=recovery-codes] pre`, &codes))
	b.run(chromedp.Click(`[data-testid=codes-kept]`), chromedp.WaitNotPresent(`.fui-DialogSurface`))
	b.run(chromedp.Click(`[data-testid=remove-passkey]`))
	b.see(`[data-testid=said]`, "your last second factor")
	b.shot("passkey-2-account")
	b.media("dark")
	b.shot("passkey-3-account-dark")
	leave()
	b.run(chromedp.SendKeys(`#upn`, "own@woodgrovebank.com"), chromedp.SendKeys(`#password`, "four plain words in a row"+kb.Enter))
	b.run(chromedp.WaitVisible(`[data-testid=use-passkey]`), chromedp.Click(`[data-testid=use-passkey]`), chromedp.WaitVisible(`#prompt`))
	leave()
	b.run(chromedp.SendKeys(`#upn`, "own@woodgrovebank.com"), chromedp.SendKeys(`#password`, "four plain words in a row"+kb.Enter))
	b.run(chromedp.WaitVisible(`[data-testid=lost]`), chromedp.Click(`[data-testid=lost]`), chromedp.WaitVisible(`#recovery`))
	b.run(chromedp.SendKeys(`#recovery`, "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"+kb.Enter))
	b.see(`[data-testid=trouble]`, "The recovery code is wrong")
	b.shot("recovery-1-wrong")
	b.run(chromedp.SendKeys(`#recovery`, kb.End+strings.Repeat(kb.Backspace, 35)+strings.ToLower(strings.Fields(codes)[0])+kb.Enter), chromedp.WaitVisible(`#prompt`))
	b.run(chromedp.EmulateViewport(390, 844), chromedp.Click(`[data-testid=me]`), chromedp.WaitVisible(`[data-testid=account]`), chromedp.Click(`[data-testid=account]`), chromedp.WaitVisible(`[data-testid=codes-left]`))
	b.see(`[data-testid=codes-left]`, "9 of 10 left")
	b.shot("account-narrow")
	out, errs, code := command(t, "", "audit", "show", "--operation", "UserLoggedIn", "--data", dir)
	for _, want := range []string{"method: link+passkey", "method: passkey", "method: password+passkey", "method: password+recoveryCode", "authenticationRequirement: multiFactorAuthentication"} {
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("the trail has no %s: %d %s %s", want, code, out, errs)
		}
	}
	if len(b.problems) > 0 {
		t.Errorf("the browser's console says: %s", strings.Join(b.problems, "\n"))
	}
}

// TestSessionsOfOthersAreNotThere has two people ask the REST API for each other's session.
func TestSessionsOfOthersAreNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	tokens := map[string]string{}
	for _, name := range []string{"own@x.example", "ada@x.example"} {
		if _, errs, code := command(t, "", "users", "add", name, "--role", "Owner", "--data", dir); code != exitDone {
			t.Fatal(errs)
		}
		out, errs, code := command(t, "", "tokens", "add", name, "--for", "test", "--scope", "ask", "--scope", "read", "--data", dir)
		if code != exitDone {
			t.Fatal(errs)
		}
		tokens[name] = strings.TrimSpace(out)
	}
	printed := startServe(t, dir)
	base := regexp.MustCompile(`http://\S+`).FindString(printed)
	if strings.Contains(printed, "token=") || strings.Contains(printed, "welcome#") {
		t.Errorf("people exist, and it prints:\n%s", printed)
	}
	call := func(who, method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+tokens[who])
		r.Header.Set("Content-Type", "application/json")
		res, err := (&http.Client{Timeout: time.Minute}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	if code, text := call("own@x.example", "POST", "/api/v1/sessions/mine/prompts", `{"prompt":"Which users are at risk?"}`); code != 200 || !strings.Contains(text, `"type":"answer"`) {
		t.Fatalf("%d %s", code, text)
	}
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/api/v1/sessions/mine", ""}, {"PATCH", "/api/v1/sessions/mine", `{"title":"t"}`}, {"DELETE", "/api/v1/sessions/mine", ""},
		{"POST", "/api/v1/sessions/mine/prompts", `{"prompt":"and then?"}`},
	} {
		if code, text := call("ada@x.example", c.method, c.path, c.body); code != 404 {
			t.Errorf("another's %s %s: %d %s", c.method, c.path, code, text)
		}
	}
	if _, text := call("ada@x.example", "GET", "/api/v1/sessions", ""); strings.Contains(text, "mine") {
		t.Errorf("another's list: %s", text)
	}
	if code, text := call("own@x.example", "GET", "/api/v1/sessions/mine", ""); code != 200 || !strings.Contains(text, "at risk") {
		t.Errorf("one's own: %d %s", code, text)
	}
	// Over the socket of the server: what is changed holds for the next request.
	if _, errs, code := command(t, "", "users", "disable", "ada@x.example", "--data", dir); code != exitDone {
		t.Fatal(errs)
	}
	if code, text := call("ada@x.example", "GET", "/api/v1/sessions", ""); code != 401 {
		t.Errorf("a disabled person's token: %d %s", code, text)
	}
	out, errs, code := command(t, "", "users", "link", "own@x.example", "--data", dir)
	if code != exitDone || !strings.HasPrefix(out, base+"/welcome#") {
		t.Errorf("a link while serving: %d %q %q", code, out, errs)
	}
}

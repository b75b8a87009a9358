package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/sleuth-sec/sleuth/server/auth/onetime"
)

// program is a running `sleuth serve` of the built program.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	base    string
	printed string // to standard output
	stderr  *bytes.Buffer
	cookies map[string]string
	bearer  string
}

// runProgram starts it and waits until it says where it is.
func runProgram(t *testing.T, bin string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(bin, args...), stderr: &bytes.Buffer{}, cookies: map[string]string{}}
	p.cmd.Env = append(os.Environ(), "GOTRACEBACK=system") // all goroutines, those of the runtime too
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.printed += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "Ctrl-C stops it") {
			break
		}
	}
	p.base = regexp.MustCompile(`http://[0-9.:]+`).FindString(p.printed)
	if p.base == "" {
		t.Fatalf("printed %s %s", p.printed, p.stderr)
	}
	return p
}

// send sends a request as the browser that this program has signed in, or with the bearer token, and returns the answer.
func (p *program) send(method, path string, body any) (int, string) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	for name, value := range p.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Value != "" {
			p.cookies[c.Name] = c.Value
		} else {
			delete(p.cookies, c.Name)
		}
	}
	if to := res.Header.Get("Location"); to != "" {
		return res.StatusCode, to
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

// get is the answer of a request that has to succeed.
func (p *program) get(method, path string, body any) map[string]any {
	p.t.Helper()
	code, text := p.send(method, path, body)
	out := map[string]any{}
	if code >= 300 {
		p.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	if text != "" && text[0] == '{' && !strings.Contains(text, "\n{") {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			p.t.Fatalf("%s %s: %s: %v", method, path, text, err)
		}
	}
	return out
}

// crash ends it by a signal that it does not catch.
func (p *program) crash(by syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(by); err != nil {
		p.t.Fatal(err)
	}
	var once sync.Once
	stop := time.AfterFunc(time.Minute, func() { once.Do(func() { _ = p.cmd.Process.Kill() }) })
	err := p.cmd.Wait()
	stop.Stop()
	if err == nil || !strings.Contains(p.stderr.String(), "goroutine ") {
		p.t.Errorf("after %s: %v, and it says %s", by, err, p.stderr)
	}
}

// forms are the ways in which a secret may stand in a file.
func forms(secret string) map[string]string {
	quoted, _ := json.Marshal(secret) // a string can always be
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(secret)
	out := map[string]string{
		"plain": secret, "JSON": strings.Trim(string(quoted), `"`), "JSON, as it is": strings.Trim(strings.TrimSpace(plain.String()), `"`), "quoted": strings.Trim(fmt.Sprintf("%q", secret), `"`),
		"query": url.QueryEscape(secret), "path": url.PathEscape(secret), "hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"bytes": strings.Trim(fmt.Sprint([]byte(secret)), "[]"), "backwards": backwards(secret),
	}
	// In base64 a text stands in one of three ways, after what is before it; the characters at its ends belong to its neighbours too.
	for shift := range 3 {
		for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 for addresses": base64.RawURLEncoding} {
			text := e.EncodeToString(append(make([]byte, shift), secret...))
			out[fmt.Sprint(name, " ", shift)] = text[(shift*8+5)/6 : len(text)-2]
		}
	}
	return out
}

func backwards(s string) string {
	b := []rune(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// TestPlantedSecretsAfterACrash runs the built program as people do, with a secret of every kind, crashes it twice, and looks for each
// secret in every file it left, in what it printed, and in all that leaves it.
func TestPlantedSecretsAfterACrash(t *testing.T) {
	top := t.TempDir()
	bin, dir := filepath.Join(t.TempDir(), "sleuth"), filepath.Join(top, "data")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	issuer, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Shutdown()
	issuer.ClientSecret = `pl@nted "client" <secret> & more/ü`
	file := filepath.Join(t.TempDir(), "secret") // not below top: it is the owner's
	if err := os.WriteFile(file, []byte(issuer.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--data", dir, "--addr", "127.0.0.1:0", "--oidc-issuer", issuer.Issuer(), "--oidc-client-id", issuer.ClientID,
		"--oidc-client-secret-file", file, "--oidc-role", "Sleuth.Reader=Security Reader"}
	planted := map[string]string{"client secret": issuer.ClientSecret, "in the field of the name": "typed in the wrong \"field\" 77", "wrong password": "wr0ng <pass> & \"word\" 99",
		"password": `four pl@in "words" in a <row> & ü`, "next password": `five other "pl@in" words/<in> a row`, "in an address": "s1gAAbb99%2Bcc0123456789", "password in an address": "hunter2planted",
		"in KQL": "planted-in-kql-0815", "wrong token": "slt_0123456789ab_" + strings.Repeat("Wr0ng", 9), "wrong start token": strings.Repeat("Qx7", 15), "wrong link": strings.Repeat("Ln9", 15),
		"wrong recovery code": "ZZZZZ-YYYYY-XXXXX-WWWWW-VVVVV", "of the provider": "planted-error-description-1"}
	// Prompts and answers go into the tables and exports too.
	if out, err := exec.CommandContext(t.Context(), bin, "settings", "set", "audit.copy.responses", "true", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// A secret of the settings is sealed; serve's flags go before it.
	planted["sealed client secret"] = `sealed "pl@nted" <one> & ü/+ 4711`
	set := exec.CommandContext(t.Context(), bin, "settings", "set-secret", "oidc.clientSecret", "--data", dir)
	set.Stdin = strings.NewReader(planted["sealed client secret"] + "\n")
	if out, err := set.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := runProgram(t, bin, args...)
	link := regexp.MustCompile(`/welcome#(\S+)`).FindStringSubmatch(p.printed)
	start := regexp.MustCompile(`token=(\S+)`).FindStringSubmatch(p.printed)
	if link == nil || start == nil {
		t.Fatalf("printed %s", p.printed)
	}
	planted["start token"], planted["owner link"] = start[1], link[1]
	const upn = "own@x.example"
	p.send("GET", "/?token="+start[1], nil)
	p.send("GET", "/?token="+planted["wrong start token"], nil)
	delete(p.cookies, "sleuth_start")
	p.send("POST", "/api/v1/auth/welcome", map[string]string{"link": planted["wrong link"], "upn": upn, "name": "Own", "password": planted["password"]})
	keep := func(name, cookie string) {
		t.Helper()
		if planted[name] = p.cookies[cookie]; planted[name] == "" {
			t.Fatalf("no cookie %s for %s: %v", cookie, name, p.cookies)
		}
	}
	p.get("POST", "/api/v1/auth/welcome", map[string]string{"link": link[1], "upn": upn, "name": "Own", "password": planted["password"]})
	keep("step", "sleuth_step")
	app := p.get("POST", "/api/v1/auth/enrol/authenticator", map[string]string{})["secret"].(string)
	planted["authenticator"] = app
	code := func(ahead time.Duration) string {
		c, err := onetime.Code(app, time.Now().Add(ahead))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	recovery := p.get("POST", "/api/v1/auth/enrol/authenticator/confirm", map[string]string{"code": code(-onetime.Period)})["recoveryCodes"].([]any)
	for i, c := range recovery {
		planted[fmt.Sprint("recovery code ", i)] = c.(string)
		planted[fmt.Sprint("recovery code, plain, ", i)] = onetime.Plain(c.(string))
	}
	keep("first session", "sleuth_session")
	p.get("POST", "/api/v1/auth/signout", map[string]string{})
	for _, try := range []map[string]string{{"upn": upn, "password": planted["wrong password"]}, {"upn": planted["in the field of the name"], "password": "x"}} {
		if code, text := p.send("POST", "/api/v1/auth/signin", try); code != 401 {
			t.Errorf("%v: %d %s", try, code, text)
		}
	}
	signIn := func(password string, factor map[string]string) {
		t.Helper()
		p.get("POST", "/api/v1/auth/signin", map[string]string{"upn": upn, "password": password})
		p.get("POST", "/api/v1/auth/factor", factor)
	}
	signIn(planted["password"], map[string]string{"code": code(0)})
	keep("second session", "sleuth_session")
	p.get("POST", "/api/v1/auth/password", map[string]string{"current": planted["password"], "password": planted["next password"]})
	keep("session after the change of the password", "sleuth_session")
	planted["API token"] = p.get("POST", "/api/v1/tokens", map[string]any{"name": "planted", "scopes": []string{"read", "ask"}, "days": 1})["token"].(string)
	added := p.get("POST", "/api/v1/people", map[string]any{"upn": "ada@x.example", "name": "Ada", "roles": []string{"Security Reader"}})
	planted["link of another"] = strings.TrimPrefix(added["link"].(string), "/welcome#")

	// By the provider: once well, once with the words of an error, once while it is away.
	for _, end := range []string{"", "&error=access_denied&error_description=" + planted["of the provider"], "away"} {
		p.cookies = map[string]string{}
		issuer.QueueUser(outsider{"sub": "s-1", "preferred_username": "sam@x.example", "name": "Sam", "roles": []string{"Sleuth.Reader"}})
		_, to := p.send("GET", "/api/v1/auth/provider", nil)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Get(to)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		back, err := url.Parse(res.Header.Get("Location"))
		if err != nil || back.Query().Get("code") == "" {
			t.Fatalf("the provider answers %v, %v", res.Header, err)
		}
		planted["code of the provider"+end], planted["state"+end] = back.Query().Get("code"), back.Query().Get("state")
		if end == "away" {
			if err := issuer.Shutdown(); err != nil {
				t.Fatal(err)
			}
		}
		status, text := p.send("GET", back.RequestURI()+strings.TrimPrefix(end, "away"), nil)
		if (status == 200) != (end == "") {
			t.Errorf("by the provider, %q: %d %s", end, status, text)
		}
		if end == "" {
			keep("session by the provider", "sleuth_session")
		}
	}

	// Programs: a question with a token in an address, and queries.
	p.cookies, p.bearer = map[string]string{}, planted["API token"]
	question := "Who fetched https://ada:" + planted["password in an address"] + "@x.example/c?sv=1&sig=" + planted["in an address"] + " with Bearer " + planted["wrong token"] + "?"
	p.get("POST", "/api/v1/sessions/s-1/prompts", map[string]string{"prompt": question})
	p.get("PATCH", "/api/v1/sessions/s-1", map[string]string{"title": question})
	kql := `print h"` + planted["in KQL"] + `", "https://x.example/?token=` + planted["in an address"] + `"`
	p.get("POST", "/api/v1/query", map[string]string{"query": kql})
	p.send("POST", "/api/v1/query", map[string]string{"query": kql + " | nonsense"})
	p.get("POST", "/v2/rest/query", map[string]string{"db": "Workspace", "csl": kql})
	p.send("GET", "/v1/workspaces/x/query?query="+url.QueryEscape(kql), nil)
	p.bearer = planted["wrong token"]
	p.send("POST", "/api/v1/query", map[string]string{"query": kql})
	p.send("POST", "/v2/rest/query", map[string]string{"db": "Workspace", "csl": kql})
	p.bearer = ""
	p.crash(syscall.SIGQUIT)

	// Again, with a crash of another kind while somebody is signed in.
	first := p
	p = runProgram(t, bin, args[:5]...)
	if code, text := p.send("POST", "/api/v1/auth/signin", map[string]string{"upn": upn, "password": planted["next password"]}); code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	if code, text := p.send("POST", "/api/v1/auth/factor", map[string]string{"recovery": planted["wrong recovery code"]}); code != 401 {
		t.Errorf("%d %s", code, text)
	}
	p.get("POST", "/api/v1/auth/factor", map[string]string{"recovery": planted["recovery code 3"]})
	keep("session of the second run", "sleuth_session")
	p.crash(syscall.SIGSEGV)

	const rows = "union CloudAppEvents, CopilotActivity, SigninLogs, IdentityLogonEvents"
	texts := map[string]string{"standard error": first.stderr.String(), "standard error of the second run": p.stderr.String()}
	for _, line := range [][]string{
		{"audit", "verify"}, {"audit", "show", "--json"}, {"audit", "show"}, {"audit", "export", filepath.Join(top, "export")},
		{"audit", "export", "--format", "management-activity"}, {"backup", filepath.Join(top, "backup")}, {"users", "list", "--json"}, {"tokens", "list"},
		{"settings", "list", "--json"}, {"settings", "key"}, {"settings", "export"},
		{"query", rows, "--format", "json"},
	} {
		out, err := exec.CommandContext(t.Context(), bin, append(line, "--data", dir)...).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v %s", line, err, cut(string(out), 500))
		}
		texts[strings.Join(line, " ")] = string(out)
	}
	err = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var data []byte
			data, err = os.ReadFile(path)
			texts[path] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// What is not secret is found: these are the places where things stand.
	for _, want := range []string{upn, "Who fetched"} {
		for _, where := range []string{"audit show --json", "audit export --format management-activity", "query " + rows + " --format json"} {
			if !strings.Contains(texts[where], want) {
				t.Errorf("%s does not say %q: %s", where, want, cut(texts[where], 500))
			}
		}
	}
	for name, secret := range planted {
		for form, text := range forms(secret) {
			for where, said := range texts {
				if at := strings.Index(said, text); at >= 0 {
					t.Errorf("%s is in %s, %s: %q", name, where, form, said[max(0, at-60):min(len(said), at+len(text)+20)])
				}
			}
		}
	}
	t.Logf("%d secrets in %d forms, %d places", len(planted), len(forms("x y z")), len(texts))
}

// A secret is found in the middle of each form of a longer text.
func TestFormsFindASecret(t *testing.T) {
	const secret = `a "secret" <of> & ü/+ bytes`
	for shift := range 3 {
		whole := "before"[:shift] + secret + "after"
		quoted, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{
			"plain": whole, "JSON": string(quoted), "quoted": fmt.Sprintf("%q", whole), "query": url.QueryEscape(whole), "path": url.PathEscape(whole), "hex": fmt.Sprintf("%x", whole),
			"HEX": fmt.Sprintf("%X", whole), "bytes": fmt.Sprint([]byte(whole)), "base64": base64.StdEncoding.EncodeToString([]byte(whole)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(whole)),
		} {
			found := false
			for _, form := range forms(secret) {
				found = found || strings.Contains(text, form)
			}
			if !found {
				t.Errorf("not found in %s: %s", what, text)
			}
		}
	}
}

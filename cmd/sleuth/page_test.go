package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/sleuth-sec/sleuth/web"
)

// TestPageInABrowser walks the investigation of the sample tenant in a real browser: prompts, streamed answers, grid,
// evidence, steps, suggestions, sessions. With SLEUTH_SHOTS=DIR it leaves screenshots there.
func TestPageInABrowser(t *testing.T) {
	chrome, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not tested here (.ci/run installs it)")
	}
	if _, built := web.Page(); !built {
		t.Skip("this build has no page: run make web first")
	}
	address := startDemo(t)
	b := newBrowser(t, chrome)
	b.open(address)
	b.see(`[data-testid=tenant]`, "Woodgrove Bank")
	b.shot("01-start")

	b.ask("Give me all user details for karita@woodgrovebank.com and extract the user Object ID.", 1, "answered")
	b.see(`[data-testid=answer]`, "karita@woodgrovebank.com")
	b.shot("02-user")
	b.ask("Show me failed sign-ins for karita@woodgrovebank.com for the past 7 days and tell me what the IP addresses are.", 2, "answered")
	b.run(chromedp.Click(`[data-testid=turn]:last-of-type [data-testid=grid] tbody td`, chromedp.ByQuery))
	b.see(`[data-testid=evidence]`, "GetEntraSignInLogs")
	b.see(`[data-testid=evidence]`, "SigninLogs")
	b.shot("03-evidence")
	b.run(chromedp.KeyEvent("\x1b"), chromedp.WaitNotPresent(`[data-testid=evidence]`))
	b.run(chromedp.Click(`[data-testid=turn]:last-of-type [data-testid=step] button`, chromedp.ByQuery))
	b.see(`[data-testid=query]`, "let _now = datetime(2026-11-20")
	b.ask("Is someone.else@woodgrovebank.com risky?", 3, "not_found")
	b.ask("disable karita@woodgrovebank.com", 4, "needs_confirmation")
	b.shot("04-outcomes")
	b.ask("Revoke the sessions of karita@woodgrovebank.com and disable her account", 5, "needs_confirmation")
	if n := b.count(`[data-testid=turn]:last-of-type [data-testid=plan]`); n != 2 {
		t.Errorf("two actions asked for, %d plans shown", n)
	}
	b.run(chromedp.Click(`[data-testid=turn]:last-of-type [data-testid=plan]:last-of-type button`, chromedp.ByQuery))
	b.see(`[data-testid=plan-dialog]`, "Nothing has been done yet")
	b.see(`[data-testid=plan-dialog] [data-testid=request]`, `{"accountEnabled": false}`)
	b.shot("06-plan")
	b.run(chromedp.KeyEvent("\x1b"), chromedp.WaitNotPresent(`[data-testid=plan-dialog]`))
	b.shot("07-plans")

	var path string
	b.run(chromedp.Evaluate(`location.pathname`, &path))
	if !strings.HasPrefix(path, "/sessions/") {
		t.Errorf("the session has no address: %s", path)
	}
	b.run(chromedp.Reload())
	b.see(`[data-testid=turn]:last-of-type`, "disable her account")
	if n := b.count(`[data-testid=turn]:last-of-type [data-testid=plan]`); n != 2 {
		t.Errorf("the stored answer shows %d plans of 2", n)
	}
	b.media("dark")
	b.shot("05-dark")
	if len(b.problems) > 0 {
		t.Errorf("the browser's console says: %s", strings.Join(b.problems, "\n"))
	}
}

// startDemo serves the demo from a fresh data directory and returns the printed address.
func startDemo(t *testing.T) string {
	t.Helper()
	out, w := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	a := &app{stdin: strings.NewReader(""), stdout: w, stderr: io.Discard, cwd: t.TempDir(),
		args: []string{"demo", "--data", filepath.Join(t.TempDir(), "demo"), "--addr", "127.0.0.1:0"}}
	done := make(chan int, 1)
	var messages bytes.Buffer
	a.stderr = &messages
	go func() {
		code := a.run(ctx)
		_ = w.Close()
		done <- code
	}()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != exitDone {
			t.Errorf("demo ended with %d: %s", code, messages.String())
		}
		http.DefaultClient.CloseIdleConnections()
	})
	buf := make([]byte, 4096)
	n, err := out.Read(buf)
	if err != nil {
		t.Fatalf("demo printed nothing: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	address := regexp.MustCompile(`http://\S+`).FindString(string(buf[:n]))
	if address == "" {
		t.Fatalf("no address in %q", buf[:n])
	}
	return address
}

type browser struct {
	t        *testing.T
	ctx      context.Context
	problems []string
}

func newBrowser(t *testing.T, path string) *browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1400, 900), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// A click goes to where a button was: while a dialog comes in, it may have gone from there.
		chromedp.Flag("force-prefers-reduced-motion", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil { // begins the browser, which lives longer than what is asked of it
		t.Fatal(err)
	}
	b := &browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			b.problems = append(b.problems, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				for _, arg := range e.Args {
					b.problems = append(b.problems, string(arg.Value))
				}
			}
		}
	})
	return b
}

// run does things with the page, each call in a minute and a half at most. Where one fails, what the page shows is told.
func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 90*time.Second)
	defer cancel()
	err := chromedp.Run(ctx, actions...)
	if err == nil {
		return
	}
	b.shot("failed")
	var text string
	look, done := context.WithTimeout(b.ctx, 10*time.Second)
	defer done()
	if lookErr := chromedp.Run(look, chromedp.Evaluate(`document.body.innerText + '\nfocus: ' + (document.activeElement ? document.activeElement.outerHTML.slice(0, 200) : 'none')`, &text)); lookErr != nil {
		text = lookErr.Error()
	}
	b.t.Fatalf("%v; console: %q; the page:\n%s", err, b.problems, text)
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.media("light")
	b.run(chromedp.Navigate(address), chromedp.WaitVisible(`#prompt`))
}

// media sets the colour scheme, and switches transitions off so that a picture shows the end state.
func (b *browser) media(scheme string) {
	b.t.Helper()
	b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
}

// see waits until the text stands somewhere in an element of the selector.
func (b *browser) see(selector, text string) {
	b.t.Helper()
	b.run(chromedp.PollFunction(`(s, t) => [...document.querySelectorAll(s)].some((e) => e.textContent.includes(t))`, nil,
		chromedp.WithPollingArgs(selector, text), chromedp.WithPollingTimeout(30*time.Second)))
}

// count is how many elements a selector finds.
func (b *browser) count(selector string) int {
	b.t.Helper()
	var n int
	b.run(chromedp.Evaluate("document.querySelectorAll(`"+selector+"`).length", &n))
	return n
}

// ask types a prompt and waits for the n-th answer, whose outcome it checks.
func (b *browser) ask(prompt string, n int, outcome string) {
	b.t.Helper()
	var got string
	b.run(
		chromedp.SendKeys(`#prompt`, prompt+"\r"),
		chromedp.PollFunction(`(n) => document.querySelectorAll('[data-testid=answer]').length >= n`, nil,
			chromedp.WithPollingArgs(n), chromedp.WithPollingTimeout(60*time.Second)),
		chromedp.Evaluate(`[...document.querySelectorAll('[data-testid=answer]')].at(-1).dataset.outcome`, &got))
	if got != outcome {
		b.t.Errorf("%q: outcome %s, want %s", prompt, got, outcome)
	}
}

func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SLEUTH_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	if err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot(&png)); err != nil {
		b.t.Log(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		b.t.Error(err)
	}
}

package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sleuth-sec/sleuth/web"
)

// signedInOwner serves a fresh data directory and makes its owner in a browser.
func signedInOwner(t *testing.T, more ...string) (b *browser, dir, base string) {
	t.Helper()
	chrome, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the page is not tested here (.ci/run installs it)")
	}
	if _, built := web.Page(); !built {
		t.Skip("this build has no page: run make web first")
	}
	dir = filepath.Join(t.TempDir(), "d")
	link := regexp.MustCompile(`http://\S+/welcome#\S+`).FindString(startServe(t, dir, more...))
	base, _, _ = strings.Cut(link, "/welcome")
	b = newBrowser(t, chrome)
	b.media("light")
	b.run(chromedp.Navigate(link), chromedp.WaitVisible(`#name`), chromedp.SendKeys(`#upn`, "own@woodgrovebank.com"), chromedp.SendKeys(`#name`, "Own Er"),
		chromedp.SendKeys(`#password`, "four plain words in a row"+kb.Enter), chromedp.WaitVisible(`#prompt`))
	return b, dir, base
}

// TestSettingsInABrowser has an owner manage people, tokens, settings and retention.
func TestSettingsInABrowser(t *testing.T) {
	b, dir, base := signedInOwner(t, "--max-rows", "5000")
	click := func(sel string) { b.run(chromedp.Click(sel, chromedp.ByQuery, chromedp.NodeVisible)) }
	gone := func(sel string) { b.run(chromedp.WaitNotPresent(sel)) }

	// People.
	click(`[data-testid=settings]`)
	click(`[data-testid=tab-people]`)
	b.see(`[data-testid=people]`, "own@woodgrovebank.com")
	click(`[data-testid=add-person]`)
	b.run(chromedp.WaitVisible(`#new-upn`), chromedp.SendKeys(`#new-upn`, "ada@woodgrovebank.com"), chromedp.SendKeys(`#new-name`, "Ada Berg"))
	b.shot("settings-1-add")
	click(`[data-testid=act]`)
	b.see(`[data-testid=once]`, "/welcome#")
	b.shot("settings-2-link")
	var link string
	b.run(chromedp.Text(`[data-testid=once-text]`, &link))
	if !regexp.MustCompile(`^` + regexp.QuoteMeta(base) + `/welcome#[\w-]{43}$`).MatchString(link) {
		t.Errorf("the link is %q", link)
	}
	click(`[data-testid=once-close]`)
	b.see(`[data-upn="ada@woodgrovebank.com"]`, "Not signed in yet")
	menu := func(upn, what string) {
		click(`[data-upn="` + upn + `"] [data-testid=change-person]`)
		click(`[data-testid=` + what + `]`)
		b.run(chromedp.WaitVisible(`[data-testid=dialog]`))
	}
	menu("ada@woodgrovebank.com", "do-roles")
	click(`[data-role="Security Operator"]`)
	b.see(`[data-testid=old-new]`, "Now: Security Reader. Then: Security Reader, Security Operator")
	b.shot("settings-3-roles")
	click(`[data-testid=act]`)
	b.see(`[data-upn="ada@woodgrovebank.com"]`, "Security Reader, Security Operator")
	menu("ada@woodgrovebank.com", "do-disable")
	click(`[data-testid=act]`)
	b.see(`[data-upn="ada@woodgrovebank.com"]`, "Disabled")
	menu("own@woodgrovebank.com", "do-remove")
	click(`[data-testid=act]`)
	b.see(`[data-testid=dialog-trouble]`, "the last owner")
	b.shot("settings-4-last-owner")
	b.run(chromedp.KeyEvent("\x1b"))
	gone(`[data-testid=dialog]`)
	b.see(`[data-upn="own@woodgrovebank.com"]`, "by link")
	b.shot("settings-5-people")

	// Tokens.
	click(`[data-testid=tab-tokens]`)
	b.see(`main`, "You have no API token.")
	click(`[data-testid=add-token]`)
	b.run(chromedp.WaitVisible(`#token-for`), chromedp.SendKeys(`#token-for`, "dashboards"))
	b.shot("settings-6-token")
	click(`[data-testid=act]`)
	b.see(`[data-testid=once-text]`, "slt_")
	b.shot("settings-7-token-once")
	click(`[data-testid=once-close]`)
	b.see(`[data-testid=own-tokens]`, "dashboards")
	b.see(`[data-testid=all-tokens]`, "own@woodgrovebank.com")
	b.shot("settings-8-tokens")
	click(`[data-testid=own-tokens] [data-testid=remove-token]`)
	click(`[data-testid=act]`)
	b.see(`main`, "Nobody has an API token.")

	// Settings: old and new before saving, a flag that decides, and somebody else's change meanwhile.
	click(`[data-testid=tab-owner]`)
	b.see(`[data-setting="clients.maxRows"] [data-testid=flag]`, "its flag --max-rows decides: 5000")
	change := func(name, value string) {
		click(`[data-setting="` + name + `"] [data-testid=change-setting]`)
		b.run(chromedp.WaitVisible(`#new-value`), chromedp.SendKeys(`#new-value`, kb.End+strings.Repeat(kb.Backspace, 12)+value))
	}
	change("clients.maxTime", "5m")
	b.see(`[data-testid=old-new]`, "1h0m0s")
	b.see(`[data-testid=old-new]`, "5m")
	b.shot("settings-9-change")
	click(`[data-testid=act]`)
	b.see(`[data-setting="clients.maxTime"] [data-testid=value]`, "5m0s")
	b.see(`[data-setting="clients.maxTime"]`, "Changed by own@woodgrovebank.com")
	change("clients.maxTime", "nonsense")
	click(`[data-testid=act]`)
	b.see(`[data-testid=dialog-trouble]`, `give a duration such as 90s or 5m`)
	if _, errs, code := command(t, "", "settings", "set", "clients.maxTime", "7m", "--data", dir); code != exitDone {
		t.Fatal(errs)
	}
	b.run(chromedp.SendKeys(`#new-value`, kb.End+strings.Repeat(kb.Backspace, 12)+"6m"))
	click(`[data-testid=act]`)
	b.see(`[data-testid=conflict]`, "a command on this machine changed this meanwhile")
	b.see(`[data-testid=conflict]`, "7m0s")
	b.shot("settings-10-conflict")
	if out, _, _ := command(t, "", "settings", "show", "clients.maxTime", "--data", dir); !strings.Contains(out, "clients.maxTime = 7m0s") {
		t.Errorf("the other's change was overwritten: %s", out)
	}
	click(`[data-testid=change-anyway]`)
	b.see(`[data-testid=old-new]`, "7m0s")
	click(`[data-testid=act]`)
	b.see(`[data-setting="clients.maxTime"] [data-testid=value]`, "6m0s")
	b.shot("settings-11-owner")
	b.media("dark")
	b.shot("settings-12-owner-dark")

	// Retention.
	b.media("light")
	click(`[data-testid=tab-retention]`)
	b.see(`main`, "No table holds events yet")
	if _, errs, code := command(t, "", "retention", "set", "SigninLogs", "90", "--data", dir); code != exitDone {
		t.Fatal(errs)
	}
	b.run(chromedp.Reload())
	b.see(`[data-table=SigninLogs]`, "90 days, then deleted")
	click(`[data-table=SigninLogs] [data-testid=change-retention]`)
	b.run(chromedp.WaitVisible(`#archive-days`), chromedp.SendKeys(`#archive-days`, kb.End+kb.Backspace+"30"))
	b.see(`[data-testid=old-new]`, "New: 90 days, then 30 days in the archive")
	click(`[data-testid=act]`)
	b.see(`[data-table=SigninLogs]`, "90 days, then 30 days in the archive")
	b.shot("settings-13-retention")

	var path string
	b.run(chromedp.Evaluate(`location.pathname`, &path))
	if path != "/settings/retention" {
		t.Errorf("the section has no address: %s", path)
	}
	out, errs, code := command(t, "", "audit", "show", "--data", dir, "--most", "0")
	for _, want := range []string{"UserAdded", "UserRoleChanged", "UserDisabled", "TokenCreated", "TokenRemoved", "UpdateCopilotSettings", "RetentionSet", "Own Er"} {
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("the trail has no %s: %d %s", want, code, errs)
		}
	}
	if strings.Contains(out, "slt_") || strings.Contains(out, strings.TrimPrefix(link, base+"/welcome#")) || strings.Contains(out, "UserRemoved") {
		t.Error("the trail has what it must not")
	}
	if len(b.problems) > 0 {
		t.Errorf("the browser's console says: %s", strings.Join(b.problems, "\n"))
	}
}

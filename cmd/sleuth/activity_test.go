package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/engine"
)

// TestTrailInTables: what was recorded is there for the next query, for those who may read the trail; others, and the copilot,
// see of these tables what is the tenant's, by whatever name they are reached.
func TestTrailInTables(t *testing.T) {
	ctx := t.Context()
	h, err := openHouse(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	owner := access.LocalOwner()
	operator := access.Principal{ID: "o", Roles: []access.Role{access.SecurityOperator}}
	for _, e := range []audit.Entry{{Operation: "UserLoggedIn", Details: map[string]string{"userPrincipalName": "ada@contoso.com", "clientIP": "192.0.2.7"}}, {Operation: "PluginDisabled", Object: "Contoso"}} {
		if err := h.admit(ctx, owner, access.Manage, e); err != nil {
			t.Fatal(err)
		}
	}
	count := func(p access.Principal, text string) string {
		t.Helper()
		res, err := h.query(ctx, p, text, engine.Options{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return res.Rows()[0][0].Text()
	}
	for text, want := range map[string]string{
		"CloudAppEvents | count": "2",
		"CloudAppEvents | where TenantId == 'sleuth' | where ActionType == 'DisableCopilotPlugin' | count": "1",
		"table('CloudAppEvents') | count":                                     "2",
		"workspace('default').CloudAppEvents | count":                         "2",
		"union CloudApp*, IdentityLogon* | count":                             "3",
		"search in (CloudAppEvents) 'Contoso' | count":                        "2",
		"IdentityLogonEvents | where AccountUpn == 'ada@contoso.com' | count": "1",
		"SigninLogs | where UserPrincipalName =~ 'Ada@contoso.com' | count":   "1",
		"let t = 'CloudAppEvents'; table(t) | count":                          "2",
	} {
		if got := count(owner, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if got := count(operator, text); got != "0" {
			t.Errorf("who may not read the trail: %s: %s", text, got)
		}
	}
	res, err := runner{h.engine, h.definitions.Over(tenantTables{h.tenant, h.catalog}), h.limited}.Query(ctx, "SigninLogs | count", time.Now())
	if err != nil || res.Rows[0][0] != int64(0) {
		t.Errorf("the copilot counts %v sign-ins of the tenant, %v", res, err)
	}
}

// TestCopilotTellsItsUse: the trail is what is asked for where the question is who used the copilot.
func TestCopilotTellsItsUse(t *testing.T) {
	ctx := t.Context()
	h, err := openHouse(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	ask := func(p access.Principal) *copilot.Answer {
		t.Helper()
		a, err := h.copilot.Ask(context.WithoutCancel(ctx), copilot.Prompt{Text: "Who used the copilot in the past 7 days?", Principal: p, Now: time.Now().Add(time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := ask(access.LocalOwner()); a.Outcome != copilot.Answered || !strings.Contains(a.Text, "1 copilot event") {
		t.Errorf("%s: %s", a.Outcome, a.Text)
	}
	if a := ask(access.Principal{ID: "r", Roles: []access.Role{access.SecurityReader}}); a.Outcome != copilot.Refused {
		t.Errorf("who may not read the trail gets: %s: %s", a.Outcome, a.Text)
	}
}

package copilot_test

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/copilot"
)

func TestInvestigationWeighsMailAndGraph(t *testing.T) {
	rows := people()
	rows["let _delegates"] = table("TimeGenerated Operation Forwards Outside Hidden Deletes ClientIP", []any{"2026-11-18T02:00:00Z", "UpdateInboxRules", "x%d@mail.example", true, true, false, "203.0.113.9"})
	rows["MicrosoftGraphActivityLogs\n"] = table("TimeGenerated IPAddress SignIn OtherAddress", []any{"2026-11-18T03:00:00Z", "203.0.113.9", "by token", true}, []any{"2026-11-18T03:01:00Z", "203.0.113.9", "none", false})
	c := newCopilot(t, &answers{rows: rows}, held{"EntraUsers", "OfficeActivity", "MicrosoftGraphActivityLogs"}, &trail{})
	a := ask(t, c, "s", "investigate Ada Berg")
	if a.Outcome != copilot.Answered {
		t.Fatalf("%+v", a)
	}
	for _, want := range []string{"Mail of the mailbox is sent outside the tenant: UpdateInboxRules, from 203.0.113.9, to x%d@mail.example.", "A rule without a name was made",
		"1 request to Microsoft Graph came from another address than the sign-in of their token or session (203.0.113.9)", "No sign-in that is held stands behind 1 request"} {
		if !strings.Contains(a.Text, want) {
			t.Errorf("the answer does not say %q:\n%s", want, a.Text)
		}
	}
	without := ask(t, newCopilot(t, &answers{rows: people()}, held{"EntraUsers"}, &trail{}), "s", "investigate Ada Berg")
	named := false
	for _, x := range without.Coverage {
		named = named || strings.Contains(x.Table, "OfficeActivity") && len(x.Missing) > 0
	}
	if !named {
		t.Errorf("that mailboxes were not looked at is not said: %+v", without.Coverage)
	}
}

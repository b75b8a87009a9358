package copilot_test

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/copilot"
)

// TestAQuestionAboutAllRows: what is asked of all devices is counted and not made a filter of the answer.
func TestAQuestionAboutAllRows(t *testing.T) {
	for _, c := range []struct {
		compliant [][]any
		verdict   string
	}{
		{[][]any{{"Laptop", true}}, "No: device state compliant for 1 of 2 devices."},
		{[][]any{{"Laptop", true}, {"Phone", true}}, "Yes: device state compliant for 2 of 2 devices."},
		{nil, "No: device state compliant for 0 of 2 devices."},
	} {
		rows := people()
		rows["EntraDevices"] = table("displayName isCompliant", []any{"Laptop", true}, []any{"Phone", false})
		rows["isCompliant == true"] = table("displayName isCompliant", c.compliant...)
		a := ask(t, newCopilot(t, &answers{rows: rows}, held{"EntraUsers", "EntraDevices"}, &trail{}), "s", "are all devices of Ada Berg compliant?")
		if a.Outcome != copilot.Answered || !strings.HasPrefix(a.Text, c.verdict) {
			t.Fatalf("%s: %q, want %q", a.Outcome, a.Text, c.verdict)
		}
		if len(a.Steps) != 2 || a.Steps[0].Inputs["deviceState"] != "compliant" || a.Steps[1].Inputs["deviceState"] != nil || a.Table.Total != 2 {
			t.Errorf("steps %+v, table %+v", a.Steps, a.Table)
		}
	}
}

func TestManagedIdentitySignIns(t *testing.T) {
	rows := people()
	rows["AADManagedIdentitySignInLogs\n"] = table("TimeGenerated ServicePrincipalName Status", []any{"2026-11-20T08:00:00Z", "backup-runner", "Success"}, []any{"2026-11-20T07:00:00Z", "backup-runner", "Failure"})
	c := newCopilot(t, &answers{rows: rows}, held{"EntraUsers", "AADManagedIdentitySignInLogs"}, &trail{})
	a := ask(t, c, "s", "managed identity sign-ins in the past 7 days")
	if a.Outcome != copilot.Answered || a.Steps[0].Skill != "GetEntraManagedIdentitySignIns" || a.Steps[0].Inputs["lookback"] != "7d" ||
		!strings.Contains(a.Text, "2 managed identity sign-ins in the past 7 days, of backup-runner (2). 1 failed.") {
		t.Errorf("%+v", a)
	}
}

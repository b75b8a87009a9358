package prompts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
	"github.com/sleuth-sec/sleuth/tenantgen"
)

// Provisioning logs come as diagnostic records or as pages of Graph, access reviews as a collection with instances and
// decisions; generated tenants hold neither.
func TestProvisioningAndAccessReviews(t *testing.T) {
	if testing.Short() {
		t.Skip("imports a tenant")
	}
	cfg := companies[1]
	cfg.Out, cfg.Users, cfg.Days, cfg.Events = filepath.Join(t.TempDir(), "g"), 40, 8, 600
	if _, err := tenantgen.Generate(context.Background(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	export, err := prompts.ReadExport(cfg.Out, cfg.End)
	if err != nil {
		t.Fatal(err)
	}
	one, two, group, app := export.Users[20], export.Users[21], export.Groups[0], export.Apps[0].DisplayName
	at := cfg.End.AddDate(0, 0, -1).Format("2006-01-02T15:04:05Z")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(cfg.Out, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	event := func(n int, action, status, reason string, u *prompts.User) string {
		return fmt.Sprintf(`{"id":"00000000-0000-4000-8000-00000000000%[1]d","activityDateTime":%[2]q,"jobId":"Workday.1","cycleId":"c1","changeId":"ch%[1]d","provisioningAction":%[3]q,"durationInMilliseconds":20,
"provisioningStatusInfo":{"status":%[4]q,"errorInformation":{"errorCode":"E%[1]d","reason":%[5]q}},"sourceSystem":{"displayName":"Workday"},"targetSystem":{"displayName":%[8]q},
"sourceIdentity":{"id":%[6]q,"displayName":%[7]q,"identityType":"User"},"targetIdentity":{"id":"x%[1]d","displayName":%[7]q,"identityType":"User"},"servicePrincipal":{"id":"sp-1","displayName":%[8]q},
"initiatedBy":{"id":"","displayName":"Azure AD Provisioning Service"},"provisioningSteps":[],"modifiedProperties":[]}`, n, at, action, status, reason, u.ID, u.DisplayName, app)
	}
	write("logs/provisioning.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/provisioning","value":[`+
		event(1, "create", "success", "", one)+","+event(2, "update", "failure", "The attribute mail is missing", two)+","+event(3, "disable", "skipped", "Not in scope", two)+`]}`)
	decision := func(n int, what string, u *prompts.User) string {
		return fmt.Sprintf(`{"id":"d%d","decision":%q,"recommendation":"Deny","justification":"left the project","applyResult":"AppliedSuccessfully","reviewedDateTime":%q,
"reviewedBy":{"id":%q,"userPrincipalName":%q},"principal":{"id":%q,"displayName":%q,"userPrincipalName":%q},"resource":{"id":%q,"displayName":%q,"type":"group"}}`,
			n, what, at, one.ID, one.UPN, u.ID, u.DisplayName, u.UPN, group.ID, group.DisplayName)
	}
	write("directory/accessReviews.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#identityGovernance/accessReviews/definitions","value":[{"id":"r1","displayName":"Quarterly review","status":"InProgress","createdDateTime":"`+at+
		`","instanceEnumerationScope":null,"scope":{"query":"/groups/`+group.ID+`/members"},"instances":[{"id":"i1","status":"InProgress","startDateTime":"`+at+`","endDateTime":null,"decisions":[`+decision(1, "Deny", two)+","+decision(2, "Approve", one)+`]}]},
{"id":"r2","displayName":"Guest review","status":"NotStarted","createdDateTime":"`+at+`","instanceEnumerationScope":null,"scope":{"query":"/groups"},"instances":[]}]}`)
	h := openHouse(t, cfg.Out, cfg.End)
	for _, c := range []struct {
		prompt, skill, says string
		rows                int
	}{
		{"show the provisioning logs of the past 7 days", "GetEntraProvisioningLogs", "Succeeded: 1; failed: 1; skipped: 1.", 3},
		{"which accounts failed to provision and why?", "GetEntraProvisioningLogs", "The attribute mail is missing", 1},
		{"provisioning events of " + two.UPN, "GetEntraProvisioningLogs", "2 provisioning events", 2},
		{"provisioning by " + app + " in the past 3 days", "GetEntraProvisioningLogs", "3 provisioning events", 3},
		{"skipped provisioning events", "GetEntraProvisioningLogs", "skipped: 1", 1},
		{"which access reviews are there?", "GetEntraAccessReviews", "Quarterly review", 3},
		{"who was denied in an access review", "GetEntraAccessReviews", strings.ToLower(two.UPN), 1},
		{"access reviews of " + two.UPN, "GetEntraAccessReviews", "denied: 1", 1},
		{"access reviews of the group " + group.DisplayName, "GetEntraAccessReviews", "Quarterly review", 2},
	} {
		got, _, err := h.ask(c.prompt, c.prompt)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ToLower(got.Text)
		if len(got.Steps) != 1 || got.Steps[0].Skill != c.skill || got.Table == nil || *got.Table.Total != c.rows || !strings.Contains(text, strings.ToLower(c.says)) {
			t.Errorf("%q: %s %+v %q", c.prompt, got.Outcome, got.Steps, got.Text)
		}
	}
}

package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/store"
)

// copilotRecords are records as Purview and the Management Activity API give them: an interaction, and a change of a setting under
// the feed's own name for it.
var copilotRecords = []string{
	`{"CreationTime":"2026-01-24T06:54:24","Id":"r-1","Operation":"CopilotInteraction","OrganizationId":"6babcaad-604b-40ac-a9d7-9fd97c0b779f","RecordType":261,"UserKey":"aaaaaaaa-1111-4111-8111-111111111111","UserType":0,"Version":1,"Workload":"Copilot","ClientIP":"192.0.2.1","UserId":"ada@contoso.com","AppIdentity":"Copilot.Security.SecurityCopilot","ApplicationName":"Security Copilot","ClientRegion":"de","CopilotLogVersion":"1.0.0.0","CopilotEventData":{"AppHost":"Copilot in Defender","ThreadId":"t-1","Messages":[{"Id":"m-1","isPrompt":true}],"ModelTransparencyDetails":[{"ModelName":"model-1","ModelVersion":"2"}]}}`,
	`{"CreationTime":"2026-01-24T06:55:00","Id":"r-2","Operation":"UpdateTenantSettings","OrganizationId":"6babcaad-604b-40ac-a9d7-9fd97c0b779f","RecordType":325,"UserKey":"k","UserType":2,"Workload":"Copilot","UserId":"ada@contoso.com","AppIdentity":"Copilot.Security.SecurityCopilot","CopilotSettingsEventData":{"Resource":[{"Property":"Settings.AllowAuditLogging","NewValue":"True","OriginalValue":"False"}]}}`,
}

func csvText(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// TestCopilotLogs: real logs of copilot use come into the tables of copilot use from each place that gives them, once.
func TestCopilotLogs(t *testing.T) {
	t.Parallel()
	purview := "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits\n"
	for i, r := range copilotRecords {
		purview += []string{"r-1,2026-01-24T06:54:24.0000000Z ,261,CopilotInteraction", "r-2,2026-01-24T06:55:00.0000000Z ,325,UpdateTenantSettings"}[i] + ",ada@contoso.com," + csvText(r) + ",\n"
	}
	const both = "CopilotInteraction/261 UpdateCopilotSettings/325"
	for _, c := range []struct{ name, file, content, cloud, activity string }{
		{"Management Activity API", "blob.json", "[" + strings.Join(copilotRecords, ",") + "]", both, "CopilotInteraction/Copilot in Defender UpdateCopilotSettings/"},
		{"collectors", "ual.jsonl", strings.Join(copilotRecords, "\n"), both, "CopilotInteraction/Copilot in Defender UpdateCopilotSettings/"},
		{"Purview", "AuditLog_1.csv", purview, both, "CopilotInteraction/Copilot in Defender UpdateCopilotSettings/"},
		{"Defender advanced hunting", "New query.csv", "Timestamp,ActionType,Application,AccountObjectId,AccountDisplayName,IPAddress,RawEventData,ReportId\n" +
			"\"Jan 24, 2026 6:54:24 AM\",CopilotInteraction,Microsoft Copilot,aaaaaaaa-1111-4111-8111-111111111111,Ada,192.0.2.1," + csvText(copilotRecords[0]) + ",x\n", "CopilotInteraction/261", ""},
		{"Sentinel", "query_data.csv", "TenantId,TimeGenerated [UTC],RecordId,RecordType,ActorName,AppHost,AppIdentity,LLMEventData,Type\n" +
			"w,\"1/24/2026, 6:54:24.000 AM\",r-1,CopilotInteraction,ada@contoso.com,Copilot in Defender,Copilot.Security.SecurityCopilot," + csvText(`{"AppHost":"Copilot in Defender"}`) + ",CopilotActivity\n", "", "CopilotInteraction/Copilot in Defender"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := memory(t)
			importText(t, w, c.file, c.content)
			if got := text(t, w, `SELECT coalesce(string_agg("ActionType" || '/' || json_extract("RawEventData", '$.RecordType')::VARCHAR, ' ' ORDER BY "TimeGenerated"), '') FROM ws.main."CloudAppEvents"`); got != c.cloud {
				t.Errorf("CloudAppEvents has %q, want %q", got, c.cloud)
			}
			if got := text(t, w, `SELECT coalesce(string_agg("RecordType" || '/' || "AppHost", ' ' ORDER BY "TimeGenerated"), '') FROM ws.main."CopilotActivity"`); got != c.activity {
				t.Errorf("CopilotActivity has %q, want %q", got, c.activity)
			}
		})
	}
	w := memory(t)
	importText(t, w, "blob.json", "["+strings.Join(copilotRecords, ",")+"]")
	r := importText(t, w, "AuditLog_1.csv", purview)
	if _, added, rejected := r.Counts(); added != 0 || rejected != 0 {
		t.Errorf("the same records from Purview add %d rows, %d set aside", added, rejected)
	}
	if got := text(t, w, `SELECT concat_ws('|', "RecordId", "ActorUserId", "ActorUserType", "SrcIpAddr", "ClientRegion", "AIModelName", "AIModelVersion", json_extract("LLMEventData", '$.ThreadId')::VARCHAR) FROM ws.main."CopilotActivity" ORDER BY "TimeGenerated" LIMIT 1`); got != `r-1|aaaaaaaa-1111-4111-8111-111111111111|Regular|192.0.2.1|de|model-1|2|"t-1"` {
		t.Errorf("CopilotActivity: %s", got)
	}
	if got := text(t, w, `SELECT count(*)::VARCHAR FROM ws.main."OfficeActivity"`); got != "0" {
		t.Errorf("OfficeActivity has %s of the records too", got)
	}
}

func importText(t *testing.T, w *store.Workspace, name, content string) store.Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := w.Import(context.Background(), []string{path}, store.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, added, _ := r.Counts(); added == 0 && !strings.Contains(name, "AuditLog") {
		t.Errorf("%s: %+v", name, r.Files)
	}
	return r
}

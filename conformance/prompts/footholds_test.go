package prompts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
)

// A tenant made by hand: what generated tenants do not hold, each with the fact that the answer must not miss.
func TestHandmadeTenant(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	collection := func(file, context, values string) {
		write("directory/"+file, `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#`+context+`","value":[`+values+`]}`)
	}
	const ada, whole, roles = "11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"
	collection("users.json", "users", `{"id":"`+ada+`","userPrincipalName":"ada@contoso.example","displayName":"Ada Berg","accountEnabled":true,"userType":"Member"}`)
	collection("oauth2PermissionGrants.json", "oauth2PermissionGrants", `{"id":"g1","clientId":"`+whole+`","consentType":"AllPrincipals","principalId":null,"resourceId":"r1","scope":"Mail.Read"}`)
	collection("appRoleAssignments.json", "appRoleAssignments", `{"id":"a1","appRoleId":"33333333-0000-4000-8000-000000000001","createdDateTime":"2026-11-18T10:00:00Z","principalDisplayName":"Roles Only","principalId":"`+roles+`","principalType":"ServicePrincipal","resourceDisplayName":"Microsoft Graph","resourceId":"r1"}`)
	policy := func(id, name, more, places, platforms, grant string) string {
		return `{"id":"` + id + `","displayName":"` + name + `","state":"enabled","createdDateTime":"2026-01-01T00:00:00Z","modifiedDateTime":"2026-01-01T00:00:00Z","conditions":{"userRiskLevels":[],"signInRiskLevels":[],"clientAppTypes":["all"],"servicePrincipalRiskLevels":[],"clientApplications":null,` + more +
			`"users":{"includeUsers":["All"],"excludeUsers":[],"includeGroups":[],"excludeGroups":[],"includeRoles":[],"excludeRoles":[]},"applications":{"includeApplications":["All"],"excludeApplications":[],"includeUserActions":[],"applicationFilter":null},"locations":` + places + `,"platforms":` + platforms + `,"devices":null},"grantControls":` + grant + `,"sessionControls":null}`
	}
	const mfa, block = `{"operator":"OR","builtInControls":["mfa"],"termsOfUse":[],"authenticationStrength":null}`, `{"operator":"OR","builtInControls":["block"],"termsOfUse":[],"authenticationStrength":null}`
	collection("conditionalAccessPolicies.json", "identity/conditionalAccess/policies", strings.Join([]string{
		policy("p1", "Flows", `"authenticationFlows":{"transferMethods":"deviceCodeFlow"},`, "null", "null", block),
		policy("p2", "Insiders", `"insiderRiskLevels":"elevated",`, "null", "null", block),
		policy("p3", "Countries", "", `{"includeLocations":["c1"],"excludeLocations":[]}`, "null", block),
		policy("p4", "Windows", `"authenticationFlows":null,`, "null", `{"includePlatforms":["windows"],"excludePlatforms":[]}`, `{"operator":"OR","builtInControls":["mfa","compliantDevice"],"termsOfUse":[],"authenticationStrength":null}`),
		policy("p5", "Mac", "", "null", `{"includePlatforms":["macOS"],"excludePlatforms":[]}`, mfa)}, ","))
	collection("namedLocations.json", "identity/conditionalAccess/namedLocations", `{"@odata.type":"#microsoft.graph.countryNamedLocation","id":"c1","displayName":"Restricted","countriesAndRegions":["KP"],"includeUnknownCountriesAndRegions":false}`)
	consent := func(n, client, name, all, scope string) string {
		return `{"id":"Directory_` + n + `","category":"ApplicationManagement","correlationId":"c` + n + `","result":"success","resultReason":"","activityDisplayName":"Consent to application","activityDateTime":"2026-11-18T10:00:00Z","loggedByService":"Core Directory","operationType":"Assign","initiatedBy":{"app":null,"user":{"id":"` + ada + `","userPrincipalName":"ada@contoso.example","ipAddress":"203.0.113.9"}},"targetResources":[{"id":"` + client + `","displayName":"` + name + `","type":"ServicePrincipal","modifiedProperties":[{"displayName":"ConsentContext.OnBehalfOfAll","oldValue":null,"newValue":"\"` + all + `\""},{"displayName":"ConsentAction.Permissions","oldValue":null,"newValue":"\"[` + scope + `]\""}]}],"additionalDetails":[]}`
	}
	write("logs/audits.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/directoryAudits","value":[`+consent("1", whole, "Whole Tenant", "True", "Scope: Mail.Read")+","+consent("2", roles, "Roles Only", "True", "")+","+consent("3", "22222222-0000-4000-8000-000000000003", "Left App", "True", "Scope: Mail.Read")+`]}`)
	signIn := func(n, at, ip string) string {
		return `{"id":"s` + n + `","createdDateTime":"` + at + `","userDisplayName":"Ada Berg","userPrincipalName":"ada@contoso.example","userId":"` + ada + `","appId":"app","appDisplayName":"App","ipAddress":"` + ip + `","sessionId":"one-session","status":{"errorCode":0},"clientAppUsed":"Browser","deviceDetail":{"deviceId":"","operatingSystem":"Windows 11"},"location":{"city":"","countryOrRegion":""},"correlationId":"x` + n + `","isInteractive":true}`
	}
	write("logs/signIns.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns","value":[`+signIn("1", "2026-11-18T10:00:00Z", "203.0.113.9")+","+signIn("2", "2026-11-18T10:10:00Z", "198.51.100.4")+`]}`)
	write("logs/unified.json", `{"CreationTime":"2026-11-18T10:05:00","Id":"44444444-0000-4000-8000-000000000001","Operation":"New-InboxRule","OrganizationId":"55555555-0000-4000-8000-000000000001","RecordType":1,"ResultStatus":"Succeeded","UserType":0,"Version":1,"UserKey":"10032000A1B2C3D4","Workload":"Exchange","UserId":"ada@contoso.example","ClientIP":"203.0.113.9:51234","Parameters":[{"Name":"Name","Value":"x"}]}`+"\n")
	h := openHouse(t, dir, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		prompt, skill string
		rows          []string // each a row's cells, in any order of rows
	}{
		{"what persistence did ada@contoso.example gain in the past 7 days?", "GetUserPersistence", []string{"What=Whole Tenant;State=present", "What=Roles Only;State=present", "What=Left App;State=gone", "What=rule x;ClientIP=203.0.113.9"}},
		{"which applications have consented permissions in the tenant, and who consented?", "GetEntraConsents", []string{"application=Left App;present=false", "application=22222222-0000-4000-8000-000000000002;present=true", "!application=Roles Only"}},
		{"scope the incident from 203.0.113.9 in the past 7 days", "ScopeFromIndicator", []string{"UserPrincipalName=ada@contoso.example;Events=6;SucceededSignIns=2;AccountId=" + ada, "!UserPrincipalName=ada@contoso.example;AccountId=10032000A1B2C3D4"}},
		{"would ada@contoso.example be asked for MFA when signing in from 192.0.2.77 on Windows 11", "EvaluateConditionalAccess", []string{"Policy=Flows;Verdict=depends", "Policy=Insiders;Verdict=depends", "Policy=Countries;Verdict=depends", "Policy=Windows;Verdict=applies;Choice=MFA or a compliant device;AsksForMFA=false", "Policy=Mac;Verdict=does not apply"}},
	} {
		got, raw, err := h.ask(c.prompt, c.prompt)
		if err != nil {
			t.Fatal(err)
		}
		if got.Table == nil || got.Steps[len(got.Steps)-1].Skill != c.skill {
			t.Errorf("%q: %s", c.prompt, raw)
			continue
		}
		for _, want := range c.rows {
			not := strings.HasPrefix(want, "!")
			if hasRow(names(got), got.Table.Rows, strings.TrimPrefix(want, "!")) == not {
				t.Errorf("%q: row %q\n%v\n%v\n%s", c.prompt, want, names(got), got.Table.Rows, got.Text)
			}
		}
	}
}

func names(a *prompts.Answer) (out []string) {
	for _, c := range a.Table.Columns {
		out = append(out, c.Name)
	}
	return out
}

// hasRow says whether some row has every cell of "Column=value;Column=value".
func hasRow(columns []string, rows [][]any, want string) bool {
	for _, row := range rows {
		cells := ";"
		for i, v := range row {
			cells += fmt.Sprintf("%s=%v;", columns[i], v)
		}
		all := true
		for _, x := range strings.Split(want, ";") {
			all = all && strings.Contains(cells, ";"+x+";")
		}
		if all {
			return true
		}
	}
	return false
}

package storetest

import (
	"fmt"
	"time"
)

// testCase is files and what must be seen of them: per table the rows in their order, each with the
// words it must hold, and the number of states that are kept.
type testCase struct {
	name   string
	files  []file
	rows   map[string][]string
	states map[string]int
}

const tenant = "ceb39e32-8e88-438d-b149-f7d8a281af25"

// signIn is a diagnostic record of a sign-in; at is when the service wrote it.
func signIn(id, at, riskState string) string {
	return fmt.Sprintf(`{"time":%q,"resourceId":"/tenants/%s/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"SignInLogs","tenantId":%q,"resultType":"0","properties":{"id":%q,"createdDateTime":"2026-11-10T08:00:00.1234567Z","userPrincipalName":"a@b.example","riskState":%q,"status":{"errorCode":0},"futureField":9007199254740993}}`+"\n",
		at, tenant, tenant, id, riskState)
}

func audit(id, name string) string {
	return fmt.Sprintf(`{"time":"2026-11-10T09:00:00Z","resourceId":"/tenants/%s/providers/Microsoft.aadiam","operationName":%q,"category":"AuditLogs","properties":{"id":%q,"activityDateTime":"2026-11-10T08:59:00Z","activityDisplayName":%q,"targetResources":[]}}`+"\n", tenant, name, id, name)
}

func graph(context, next, values string) string {
	link := ""
	if next != "" {
		link = fmt.Sprintf(`"@odata.nextLink":%q,`, next)
	}
	return fmt.Sprintf(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#%s",%s"value":[%s]}`, context, link, values)
}

func user(id, name string) string {
	return fmt.Sprintf(`{"id":%q,"userPrincipalName":"%s@b.example","displayName":%q,"accountEnabled":true}`, id, name, name)
}

func group(id string, members ...string) string {
	list := ""
	for i, m := range members {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf(`{"@odata.type":"#microsoft.graph.user","id":%q,"displayName":%q}`, m, m)
	}
	return fmt.Sprintf(`{"id":%q,"displayName":"group %s","securityEnabled":true,"groupTypes":[],"owners":[],"members":[%s]}`, id, id, list)
}

func cases() []testCase {
	const day = 24 * time.Hour
	return []testCase{
		{
			name: "the newest state of a sign-in is shown, older ones are kept",
			files: []file{
				{name: "a.json", content: signIn("1", "2026-11-10T08:05:00Z", "none") + signIn("2", "2026-11-10T08:05:00Z", "none")},
				{name: "b.json", content: signIn("1", "2026-11-11T08:05:00Z", "atRisk")},
				{name: "c.json", content: signIn("1", "2026-11-10T20:05:00Z", "dismissed") + signIn("2", "2026-11-10T08:05:00Z", "none")},
			},
			rows:   map[string][]string{"SigninLogs": {`Id=1 & RiskState=atRisk & "futureField":9007199254740993`, "Id=2 & RiskState=none"}},
			states: map[string]int{"SigninLogs": 4},
		},
		{
			name: "states written at one moment are ordered by what is known of the risk",
			files: []file{
				{name: "a.json", content: signIn("1", "2026-11-10T08:05:00Z", "none")},
				{name: "b.json", content: signIn("1", "2026-11-10T08:05:00Z", "atRisk")},
				{name: "c.json", content: signIn("1", "2026-11-10T08:05:00Z", "remediated")},
			},
			rows: map[string][]string{"SigninLogs": {"RiskState=remediated"}},
		},
		{
			name: "a portal summary does not hide the record of the service",
			files: []file{
				{name: "a.json", content: signIn("1", "2026-11-10T08:05:00Z", "atRisk"), age: day},
				{name: "b.csv", content: "\ufeffDate (UTC),Request ID,User ID,User,Username,Status,Sign-in error code,Location\n" +
					"2026-11-10T08:00:00Z,1,u,A,a@b.example,Success,,\"St. Mary, Upper, Town, GB\"\n" +
					"2026-11-10T08:01:00Z,9,u,A,a@b.example,Failure,50126,\"Berlin, Berlin, DE\"\n"},
			},
			rows: map[string][]string{"SigninLogs": {"Id=1 & RiskState=atRisk", `ResultType=50126 & Location=DE & "errorCode":50126`}},
		},
		{
			name: "an audit event is stored once, whichever source names it first",
			files: []file{
				{name: "a.json", content: audit("x", "Add user") + audit("y", "Update user")},
				{name: "b.json", content: audit("y", "Update user") + audit("z", "Delete user")},
				{name: "c.json", content: graph("auditLogs/directoryAudits", "", `{"id":"x","activityDateTime":"2026-11-10T08:59:00Z","activityDisplayName":"Add user","targetResources":[]}`)},
			},
			rows: map[string][]string{"AuditLogs": {"Add user & Id=x", "Delete user & Id=z", "Update user & Id=y"}},
		},
		{
			name: "detections and risk changes are histories",
			files: []file{
				{name: "a.json", content: graph("identityProtection/riskDetections", "",
					`{"id":"d","userId":"u","riskEventType":"newCountry","riskState":"atRisk","detectedDateTime":"2026-11-01T00:00:00Z","lastUpdatedDateTime":"2026-11-01T00:00:00Z"}`), age: day},
				{name: "b.json", content: graph("identityProtection/riskDetections", "",
					`{"id":"d","userId":"u","riskEventType":"newCountry","riskState":"dismissed","detectedDateTime":"2026-11-01T00:00:00Z","lastUpdatedDateTime":"2026-11-02T00:00:00Z"}`)},
				{name: "c.json", content: graph("identityProtection/riskyUsers", "",
					`{"id":"u","riskState":"atRisk","riskLevel":"high","riskLastUpdatedDateTime":"2026-11-02T00:00:00Z","userPrincipalName":"a@b.example"}`)},
			},
			rows: map[string][]string{
				"AADUserRiskEvents":   {"RiskState=atRisk", "RiskState=dismissed"},
				"EntraRiskDetections": {"riskState=dismissed"},
				"AADRiskyUsers":       {"Id=u & RiskLevel=high"},
				"EntraRiskyUsers":     {"id=u"},
			},
		},
		{
			name: "an object missing in a later complete snapshot is no longer current",
			files: []file{
				{name: "old/users.json", content: graph("users", "", user("1", "ann")+","+user("2", "bob")), age: 2 * day},
				{name: "new/users.json", content: graph("users", "", user("1", "anna")), age: day},
			},
			rows:   map[string][]string{"EntraUsers": {"displayName=anna"}},
			states: map[string]int{"EntraUsers": 3},
		},
		{
			name: "the pages of a snapshot belong together",
			files: []file{
				{name: "e/users-1.json", content: graph("users", "https://graph.microsoft.com/next", user("1", "ann")), age: time.Hour},
				{name: "e/users-2.json", content: graph("users", "", user("2", "bob"))},
				{name: "old/users.json", content: graph("users", "", user("3", "cyd")), age: 2 * day},
			},
			rows: map[string][]string{"EntraUsers": {"displayName=ann", "displayName=bob"}},
		},
		{
			name: "who left a group is no longer its member",
			files: []file{
				{name: "old/groups.json", content: graph("groups(owners(),members())", "", group("g", "u1", "u2")), age: day},
				{name: "new/groups.json", content: graph("groups(owners(),members())", "", group("g", "u2", "u3")+","+group("h"))},
			},
			rows: map[string][]string{"EntraGroupMembers": {"id=u2", "id=u3"}, "EntraGroups": {"id=g", "id=h"}},
		},
		{
			name: "one document per user covers that user alone",
			files: []file{
				{name: "all.json", content: graph("users(id,userPrincipalName,authentication/methods)", "",
					`{"id":"u1","userPrincipalName":"a","authentication":{"methods":[{"@odata.type":"#microsoft.graph.passwordAuthenticationMethod","id":"p"},{"@odata.type":"#microsoft.graph.fido2AuthenticationMethod","id":"k"}]}},{"id":"u2","userPrincipalName":"b","authentication":{"methods":[{"@odata.type":"#microsoft.graph.passwordAuthenticationMethod","id":"p"}]}}`), age: day},
				{name: "u1.json", content: graph("users('u9')/authentication/methods", "", `{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":"m","phoneNumber":"+1"}`)},
			},
			rows: map[string][]string{"EntraAuthenticationMethods": {"userId=u1 & fido2", "userId=u1 & password", "userId=u2", "userId=u9 & phoneNumber=+1"}},
		},
		{
			name: "role holders come from assignments, or from members of activated roles",
			files: []file{
				{name: "roles.json", content: graph("directoryRoles(members())", "", `{"id":"r","displayName":"Global Administrator","roleTemplateId":"t","members":[{"@odata.type":"#microsoft.graph.user","id":"u1","displayName":"Ann"},{"@odata.type":"#microsoft.graph.user","id":"u2","displayName":"Bob"}]}`)},
				{name: "assignments.json", content: graph("roleManagement/directory/roleAssignments(principal(),roleDefinition())", "", `{"id":"a","principalId":"u1","roleDefinitionId":"t","directoryScopeId":"/","principal":{"@odata.type":"#microsoft.graph.user","id":"u1","displayName":"Ann"},"roleDefinition":{"id":"t","displayName":"Global Administrator"}}`)},
			},
			rows: map[string][]string{"EntraRoleAssignments": {"id=a & principalId=u1", "principalId=u2 & roleDisplayName=Global Administrator"}},
		},
		{
			name: "equal events without id are all kept, overlapping files repeat none",
			files: []file{
				{name: "a.json", content: heartbeat("x") + heartbeat("x") + heartbeat("y")},
				{name: "b.json", content: heartbeat("y") + heartbeat("z") + heartbeat("x")},
			},
			rows: map[string][]string{"Heartbeat": {"Computer=x", "Computer=x", "Computer=y", "Computer=z"}},
		},
	}
}

func heartbeat(computer string) string {
	return fmt.Sprintf(`{"TimeGenerated":"2026-11-10T08:00:00Z","Computer":%q,"Category":"Direct Agent","OSType":"Linux","Type":"Heartbeat"}`+"\n", computer)
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/store"
)

// scriptedDay is a day, and a morning after it, of entries of every kind.
func scriptedDay() []audit.Entry {
	at := func(clock string) time.Time {
		t, err := time.Parse("2006-01-02 15:04", "2026-11-"+clock)
		if err != nil {
			panic(err)
		}
		return t
	}
	var day []audit.Entry
	add := func(clock, who, operation, object string, details ...string) {
		d := map[string]string{"displayName": map[string]string{"ada@contoso.com": "Ada", "bo@contoso.com": "Bo"}[who]}
		for i := 0; i+1 < len(details); i += 2 {
			d[details[i]] = details[i+1]
		}
		day = append(day, audit.Entry{Time: at(clock), Principal: who, Operation: operation, Object: object, Details: d})
	}
	const ada, bo = "ada@contoso.com", "bo@contoso.com"
	const here, there = "192.0.2.10", "198.51.100.20"
	add("20 08:00", ada, "UserLoginFailed", "", "clientIP", here, "reason", "wrong password")
	add("20 08:01", ada, "UserLoggedIn", "", "clientIP", here, "role", "Owner")
	add("20 08:05", ada, "SettingChanged", "AllowAuditLogging", "originalValue", "True", "newValue", "False", "clientIP", here, "role", "Owner")
	add("20 08:10", ada, "UpdateTenantSettings", "AllowAuditLogging", "originalValue", "False", "newValue", "True", "clientIP", here, "role", "Owner")
	add("20 08:15", ada, "UpdateCopilotSettings", "AllowAuditLogging", "originalValue", "True", "newValue", "False", "clientIP", here, "role", "Owner")
	add("20 09:00", bo, "UserLoggedIn", "", "clientIP", there)
	add("20 09:01", bo, "PromptSubmitted", "s-1", "clientIP", there)
	add("20 09:02", bo, "PromptAnswered", "s-1/p-1", "skills", "GetEntraUserDetails", "clientIP", there)
	add("20 09:10", ada, "PromptSubmitted", "s-2", "clientIP", here, "appHost", "Copilot in Microsoft Purview")
	add("20 09:11", ada, "PromptAnswered", "s-2/p-1", "clientIP", here, "appHost", "Copilot in Microsoft Purview")
	add("20 09:20", "local", "PromptSubmitted", "s-3", "appHost", "Logic App")
	add("20 09:21", bo, "PromptSubmitted", "s-4", "clientIP", there, "appHost", "unknown")
	add("20 09:22", bo, "PromptSubmitted", "s-5", "clientIP", there, "appHost", "a test host")
	add("20 10:00", ada, "CreatePromptBook", "Triage", "clientIP", here)
	add("20 10:01", ada, "UpdateCopilotPromptBook", "Triage", "clientIP", here)
	add("20 10:02", ada, "PromptbookRemoved", "Triage", "clientIP", here)
	add("20 10:03", ada, "EnablePromptBook", "Hunt", "clientIP", here)
	add("20 11:00", ada, "CreatePlugin", "Contoso", "clientIP", here)
	add("20 11:01", ada, "EnablePlugin", "Contoso", "clientIP", here)
	add("20 11:02", ada, "PluginEnabled", "FileUploads", "clientIP", here)
	add("20 11:03", bo, "DisableCopilotPlugin", "Contoso", "clientIP", there)
	add("20 11:04", ada, "DeletePlugin", "Contoso", "clientIP", here)
	add("20 12:00", bo, "FileUploaded", "plan.pdf", "clientIP", there)
	add("20 12:01", bo, "DeleteFile", "plan.pdf", "clientIP", there)
	add("20 12:02", ada, "PluginSettingChanged", "Skillsets.ContosoUser", "newValue", "True", "clientIP", here)
	add("20 13:00", "local", "QueryRun", "", "api", "Kusto")
	add("20 13:01", "local", "ImportStarted", "/data/logs")
	add("20 13:02", "local", audit.KeyRotated, "")
	add("20 13:03", bo, "AccessDenied", "QueryRun", "reason", "no permission", "clientIP", there)
	add("21 07:00", bo, "PromptSubmitted", "s-6", "clientIP", there)
	return day
}

// auditTab is what the scripted day implies for each query of the published workbook's audit tab, by its title: rows in order, or
// in any where the query has none.
func auditTab() map[string][]string {
	return map[string][]string{
		"Total number of users for Security Copilot": {`[3]`},
		"Total No: Prompts":                          {`[8]`}, // six prompts: it counts answers as well
		"File Uploads":                               {`[1]`},
		"Disabled Security Copilot Plugins":          {`[1]`},
		"Security Copilot Detections":                {`[0]`}, // four names in series: it can show nothing else
		"Changed Security Copilot Settings":          {`[3]`},
		"Security Copilot Prompts Per Experience": {
			`["Copilot in Microsoft Purview",2]`, `["Logic App",1]`, `["Security Copilot standalone",3]`, `["unknown",1]`},
		"Prompts over time ": {
			`["2026-11-20T00:00:00Z","Copilot in Microsoft Purview",2,6]`, `["2026-11-20T00:00:00Z","Logic App",1,6]`,
			`["2026-11-20T00:00:00Z","Security Copilot standalone",2,6]`, `["2026-11-20T00:00:00Z","unknown",1,6]`,
			`["2026-11-21T00:00:00Z","Security Copilot standalone",1,1]`},
		"Security Copilot Prompts per Action": { // of experiences once more, not of actions
			`["Copilot in Microsoft Purview",2]`, `["Logic App",1]`, `["Security Copilot standalone",3]`},
		"Top Users Prompts": { // the fifth column is 0 whatever happens in Purview: its name is misspelt
			`["Bo",0,0,3,0,0,0,0,0,4]`, `["Ada",0,0,0,0,0,0,0,0,2]`, `["local",0,1,0,0,0,0,0,0,1]`},
		"Security Copilot Interactions by Location": {
			`["192.0.2.10","Freedonia",14]`, `["198.51.100.20","Sylvania",9]`},
		"Security Copilot - Promptbook Interactions": {
			`["2026-11-20T10:02:00Z","Ada","DeleteCopilotPromptBook","192.0.2.10","Triage"]`,
			`["2026-11-20T10:01:00Z","Ada","UpdateCopilotPromptBook","192.0.2.10","Triage"]`,
			`["2026-11-20T10:00:00Z","Ada","CreateCopilotPromptBook","192.0.2.10","Triage"]`},
		"Enable Plugin Opertion": {`["2026-11-20T11:01:00Z","Ada","Contoso"]`},
		"Disable Plugin":         {`["2026-11-20T11:03:00Z","Bo","Contoso"]`},
		"Change Setting Opertion": {
			`["2026-11-20T12:02:00Z","Ada",".ContosoUser","UserLevel","True"]`,
			`["2026-11-20T12:00:00Z","Bo","FileUploads","Unknown","plan.pdf"]`,
			`["2026-11-20T08:15:00Z","Ada","AllowAuditLogging","TenantLevel","False"]`,
			`["2026-11-20T08:10:00Z","Ada","AllowAuditLogging","TenantLevel","True"]`,
			`["2026-11-20T08:05:00Z","Ada","AllowAuditLogging","TenantLevel","False"]`},
	}
}

// openQuestions are queries that give something else today, by title. RecordType is a number and this one looks for texts: `==`
// makes them equal, and whether `in` does is not documented.
func openQuestions() map[string][]string {
	return map[string][]string{"Security Copilot - Promptbook Interactions": nil}
}

// publishedMonitoring reads a template of the published rules and workbook; without the companion folder the test is skipped.
func publishedMonitoring(t *testing.T, name string) (resources []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "content", "security-copilot", "Monitoring", "IngestSecurityCopilotAuditlogs", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published content is not at hand: its rules and workbook are not tried")
	}
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources []struct{ Properties map[string]any }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, r := range doc.Resources {
		resources = append(resources, r.Properties)
	}
	return resources
}

// panelsOf are the queries in a part of a workbook, by title.
func panelsOf(v any) map[string]string {
	out := map[string]string{}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			for title, q := range panelsOf(x) {
				out[title] = q
			}
		}
	case map[string]any:
		content, _ := v["content"].(map[string]any)
		title, _ := content["title"].(string)
		if q, ok := content["query"].(string); ok && v["type"] == 3.0 {
			out[title] = q
			return out
		}
		return panelsOf(content["items"])
	}
	return out
}

// auditTabOf are the queries of the workbook's group that the tab shows.
func auditTabOf(t *testing.T, resources []map[string]any) map[string]string {
	t.Helper()
	for _, r := range resources {
		text, ok := r["serializedData"].(string)
		if !ok {
			continue
		}
		var book struct {
			Items []struct {
				ConditionalVisibility struct{ Value string }
				Content               any
			}
		}
		if err := json.Unmarshal([]byte(text), &book); err != nil {
			t.Fatal(err)
		}
		for _, item := range book.Items {
			if item.ConditionalVisibility.Value == "audit" {
				return panelsOf(map[string]any{"content": item.Content})
			}
		}
	}
	t.Fatal("the workbook has no audit tab")
	return nil
}

// recordedDay opens a house in which the scripted day was recorded, with a database of places at the address that the workbook
// reads, and alerts of each name that it looks for.
func recordedDay(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		filepath.Join(dir, mirrorDir, "raw.githubusercontent.com/datasets/geoip2-ipv4/master/data/geoip2-ipv4.csv"): "network,geoname_id,continent_code,continent_name,country_iso_code,country_name,is_anonymous_proxy,is_satellite_provider\n" +
			"192.0.2.0/24,1,EU,Europe,FR,Freedonia,false,false\n198.51.100.0/24,2,EU,Europe,SY,Sylvania,false,false\n",
	}
	for i, name := range []string{"-  Anomalous Operations by Copilot for Security User", "-  Anomalous sign-in activity by Copilot for Security user", "-  TI map IP entity to Prompts"} {
		alert := fmt.Sprintf(`{"TimeGenerated":"2026-11-20T09:00:00Z","Type":"SecurityAlert","SystemAlertId":"a-%d","DisplayName":"Security Copilot %s","AlertName":"x"}`, i, name)
		files[filepath.Join(dir, "alerts", fmt.Sprint(i)+".json")] = alert
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h, err := openHouse(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.closeParts(); err != nil {
			t.Error(err)
		}
	})
	if r, err := h.ws.Import(t.Context(), []string{filepath.Join(dir, "alerts")}, store.ImportOptions{}); err != nil || r.Tables["SecurityAlert"].Added != 3 {
		t.Fatalf("alerts: %+v, %v", r.Tables, err)
	}
	for _, e := range scriptedDay() {
		if _, err := h.trail.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// resultOf runs a query and gives its rows as JSON.
func resultOf(t *testing.T, h *house, query string) ([]string, error) {
	t.Helper()
	res, err := h.engine.Query(t.Context(), query, engine.Options{Now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range visible(res.Tables[0]).Rows {
		out = append(out, strings.ReplaceAll(string(engine.AppendRow(nil, r)), ":00.0000000Z", ":00Z"))
	}
	return out, nil
}

// TestAuditTab: every query of the published workbook's audit tab runs on the rows of a recorded day and says what it must say of
// them, its faults included.
func TestAuditTab(t *testing.T) {
	panels := auditTabOf(t, publishedMonitoring(t, "azuredeploy_workbook.json"))
	h := recordedDay(t)
	right := 0
	for title, query := range panels {
		want, known := auditTab()[title]
		got, err := resultOf(t, h, query)
		if !strings.Contains(query, "sort by") {
			slices.Sort(got)
		}
		if today, open := openQuestions()[title]; open && err == nil && slices.Equal(got, today) {
			t.Logf("%s: an open question, gives %d rows and not %d", title, len(got), len(want))
			continue
		}
		if err != nil || !known || !slices.Equal(got, want) {
			t.Errorf("%s: %v\n got %s\nwant %s", title, err, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			continue
		}
		right++
	}
	for title := range auditTab() {
		if _, there := panels[title]; !there {
			t.Errorf("the workbook has no query %q", title)
		}
	}
	t.Logf("audit tab: %d/%d queries", right, len(panels))
}

// TestRulesSeeTheDay: the other published rules run, and name who the day says.
func TestRulesSeeTheDay(t *testing.T) {
	h := recordedDay(t)
	ran := 0
	for _, r := range publishedMonitoring(t, "azuredeploy_analytics.json") {
		name, _ := r["displayName"].(string)
		query, _ := r["query"].(string)
		got, err := resultOf(t, h, query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		ran++
		if strings.Contains(name, "Anomalous Operations") {
			all := strings.Join(got, "\n")
			if !strings.Contains(all, `"Bo"`) || !strings.Contains(all, `"Ada"`) || strings.Contains(all, `"local"`) {
				t.Errorf("%s: %s", name, all)
			}
		}
	}
	if ran != 4 {
		t.Errorf("%d rules ran", ran)
	}
}

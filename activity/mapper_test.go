package activity_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
)

const (
	trail  = "sleuth.audit+00000001+key"
	tenant = "6babcaad-604b-40ac-a9d7-9fd97c0b779f"
)

func mapper(t *testing.T) (*activity.Mapper, *entra.Schemas) {
	t.Helper()
	s, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	return activity.NewMapper(s, trail, tenant), s
}

func entry(operation, object string, details map[string]string) audit.Entry {
	return audit.Entry{Index: 7, Time: time.Date(2026, 11, 20, 9, 30, 0, 123_456_700, time.UTC), Principal: "ada@contoso.com", Operation: operation, Object: object, Details: details}
}

// rowsOf are the rows of an entry by table.
func rowsOf(t *testing.T, m *activity.Mapper, e audit.Entry, texts activity.Texts) map[string]activity.Row {
	t.Helper()
	rows, err := m.Rows(e, texts)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]activity.Row{}
	for _, r := range rows {
		out[r.Table] = r
	}
	return out
}

func object(t *testing.T, raw any) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(raw.(json.RawMessage), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at follows a path of keys, "0" for the first of a list.
func at(t *testing.T, v any, path string) any {
	t.Helper()
	for _, k := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[k]
		case []any:
			if len(x) == 0 {
				t.Fatalf("%s: an empty list", path)
			}
			v = x[0]
		default:
			return nil
		}
	}
	return v
}

// TestOperations: an operation is the same under each of its names, in rows and in exports.
func TestOperations(t *testing.T) {
	m, s := mapper(t)
	for _, op := range s.CopilotOperations() {
		names := append(append([]string{op.Name, op.Feed}, op.Also...), op.Own...)
		for _, name := range names {
			if name == "" {
				continue
			}
			e := entry(name, "thing", nil)
			rows := rowsOf(t, m, e, activity.NoTexts)
			raw := object(t, rows["CloudAppEvents"].Cells["RawEventData"])
			if raw["Operation"] != op.Name || raw["RecordType"] != float64(op.Record) || rows["CloudAppEvents"].Cells["ActionType"] != op.Name {
				t.Errorf("%s: operation %v, type %v, action %v", name, raw["Operation"], raw["RecordType"], rows["CloudAppEvents"].Cells["ActionType"])
			}
			if got := rows["CopilotActivity"].Cells["RecordType"]; got != op.Type {
				t.Errorf("%s: CopilotActivity.RecordType %v, want %s", name, got, op.Type)
			}
			feed := op.Feed
			if feed == "" {
				feed = op.Name
			}
			data, err := m.Management(e, activity.NoTexts)
			if err != nil {
				t.Fatal(err)
			}
			out := object(t, data)
			if out["Operation"] != feed || out["AppIdentity"] != "Copilot.Sleuth" || out["ApplicationName"] != "Sleuth" {
				t.Errorf("%s exported: %v, %v, %v", name, out["Operation"], out["AppIdentity"], out["ApplicationName"])
			}
			if strings.Contains(string(data), "Security Copilot") || strings.Contains(string(data), "SecurityCopilot") {
				t.Errorf("%s exported under another product's name: %s", name, data)
			}
		}
	}
}

// TestRowsFitTheTables: every cell has a column, of its type, and no row lacks its marks.
func TestRowsFitTheTables(t *testing.T) {
	m, s := mapper(t)
	names := []string{"QueryRun", "AuditRecovered"}
	for _, op := range s.CopilotOperations() {
		names = append(names, op.Name)
	}
	filled := map[string]bool{}
	for _, name := range names {
		e := entry(name, "s-1/p-1", map[string]string{"skills": "A, B", "model": "m", "clientIP": "192.0.2.1"})
		e.Texts = map[string]audit.Text{"query": {Hash: "x"}}
		rows := rowsOf(t, m, e, func(string) (string, bool) { return "text", true })
		for table, r := range rows {
			filled[table] = true
			def := s.Table(table)
			for column, v := range r.Cells {
				c, ok := def.Column(column)
				if !ok {
					t.Errorf("%s: there is no column %s.%s", name, table, column)
					continue
				}
				fits := false
				switch v.(type) {
				case string:
					fits = c.Type == "string"
				case bool:
					fits = c.Type == "bool"
				case time.Time:
					fits = c.Type == "datetime"
				case json.RawMessage:
					fits = c.Type == "dynamic"
				}
				if !fits {
					t.Errorf("%s: %s.%s is %s and gets %T", name, table, column, c.Type, v)
				}
			}
			if r.Cells["TenantId"] != activity.TenantID {
				t.Errorf("%s: %s is not marked", name, table)
			}
			if r.Cells["Type"] != table || r.Cells["TimeGenerated"] != e.Time {
				t.Errorf("%s: %s: Type %v, TimeGenerated %v", name, table, r.Cells["Type"], r.Cells["TimeGenerated"])
			}
		}
	}
	for _, table := range activity.Tables() {
		if !filled[table] {
			t.Errorf("nothing fills %s", table)
		}
	}
}

func TestInteraction(t *testing.T) {
	m, _ := mapper(t)
	e := entry("PromptAnswered", "s-1/p-2", map[string]string{"skills": "GetEntraUserDetails, GetEntraRiskyUser", "clientIP": "192.0.2.1"})
	raw := object(t, rowsOf(t, m, e, activity.NoTexts)["CloudAppEvents"].Cells["RawEventData"])
	for path, want := range map[string]any{
		"AppIdentity": "Copilot.Security.SecurityCopilot", "Workload": "Copilot", "ClientIP": "192.0.2.1", "UserId": "ada@contoso.com",
		"OrganizationId": tenant, "CreationTime": "2026-11-20T09:30:00", "CopilotEventData.AppHost": "Security Copilot standalone",
		"CopilotEventData.ThreadId": "s-1", "CopilotEventData.CorrelationId": "s-1", "CopilotEventData.Messages.0.Id": "p-2",
		"CopilotEventData.Messages.0.isPrompt": false, "CopilotEventData.AISystemPlugin.0.Name": "GetEntraUserDetails",
		"SleuthAudit.Index": 7.0, "SleuthAudit.Operation": "PromptAnswered",
	} {
		if got := at(t, raw, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	e.Operation = "PromptSubmitted"
	raw = object(t, rowsOf(t, m, e, activity.NoTexts)["CloudAppEvents"].Cells["RawEventData"])
	if at(t, raw, "CopilotEventData.Messages.0.isPrompt") != true {
		t.Error("a prompt is not marked as one")
	}
}

// TestTexts: what was said stands in a row only where it may be shown, and so do the details that repeat it.
func TestTexts(t *testing.T) {
	m, _ := mapper(t)
	for _, operation := range []string{"PromptSubmitted", "PromptAnswered", "QueryRun"} {
		e := entry(operation, "s-1/p-1", map[string]string{"query": "the SECRET", "api": "Kusto"})
		e.Texts = map[string]audit.Text{"prompt": {}, "answer": {}, "query": {}}
		for _, shown := range []bool{false, true} {
			rows, err := m.Rows(e, func(string) (string, bool) { return "the SECRET", shown })
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				data, err := json.Marshal(r.Cells)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Contains(string(data), "SECRET"); got != shown {
					t.Errorf("%s, %s: shown %v, may be %v", operation, r.Table, got, shown)
				}
				if !strings.Contains(string(data), "Kusto") {
					t.Errorf("%s, %s: the detail api is not there", operation, r.Table)
				}
			}
		}
	}
}

func TestSetting(t *testing.T) {
	m, _ := mapper(t)
	for _, c := range []struct {
		operation, object       string
		details                 map[string]string
		property, original, new string
	}{
		{"SettingChanged", "AllowAuditLogging", map[string]string{"originalValue": "False", "newValue": "True"}, "Settings.AllowAuditLogging", "False", "True"},
		{"UpdateTenantSettings", "x", map[string]string{"property": "Settings.A", "newValue": ""}, "Settings.A", "", ""},
		{"EnablePlugin", "Contoso", nil, "Contoso", "Disabled", "Enabled"},
		{"DisableCopilotPlugin", "Contoso", nil, "Contoso", "Enabled", "Disabled"},
		{"UploadFile", "plan.pdf", nil, "Settings.FileUploads", "", "plan.pdf"},
		{"DeleteFile", "plan.pdf", nil, "Settings.FileUploads", "plan.pdf", ""},
		{"DeletePromptBook", "Triage", nil, "Triage", "", ""},
	} {
		raw := object(t, rowsOf(t, m, entry(c.operation, c.object, c.details), activity.NoTexts)["CloudAppEvents"].Cells["RawEventData"])
		r := at(t, raw, "CopilotSettingsEventData.Resource.0")
		if at(t, r, "Property") != c.property || at(t, r, "OriginalValue") != c.original || at(t, r, "NewValue") != c.new {
			t.Errorf("%s %s: %v", c.operation, c.object, r)
		}
	}
}

func TestSignIn(t *testing.T) {
	m, _ := mapper(t)
	e := entry("UserLoginFailed", "", map[string]string{"clientIP": "192.0.2.9", "reason": "wrong password", "userAgent": "Firefox"})
	rows := rowsOf(t, m, e, activity.NoTexts)
	logon := rows["IdentityLogonEvents"].Cells
	for column, want := range map[string]any{"ActionType": "LogonFailed", "FailureReason": "wrong password", "AccountUpn": "ada@contoso.com", "AccountName": "ada", "AccountDomain": "contoso.com", "IPAddress": "192.0.2.9"} {
		if logon[column] != want {
			t.Errorf("IdentityLogonEvents.%s = %v, want %v", column, logon[column], want)
		}
	}
	more := object(t, logon["AdditionalFields"])
	if more["ARG.CLOUD_SERVICE"] != "Security Copilot" || more["ACTOR.ALIAS"] != "ada" {
		t.Errorf("AdditionalFields: %v", more)
	}
	signIn := rows["SigninLogs"].Cells
	if signIn["ResultType"] != "50126" || signIn["AppDisplayName"] != "Security Copilot" || at(t, object(t, signIn["Status"]), "errorCode") != 50126.0 {
		t.Errorf("SigninLogs: %v", signIn)
	}
	raw := object(t, rows["CloudAppEvents"].Cells["RawEventData"])
	if raw["Workload"] != "AzureActiveDirectory" || raw["RecordType"] != 15.0 {
		t.Errorf("a sign-in is %v %v", raw["Workload"], raw["RecordType"])
	}
	e.Operation, e.Principal, e.Object = "UserLoggedIn", "p-1", "ada@contoso.com"
	signIn = rowsOf(t, m, e, activity.NoTexts)["SigninLogs"].Cells
	if signIn["UserPrincipalName"] != "ada@contoso.com" || signIn["UserId"] != "p-1" || signIn["CorrelationId"] != "" {
		t.Errorf("a sign-in of a person by id: %v", signIn)
	}
	if got := rowsOf(t, m, e, activity.NoTexts)["SigninLogs"].Cells["ResultType"]; got != "0" {
		t.Errorf("ResultType of a sign-in that succeeded: %v", got)
	}
}

// TestCopies: each of the three settings turns its own part on and off, a refused change nothing; what was changed is copied always.
func TestCopies(t *testing.T) {
	m, _ := mapper(t)
	change := func(object, value string) audit.Entry {
		return entry("UpdateCopilotSettings", object, map[string]string{"property": "AllowAuditLogging", "newValue": value})
	}
	refused := change("audit.copy.responses", "True")
	refused.Outcome = "refused"
	all, none, usual := activity.Copies{AdminActions: true, UserActions: true, Responses: true}, activity.Copies{}, activity.DefaultCopies()
	for _, c := range []struct {
		before activity.Copies
		e      audit.Entry
		want   activity.Copies
	}{
		{usual, change("audit.copy.responses", "True"), all},
		{usual, change("AllowAuditLogging", "True"), all},
		{all, change("audit.copy.responses", "False"), usual},
		{usual, change("audit.copy.adminActions", "False"), activity.Copies{UserActions: true}},
		{usual, change("audit.copy.userActions", "False"), activity.Copies{AdminActions: true}},
		{none, change("audit.copy.userActions", "True"), activity.Copies{UserActions: true}},
		{none, refused, none},
		{all, change("audit.copy.responses", "nonsense"), usual},
		{all, entry("PromptSubmitted", "s", nil), all},
		{all, entry("UpdateCopilotSettings", "clients.maxRows", map[string]string{"newValue": "False"}), all},
	} {
		got := c.before.After(m, c.e)
		if got != c.want {
			t.Errorf("%s %v after %v: %v", c.e.Object, c.e.Details, c.before, got)
		}
		if back, err := activity.ParseCopies(got.String()); err != nil || back != got {
			t.Errorf("%v is read as %v, %v", got, back, err)
		}
		if strings.Contains(c.e.Details["property"], "AllowAuditLogging") && !none.Has(m, c.e) {
			t.Errorf("%s %v is not copied", c.e.Object, c.e.Details)
		}
	}
	if _, err := activity.ParseCopies("opted in"); err == nil {
		t.Error("nonsense is read as copies")
	}
	for operation, user := range map[string]bool{
		"PromptSubmitted": true, "PromptAnswered": true, "QueryRun": true, "UserLoggedIn": true, "UserLoginFailed": true, "PasswordChanged": true,
		"UserAdded": false, "TokenCreated": false, "ImportStarted": false, "PluginDisabled": false, "UpdateCopilotSettings": false, "of a later version": false,
	} {
		e := entry(operation, "x", nil)
		if (activity.Copies{UserActions: true}).Has(m, e) != user || (activity.Copies{AdminActions: true}).Has(m, e) == user {
			t.Errorf("%s is a user's action: want %v", operation, user)
		}
	}
}

// TestRecordIDs: an entry has one id in every table and export; entries of other trails have others.
func TestRecordIDs(t *testing.T) {
	m, s := mapper(t)
	e := entry("UserLoggedIn", "", nil)
	rows := rowsOf(t, m, e, activity.NoTexts)
	id := rows["CopilotActivity"].Cells["RecordId"]
	data, err := m.Management(e, activity.NoTexts)
	if err != nil {
		t.Fatal(err)
	}
	for what, got := range map[string]any{"CloudAppEvents": object(t, rows["CloudAppEvents"].Cells["RawEventData"])["Id"], "SigninLogs": rows["SigninLogs"].Cells["Id"], "export": object(t, data)["Id"]} {
		if got != id {
			t.Errorf("%s: %v, want %v", what, got, id)
		}
	}
	other := rowsOf(t, activity.NewMapper(s, "another", tenant), e, activity.NoTexts)["CopilotActivity"].Cells["RecordId"]
	e.Index++
	next := rowsOf(t, m, e, activity.NoTexts)["CopilotActivity"].Cells["RecordId"]
	if other == id || next == id {
		t.Errorf("ids: %v, of another trail %v, of the next entry %v", id, other, next)
	}
}

func FuzzRows(f *testing.F) {
	s, err := entra.Load(schemas.FS())
	if err != nil {
		f.Fatal(err)
	}
	m := activity.NewMapper(s, trail, tenant)
	f.Add("UserLoginFailed", "s/p", "errorNumber", "50126", "ada")
	f.Add("UpdateCopilotSettings", "", "newValue", "\xff", "")
	f.Fuzz(func(t *testing.T, operation, object, key, value, principal string) {
		e := audit.Entry{Operation: operation, Object: object, Principal: principal, Details: map[string]string{key: value}}
		rows, err := m.Rows(e, activity.NoTexts)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			for column, v := range r.Cells {
				if raw, ok := v.(json.RawMessage); ok && !json.Valid(raw) {
					t.Errorf("%s.%s: %s", r.Table, column, raw)
				}
			}
		}
		if data, err := m.Management(e, activity.NoTexts); err != nil || !json.Valid(data) {
			t.Errorf("%s, %v", data, err)
		}
	})
}

package activity

import (
	"encoding/json"
	"fmt"

	"github.com/sleuth-sec/sleuth/audit"
)

// sourceName is the SourceSystem of own rows, and what they name as their file.
const sourceName = "Sleuth"

// row makes a row of the columns given; dynamic ones are marshalled. What every row has is added: its time, its marks, its entry.
func (m *Mapper) row(table string, e audit.Entry, r *record, cells, dynamic map[string]any) (Row, error) {
	for name, v := range dynamic {
		data, err := json.Marshal(v)
		if err != nil {
			return Row{}, fmt.Errorf("entry %d: %s.%s: %w", e.Index, table, name, err)
		}
		cells[name] = json.RawMessage(data)
	}
	for name, v := range map[string]any{
		"TimeGenerated": e.Time, "TenantId": TenantID, "SourceSystem": sourceName, "Type": table, "_ItemId": r.ID, "_TimeReceived": e.Time,
	} {
		cells[name] = v
	}
	return Row{Table: table, Cells: cells}, nil
}

// cloudAppEvent is the row of CloudAppEvents: the record itself stands in RawEventData.
func (m *Mapper) cloudAppEvent(e audit.Entry, f facts, r *record) (Row, error) {
	return m.row("CloudAppEvents", e, r, map[string]any{
		"Timestamp": e.Time, "ActionType": r.Operation, "Application": r.ApplicationName, "AccountObjectId": f.userID, "AccountId": f.user,
		"AccountDisplayName": f.name, "AccountType": accountType(f), "IsAdminOperation": f.admin && r.SettingsData != nil, "IPAddress": f.ip,
		"UserAgent": f.agent, "ObjectId": e.Object, "ObjectType": objectType(f, r), "ReportId": r.ID, "IsExternalUser": false, "IsImpersonated": false,
		"AuditSource": sourceName, "CountryCode": e.Details["country"], "City": e.Details["city"], "ISP": e.Details["isp"],
	}, map[string]any{"RawEventData": r, "AdditionalFields": map[string]any{"AuditIndex": e.Index}})
}

func accountType(f facts) string {
	if f.admin {
		return "Admin"
	}
	return "Regular"
}

// objectType says what ObjectId names.
func objectType(f facts, r *record) string {
	switch {
	case r.CopilotEventData != nil:
		return "Session"
	case r.SettingsData != nil:
		return "Setting"
	}
	return ""
}

// copilotActivity is the row of CopilotActivity, which holds the part of the record that is of its type.
func (m *Mapper) copilotActivity(e audit.Entry, f facts, r *record) (Row, error) {
	cells := map[string]any{
		"RecordId": r.ID, "RecordType": f.op.Type, "ActorName": f.user, "ActorUserId": r.UserKey, "ActorUserType": accountType(f),
		"OrganizationId": r.OrganizationID, "SrcIpAddr": f.ip, "Workload": r.Workload, "Version": "1", "AppIdentity": r.AppIdentity,
		"AppHost": inside().appHost, "LogVersion": r.CopilotLog, "AIModelName": e.Details["model"],
	}
	var data any
	switch {
	case r.CopilotEventData != nil:
		cells["AppHost"] = r.CopilotEventData.AppHost
		data = struct {
			*eventData
			Operation string  `json:"Operation"`
			Own       ownData `json:"SleuthAudit"`
		}{r.CopilotEventData, r.Operation, r.Own}
	default:
		data = struct {
			*settingsData
			Operation string  `json:"Operation"`
			ObjectID  string  `json:"ObjectId,omitempty"`
			Own       ownData `json:"SleuthAudit"`
		}{r.SettingsData, r.Operation, e.Object, r.Own}
	}
	return m.row("CopilotActivity", e, r, cells, map[string]any{"LLMEventData": data})
}

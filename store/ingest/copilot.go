package ingest

import (
	"strconv"
	"strings"
)

// isCopilotRecord tells the records about copilots from those of other services in the unified audit log.
func (rd *reader) isCopilotRecord(o *object) bool {
	if n, err := strconv.Atoi(o.text("RecordType")); err == nil {
		if _, ok := rd.schemas.CopilotRecordType(n); ok {
			return true
		}
	}
	return strings.EqualFold(o.text("Workload"), "Copilot")
}

// copilotRecord reads an audit record about a copilot into the two tables that show such records: CloudAppEvents, with the record
// itself in RawEventData, and CopilotActivity. What a search or an export puts around the record is not kept, so that one record
// from several exports is one row.
func (rd *reader) copilotRecord(o *object, line int64) error {
	cloud, activity := newRow(rd.schemas.Table("CloudAppEvents"), line), newRow(rd.schemas.Table("CopilotActivity"), line)
	for _, row := range []*Row{cloud, activity} {
		row.Grade = GradeRecord
		rd.set(row, row.Table.ColumnIndex("TimeGenerated"), "CreationTime", o.get("CreationTime"))
		if row.Version = row.Ticks("TimeGenerated"); row.Version == 0 {
			return rd.reject(line, "an audit record without CreationTime", o.raw())
		}
		row.put("Type", row.Table.Name)
		row.Tenant = tenantID(o.text("OrganizationId"))
	}
	userType := unifiedUserTypeName(o.text("UserType"))
	action := o.text("Operation")
	if op, ok := rd.schemas.CopilotOperation(action); ok {
		action = op.Name // published content asks for this generation's names; the record keeps its own
	}
	cloud.put("Timestamp", cloud.Cell("TimeGenerated"))
	cloud.put("RawEventData", compact(o.raw()))
	for column, text := range map[string]string{
		"ActionType": action, "Application": o.text("ApplicationName"), "AccountId": o.text("UserId"), "AccountDisplayName": o.text("UserId"),
		"AccountObjectId": tenantID(o.text("UserKey")), "AccountType": userType, "IPAddress": o.text("ClientIP"), "ObjectId": o.text("ObjectId"),
		"ReportId": o.text("Id"), "SourceSystem": "OfficeActivityManager",
	} {
		cloud.put(column, text)
	}
	recordType := o.text("RecordType")
	if n, err := strconv.Atoi(recordType); err == nil {
		if name, ok := rd.schemas.CopilotRecordType(n); ok {
			recordType = name
		}
	}
	event := o.object("CopilotEventData")
	for column, text := range map[string]string{
		"RecordId": o.text("Id"), "RecordType": recordType, "ActorName": o.text("UserId"), "ActorUserId": o.text("UserKey"), "ActorUserType": userType,
		"OrganizationId": o.text("OrganizationId"), "SrcIpAddr": o.text("ClientIP"), "ClientRegion": o.text("ClientRegion"),
		"Workload": o.text("Workload"), "Version": o.text("Version"), "AppHost": event.text("AppHost"), "AppIdentity": o.text("AppIdentity"),
		"LogVersion": o.text("CopilotLogVersion"), "AgentName": o.text("AgentName"), "AgentId": o.text("AgentId"), "SourceSystem": "OfficeActivityManager",
	} {
		activity.put(column, text)
	}
	if event != nil {
		if models := event.list("ModelTransparencyDetails"); len(models) > 0 {
			if m, ok := parseObject(models[0]); ok {
				activity.put("AIModelName", m.text("ModelName"))
				activity.put("AIModelVersion", m.text("ModelVersion"))
			}
		}
	}
	for _, name := range []string{"CopilotEventData", "CopilotSettingsEventData"} {
		if raw := o.get(name); raw != nil {
			rd.set(activity, activity.Table.ColumnIndex("LLMEventData"), name, raw)
		}
	}
	if err := rd.sink.Row(cloud); err != nil {
		return err
	}
	return rd.sink.Row(activity)
}

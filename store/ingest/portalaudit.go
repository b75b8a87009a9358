package ingest

import (
	"strconv"
	"strings"
)

// portalAudit reads a row of the audit download: actor, targets and their properties stand in
// numbered columns (Target1ModifiedProperty2NewValue), as many as the data needed.
func (rd *reader) portalAudit(o *object, line int64) error {
	row := newRow(rd.schemas.Table("AuditLogs"), line)
	row.Grade = GradePartial
	activity := o.text("Activity")
	row.put("OperationName", activity)
	row.put("ActivityDisplayName", activity)
	row.put("Category", o.text("Category"))
	row.put("LoggedByService", o.text("Service"))
	row.put("CorrelationId", o.text("CorrelationId"))
	row.put("Result", o.text("Result"))
	row.put("ResultReason", o.text("ResultReason"))
	row.put("ResultDescription", o.text("ResultReason"))
	row.put("InitiatedBy", auditActor(o))
	row.put("Identity", firstText(o, "ActorDisplayName", "ActorServicePrincipalName"))
	row.put("TargetResources", auditTargets(o))
	row.put("AdditionalDetails", auditDetails(o))
	row.put("AADTenantId", o.text("ActorHomeTenantId"))
	if t, ok := parseTime(o.text("Date (UTC)"), rd.order); ok {
		row.put("ActivityDateTime", t)
	} else {
		return rd.reject(line, "the date of an audit event is not a moment", o.raw())
	}
	for _, m := range o.members {
		low := strings.ToLower(m.Name)
		switch {
		case isEmpty(m.Raw), strings.HasPrefix(low, "target"), strings.HasPrefix(low, "additionaldetail"), strings.HasPrefix(low, "actor"):
		case low == "date (utc)", low == "activity", low == "category", low == "service", low == "correlationid", low == "result",
			low == "resultreason", low == "ipaddress":
		default:
			row.extra(m.Name, m.Raw)
		}
	}
	completeEntraLog(row, row.Tenant)
	rd.setTime(row)
	return rd.sink.Row(row)
}

func firstText(o *object, names ...string) string {
	for _, n := range names {
		if t := o.text(n); t != "" {
			return t
		}
	}
	return ""
}

func auditActor(o *object) string {
	if o.text("ActorServicePrincipalId")+o.text("ActorServicePrincipalName") != "" && o.text("ActorUserPrincipalName") == "" {
		return `{"app":` + jsonObject("displayName", firstText(o, "ActorServicePrincipalName", "ActorDisplayName"),
			"servicePrincipalId", o.text("ActorServicePrincipalId"), "servicePrincipalName", o.text("ActorServicePrincipalName")) + `}`
	}
	return `{"user":` + jsonObject("id", o.text("ActorObjectId"), "displayName", o.text("ActorDisplayName"),
		"userPrincipalName", o.text("ActorUserPrincipalName"), "ipAddress", o.text("IPAddress"),
		"homeTenantId", o.text("ActorHomeTenantId"), "homeTenantName", o.text("ActorHomeTenantName")) + `}`
}

func auditTargets(o *object) string {
	var targets []string
	for n := 1; ; n++ {
		p := "Target" + strconv.Itoa(n)
		if !o.has(p+"Type") && !o.has(p+"DisplayName") && !o.has(p+"ObjectId") {
			break
		}
		var changes []string
		for k := 1; ; k++ {
			q := p + "ModifiedProperty" + strconv.Itoa(k)
			if !o.has(q + "Name") {
				break
			}
			if name := o.text(q + "Name"); name != "" {
				changes = append(changes, `{"displayName":`+string(Quote(name))+`,"oldValue":`+string(Quote(o.text(q+"OldValue")))+
					`,"newValue":`+string(Quote(o.text(q+"NewValue")))+`}`)
			}
		}
		head := jsonObject("id", o.text(p+"ObjectId"), "displayName", o.text(p+"DisplayName"), "type", o.text(p+"Type"),
			"userPrincipalName", o.text(p+"UserPrincipalName"))
		if head == "{}" && len(changes) == 0 {
			continue
		}
		comma := ","
		if head == "{}" {
			comma = ""
		}
		targets = append(targets, strings.TrimSuffix(head, "}")+comma+`"modifiedProperties":[`+strings.Join(changes, ",")+`]}`)
	}
	return "[" + strings.Join(targets, ",") + "]"
}

func auditDetails(o *object) string {
	var list []string
	for n := 1; o.has("AdditionalDetail" + strconv.Itoa(n) + "Key"); n++ {
		p := "AdditionalDetail" + strconv.Itoa(n)
		if k := o.text(p + "Key"); k != "" {
			list = append(list, `{"key":`+string(Quote(k))+`,"value":`+string(Quote(o.text(p+"Value")))+`}`)
		}
	}
	return "[" + strings.Join(list, ",") + "]"
}

// activityLog reads a row of the activity log download of the Azure portal.
func (rd *reader) activityLog(o *object, line int64) error {
	row := newRow(rd.schemas.Table("AzureActivity"), line)
	row.Grade = GradePartial
	columns := map[string]string{"correlation id": "CorrelationId", "operation name": "OperationName", "status": "ActivityStatus",
		"event category": "Category", "level": "Level", "time": "TimeGenerated", "subscription": "SubscriptionId",
		"event initiated by": "Caller", "resource group": "ResourceGroup", "resource": "Resource", "resource type": "ResourceProvider"}
	for _, m := range o.members {
		if isEmpty(m.Raw) {
			continue
		}
		if c := columns[strings.ToLower(m.Name)]; c != "" {
			rd.set(row, row.Table.ColumnIndex(c), m.Name, m.Raw)
			continue
		}
		row.extra(m.Name, m.Raw)
	}
	row.put("Type", "AzureActivity")
	if row.Ticks("TimeGenerated") == 0 {
		return rd.reject(line, "an activity without time", o.raw())
	}
	return rd.sink.Row(row)
}

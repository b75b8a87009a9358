package ingest

import (
	"bytes"
	"strconv"
	"strings"
)

// incident makes the SecurityIncident row of a Graph incident and the SecurityAlert rows of its
// alerts. Both tables are append-only: a later state is a further row.
// https://learn.microsoft.com/graph/api/resources/security-incident
func (rd *reader) incident(c *collection, ref contextRef, o *object, line int64) error {
	row := newRow(rd.schemas.Table("SecurityIncident"), line)
	id := o.text("id")
	row.put("IncidentName", id)
	row.put("ProviderIncidentId", id)
	if n, err := strconv.ParseInt(id, 10, 32); err == nil {
		row.put("IncidentNumber", int32(n))
	}
	row.put("ProviderName", "Microsoft XDR")
	row.put("Title", o.text("displayName"))
	row.put("Description", o.text("description"))
	row.put("Severity", titled(o.text("severity")))
	row.put("Status", incidentStatus(o.text("status")))
	row.put("Classification", classification(o.text("classification")))
	row.put("ClassificationComment", o.text("resolvingComment"))
	row.put("IncidentUrl", o.text("incidentWebUrl"))
	row.put("ModifiedBy", o.text("lastModifiedBy"))
	row.put("Type", "SecurityIncident")
	if who := o.text("assignedTo"); who != "" {
		row.put("Owner", `{"assignedTo":`+string(Quote(who))+`,"userPrincipalName":`+string(Quote(who))+`}`)
	}
	for _, c := range []struct{ column, property string }{
		{"CreatedTime", "createdDateTime"}, {"FirstModifiedTime", "createdDateTime"}, {"LastModifiedTime", "lastUpdateDateTime"},
	} {
		rd.set(row, row.Table.ColumnIndex(c.column), c.property, o.get(c.property))
	}
	if row.Text("Status") == "Closed" {
		row.put("ClosedTime", row.Cell("LastModifiedTime"))
	}
	row.Version = row.Ticks("LastModifiedTime")
	row.put("TimeGenerated", row.Cell("LastModifiedTime"))
	row.put("TimeGenerated", row.Cell("CreatedTime"))
	row.Tenant = tenantID(o.text("tenantId"))
	row.put("Labels", labels(o.list("customTags")))
	if raw := o.get("comments"); !isEmpty(raw) {
		row.put("Comments", compact(raw))
	}
	ids, first, last := []string{}, int64(0), int64(0)
	alerts := o.list("alerts")
	for _, raw := range alerts {
		a, ok := parseObject(raw)
		if !ok {
			continue
		}
		ids = append(ids, string(Quote(a.text("id"))))
		start, end := alertSpan(a, rd.order)
		if first == 0 || start != 0 && start < first {
			first = start
		}
		last = max(last, end)
		if err := rd.alert(c, ref, a, line); err != nil {
			return err
		}
	}
	row.put("AlertIds", "["+strings.Join(ids, ",")+"]")
	if first != 0 {
		row.put("FirstActivityTime", first)
		row.put("LastActivityTime", last)
	}
	row.put("AdditionalData", `{"alertsCount":`+strconv.Itoa(len(alerts))+`}`)
	used := map[string]bool{"id": true, "displayname": true, "description": true, "severity": true, "createddatetime": true,
		"lastupdatedatetime": true, "resolvingcomment": true, "incidentweburl": true, "lastmodifiedby": true,
		"alerts": true, "comments": true, "assignedto": true, "customtags": true, "tenantid": true}
	for _, m := range o.members {
		if !used[strings.ToLower(m.Name)] { // status and classification too: their Graph words say more
			row.extra(m.Name, m.Raw)
		}
	}
	return rd.sink.Row(row)
}

// incidentStatus maps the Graph word to Sentinel's.
func incidentStatus(s string) string {
	switch s {
	case "active":
		return "New"
	case "inProgress", "awaitingAction":
		return "Active"
	case "resolved", "redirected":
		return "Closed"
	}
	return titled(s)
}

func classification(s string) string {
	switch s {
	case "unknown", "":
		return ""
	case "informationalExpectedActivity":
		return "BenignPositive"
	}
	return titled(s)
}

func labels(tags [][]byte) any {
	if len(tags) == 0 {
		return nil
	}
	var b bytes.Buffer
	for i, t := range tags {
		b.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
		b.WriteString(`{"labelName":` + compact(t) + `,"labelType":"User"}`)
	}
	return b.String() + "]"
}

func alertSpan(o *object, order dateOrder) (start, end int64) {
	created, _ := parseTime(o.text("createdDateTime"), order)
	start, _ = parseTime(o.text("firstActivityDateTime"), order)
	end, _ = parseTime(o.text("lastActivityDateTime"), order)
	if start == 0 {
		start = created
	}
	if end == 0 {
		end = max(start, created)
	}
	return start, end
}

// alert makes the SecurityAlert row of a Graph alert.
func (rd *reader) alert(_ *collection, _ contextRef, o *object, line int64) error {
	row := newRow(rd.schemas.Table("SecurityAlert"), line)
	title := o.text("title")
	row.put("SystemAlertId", o.text("id"))
	row.put("VendorOriginalId", o.text("providerAlertId"))
	row.put("DisplayName", title)
	row.put("AlertName", title)
	row.put("Description", o.text("description"))
	row.put("AlertSeverity", titled(o.text("severity")))
	row.put("Status", titled(o.text("status")))
	row.put("Tactics", o.text("category"))
	row.put("Techniques", o.text("mitreTechniques"))
	row.put("ProviderName", o.text("serviceSource"))
	row.put("ProductName", productOf(o))
	row.put("VendorName", "Microsoft")
	row.put("AlertType", o.text("alertPolicyId"))
	row.put("AlertLink", o.text("alertWebUrl"))
	row.put("IsIncident", false)
	row.put("Type", "SecurityAlert")
	start, end := alertSpan(o, rd.order)
	if start != 0 {
		row.put("StartTime", start)
		row.put("EndTime", end)
	}
	if t, ok := parseTime(o.text("lastUpdateDateTime"), rd.order); ok {
		row.put("TimeGenerated", t)
	}
	if t, ok := parseTime(o.text("createdDateTime"), rd.order); ok {
		row.put("TimeGenerated", t)
		row.put("ProcessingEndTime", t)
	}
	row.Version = row.Ticks("TimeGenerated")
	row.Tenant = tenantID(o.text("tenantId"))
	entities, compromised := alertEntities(o.list("evidence"))
	row.put("Entities", entities)
	row.put("CompromisedEntity", compromised)
	used := map[string]bool{"id": true, "title": true, "description": true, "severity": true, "status": true, "category": true,
		"servicesource": true, "createddatetime": true, "lastupdatedatetime": true, "firstactivitydatetime": true,
		"lastactivitydatetime": true, "alertweburl": true, "provideralertid": true, "alertpolicyid": true, "tenantid": true, "mitretechniques": true}
	for _, m := range o.members {
		if !used[strings.ToLower(m.Name)] {
			row.extra(m.Name, m.Raw)
		}
	}
	return rd.sink.Row(row)
}

func productOf(o *object) string {
	if p := o.text("productName"); p != "" {
		return p
	}
	switch o.text("serviceSource") {
	case "azureAdIdentityProtection":
		return "Azure Active Directory Identity Protection"
	case "microsoftDefenderForCloudApps":
		return "Microsoft Cloud App Security"
	case "microsoftDefenderForIdentity":
		return "Azure Advanced Threat Protection"
	case "microsoftDefenderForEndpoint":
		return "Microsoft Defender Advanced Threat Protection"
	case "microsoftDefenderForOffice365":
		return "Office 365 Advanced Threat Protection"
	case "microsoft365Defender":
		return "Microsoft 365 Defender"
	}
	return o.text("serviceSource")
}

// alertEntities writes evidence as the entities of a Sentinel alert; what has no entity type of its
// own keeps its Graph type. The evidence itself is kept in _Extra.
func alertEntities(evidence [][]byte) (entities, compromised string) {
	var list []string
	for i, raw := range evidence {
		e, ok := parseObject(raw)
		if !ok {
			continue
		}
		kind := strings.TrimPrefix(e.text("@odata.type"), "#microsoft.graph.security.")
		fields := []string{`"$id":"` + strconv.Itoa(i+1) + `"`}
		add := func(name, value string) {
			if value != "" {
				fields = append(fields, `"`+name+`":`+string(Quote(value)))
			}
		}
		switch kind {
		case "userEvidence", "mailboxEvidence":
			u := e.object("userAccount")
			if u == nil {
				u = &object{}
			}
			upn := u.text("userPrincipalName")
			name, suffix, _ := strings.Cut(upn, "@")
			add("Type", "account")
			add("Name", name)
			add("UPNSuffix", suffix)
			add("AadUserId", u.text("azureAdUserId"))
			add("DisplayName", u.text("displayName"))
			if compromised == "" {
				compromised = upn
			}
		case "ipEvidence":
			add("Type", "ip")
			add("Address", e.text("ipAddress"))
		case "cloudApplicationEvidence":
			add("Type", "cloud-application")
			add("AppId", e.text("appId"))
			add("Name", e.text("displayName"))
		case "deviceEvidence":
			add("Type", "host")
			add("HostName", e.text("deviceDnsName"))
			add("AadDeviceId", e.text("azureAdDeviceId"))
		default:
			add("Type", kind)
		}
		list = append(list, "{"+strings.Join(fields, ",")+"}")
	}
	if len(list) == 0 {
		return "", ""
	}
	return "[" + strings.Join(list, ",") + "]", compromised
}

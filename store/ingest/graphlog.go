package ingest

import (
	"strings"
)

// graphSignIn reads a signIn resource (v1.0 or beta, in either case of its keys).
// https://learn.microsoft.com/graph/api/resources/signin
func (rd *reader) graphSignIn(o *object, line int64) error {
	t := rd.schemas.Table(signInTableOf(o))
	row := newRow(t, line)
	rd.fillGraph(row, o, "signIn")
	completeSignIn(row, o.pathText("status.errorCode"))
	if i := t.ColumnIndex("UserType"); i >= 0 {
		row.Cells[i] = titled(row.Text("UserType"))
	}
	row.put("Category", signInCategory(t.Name))
	if home := tenantID(o.text("homeTenantId")); home == tenantID(o.text("resourceTenantId")) {
		row.Tenant = home // at home in the tenant it signs in to: that tenant's log
	}
	completeEntraLog(row, row.Tenant)
	if row.Ticks("CreatedDateTime") == 0 {
		return rd.reject(line, "a sign-in without createdDateTime", o.raw())
	}
	rd.setTime(row)
	return rd.sink.Row(row)
}

// signInTableOf: beta names the kind in signInEventTypes, v1.0 only has isInteractive.
func signInTableOf(o *object) string {
	for _, e := range o.list("signInEventTypes") {
		switch strings.ToLower(rawText(e)) {
		case "nonInteractiveUser", "noninteractiveuser":
			return "AADNonInteractiveUserSignInLogs"
		case "serviceprincipal":
			return "AADServicePrincipalSignInLogs"
		case "managedidentity":
			return "AADManagedIdentitySignInLogs"
		case "interactiveuser":
			return "SigninLogs"
		}
	}
	switch {
	case o.text("userPrincipalName") == "" && o.text("userId") == "" && o.text("servicePrincipalId") != "":
		return "AADServicePrincipalSignInLogs"
	case strings.EqualFold(o.text("isInteractive"), "false"):
		return "AADNonInteractiveUserSignInLogs"
	}
	return "SigninLogs"
}

func signInCategory(table string) string {
	if table == "SigninLogs" {
		return "SignInLogs"
	}
	return strings.TrimPrefix(table, "AAD")
}

// graphAudit reads a directoryAudit resource.
func (rd *reader) graphAudit(o *object, line int64) error {
	row := newRow(rd.schemas.Table("AuditLogs"), line)
	rd.fillGraph(row, o, "directoryAudit")
	row.put("Identity", o.pathText("initiatedBy.user.displayName"))
	row.put("Identity", o.pathText("initiatedBy.app.displayName"))
	completeEntraLog(row, row.Tenant)
	if row.Ticks("ActivityDateTime") == 0 {
		return rd.reject(line, "an audit event without activityDateTime", o.raw())
	}
	rd.setTime(row)
	return rd.sink.Row(row)
}

// graphProvisioning reads a provisioningObjectSummary.
func (rd *reader) graphProvisioning(o *object, line int64) error {
	row := newRow(rd.schemas.Table("AADProvisioningLogs"), line)
	rd.fillByName(row, o, nil)
	completeEntraLog(row, row.Tenant)
	if t, ok := parseTime(o.text("activityDateTime"), rd.order); ok {
		row.put("TimeGenerated", t)
		row.Version = t
	}
	return rd.sink.Row(row)
}

// riskLog makes the log row of a risk resource: a risky user, an item of its history, or a
// detection is also a row of the log table, which then is complete whichever source is held.
func (rd *reader) riskLog(table, mapName string, o *object, line int64) error {
	row := newRow(rd.schemas.Table(table), line)
	rd.fillGraph(row, o, mapName)
	if id := o.text("userId"); id != "" && mapName == "riskyUser" {
		row.Cells[row.Table.ColumnIndex("Id")] = id // an item of the history has an id of its own
	}
	if id := o.text("servicePrincipalId"); id != "" && mapName == "riskyUser" {
		row.Cells[row.Table.ColumnIndex("Id")] = id
	}
	for _, c := range []string{"LastUpdatedDateTime", "RiskLastUpdatedDateTime", "DetectedDateTime"} {
		if t := row.Ticks(c); t != 0 && row.Version == 0 {
			row.Version = t
		}
	}
	completeEntraLog(row, row.Tenant)
	rd.setTime(row)
	return rd.sink.Row(row)
}

// fillGraph applies the Graph side of a property map, then names, then _Extra.
func (rd *reader) fillGraph(row *Row, o *object, mapName string) {
	used := map[string]bool{}
	for _, p := range rd.schemas.Properties(mapName) {
		i := row.Table.ColumnIndex(p.Column)
		if p.Graph == "" || i < 0 || strings.Contains(p.Graph, " ") {
			continue
		}
		raw := o.path(p.Graph)
		if raw == nil {
			continue
		}
		rd.set(row, i, p.Graph, raw)
		if !strings.Contains(p.Graph, ".") {
			used[strings.ToLower(p.Graph)] = true
		}
	}
	rd.fillByName(row, o, used)
}

// pathText is the text at a dotted path.
func (o *object) pathText(p string) string { return rawText(o.path(p)) }

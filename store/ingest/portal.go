package ingest

import (
	"fmt"
	"strconv"
	"strings"
)

// portalSignIn reads a row of the sign-in download of the Entra admin center.
func (rd *reader) portalSignIn(o *object, line int64) error {
	return rd.portalRow(rd.portalSignInTable(o), o, line)
}

// portalAppSignIn reads a row of the service principal or managed identity download.
func (rd *reader) portalAppSignIn(o *object, line int64) error {
	table := "AADServicePrincipalSignInLogs"
	if kind := o.text("Managed Identity type"); kind != "" && !strings.EqualFold(kind, "none") {
		table = "AADManagedIdentitySignInLogs"
	}
	return rd.portalRow(table, o, line)
}

// portalSignInTable: interactive and non-interactive downloads have one header. A refresh token
// as the incoming token means that no person was asked; the usual file name decides where the
// rows do not say.
func (rd *reader) portalSignInTable(o *object) string {
	if strings.Contains(strings.ToLower(o.text("Incoming token type")), "refresh") ||
		strings.HasPrefix(strings.ToLower(rd.base), "noninteractive") {
		return "AADNonInteractiveUserSignInLogs"
	}
	return "SigninLogs"
}

// portalColumn is the column of a portal header; "" keeps it in _Extra.
func portalColumn(header string) string {
	switch strings.ToLower(header) {
	case "date (utc)":
		return "CreatedDateTime"
	case "request id":
		return "Id"
	case "user agent":
		return "UserAgent"
	case "user":
		return "UserDisplayName"
	case "username":
		return "UserPrincipalName"
	case "application":
		return "AppDisplayName"
	case "application id":
		return "AppId"
	case "resource":
		return "ResourceDisplayName"
	case "resource id":
		return "ResourceIdentity"
	case "sign-in error code":
		return "ResultType"
	case "failure reason":
		return "ResultDescription"
	case "client app":
		return "ClientAppUsed"
	case "latency":
		return "ProcessingTimeInMilliseconds"
	case "sign-in identifier":
		return "SignInIdentifier"
	case "ip address (seen by resource)":
		return "IPAddressFromResourceProvider"
	case "through global secure access":
		return "IsThroughGlobalSecureAccess"
	case "global secure access ip address":
		return "GlobalSecureAccessIpAddress"
	case "credential key id":
		return "ServicePrincipalCredentialKeyId"
	case "credential thumbprint":
		return "ServicePrincipalCredentialThumbprint"
	case "federated token id":
		return "FederatedCredentialId"
	case "associated resource id":
		return "AssociatedResourceId"
	case "location", "status":
		return ""
	}
	return strings.ReplaceAll(strings.ReplaceAll(header, " ", ""), "-", "")
}

// portalRow maps the words of the portal to those of the log.
func (rd *reader) portalRow(table string, o *object, line int64) error {
	row := newRow(rd.schemas.Table(table), line)
	row.Grade = GradePartial
	handled := portalParts(row, o)
	for _, m := range o.members {
		text := rawText(m.Raw)
		if handled[strings.ToLower(m.Name)] || text == "" {
			continue
		}
		text = portalWord(m.Name, text)
		if i := row.Table.ColumnIndex(portalColumn(m.Name)); i >= 0 && portalColumn(m.Name) != "" {
			rd.setText(row, i, m.Name, text)
			continue
		}
		row.extra(m.Name, Quote(text))
	}
	if row.Text("ResultType") == "" {
		row.Cells[row.Table.ColumnIndex("ResultType")] = "0"
	}
	code := row.Text("ResultType")
	if i := row.Table.ColumnIndex("Status"); i >= 0 {
		row.Cells[i] = portalStatus(code, o.text("Failure reason"), o.text("Multifactor authentication result"))
	}
	row.put("IsInteractive", table == "SigninLogs")
	row.put("Category", signInCategory(table))
	row.put("Identity", o.text("User"))
	row.put("Identity", o.text("Service principal name"))
	if home := tenantID(o.text("Home tenant ID")); home == tenantID(o.text("Resource tenant ID")) {
		row.Tenant = home // at home in the tenant it signs in to: that tenant's log
	}
	completeSignIn(row, code)
	completeEntraLog(row, row.Tenant)
	if row.Ticks("CreatedDateTime") == 0 {
		return rd.reject(line, fmt.Sprintf("the date %q is not a moment", o.text("Date (UTC)")), o.raw())
	}
	rd.setTime(row)
	return rd.sink.Row(row)
}

// portalParts builds the columns that several portal columns make up; it returns the headers used.
func portalParts(row *Row, o *object) map[string]bool {
	handled := map[string]bool{"location": true, "multifactor authentication result": true}
	city, state, country := splitPlace(o.text("Location"))
	if city+state+country != "" {
		row.put("Location", country)
		row.put("LocationDetails", jsonObject("city", city, "state", state, "countryOrRegion", country))
	}
	device := []string{}
	for _, p := range []struct{ header, key string }{
		{"Device ID", "deviceId"}, {"Operating System", "operatingSystem"}, {"Browser", "browser"},
		{"Compliant", "isCompliant"}, {"Managed", "isManaged"}, {"Join Type", "trustType"},
	} {
		if o.has(p.header) && row.Table.ColumnIndex("DeviceDetail") >= 0 {
			handled[strings.ToLower(p.header)] = true
			device = append(device, p.key, o.text(p.header))
		}
	}
	if len(device) > 0 {
		row.put("DeviceDetail", jsonObject(device...))
	}
	if method, detail := o.text("Multifactor authentication auth method"), o.text("Multifactor authentication auth detail"); method+detail != "" &&
		row.Table.ColumnIndex("MfaDetail") >= 0 {
		row.put("MfaDetail", jsonObject("authMethod", method, "authDetail", detail))
		handled["multifactor authentication auth method"] = true
		handled["multifactor authentication auth detail"] = true
	}
	if ca := o.text("Conditional Access"); ca != "" {
		row.put("ConditionalAccessStatus", map[string]string{"success": "success", "failure": "failure", "not applied": "notApplied"}[strings.ToLower(ca)])
		handled["conditional access"] = row.Text("ConditionalAccessStatus") != ""
	}
	return handled
}

// jsonObject writes key and value pairs; True and False become booleans, empty values are left out.
func jsonObject(pairs ...string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := 0; i+1 < len(pairs); i += 2 {
		v := pairs[i+1]
		if v == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + pairs[i] + `":`)
		switch strings.ToLower(v) {
		case "true", "false":
			b.WriteString(strings.ToLower(v))
		default:
			b.Write(Quote(v))
		}
	}
	b.WriteByte('}')
	return b.String()
}

// splitPlace reads "City, State, CC" from the right: the city can hold commas.
func splitPlace(s string) (city, state, country string) {
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	n := len(parts)
	switch {
	case n == 1:
		if len(parts[0]) == 2 {
			return "", "", parts[0]
		}
		return parts[0], "", ""
	case n == 2:
		return parts[0], "", parts[1]
	}
	return strings.Join(parts[:n-2], ", "), parts[n-2], parts[n-1]
}

// portalStatus builds Status as the log has it.
func portalStatus(code, reason, details string) string {
	var b strings.Builder
	if _, err := strconv.Atoi(code); err != nil {
		code = string(Quote(code))
	}
	b.WriteString(`{"errorCode":` + code)
	if code != "0" && reason != "" {
		b.WriteString(`,"failureReason":`)
		b.Write(Quote(reason))
	}
	if details != "" {
		b.WriteString(`,"additionalDetails":`)
		b.Write(Quote(details))
	}
	return b.String() + "}"
}

// portalWord turns the portal's wording of a value into the log's.
func portalWord(header, v string) string {
	switch strings.ToLower(header) {
	case "authentication requirement":
		switch strings.ToLower(v) {
		case "single-factor authentication":
			return "singleFactorAuthentication"
		case "multifactor authentication", "multi-factor authentication":
			return "multiFactorAuthentication"
		}
	case "token issuer type":
		return strings.ReplaceAll(v, " ", "")
	case "failure reason":
		if v == "Other." {
			return ""
		}
	}
	return v
}

// portalRisk reads the risky users and risk detections downloads: headers with blanks.
func (rd *reader) portalRisk(o *object, line int64) error {
	table := "AADRiskyUsers"
	if o.has("Detection type") || o.has("Risk event type") || o.has("Detection time") || o.has("Detection time (UTC)") {
		table = "AADUserRiskEvents"
	}
	row := newRow(rd.schemas.Table(table), line)
	row.Grade = GradePartial
	for _, m := range o.members {
		text := rawText(m.Raw)
		if text == "" {
			continue
		}
		name := riskColumn(table, m.Name)
		switch strings.ToLower(name) {
		case "risklevel", "riskstate", "riskdetail", "detectiontimingtype":
			if text == "-" { // the portal's word for nothing
				continue
			}
			text = lowerCamel(text)
		}
		if i := row.Table.ColumnIndex(name); i >= 0 {
			rd.setText(row, i, m.Name, text)
			continue
		}
		row.extra(m.Name, Quote(text))
	}
	completeEntraLog(row, row.Tenant)
	rd.setTime(row)
	row.Version = row.Ticks("TimeGenerated")
	if row.Version == 0 {
		return rd.reject(line, "a risk record without a date", o.raw())
	}
	return rd.sink.Row(row)
}

func riskColumn(table, header string) string {
	h := strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(strings.ToLower(header), " (utc)"), " ", ""))
	switch h {
	case "user":
		return "UserDisplayName"
	case "username":
		return "UserPrincipalName"
	case "userid", "objectid":
		if table == "AADRiskyUsers" {
			return "Id"
		}
		return "UserId"
	case "risklastupdated":
		return "RiskLastUpdatedDateTime"
	case "detectiontime", "detectedtime":
		return "DetectedDateTime"
	case "activitytime", "date":
		return "ActivityDateTime"
	case "detectionlastupdated", "lastupdated":
		return "LastUpdatedDateTime"
	case "detectiontype":
		return "RiskEventType"
	case "detectiontiming":
		return "DetectionTimingType"
	}
	return h
}

// lowerCamel makes "At risk" atRisk.
func lowerCamel(s string) string {
	var b strings.Builder
	for i, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' }) {
		if i == 0 {
			b.WriteString(strings.ToLower(w[:1]) + w[1:])
			continue
		}
		b.WriteString(titled(w))
	}
	return b.String()
}

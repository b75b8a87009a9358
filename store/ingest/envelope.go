package ingest

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// isEnvelope recognises a record of diagnostic settings (Azure Monitor resource logs): category
// with properties, or with the fields of the common schema.
// https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema
func isEnvelope(o *object) bool {
	if !o.has("category", "operationName") || o.has("TimeGenerated") || o.has("TimeGenerated [UTC]") {
		return false
	}
	if o.has("properties") {
		return true
	}
	return o.has("time") && o.has("resourceId")
}

// isAudit recognises the properties of a directory audit event.
func isAudit(properties *object) bool {
	return properties != nil && properties.has("activityDisplayName", "activityDateTime")
}

// activityCategory tells those of the Azure activity log when it is exported.
// https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema
func activityCategory(c string) bool {
	switch strings.ToLower(c) {
	case "administrative", "security", "servicehealth", "alert", "recommendation", "policy", "autoscale", "resourcehealth":
		return true
	}
	return false
}

// envelopeTable is the table of a category.
func (rd *reader) envelopeTable(category string) *entra.Table {
	name := category
	if rest, ok := strings.CutPrefix(category, "AdvancedHunting-"); ok { // Defender XDR streaming
		name = rest
	}
	if t, ok := rd.schemas.CategoryTable(name); ok {
		return t
	}
	if activityCategory(category) {
		return rd.schemas.Table("AzureActivity")
	}
	return nil
}

// propertyMap names the map of a table's records; "" when names alone decide.
func propertyMap(table string) string {
	switch {
	case isSignInTable(table):
		return "signIn"
	case table == "AuditLogs" || table == "AADCustomSecurityAttributeAuditLogs":
		return "directoryAudit"
	case table == "AADRiskyUsers" || table == "AADRiskyServicePrincipals":
		return "riskyUser"
	case table == "AADUserRiskEvents" || table == "AADServicePrincipalRiskEvents":
		return "riskDetection"
	}
	return ""
}

func isSignInTable(name string) bool {
	switch name {
	case "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs",
		"AADManagedIdentitySignInLogs", "ADFSSignInLogs", "MicrosoftServicePrincipalSignInLogs":
		return true
	}
	return false
}

// envelope reads one record of diagnostic settings.
func (rd *reader) envelope(o *object, line int64) error {
	category := o.text("category")
	t := rd.envelopeTable(category)
	if strings.Contains(strings.ToLower(o.text("resourceId")), "/microsoft.aadiam") && (t == nil || t.Name == "AzureActivity") && isAudit(o.object("properties")) {
		t = rd.schemas.Table("AuditLogs") // forwarders put the directory's own category in place of AuditLogs
	}
	if t == nil {
		return rd.reject(line, fmt.Sprintf("no table for the category %q", category), o.raw())
	}
	row := newRow(t, line)
	properties := &rd.inner
	if !properties.reread(o.get("properties")) {
		properties = &object{}
		if text := o.text("properties"); strings.HasPrefix(text, "{") && validJSON([]byte(text)) {
			properties, _ = parseObject([]byte(text))
		}
	}
	rd.fillEnvelope(row, o, properties)

	row.Version, _ = parseTime(o.text("time"), rd.order)
	row.Tenant = tenantID(o.text("tenantId"))
	if row.Tenant == "" {
		row.Tenant = tenantOf(o.text("resourceId"))
	}
	if t.Rows.Rule != entra.RuleNewest {
		row.Grade = GradeRecord
	}
	if o.has("time") && row.Version == 0 {
		return rd.reject(line, fmt.Sprintf("time %q is not a moment", o.text("time")), o.raw())
	}
	completeSignIn(row, properties.pathText("status.errorCode"))
	completeEntraLog(row, row.Tenant)
	rd.setTime(row)
	return rd.sink.Row(row)
}

// source of a column in a record of diagnostic settings.
type mapped struct {
	name   string // in the record, or in its properties
	nested bool
	column int
}

// plan is what is known of a table's records before any is read.
type plan struct {
	mapped []mapped
	// names caches the column of a member by its spelling: the map of the layout first, then the
	// column of that name.
	outer, inner map[string]target
}

// target is where a member goes: a column, or _Extra with column -1. taken: the map read it.
type target struct {
	column int
	taken  bool
}

func (rd *reader) planOf(t *entra.Table) *plan {
	if p := rd.plans[t.Name]; p != nil {
		return p
	}
	p := &plan{outer: map[string]target{}, inner: map[string]target{}}
	for _, m := range rd.schemas.Properties(propertyMap(t.Name)) {
		i := t.ColumnIndex(m.Column)
		if m.Record == "" || m.Column == "TimeGenerated" || i < 0 {
			continue
		}
		name, nested := strings.CutPrefix(m.Record, "properties.")
		p.mapped = append(p.mapped, mapped{name: name, nested: nested, column: i})
	}
	rd.plans[t.Name] = p
	return p
}

// target finds out where a member goes, once per spelling.
func (p *plan) target(t *entra.Table, name string, nested bool) target {
	cache := p.outer
	if nested {
		cache = p.inner
	}
	if to, ok := cache[name]; ok {
		return to
	}
	to := target{column: -1}
	for _, m := range p.mapped {
		if m.nested == nested && strings.EqualFold(m.name, name) {
			to.taken = true
		}
	}
	low := strings.ToLower(name)
	switch {
	case !nested && (low == "time" || low == "properties"):
		to.taken = true
	case low == "tenantid": // TenantId is the workspace's id and never that of a record
	case nested:
		to.column = t.ColumnIndex(name)
	default:
		to.column = t.ColumnIndex(envelopeColumn(t.Name, low, name))
	}
	cache[name] = to
	return to
}

// fillEnvelope applies the property map, then puts what it left over into columns of the same
// name, and the rest into _Extra.
func (rd *reader) fillEnvelope(row *Row, o, properties *object) {
	p := rd.planOf(row.Table)
	for _, m := range p.mapped {
		from := o
		if m.nested {
			from = properties
		}
		if raw := from.path(m.name); raw != nil {
			rd.set(row, m.column, m.name, raw)
		}
	}
	for _, m := range properties.members {
		to := p.target(row.Table, m.Name, true)
		switch {
		case to.taken:
		case to.column >= 0:
			rd.set(row, to.column, m.Name, m.Raw)
		default:
			row.extra(m.Name, m.Raw)
		}
	}
	for _, m := range o.members {
		to := p.target(row.Table, m.Name, false)
		switch {
		case to.taken:
		case to.column >= 0:
			rd.set(row, to.column, m.Name, m.Raw)
		case strings.EqualFold(m.Name, "tenantId"):
			row.put("AADTenantId", rawText(m.Raw))
		case strings.EqualFold(m.Name, "callerIpAddress") && rawText(m.Raw) == row.Text("IPAddress"):
			// the same address stands in IPAddress
		default:
			row.extra(m.Name, m.Raw)
		}
	}
}

// envelopeColumn is the column of an envelope field whose name the table does not have.
func envelopeColumn(table, low, name string) string {
	if table == "AzureActivity" {
		switch low {
		case "operationname":
			return "OperationNameValue"
		case "category":
			return "CategoryValue"
		case "resulttype":
			return "ActivityStatusValue"
		case "resultsignature":
			return "ActivitySubstatusValue"
		case "resourceid":
			return "_ResourceId"
		}
	}
	return name
}

// completeSignIn adds what the service derives: the code as text, no reason on success.
func completeSignIn(row *Row, errorCode string) {
	if !isSignInTable(row.Table.Name) {
		return
	}
	if errorCode != "" {
		row.put("ResultType", errorCode)
	}
	row.put("Location", countryOf(row))
	row.put("OperationName", "Sign-in activity")
	if row.Text("ResultType") == "0" {
		if i := row.Table.ColumnIndex("ResultDescription"); i >= 0 {
			row.Cells[i] = ""
		}
	}
}

// countryOf reads the country code out of LocationDetails.
func countryOf(row *Row) string {
	o, ok := parseObject(viewBytes(row.Text("LocationDetails")))
	if !ok {
		return ""
	}
	return o.text("countryOrRegion")
}

// completeEntraLog adds the constants that Log Analytics writes on Entra logs.
func completeEntraLog(row *Row, tenant string) {
	row.put("Type", row.Table.Name)
	if propertyMap(row.Table.Name) == "" {
		return
	}
	row.put("SourceSystem", "Azure AD")
	if row.Table.Rows.Rule == entra.RuleNewest || row.Table.Name == "AuditLogs" {
		row.put("OperationVersion", "1.0")
		row.put("Resource", "Microsoft.aadiam")
		row.put("ResourceGroup", "Microsoft.aadiam")
		row.put("Level", "4")
		if tenant != "" {
			row.put("AADTenantId", tenant)
			row.put("ResourceId", "/tenants/"+tenant+"/providers/Microsoft.aadiam")
		}
	}
	switch row.Table.Name {
	case "AADRiskyUsers":
		row.put("OperationName", "Risky user")
	case "AADUserRiskEvents":
		row.put("OperationName", "User Risk Detection")
	case "AuditLogs":
		row.put("OperationName", row.Text("ActivityDisplayName"))
	}
}

// setTime gives TimeGenerated its value: the moment of the event for sign-ins and audit events, the
// moment the state was written for risk (so that the newest wins an arg_max), else what the record
// says of itself.
func (rd *reader) setTime(row *Row) {
	i := row.Table.ColumnIndex("TimeGenerated")
	if i < 0 {
		return
	}
	var candidates []string
	switch name := row.Table.Name; {
	case isSignInTable(name):
		candidates = []string{"CreatedDateTime"}
	case name == "AuditLogs" || name == "AADCustomSecurityAttributeAuditLogs" || name == "AADProvisioningLogs":
		candidates = []string{"ActivityDateTime"}
	}
	for _, c := range candidates {
		if t := row.Ticks(c); t != 0 {
			row.Cells[i] = t
			return
		}
	}
	if row.Cells[i] == nil && row.Version != 0 {
		row.Cells[i] = row.Version
	}
	for _, c := range []string{"LastUpdatedDateTime", "RiskLastUpdatedDateTime", "DetectedDateTime", "Timestamp", "CreatedDateTime"} {
		if t := row.Ticks(c); row.Cells[i] == nil && t != 0 {
			row.Cells[i] = t
		}
	}
	if t := row.Ticks("TimeGenerated"); t != 0 {
		row.put("Timestamp", t)
	}
}

package ingest

import (
	"strings"
)

// unifiedColumns are the columns of OfficeActivity that the unified audit log names otherwise.
// https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
func unifiedColumn(property string) string {
	switch strings.ToLower(property) {
	case "creationtime":
		return "TimeGenerated"
	case "id":
		return "OfficeId"
	case "workload":
		return "OfficeWorkload"
	case "objectid":
		return "OfficeObjectId"
	case "site":
		return "Site_"
	case "siteurl":
		return "Site_Url"
	case "eventdata":
		return "Event_Data"
	case "sourcename":
		return "Source_Name"
	case "logontype":
		return "Logon_Type"
	case "clientipaddress":
		return "Client_IPAddress"
	case "target":
		return "AADTarget"
	case "azureactivedirectoryeventtype":
		return "AzureActiveDirectory_EventType"
	case "resultstatusdetail":
		return "ResultReasonType"
	case "starttime":
		return "Start_Time"
	}
	return property
}

// recordTypeName names the record types that tenants have; others keep their number.
func recordTypeName(number string) string {
	switch number {
	case "1":
		return "ExchangeAdmin"
	case "2":
		return "ExchangeItem"
	case "3":
		return "ExchangeItemGroup"
	case "4":
		return "SharePoint"
	case "5":
		return "SyntheticProbe"
	case "6":
		return "SharePointFileOperation"
	case "7":
		return "OneDrive"
	case "8":
		return "AzureActiveDirectory"
	case "9":
		return "AzureActiveDirectoryAccountLogon"
	case "10":
		return "DataCenterSecurityCmdlet"
	case "11":
		return "ComplianceDLPSharePoint"
	case "12":
		return "Sway"
	case "13":
		return "ComplianceDLPExchange"
	case "14":
		return "SharePointSharingOperation"
	case "15":
		return "AzureActiveDirectoryStsLogon"
	case "16":
		return "SkypeForBusinessPSTNUsage"
	case "17":
		return "SkypeForBusinessUsersBlocked"
	case "18":
		return "SecurityComplianceCenterEOPCmdlet"
	case "19":
		return "ExchangeAggregatedOperation"
	case "20":
		return "PowerBIAudit"
	case "21":
		return "CRM"
	case "22":
		return "Yammer"
	case "23":
		return "SkypeForBusinessCmdlets"
	case "24":
		return "Discovery"
	case "25":
		return "MicrosoftTeams"
	case "28":
		return "ThreatIntelligence"
	case "29":
		return "MailSubmission"
	case "30":
		return "MicrosoftFlow"
	case "31":
		return "AeD"
	case "32":
		return "MicrosoftStream"
	case "33":
		return "ComplianceDLPSharePointClassification"
	case "34":
		return "ThreatFinder"
	case "35":
		return "Project"
	case "36":
		return "SharePointListOperation"
	case "37":
		return "SharePointCommentOperation"
	case "38":
		return "DataGovernance"
	case "39":
		return "Kaizala"
	case "40":
		return "SecurityComplianceAlerts"
	case "41":
		return "ThreatIntelligenceUrl"
	case "42":
		return "SecurityComplianceInsights"
	case "43":
		return "MIPLabel"
	case "44":
		return "WorkplaceAnalytics"
	case "45":
		return "PowerAppsApp"
	case "46":
		return "PowerAppsPlan"
	case "47":
		return "ThreatIntelligenceAtpContent"
	case "48":
		return "LabelContentExplorer"
	case "49":
		return "TeamsHealthcare"
	case "50":
		return "ExchangeItemAggregated"
	case "52":
		return "DataInsightsRestApiAudit"
	case "54":
		return "SharePointListItemOperation"
	case "55":
		return "SharePointContentTypeOperation"
	case "56":
		return "SharePointFieldOperation"
	case "57":
		return "MicrosoftTeamsAdmin"
	case "59":
		return "HRSignal"
	case "62":
		return "MicrosoftForms"
	case "64":
		return "AirInvestigation"
	case "65":
		return "Quarantine"
	}
	return number
}

// unifiedUserTypeName names a UserType.
func unifiedUserTypeName(number string) string {
	switch number {
	case "0":
		return "Regular"
	case "1":
		return "Reserved"
	case "2":
		return "Admin"
	case "3":
		return "DcAdmin"
	case "4":
		return "System"
	case "5":
		return "Application"
	case "6":
		return "ServicePrincipal"
	case "7":
		return "CustomPolicy"
	case "8":
		return "SystemPolicy"
	}
	return number
}

// logonTypeName names a LogonType.
func logonTypeName(number string) string {
	switch number {
	case "0":
		return "Owner"
	case "1":
		return "Admin"
	case "2":
		return "Delegated"
	case "3":
		return "Transport"
	case "4":
		return "SystemService"
	case "5":
		return "BestAccess"
	case "6":
		return "DelegatedAdmin"
	}
	return number
}

// named writes the number of a vocabulary as Log Analytics writes its name.
func (row *Row) named(column string, name func(number string) string) {
	i := row.Table.ColumnIndex(column)
	if s, ok := row.Cells[i].(string); ok {
		row.Cells[i] = name(s)
	}
}

// unifiedRecord reads an AuditData record of the unified audit log: into OfficeActivity, or those about copilots into their tables.
func (rd *reader) unifiedRecord(o *object, line int64) error {
	if rd.isCopilotRecord(o) {
		return rd.copilotRecord(o, line)
	}
	row, err := rd.unifiedRow(o, line)
	if err != nil || row == nil {
		return err
	}
	return rd.sink.Row(row)
}

func (rd *reader) unifiedRow(o *object, line int64) (*Row, error) {
	row := newRow(rd.schemas.Table("OfficeActivity"), line)
	row.Grade = GradeRecord
	for _, m := range o.members {
		i := row.Table.ColumnIndex(unifiedColumn(m.Name))
		if i < 0 || strings.EqualFold(m.Name, "TenantId") {
			row.extra(m.Name, m.Raw)
			continue
		}
		rd.set(row, i, m.Name, m.Raw)
	}
	row.named("RecordType", recordTypeName)
	row.named("UserType", unifiedUserTypeName)
	row.named("Logon_Type", logonTypeName)
	row.put("OfficeTenantId", o.text("OrganizationId"))
	row.put("ClientIP", row.Text("Client_IPAddress"))
	row.put("Type", "OfficeActivity")
	row.put("SourceSystem", "OfficeActivityManager")
	row.Tenant = tenantID(o.text("OrganizationId"))
	row.Version = row.Ticks("TimeGenerated")
	if row.Version == 0 {
		return nil, rd.reject(line, "an audit record without CreationTime", o.raw())
	}
	return row, nil
}

// unifiedSearch reads a result of Search-UnifiedAuditLog or of a Purview search: a frame around
// AuditData. The frame repeats what AuditData says; it is kept in _Extra.
func (rd *reader) unifiedSearch(o *object, line int64) error {
	raw := o.get("AuditData")
	text := strings.TrimSpace(rawText(raw))
	if !validJSON([]byte(text)) {
		return rd.reject(line, "AuditData is not JSON (cut off?)", o.raw())
	}
	inner, ok := parseObject([]byte(text))
	if !ok {
		return rd.reject(line, "AuditData is not an object", o.raw())
	}
	if rd.isCopilotRecord(inner) {
		return rd.copilotRecord(inner, line)
	}
	row, err := rd.unifiedRow(inner, line)
	if err != nil || row == nil {
		return err
	}
	row.put("OfficeId", o.text("RecordId"))
	row.put("OfficeId", o.text("Identity"))
	for _, m := range o.members {
		if !strings.EqualFold(m.Name, "AuditData") && !isEmpty(m.Raw) {
			row.extra(m.Name, m.Raw)
		}
	}
	return rd.sink.Row(row)
}

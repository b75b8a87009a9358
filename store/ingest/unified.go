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

// recordTypes are the names of the record types that tenants have; others keep their number.
var recordTypes = map[string]string{
	"1": "ExchangeAdmin", "2": "ExchangeItem", "3": "ExchangeItemGroup", "4": "SharePoint", "5": "SyntheticProbe",
	"6": "SharePointFileOperation", "7": "OneDrive", "8": "AzureActiveDirectory", "9": "AzureActiveDirectoryAccountLogon",
	"10": "DataCenterSecurityCmdlet", "11": "ComplianceDLPSharePoint", "12": "Sway", "13": "ComplianceDLPExchange",
	"14": "SharePointSharingOperation", "15": "AzureActiveDirectoryStsLogon", "16": "SkypeForBusinessPSTNUsage",
	"17": "SkypeForBusinessUsersBlocked", "18": "SecurityComplianceCenterEOPCmdlet", "19": "ExchangeAggregatedOperation",
	"20": "PowerBIAudit", "21": "CRM", "22": "Yammer", "23": "SkypeForBusinessCmdlets", "24": "Discovery",
	"25": "MicrosoftTeams", "28": "ThreatIntelligence", "29": "MailSubmission", "30": "MicrosoftFlow", "31": "AeD",
	"32": "MicrosoftStream", "33": "ComplianceDLPSharePointClassification", "34": "ThreatFinder", "35": "Project",
	"36": "SharePointListOperation", "37": "SharePointCommentOperation", "38": "DataGovernance", "39": "Kaizala",
	"40": "SecurityComplianceAlerts", "41": "ThreatIntelligenceUrl", "42": "SecurityComplianceInsights",
	"43": "MIPLabel", "44": "WorkplaceAnalytics", "45": "PowerAppsApp", "46": "PowerAppsPlan", "47": "ThreatIntelligenceAtpContent",
	"48": "LabelContentExplorer", "49": "TeamsHealthcare", "50": "ExchangeItemAggregated", "52": "DataInsightsRestApiAudit",
	"54": "SharePointListItemOperation", "55": "SharePointContentTypeOperation", "56": "SharePointFieldOperation",
	"57": "MicrosoftTeamsAdmin", "59": "HRSignal", "62": "MicrosoftForms", "64": "AirInvestigation", "65": "Quarantine",
}

var unifiedUserTypes = map[string]string{"0": "Regular", "1": "Reserved", "2": "Admin", "3": "DcAdmin", "4": "System",
	"5": "Application", "6": "ServicePrincipal", "7": "CustomPolicy", "8": "SystemPolicy"}

var logonTypes = map[string]string{"0": "Owner", "1": "Admin", "2": "Delegated", "3": "Transport", "4": "SystemService",
	"5": "BestAccess", "6": "DelegatedAdmin"}

// named writes the number of a vocabulary as Log Analytics writes its name.
func (row *Row) named(column string, names map[string]string) {
	i := row.Table.ColumnIndex(column)
	if s, ok := row.Cells[i].(string); ok {
		if n, known := names[s]; known {
			row.Cells[i] = n
		}
	}
}

// unifiedRecord reads an AuditData record of the unified audit log into OfficeActivity.
func (rd *reader) unifiedRecord(o *object, line int64) error {
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
	row.named("RecordType", recordTypes)
	row.named("UserType", unifiedUserTypes)
	row.named("Logon_Type", logonTypes)
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

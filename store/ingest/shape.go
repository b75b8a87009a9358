package ingest

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// shape is a kind of record: what it is called in the report and how it becomes rows.
type shape struct {
	name string
	read func(rd *reader, o *object, line int64) error
}

// shapeOf recognises a record by its properties. The order is from the surest sign to the weakest.
func (rd *reader) shapeOf(o *object) (shape, bool) {
	switch {
	case o.has("Date (UTC)", "Request ID", "Username"):
		return shape{"portal sign-ins", (*reader).portalSignIn}, true
	case o.has("Service principal ID", "Credential key ID"):
		return shape{"portal application sign-ins", (*reader).portalAppSignIn}, true
	case o.has("Activity", "ActorType", "Date (UTC)"):
		return shape{"portal audit logs", (*reader).portalAudit}, true
	case o.has("Risk level", "Risk state"):
		return shape{"portal risk report", (*reader).portalRisk}, true
	case o.has("Event initiated by", "Operation name"):
		return shape{"activity log download", (*reader).activityLog}, true
	case isEnvelope(o):
		return shape{"diagnostic settings records", (*reader).envelope}, true
	case o.has("TimeGenerated", "Type") && rd.schemas.Table(o.text("Type")) != nil:
		return rd.tableRowShape(o)
	case o.has("CreationTime", "Operation") && (o.has("Workload") || o.has("RecordType") || o.has("OrganizationId")):
		return shape{"unified audit log records", (*reader).unifiedRecord}, true
	case o.has("AuditData") && (o.has("CreationDate") || o.has("Operations") || o.has("RecordId") || o.has("auditLogRecordType") || o.has("RecordType")):
		return shape{"unified audit log search results", (*reader).unifiedSearch}, true
	case o.has("createdDateTime", "appId") && (o.has("userPrincipalName") || o.has("servicePrincipalId")) && (o.has("status") || o.has("ipAddress")):
		return shape{"Graph sign-ins", (*reader).graphSignIn}, true
	case o.has("activityDateTime", "activityDisplayName", "targetResources"):
		return shape{"Graph directory audits", (*reader).graphAudit}, true
	case o.has("activityDateTime", "provisioningSteps"), o.has("activityDateTime", "provisioningAction"):
		return shape{"Graph provisioning logs", (*reader).graphProvisioning}, true
	}
	if c := rd.collectionOfObject(o); c != nil {
		return rd.collectionShape(c, contextRef{}), true
	}
	return rd.tableRowShape(o)
}

// tableRowShape recognises a row of a table by its columns: by all of them, else by those that hold
// something (a union over tables has the columns of each), else by the rows before it.
func (rd *reader) tableRowShape(o *object) (shape, bool) {
	all, filled := make([]string, 0, len(o.members)), make([]string, 0, len(o.members))
	for _, m := range o.members {
		all = append(all, m.Name)
		if !isEmpty(m.Raw) {
			filled = append(filled, m.Name)
		}
	}
	t := rd.tableOfColumns(all, o.text("Type"), o.text("ActionType"))
	if t == nil && len(filled) < len(all) {
		t = rd.tableOfColumns(filled, o.text("Type"), o.text("ActionType"))
	}
	if t == nil && rd.lastTable != nil && o.has(rd.lastTable.TimeColumn) && rd.known(rd.lastTable, filled) >= 3 {
		t = rd.lastTable
	}
	if t == nil {
		return shape{}, false
	}
	rd.lastTable = t
	return shape{"rows of " + t.Name, func(rd *reader, o *object, line int64) error {
		return rd.tableRow(t, o, line)
	}}, true
}

// known counts the names that are columns of t.
func (rd *reader) known(t *entra.Table, names []string) int {
	n := 0
	for _, name := range names {
		if rd.columnOf(t, name) >= 0 {
			n++
		}
	}
	return n
}

// describe says in a few words what an unknown record looks like.
func describe(o *object) string {
	names := make([]string, 0, len(o.members))
	for _, m := range o.members {
		names = append(names, m.Name)
	}
	if t := o.text("Type"); strings.HasSuffix(t, "_CL") {
		return "rows of the custom log table " + t
	}
	if t := o.text("Type"); t != "" && o.has("Type") && !strings.Contains(t, " ") && len(names) > 3 && o.find("TimeGenerated") < 0 {
		return "the result of a query about " + t + ", with the columns " + shorten(names)
	}
	for _, k := range productSigns() {
		if o.has(k.properties...) {
			return k.name
		}
	}
	if o.has("Type") && strings.HasSuffix(joined(names), "_s") || strings.Contains(joined(names), "_s,") {
		return "rows of a custom log table with the columns " + shorten(names)
	}
	return "records with the properties " + shorten(names)
}

// productSign is a set of properties by which the log of a product is known.
type productSign struct {
	name       string
	properties []string
}

// productSigns are the logs of products that are not yet supported, so that the report can name
// them.
func productSigns() []productSign {
	return []productSign{
		{"Okta system log events", []string{"eventtype", "actor"}},
		{"Okta system log events", []string{"eventtype", "legacyEventType"}},
		{"Auth0 log events", []string{"log_id"}},
		{"Auth0 log events", []string{"tenant_name", "connection_id"}},
		{"Duo authentication events", []string{"access_device", "factor"}},
		{"Duo administrator events", []string{"action", "isotimestamp"}},
		{"OneLogin events", []string{"event_type_id", "actor_user_id"}},
		{"OneLogin events", []string{"event_type_id", "account_id"}},
		{"SailPoint triggers", []string{"_metadata", "changes"}},
		{"CyberArk endpoint events", []string{"fileQualifier", "threatDetectionAction"}},
		{"GitHub webhook events", []string{"action", "repository", "sender"}},
		{"a Sigma rule", []string{"logsource", "detection"}},
	}
}

func joined(names []string) string { return strings.Join(names, ",") }

func shorten(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// tableOfColumns finds the table that a set of column names belongs to: the one named by a Type
// column when most columns are its own, else the one that takes the most of them. Tables of one
// family take as many; then the action decides.
func (rd *reader) tableOfColumns(names []string, typeName, action string) *entra.Table {
	if strings.HasSuffix(typeName, "_CL") || len(names) < 4 {
		return nil
	}
	if t := rd.schemas.Table(typeName); t != nil && t.Kind == entra.KindLog {
		if rd.known(t, names)*2 > len(names) {
			return t
		}
		return nil
	}
	key := strings.Join(names, "\x00") + "\x01" + action
	if t, ok := rd.byColumns[key]; ok {
		return t
	}
	var best []*entra.Table
	bestKnown := 4
	for _, t := range rd.schemas.Tables() {
		if t.Kind != entra.KindLog || !rd.timed(t, names) {
			continue
		}
		known := rd.known(t, names)
		switch {
		case known < bestKnown || known*10 < len(names)*7:
		case known > bestKnown:
			best, bestKnown = []*entra.Table{t}, known
		default:
			best = append(best, t)
		}
	}
	t := chooseTable(best, action)
	if len(rd.byColumns) < 1000 {
		rd.byColumns[key] = t
	}
	return t
}

// timed: one of the names is a datetime column of t.
func (rd *reader) timed(t *entra.Table, names []string) bool {
	for _, n := range names {
		if i := rd.columnOf(t, n); i >= 0 && t.Columns[i].Type == "datetime" {
			return true
		}
	}
	return false
}

// chooseTable decides between tables that take as many columns: by the action, as each table of
// advanced hunting has actions of its own, else the smallest.
// https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables
func chooseTable(tied []*entra.Table, action string) *entra.Table {
	if len(tied) == 0 {
		return nil
	}
	low := strings.ToLower(action)
	for _, rule := range []struct{ table, prefixes string }{
		{"DeviceProcessEvents", "processcreated openprocess"}, {"DeviceNetworkEvents", "connection networksignature inboundconnection listeningconnection dnsconnection httpconnection"},
		{"DeviceLogonEvents", "logon"}, {"DeviceFileEvents", "filecreated filemodified filedeleted filerenamed"},
		{"IdentityQueryEvents", "ldap query samr dns"}, {"IdentityLogonEvents", "logon"}, {"IdentityDirectoryEvents", ""}, {"DeviceEvents", ""},
	} {
		for _, t := range tied {
			if t.Name != rule.table || action == "" {
				continue
			}
			for _, p := range strings.Fields(rule.prefixes) {
				if strings.HasPrefix(low, p) {
					return t
				}
			}
			if rule.prefixes == "" {
				return t
			}
		}
	}
	best := tied[0]
	for _, t := range tied[1:] {
		if len(t.Columns) < len(best.Columns) {
			best = t
		}
	}
	return best
}

// columnOf finds the column an exported header stands for: "TimeGenerated [UTC]" and the type
// suffixes of a custom log (UserPrincipalName_s, ObjectId_g) are marks, not names.
func (rd *reader) columnOf(t *entra.Table, header string) int {
	name := cleanHeader(header)
	if i := t.ColumnIndex(name); i >= 0 {
		return i
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 {
		switch name[i+1:] {
		case "s", "d", "t", "g", "b", "string", "long", "int", "real", "bool", "datetime", "dynamic", "guid":
			return t.ColumnIndex(name[:i])
		}
	}
	return -1
}

// cleanHeader drops the time zone mark and repeated blanks.
func cleanHeader(h string) string {
	h = strings.Join(strings.Fields(strings.TrimPrefix(h, "\ufeff")), " ")
	if i := strings.LastIndex(h, " ["); i > 0 && strings.HasSuffix(h, "]") {
		h = h[:i]
	}
	return h
}

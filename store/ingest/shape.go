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
	if c := collectionOfObject(o); c != nil {
		return rd.collectionShape(c, contextRef{}), true
	}
	return rd.tableRowShape(o)
}

// tableRowShape recognises a row of a table by its columns.
func (rd *reader) tableRowShape(o *object) (shape, bool) {
	names := make([]string, len(o.members))
	for i, m := range o.members {
		names[i] = m.Name
	}
	t := rd.tableOfColumns(names, o.text("Type"))
	if t == nil {
		return shape{}, false
	}
	return shape{"rows of " + t.Name, func(rd *reader, o *object, line int64) error {
		return rd.tableRow(t, o, line)
	}}, true
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
	for _, k := range productSigns {
		if o.has(k.properties...) {
			return k.name
		}
	}
	if o.has("Type") && strings.HasSuffix(joined(names), "_s") || strings.Contains(joined(names), "_s,") {
		return "rows of a custom log table with the columns " + shorten(names)
	}
	return "records with the properties " + shorten(names)
}

// productSigns are properties by which the logs of products that are not yet supported are known,
// so that the report can name them.
var productSigns = []struct {
	name       string
	properties []string
}{
	{"Okta system log events", []string{"eventtype", "actor", "outcome", "published"}},
	{"Auth0 log events", []string{"data", "log_id"}},
	{"Auth0 log events", []string{"tenant_name", "connection_id"}},
	{"Auth0 log events", []string{"log_id"}},
	{"Duo authentication events", []string{"access_device", "txid"}},
	{"Duo administrator events", []string{"action", "isotimestamp", "object"}},
	{"OneLogin events", []string{"event_type_id", "account_id"}},
	{"SailPoint triggers", []string{"_metadata", "changes"}},
	{"CyberArk endpoint events", []string{"fileQualifier", "threatDetectionAction"}},
	{"GitHub webhook events", []string{"action", "repository", "sender"}},
	{"a Sigma rule", []string{"logsource", "detection"}},
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
// column when most columns are its own, else the one that takes the most of them.
func (rd *reader) tableOfColumns(names []string, typeName string) *entra.Table {
	if strings.HasSuffix(typeName, "_CL") || len(names) < 4 {
		return nil
	}
	fits := func(t *entra.Table) (known int, timed bool) {
		for _, n := range names {
			if i := rd.columnOf(t, n); i >= 0 {
				known++
				timed = timed || t.Columns[i].Type == "datetime"
			}
		}
		return known, timed
	}
	if t := rd.schemas.Table(typeName); t != nil && t.Kind == entra.KindLog {
		if known, _ := fits(t); known*2 > len(names) {
			return t
		}
		return nil
	}
	var best *entra.Table
	bestKnown := 0
	for _, t := range rd.schemas.Tables() {
		if t.Kind != entra.KindLog {
			continue
		}
		known, timed := fits(t)
		if !timed || known*10 < len(names)*7 || known < 4 {
			continue
		}
		// Of two tables that take as many, the smaller one is meant.
		if best == nil || known > bestKnown || known == bestKnown && len(t.Columns) < len(best.Columns) {
			best, bestKnown = t, known
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
	if len(name) > 2 && name[len(name)-2] == '_' && strings.ContainsRune("sdtgb", rune(name[len(name)-1])) {
		return t.ColumnIndex(name[:len(name)-2])
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

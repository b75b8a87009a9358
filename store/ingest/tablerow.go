package ingest

import (
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// tableRow reads a row that already has the columns of a table: an export of Log Analytics,
// Sentinel or Defender XDR.
func (rd *reader) tableRow(t *entra.Table, o *object, line int64) error {
	row := newRow(t, line)
	for _, m := range o.members {
		i := rd.columnOf(t, m.Name)
		if i < 0 {
			if !isEmpty(m.Raw) {
				row.extra(m.Name, m.Raw)
			}
			continue
		}
		rd.set(row, i, m.Name, m.Raw)
	}
	if t.Rows.Rule != entra.RuleNewest {
		row.Grade = GradeRecord
	}
	if t.Name == "OfficeActivity" {
		row.put("OfficeId", row.Text("SourceRecordId"))
	}
	row.put("Type", t.Name)
	row.Tenant = tenantID(row.Text("AADTenantId"))
	if row.Tenant == "" && strings.HasPrefix(row.Text("ResourceId"), "/tenants/") {
		row.Tenant = tenantOf(row.Text("ResourceId"))
	}
	row.put("TimeGenerated", row.Cell("Timestamp"))
	row.put("Timestamp", row.Cell("TimeGenerated"))
	rd.setTime(row)
	row.Version = row.Ticks("TimeGenerated")
	if row.Version == 0 {
		rd.untimed++
	}
	return rd.sink.Row(row)
}

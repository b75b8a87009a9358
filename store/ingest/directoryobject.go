package ingest

import (
	"strings"
)

// group makes the row of a group and one row per expanded member and owner.
func (rd *reader) group(c *collection, _ contextRef, o *object, line int64) error {
	row := newRow(rd.schemas.Table("EntraGroups"), line)
	row.Collection, row.Scope = c.path, o.text("id")
	rd.fillByName(row, o, map[string]bool{"members": true, "owners": true})
	if err := rd.sink.Row(row); err != nil {
		return err
	}
	for _, list := range []struct{ name, table string }{{"members", "EntraGroupMembers"}, {"owners", "EntraGroupOwners"}} {
		if !o.has(list.name) {
			continue
		}
		for _, raw := range o.list(list.name) {
			member, ok := parseObject(raw)
			if !ok {
				continue
			}
			if err := rd.sink.Row(rd.memberRow(c, list.table, o.text("id"), o.text("displayName"), member, line)); err != nil {
				return err
			}
		}
		if o.has(list.name + "@odata.nextLink") {
			continue // the list goes on elsewhere
		}
		if err := rd.cover(c, list.table, o.text("id")); err != nil {
			return err
		}
	}
	return nil
}

// memberRow is a row of EntraGroupMembers or EntraGroupOwners.
func (rd *reader) memberRow(c *collection, table, groupID, groupName string, member *object, line int64) *Row {
	row := newRow(rd.schemas.Table(table), line)
	row.Collection, row.Scope = c.path, groupID
	row.put("groupId", groupID)
	row.put("groupDisplayName", groupName)
	row.put("memberType", member.text("@odata.type"))
	row.put("ownerType", member.text("@odata.type"))
	rd.fillByName(row, member, map[string]bool{"@odata.type": true})
	return row
}

// memberOfOwner reads groups('id')/members: one document per group.
func (rd *reader) memberOfOwner(c *collection, ref contextRef, o *object, line int64) error {
	if ref.owner == "" {
		return rd.reject(line, "a member of a group that the document does not name", o.raw())
	}
	return rd.sink.Row(rd.memberRow(c, c.table, ref.owner, "", o, line))
}

// memberOf reads users('id')/memberOf: groups, roles and units the user is in.
func (rd *reader) memberOf(c *collection, ref contextRef, o *object, line int64) error {
	if ref.owner == "" {
		return rd.reject(line, "a membership of a user that the document does not name", o.raw())
	}
	kind := o.text("@odata.type")
	if kind != "" && kind != "#microsoft.graph.group" {
		return nil // directory roles and units are held in their own collections
	}
	row := newRow(rd.schemas.Table(c.table), line)
	row.Collection, row.Scope, row.Grade = c.path, ref.owner, GradePartial
	row.put("groupId", o.text("id"))
	row.put("groupDisplayName", o.text("displayName"))
	row.put("id", ref.owner)
	row.put("memberType", "#microsoft.graph.user")
	return rd.sink.Row(row)
}

// ownedDevice reads users('id')/registeredDevices; the owner is not part of the device's object.
func (rd *reader) ownedDevice(c *collection, ref contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	row.Scope, row.Grade = ref.owner, GradePartial
	owner := `[{"@odata.type":"#microsoft.graph.user","id":` + string(Quote(ref.owner)) + `}]`
	if ref.owner != "" {
		row.put("registeredUsers", owner)
		if ref.last == "owneddevices" {
			row.put("registeredOwners", owner)
		}
	}
	return rd.sink.Row(row)
}

// directoryRole makes the row of an activated role and, for each member, the assignment it stands
// for: a tenant whose export has no role assignments still answers who holds a role.
func (rd *reader) directoryRole(c *collection, _ contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	row.put("roleType", "#microsoft.graph.directoryRole")
	row.put("templateId", o.text("roleTemplateId"))
	if err := rd.sink.Row(row); err != nil {
		return err
	}
	if !o.has("members") {
		return nil
	}
	for _, raw := range o.list("members") {
		member, ok := parseObject(raw)
		if !ok {
			continue
		}
		a := newRow(rd.schemas.Table("EntraRoleAssignments"), line)
		a.Collection, a.Scope, a.Grade = c.path, o.text("id"), GradePartial
		rd.principal(a, member)
		a.put("principalId", member.text("id"))
		a.put("roleDefinitionId", o.text("roleTemplateId"))
		a.put("roleDisplayName", o.text("displayName"))
		a.put("directoryScopeId", "/")
		a.put("principal", compact(raw))
		if err := rd.sink.Row(a); err != nil {
			return err
		}
	}
	if o.has("members@odata.nextLink") {
		return nil
	}
	return rd.cover(c, "EntraRoleAssignments", o.text("id"))
}

func (rd *reader) roleDefinition(c *collection, _ contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	row.put("roleType", "#microsoft.graph.unifiedRoleDefinition")
	row.put("templateId", o.text("id"))
	return rd.sink.Row(row)
}

// roleAssignment reads assignments and schedules; principal and role may be expanded.
func (rd *reader) roleAssignment(c *collection, _ contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	if p := o.object("principal"); p != nil {
		rd.principal(row, p)
	}
	if d := o.object("roleDefinition"); d != nil {
		row.put("roleDisplayName", d.text("displayName"))
	}
	for _, at := range []struct{ column, path string }{
		{"startDateTime", "scheduleInfo.startDateTime"}, {"endDateTime", "scheduleInfo.expiration.endDateTime"},
	} {
		if i := row.Table.ColumnIndex(at.column); i >= 0 {
			if raw := o.path(at.path); raw != nil {
				rd.set(row, i, at.column, raw)
			}
		}
	}
	return rd.sink.Row(row)
}

func (rd *reader) principal(row *Row, p *object) {
	row.put("principalType", p.text("@odata.type"))
	row.put("principalDisplayName", p.text("displayName"))
	row.put("principalUserPrincipalName", p.text("userPrincipalName"))
}

// methodsOfUser reads a user with authentication.methods.
func (rd *reader) methodsOfUser(c *collection, _ contextRef, o *object, line int64) error {
	ref := contextRef{owner: o.text("id"), user: o.text("userPrincipalName"), last: "methods"}
	for _, raw := range o.object("authentication").list("methods") {
		m, ok := parseObject(raw)
		if !ok {
			continue
		}
		if err := rd.method(c, ref, m, line); err != nil {
			return err
		}
	}
	return rd.cover(c, c.table, ref.owner)
}

// method reads one authentication method. A typed collection (fido2Methods) names the type only in
// its path.
func (rd *reader) method(c *collection, ref contextRef, o *object, line int64) error {
	if ref.owner == "" {
		return rd.reject(line, "an authentication method of a user that the document does not name", o.raw())
	}
	row := newRow(rd.schemas.Table(c.table), line)
	row.Collection, row.Scope = c.path, ref.owner
	row.put("userId", ref.owner)
	row.put("userPrincipalName", ref.user)
	kind := o.text("@odata.type")
	if kind == "" && ref.last != "methods" {
		kind = "#microsoft.graph." + methodKind(ref.last) + "AuthenticationMethod"
	}
	row.put("methodType", kind)
	rd.fillByName(row, o, map[string]bool{"@odata.type": true})
	return rd.sink.Row(row)
}

// methodKind turns the lower-case name of a typed collection into the type's own spelling.
func methodKind(segment string) string {
	for _, k := range []string{"phone", "email", "fido2", "microsoftAuthenticator", "softwareOath", "temporaryAccessPass",
		"windowsHelloForBusiness", "platformCredential", "password", "external"} {
		if strings.EqualFold(segment, k+"Methods") {
			return k
		}
	}
	return strings.TrimSuffix(segment, "methods")
}

// licensesOfUser reads a user with licenseDetails.
func (rd *reader) licensesOfUser(c *collection, _ contextRef, o *object, line int64) error {
	ref := contextRef{owner: o.text("id"), user: o.text("userPrincipalName")}
	for _, raw := range o.list("licenseDetails") {
		l, ok := parseObject(raw)
		if !ok {
			continue
		}
		if err := rd.license(c, ref, l, line); err != nil {
			return err
		}
	}
	return rd.cover(c, c.table, ref.owner)
}

func (rd *reader) license(c *collection, ref contextRef, o *object, line int64) error {
	if ref.owner == "" {
		return rd.reject(line, "a licence of a user that the document does not name", o.raw())
	}
	row := newRow(rd.schemas.Table(c.table), line)
	row.Collection, row.Scope = c.path, ref.owner
	row.put("userId", ref.owner)
	row.put("userPrincipalName", ref.user)
	rd.fillByName(row, o, nil)
	return rd.sink.Row(row)
}

func (rd *reader) namedLocation(c *collection, _ contextRef, o *object, line int64) error {
	row := newRow(rd.schemas.Table(c.table), line)
	row.Collection, row.Scope = c.path, o.text("id")
	kind := o.text("@odata.type")
	switch {
	case kind != "":
	case o.has("ipRanges"):
		kind = "#microsoft.graph.ipNamedLocation"
	case o.has("countriesAndRegions"):
		kind = "#microsoft.graph.countryNamedLocation"
	}
	row.put("locationType", kind)
	rd.fillByName(row, o, map[string]bool{"@odata.type": true})
	return rd.sink.Row(row)
}

func (rd *reader) organization(c *collection, _ contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	row.Tenant = tenantID(o.text("id"))
	return rd.sink.Row(row)
}

// diagnosticSetting reads an ARM resource: the properties stand one level down.
func (rd *reader) diagnosticSetting(c *collection, _ contextRef, o *object, line int64) error {
	row := newRow(rd.schemas.Table(c.table), line)
	row.Collection, row.Scope = c.path, o.text("id")
	rd.fillByName(row, o, map[string]bool{"properties": true})
	if p := o.object("properties"); p != nil {
		rd.fillByName(row, p, nil)
	}
	return rd.sink.Row(row)
}

func (rd *reader) riskyUser(c *collection, _ contextRef, o *object, line int64) error {
	if err := rd.sink.Row(rd.directoryRow(c, o, line)); err != nil {
		return err
	}
	return rd.riskLog("AADRiskyUsers", "riskyUser", o, line)
}

func (rd *reader) riskyUserHistory(c *collection, ref contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	if ref.owner != "" {
		row.put("userId", ref.owner)
	}
	row.Scope = row.Text("userId")
	if err := rd.sink.Row(row); err != nil {
		return err
	}
	return rd.riskLog("AADRiskyUsers", "riskyUser", o, line)
}

func (rd *reader) riskDetection(c *collection, _ contextRef, o *object, line int64) error {
	if err := rd.sink.Row(rd.directoryRow(c, o, line)); err != nil {
		return err
	}
	return rd.riskLog("AADUserRiskEvents", "riskDetection", o, line)
}

func (rd *reader) riskyServicePrincipal(c *collection, _ contextRef, o *object, line int64) error {
	if err := rd.sink.Row(rd.directoryRow(c, o, line)); err != nil {
		return err
	}
	return rd.riskLog("AADRiskyServicePrincipals", "riskyUser", o, line)
}

func (rd *reader) servicePrincipalRisk(_ *collection, _ contextRef, o *object, line int64) error {
	return rd.riskLog("AADServicePrincipalRiskEvents", "riskDetection", o, line)
}

// portalGroup reads a row of the group list of the Entra admin center, which words the type.
func (rd *reader) portalGroup(c *collection, _ contextRef, o *object, line int64) error {
	row := rd.directoryRow(c, o, line)
	row.Grade = GradePartial
	var types []string
	if strings.EqualFold(o.text("groupType"), "Microsoft 365") || strings.EqualFold(o.text("groupType"), "Office") {
		types = append(types, `"Unified"`)
	}
	if strings.EqualFold(o.text("membershipType"), "Dynamic") {
		types = append(types, `"DynamicMembership"`)
	}
	row.put("groupTypes", "["+strings.Join(types, ",")+"]")
	return rd.sink.Row(row)
}

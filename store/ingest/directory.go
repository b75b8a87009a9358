package ingest

import (
	"strings"
)

// collection is a Graph collection of the directory and the table its objects go to.
type collection struct {
	path  string // of @odata.context behind #, lower case, without select lists
	table string
	title string
	// sign recognises an object that comes without a context.
	sign []string
	// read makes rows of one element; nil means the object is one row by its names.
	read func(rd *reader, c *collection, ref contextRef, o *object, line int64) error
	// more names further tables that a complete document of the collection covers.
	more []string
}

// contextRef is what an @odata.context says beyond the collection.
type contextRef struct {
	known bool
	owner string // of users('id')/..., groups('id')/...
	last  string // last segment, lower case
	user  string // owner's UPN where the document names it
}

// collections lists what is known, the surer signs first.
func collections() []*collection {
	return []*collection{
		{path: "users", table: "EntraUsers", title: "users", sign: []string{"id", "userPrincipalName", "accountEnabled", "userType"}},
		{path: "directory/deleteditems/microsoft.graph.user", table: "EntraDeletedUsers", title: "deleted users", sign: []string{"id", "userPrincipalName", "deletedDateTime", "userType"}},
		{path: "groups", table: "EntraGroups", title: "groups", sign: []string{"id", "displayName", "securityEnabled", "groupTypes"}, read: (*reader).group, more: []string{"EntraGroupMembers", "EntraGroupOwners"}},
		{path: "groups", table: "EntraGroups", title: "groups", sign: []string{"id", "displayName", "groupType", "membershipType", "securityEnabled"}, read: (*reader).portalGroup},
		{path: "directoryroles", table: "EntraRoles", title: "directory roles", sign: []string{"id", "roleTemplateId", "displayName"}, read: (*reader).directoryRole, more: []string{"EntraRoleAssignments"}},
		{path: "rolemanagement/directory/roledefinitions", table: "EntraRoles", title: "role definitions", sign: []string{"id", "isBuiltIn", "templateId", "displayName"}, read: (*reader).roleDefinition},
		{path: "rolemanagement/directory/roleassignments", table: "EntraRoleAssignments", title: "role assignments", sign: []string{"principalId", "roleDefinitionId", "directoryScopeId", "principal"}, read: (*reader).roleAssignment},
		{path: "rolemanagement/directory/roleassignmentschedules", table: "EntraRoleAssignments", title: "role assignment schedules", read: (*reader).roleAssignment},
		{path: "rolemanagement/directory/roleassignmentscheduleinstances", table: "EntraRoleAssignments", title: "role assignment schedule instances", read: (*reader).roleAssignment},
		{path: "rolemanagement/directory/roleeligibilityschedules", table: "EntraRoleEligibilities", title: "role eligibility schedules", sign: []string{"principalId", "roleDefinitionId", "scheduleInfo", "memberType"}, read: (*reader).roleAssignment},
		{path: "rolemanagement/directory/roleeligibilityscheduleinstances", table: "EntraRoleEligibilities", title: "role eligibility schedule instances", read: (*reader).roleAssignment},
		{path: "devices", table: "EntraDevices", title: "devices", sign: []string{"id", "deviceId", "operatingSystem", "trustType"}},
		{path: "users/registereddevices", table: "EntraDevices", title: "registered devices of a user", read: (*reader).ownedDevice},
		{path: "users/owneddevices", table: "EntraDevices", title: "owned devices of a user", read: (*reader).ownedDevice},
		{path: "users/memberof", table: "EntraGroupMembers", title: "groups of a user", read: (*reader).memberOf},
		{path: "groups/members", table: "EntraGroupMembers", title: "members of a group", read: (*reader).memberOfOwner},
		{path: "groups/owners", table: "EntraGroupOwners", title: "owners of a group", read: (*reader).memberOfOwner},
		{path: "users+authentication/methods", table: "EntraAuthenticationMethods", title: "authentication methods", sign: []string{"id", "authentication"}, read: (*reader).methodsOfUser},
		{path: "users/authentication", table: "EntraAuthenticationMethods", title: "authentication methods of a user", read: (*reader).method},
		{path: "reports/authenticationmethods/userregistrationdetails", table: "EntraRegistrationDetails", title: "registration details", sign: []string{"id", "isMfaRegistered", "methodsRegistered"}},
		{path: "users+licensedetails", table: "EntraLicenses", title: "licences", sign: []string{"id", "licenseDetails"}, read: (*reader).licensesOfUser},
		{path: "users/licensedetails", table: "EntraLicenses", title: "licences of a user", read: (*reader).license},
		{path: "subscribedskus", table: "EntraSkus", title: "subscriptions", sign: []string{"skuId", "prepaidUnits", "consumedUnits"}},
		{path: "serviceprincipals", table: "EntraServicePrincipals", title: "service principals", sign: []string{"id", "appId", "servicePrincipalType", "displayName", "appOwnerOrganizationId"}},
		{path: "applications", table: "EntraApplications", title: "applications", sign: []string{"id", "appId", "signInAudience", "requiredResourceAccess"}},
		{path: "approleassignments", table: "EntraAppRoleAssignments", title: "app role assignments", sign: []string{"appRoleId", "principalId", "resourceId"}},
		{path: "oauth2permissiongrants", table: "EntraPermissionGrants", title: "permission grants", sign: []string{"clientId", "consentType", "resourceId", "scope"}},
		{path: "identity/conditionalaccess/policies", table: "EntraConditionalAccessPolicies", title: "Conditional Access policies", sign: []string{"id", "conditions", "grantControls", "state"}},
		{path: "identity/conditionalaccess/namedlocations", table: "EntraNamedLocations", title: "named locations", sign: []string{"id", "displayName", "ipRanges"}, read: (*reader).namedLocation},
		{path: "identity/conditionalaccess/namedlocations", table: "EntraNamedLocations", title: "named locations", sign: []string{"id", "displayName", "countriesAndRegions"}, read: (*reader).namedLocation},
		{path: "identitygovernance/termsofuse/agreements", table: "EntraAgreements", title: "agreements", sign: []string{"id", "isViewingBeforeAcceptanceRequired"}},
		{path: "agreementacceptances", table: "EntraAgreementAcceptances", title: "agreement acceptances", sign: []string{"agreementId", "userId", "recordedDateTime"}},
		{path: "identityprotection/riskyusers/history", table: "EntraRiskyUserHistory", title: "risky user history", sign: []string{"riskLastUpdatedDateTime", "riskState", "userId", "initiatedBy"}, read: (*reader).riskyUserHistory},
		{path: "identityprotection/riskyusers", table: "EntraRiskyUsers", title: "risky users", sign: []string{"id", "riskLastUpdatedDateTime", "riskState", "userPrincipalName"}, read: (*reader).riskyUser},
		{path: "identityprotection/riskdetections", table: "EntraRiskDetections", title: "risk detections", sign: []string{"id", "riskEventType", "detectedDateTime", "userId"}, read: (*reader).riskDetection},
		{path: "identityprotection/serviceprincipalriskdetections", title: "service principal risk detections", sign: []string{"id", "riskEventType", "detectedDateTime", "servicePrincipalId"}, read: (*reader).servicePrincipalRisk},
		{path: "identityprotection/riskyserviceprincipals", table: "EntraRiskyServicePrincipals", title: "risky service principals", sign: []string{"id", "appId", "riskState", "riskLastUpdatedDateTime"}, read: (*reader).riskyServicePrincipal},
		{path: "policies/identitysecuritydefaultsenforcementpolicy", table: "EntraSecurityDefaults", title: "security defaults"},
		{path: "identitygovernance/accessreviews/definitions", table: "EntraAccessReviews", title: "access reviews", sign: []string{"id", "instanceEnumerationScope"}},
		{path: "organization", table: "EntraOrganization", title: "organization", sign: []string{"id", "verifiedDomains", "displayName"}, read: (*reader).organization},
		{path: "microsoft.aadiam/diagnosticsettings", table: "EntraDiagnosticSettings", title: "diagnostic settings", read: (*reader).diagnosticSetting},
		{path: "security/incidents", title: "incidents", sign: []string{"id", "alerts", "severity", "createdDateTime"}, read: (*reader).incident},
		{path: "security/alerts_v2", title: "alerts", sign: []string{"id", "title", "severity", "serviceSource", "createdDateTime"}, read: (*reader).alert},
		{path: "auditlogs/signins", title: "sign-ins", read: func(rd *reader, _ *collection, _ contextRef, o *object, line int64) error {
			return rd.graphSignIn(o, line)
		}},
		{path: "auditlogs/directoryaudits", title: "directory audits", read: func(rd *reader, _ *collection, _ contextRef, o *object, line int64) error {
			return rd.graphAudit(o, line)
		}},
		{path: "auditlogs/provisioning", title: "provisioning logs", read: func(rd *reader, _ *collection, _ contextRef, o *object, line int64) error {
			return rd.graphProvisioning(o, line)
		}},
	}
}

// collectionOfObject recognises an object that comes without a context. PowerShell writes the keys
// with capitals; lookups do not mind.
func (rd *reader) collectionOfObject(o *object) *collection {
	if strings.EqualFold(o.text("type"), "microsoft.aadiam/diagnosticSettings") {
		return rd.collectionOfPath("microsoft.aadiam/diagnosticsettings")
	}
	for _, c := range rd.collections {
		if len(c.sign) > 0 && o.has(c.sign...) {
			if c.table == "EntraUsers" && o.text("deletedDateTime") != "" {
				return rd.collectionOfPath("directory/deleteditems/microsoft.graph.user")
			}
			return c
		}
	}
	return nil
}

func (rd *reader) collectionOfPath(path string) *collection {
	for _, c := range rd.collections {
		if c.path == path {
			return c
		}
	}
	return nil
}

// parseContext reads an @odata.context, https://graph.microsoft.com/v1.0/$metadata#users(id)/$entity.
func (rd *reader) parseContext(context string) (*collection, contextRef) {
	_, path, ok := strings.Cut(context, "#")
	if !ok {
		return nil, contextRef{}
	}
	ref := contextRef{known: true}
	path = strings.TrimSuffix(path, "/$entity")
	base, selects := "", ""
	for path != "" {
		open := strings.IndexByte(path, '(')
		if open < 0 {
			base += path
			break
		}
		end := closing(path, open)
		inside := path[open+1 : max(open+1, end)]
		if strings.HasPrefix(inside, "'") {
			ref.owner = strings.Trim(inside, "'")
		} else {
			selects += "," + inside
		}
		base += path[:open]
		path = path[min(len(path), end+1):]
	}
	base = strings.ToLower(strings.Trim(base, "/"))
	ref.last = base[strings.LastIndexByte(base, '/')+1:]
	switch low := strings.ToLower(selects); {
	case base == "users" && strings.Contains(low, "authentication/methods"):
		base = "users+authentication/methods"
	case base == "users" && strings.Contains(low, "licensedetails"):
		base = "users+licensedetails"
	case strings.HasPrefix(base, "users/authentication/"):
		base = "users/authentication"
	case strings.HasPrefix(base, "conditionalaccess/"):
		base = "identity/" + base
	case strings.HasSuffix(base, "/agreementacceptances"):
		base = "agreementacceptances"
	case strings.HasSuffix(base, "/approleassignments"), strings.HasSuffix(base, "/approleassignedto"):
		base = "approleassignments"
	case strings.HasSuffix(base, "/oauth2permissiongrants"):
		base = "oauth2permissiongrants"
	}
	return rd.collectionOfPath(base), ref
}

// closing is the index of the bracket that closes the one at open.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// collectionShape is the shape of the elements of a collection.
func (rd *reader) collectionShape(c *collection, ref contextRef) shape {
	return shape{"Graph " + c.title, func(rd *reader, o *object, line int64) error {
		if c.read != nil {
			return c.read(rd, c, ref, o, line)
		}
		return rd.sink.Row(rd.directoryRow(c, o, line))
	}}
}

// directoryRow makes the row of an object by the names of its properties.
func (rd *reader) directoryRow(c *collection, o *object, line int64) *Row {
	row := newRow(rd.schemas.Table(c.table), line)
	row.Collection = c.path
	rd.fillByName(row, o, nil)
	row.Scope = row.Text("id")
	return row
}

// cover tells the sink about a container whose whole list was read.
func (rd *reader) cover(c *collection, table, scope string) error {
	if scope == "" {
		return nil
	}
	rd.covered[table] = true
	return rd.sink.Cover(Coverage{Table: table, Collection: c.path, Scope: scope})
}

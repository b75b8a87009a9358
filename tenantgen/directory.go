package tenantgen

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// pageSize splits large collections into documents chained by nextLink.
const pageSize = 20_000

// collection is one directory file: its name, metadata context and its records as a sequence.
type collection struct {
	name, context string
	records       func(yield func(doc) bool)
}

func each[T any](list []T, f func(T) doc) func(func(doc) bool) {
	return func(yield func(doc) bool) {
		for _, v := range list {
			if d := f(v); d != nil && !yield(d) {
				return
			}
		}
	}
}

func docs(list []doc) func(func(doc) bool) { return each(list, func(d doc) doc { return d }) }

// collections lists the directory in the order of the import layout.
func (w *world) collections() []collection {
	var assignments, eligibilities, appAssignments []doc
	for _, ro := range w.roles {
		assignments = append(assignments, ro.assignmentDocs()...)
		eligibilities = append(eligibilities, ro.eligibilityDocs()...)
	}
	for _, a := range w.apps {
		appAssignments = append(appAssignments, a.assignmentDocs(w, w.graph)...)
	}
	return []collection{
		{"users", "users", each(w.people, w.userDoc)},
		{"deletedUsers", "directory/deletedItems/microsoft.graph.user", each(w.deleted, w.deletedDoc)},
		{"groups", "groups(owners(),members())", each(w.groups, func(g *group) doc { return g.document(w) })},
		{"directoryRoles", "directoryRoles(members())", each(w.roles, func(r *role) doc {
			if len(r.active) == 0 {
				return nil
			}
			return r.activated()
		})},
		{"roleDefinitions", "roleManagement/directory/roleDefinitions", each(w.roles, (*role).definition)},
		{"roleAssignments", "roleManagement/directory/roleAssignments(principal(),roleDefinition())", docs(assignments)},
		{"roleEligibilitySchedules", "roleManagement/directory/roleEligibilitySchedules", docs(eligibilities)},
		{"devices", "devices(registeredOwners(),registeredUsers())", each(w.devices, (*device).document)},
		{"authenticationMethods", "users(id,userPrincipalName,authentication/methods)", each(w.people, methodsDoc)},
		{"userRegistrationDetails", "reports/authenticationMethods/userRegistrationDetails", each(w.people, func(p *person) doc { return p.registration(w.end.add(-5 * hour)) })},
		{"subscribedSkus", "subscribedSkus", each(w.skus, func(s *sku) doc { return s.document(w.tenant) })},
		{"licenseDetails", "users(id,userPrincipalName,licenseDetails())", each(w.people, w.licenceDoc)},
		{"servicePrincipals", "servicePrincipals(owners())", each(w.apps, func(a *app) doc { return a.servicePrincipal(w) })},
		{"applications", "applications(owners())", each(w.apps, func(a *app) doc {
			if !a.isOwn() {
				return nil
			}
			return a.application(w)
		})},
		{"appRoleAssignments", "appRoleAssignments", docs(appAssignments)},
		{"oauth2PermissionGrants", "oauth2PermissionGrants", each(w.grants, (*grant).document)},
		{"conditionalAccessPolicies", "identity/conditionalAccess/policies", each(w.policies, (*policy).document)},
		{"namedLocations", "identity/conditionalAccess/namedLocations", docs(w.namedLocations())},
		{"agreements", "identityGovernance/termsOfUse/agreements", docs(w.agreements())},
		{"agreementAcceptances", "agreementAcceptances", w.acceptances},
		{"riskyUsers", "identityProtection/riskyUsers", each(w.people, func(p *person) doc {
			if !w.hasRisk[p] {
				return nil
			}
			if c := w.riskOf(p); c != nil {
				return c.document()
			}
			return nil
		})},
		{"riskyUserHistory", "identityProtection/riskyUsers/history", each(w.riskHistory, (*riskChange).historyItem)},
		{"riskDetections", "identityProtection/riskDetections", each(w.detections, func(d *detection) doc { return d.document(d.state, d.detail, d.lastUpdated) })},
		{"riskyServicePrincipals", "identityProtection/riskyServicePrincipals", docs(w.riskyWorkloads)},
		{"accessReviews", "identityGovernance/accessReviews/definitions", docs(w.accessReviews())},
		{"organization", "organization", docs([]doc{w.organization()})},
		{"incidents", "security/incidents(alerts())", docs(w.incidents)},
	}
}

const metadata = "https://graph.microsoft.com/v1.0/$metadata#"

// writeDirectory writes every collection; it runs after the logs, which settle the "last" facts.
func (w *world) writeDirectory(dir string, count func(file string, records int)) error {
	for _, c := range w.collections() {
		if err := writeCollection(dir, c, count); err != nil {
			return err
		}
	}
	single := doc{"@odata.context": metadata + "policies/identitySecurityDefaultsEnforcementPolicy/$entity", "id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults",
		"description": "Basic identity protection for tenants without Conditional Access", "isEnabled": false}
	if err := writeJSON(filepath.Join(dir, "identitySecurityDefaultsEnforcementPolicy.json"), single); err != nil {
		return err
	}
	count("identitySecurityDefaultsEnforcementPolicy.json", 1)
	settings := w.diagnosticSettings()
	count("diagnosticSettings.json", len(settings))
	return writeJSON(filepath.Join(dir, "diagnosticSettings.json"), doc{"value": settings})
}

func writeJSON(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// page is an open document of a collection.
type page struct {
	file  *os.File
	out   *bufio.Writer
	count int
}

func writeCollection(dir string, c collection, count func(string, int)) (err error) {
	var current *page
	number, total := 0, 0
	finish := func(next string) error {
		current.out.WriteString("]") // bufio keeps the first error for Flush
		if next != "" {
			current.out.WriteString(`,"@odata.nextLink":` + quoted(next))
		}
		current.out.WriteString("}\n")
		if err := current.out.Flush(); err != nil {
			return err
		}
		return current.file.Close()
	}
	open := func() error {
		number++
		name := c.name + ".json"
		if number > 1 {
			name = fmt.Sprintf("%s-%d.json", c.name, number)
		}
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		current = &page{file: f, out: bufio.NewWriterSize(f, 1<<16)}
		current.out.WriteString(`{"@odata.context":` + quoted(metadata+c.context) + `,"value":[`)
		return nil
	}
	if err := open(); err != nil {
		return err
	}
	c.records(func(d doc) bool {
		if current.count == pageSize {
			if err = finish("https://graph.microsoft.com/v1.0/" + c.name + fmt.Sprintf("?$skiptoken=%d", number)); err != nil {
				return false
			}
			if err = open(); err != nil {
				return false
			}
		}
		var b []byte
		if b, err = json.Marshal(d); err != nil {
			return false
		}
		if current.count > 0 {
			current.out.WriteString(",\n")
		}
		current.count++
		total++
		_, err = current.out.Write(b)
		return err == nil
	})
	if err != nil {
		return err
	}
	count(c.name+".json", total)
	return finish("")
}

func (w *world) userDoc(p *person) doc {
	d := doc{"id": p.id, "accountEnabled": p.enabled(), "displayName": p.display, "givenName": orNil(p.given), "surname": orNil(p.surname), "userPrincipalName": p.upn, "mail": orNil(p.mail),
		"mailNickname": p.nick, "jobTitle": orNil(p.title), "department": orNil(p.department), "companyName": p.company, "employeeId": nil, "employeeType": orNil(p.employeeType), "employeeHireDate": nil,
		"officeLocation": nil, "city": p.office.city, "state": p.office.state, "country": p.office.countryName, "postalCode": fmt.Sprint(20100 + p.office.index*7), "streetAddress": fmt.Sprintf("%d Harbor Road", 10+p.office.index*4),
		"businessPhones": []string{}, "mobilePhone": nil, "usageLocation": p.office.country, "preferredLanguage": "en-US", "userType": p.userType(), "createdDateTime": p.created.graph(),
		"creationType": nil, "externalUserState": nil, "lastPasswordChangeDateTime": p.passwordChanged.graph(), "passwordPolicies": nil, "signInSessionsValidFromDateTime": p.passwordChanged.graph(),
		"onPremisesSyncEnabled": nil, "onPremisesLastSyncDateTime": nil, "onPremisesDomainName": nil, "onPremisesSamAccountName": nil, "onPremisesImmutableId": nil,
		"proxyAddresses": []string{}, "otherMails": []string{}, "identities": []doc{{"signInType": "userPrincipalName", "issuer": w.cfg.Domain, "issuerAssignedId": p.upn}},
		"assignedLicenses": licenceIDs(p), "signInActivity": p.last.document(), "manager": nil}
	if p.mail != "" {
		d["proxyAddresses"] = []string{"SMTP:" + p.mail}
	}
	switch p.kind {
	case guest:
		d["creationType"], d["externalUserState"] = "Invitation", "Accepted"
		d["identities"] = []doc{{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": nil}}
	case member:
		d["employeeId"], d["employeeHireDate"] = p.employeeID, p.created.graph()[:10]+"T00:00:00Z"
		d["officeLocation"] = fmt.Sprintf("%s/%d", p.office.city, 1+p.index%9)
		d["businessPhones"], d["mobilePhone"] = []string{p.phone}, p.mobile
	case breakGlass, serviceAccount:
		d["passwordPolicies"] = "DisablePasswordExpiration"
	}
	if p.synced {
		d["onPremisesSyncEnabled"], d["onPremisesLastSyncDateTime"] = true, w.end.add(-25*time.Minute).graph()
		d["onPremisesDomainName"], d["onPremisesSamAccountName"] = "corp."+w.cfg.Domain, p.nick
		d["onPremisesImmutableId"] = base64.StdEncoding.EncodeToString(p.id[:])
	}
	if m := p.manager; m != nil {
		r := m.reference()
		r["mail"], r["jobTitle"] = m.mail, m.title
		d["manager"] = r
	}
	return d
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func licenceIDs(p *person) []doc {
	out := []doc{}
	for _, l := range p.licences {
		out = append(out, doc{"skuId": l.id, "disabledPlans": []string{}})
	}
	return out
}

func (l lastSeen) document() any {
	if l.interactive == 0 && l.background == 0 {
		return nil
	}
	d := doc{"lastSignInDateTime": nil, "lastSignInRequestId": nil, "lastNonInteractiveSignInDateTime": nil, "lastNonInteractiveSignInRequestId": nil, "lastSuccessfulSignInDateTime": nil, "lastSuccessfulSignInRequestId": nil}
	set := func(name string, at moment, id guid) {
		if at != 0 {
			d[name+"DateTime"], d[name+"RequestId"] = at.graph(), id
		}
	}
	set("lastSignIn", l.interactive, l.interactiveID)
	set("lastNonInteractiveSignIn", l.background, l.backgroundID)
	set("lastSuccessfulSignIn", l.success, l.successID)
	return d
}

func (w *world) deletedDoc(p *person) doc {
	return doc{"@odata.type": "#microsoft.graph.user", "id": p.id, "displayName": p.display, "givenName": p.given, "surname": p.surname, "userPrincipalName": strings.ReplaceAll(p.id.String(), "-", "") + p.upn,
		"mail": p.mail, "department": p.department, "jobTitle": p.title, "userType": "Member", "createdDateTime": p.created.graph(), "deletedDateTime": p.disabledAt.graph()}
}

func methodsDoc(p *person) doc {
	list := []doc{}
	for _, m := range p.methods {
		list = append(list, m.document())
	}
	return doc{"id": p.id, "userPrincipalName": p.upn, "authentication": doc{"methods": list}}
}

func (w *world) licenceDoc(p *person) doc {
	if len(p.licences) == 0 {
		return nil
	}
	list := []doc{}
	for i, l := range p.licences {
		list = append(list, doc{"id": guidOf(w.seed, "licence", p.index, i), "skuId": l.id, "skuPartNumber": l.name, "servicePlans": l.planDocs()})
	}
	return doc{"id": p.id, "userPrincipalName": p.upn, "licenseDetails": list}
}

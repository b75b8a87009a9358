package tenantgen

import (
	"encoding/base64"
	"time"
)

// role is a directory role with who holds it. Template ids are Microsoft's published ones (Entra
// built-in roles reference).
type role struct {
	template, name, description string
	objectID                    guid
	active                      []assignment
	eligible                    []assignment
}

type assignment struct {
	person *person
	group  *group
	since  moment
	by     *person
	id     guid
	pim    bool
	logged bool // an attack has written the event of it
}

func (a assignment) principal() doc {
	if a.group != nil {
		return a.group.reference()
	}
	return a.person.reference()
}

func (a assignment) principalID() guid {
	if a.group != nil {
		return a.group.id
	}
	return a.person.id
}

func roleCatalogue() [][3]string {
	return [][3]string{
		{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator", "Manages every part of the directory and of services that use it"},
		{"e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", "Manages role assignments"},
		{"7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator", "Manages authentication methods of anyone"},
		{"194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", "Manages security settings and reads reports"},
		{"5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator", "Handles security events"},
		{"5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", "Reads security information and reports"},
		{"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", "Reads what a Global Administrator can, without changing it"},
		{"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator", "Manages Conditional Access"},
		{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", "Manages users and groups"},
		{"c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator", "Manages authentication methods of people without roles"},
		{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", "Resets passwords of people without roles"},
		{"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", "Manages applications and their credentials"},
		{"158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", "Manages applications except the application proxy"},
		{"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", "Manages Exchange"},
		{"f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", "Manages SharePoint"},
		{"3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator", "Manages devices"},
		{"b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator", "Buys and manages subscriptions"},
		{"4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator", "Assigns licences"},
		{"17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator", "Manages compliance features"},
		{"4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", "Reads sign-in and usage reports"},
	}
}

// delegate hands out roles: permanently to the break-glass accounts, by eligibility to most
// administrators, and through role-assignable groups.
func (w *world) delegate() {
	for _, c := range roleCatalogue() {
		w.roles = append(w.roles, &role{template: c[0], name: c[1], description: c[2], objectID: guidOf(w.seed, "role "+c[1], 0, 0)})
	}
	for _, p := range w.people[:2] {
		w.assign("Global Administrator", assignment{person: p})
	}
	w.assign("Global Administrator", assignment{person: w.people[6]})
	w.assign("Billing Administrator", assignment{group: w.group(financeGroup)})
	w.assign("Reports Reader", assignment{group: w.group(financeGroup)})
	w.assign("Helpdesk Administrator", assignment{group: w.group(helpdeskGroup)})
	w.assign("Privileged Role Administrator", assignment{group: w.group(tierZeroGroup)})
	w.assign("Security Administrator", assignment{person: w.people[12]})
	w.assign("Security Reader", assignment{person: w.people[11]})
	w.assign("Security Operator", assignment{person: w.people[11]})
	eligible := []string{"Global Administrator", "User Administrator", "Exchange Administrator", "SharePoint Administrator", "Intune Administrator",
		"Application Administrator", "Conditional Access Administrator", "Authentication Administrator", "Cloud Application Administrator", "License Administrator"}
	admins := w.filter(func(p *person) bool { return p.enabled() && p.department == "IT Operations" })
	for i, name := range eligible {
		for k := range 1 + len(admins)/25 {
			r := streamOf(w.seed, "eligible", i, k)
			p := admins[(i+k*3+r.intn(2))%len(admins)]
			w.makeEligible(name, assignment{person: p, since: w.end.add(-time.Duration(r.between(1, 300))*day - time.Duration(r.intn(30000))*time.Second), by: w.people[6]})
		}
	}
	for i, name := range []string{"Global Reader", "Compliance Administrator", "Security Reader", "User Administrator"} {
		r := streamOf(w.seed, "active", i, 0)
		pool := w.filter(func(p *person) bool { return p.enabled() && p.department == "Risk and Compliance" })
		if name == "User Administrator" || len(pool) == 0 {
			pool = admins
		}
		since := w.end.add(-time.Duration(r.between(4, 90))*day - time.Duration(r.intn(30000))*time.Second)
		w.assign(name, assignment{person: pick(&r, pool), since: since, by: w.people[6]})
	}
}

func (w *world) role(name string) *role {
	for _, r := range w.roles {
		if r.name == name {
			return r
		}
	}
	return nil
}

func (w *world) countRole(a assignment) {
	if a.person != nil {
		a.person.roles++
		return
	}
	for _, m := range a.group.members {
		m.person.roles++
	}
}

func (w *world) assign(name string, a assignment) {
	ro := w.role(name)
	a.id = guidOf(w.seed, "assignment "+name, len(ro.active), 0)
	if a.person != nil {
		a.since = max(a.since, a.person.created)
	}
	ro.active = append(ro.active, a)
	w.countRole(a)
}

func (w *world) makeEligible(name string, a assignment) {
	ro := w.role(name)
	for _, e := range ro.eligible {
		if e.person == a.person {
			return
		}
	}
	a.id, a.pim = guidOf(w.seed, "eligibility "+name, len(ro.eligible), 0), true
	a.since = max(a.since, a.person.created.add(5*time.Hour))
	ro.eligible = append(ro.eligible, a)
	w.countRole(a)
}

func (ro *role) definition() doc {
	return doc{"id": ro.template, "displayName": ro.name, "isBuiltIn": true, "isEnabled": true, "templateId": ro.template, "description": ro.description}
}

func (ro *role) assignmentDocs() []doc {
	var out []doc
	for _, a := range ro.active {
		id := base64.RawURLEncoding.EncodeToString(a.id[:]) + "-1"
		out = append(out, doc{"id": id, "principalId": a.principalID(), "roleDefinitionId": ro.template, "directoryScopeId": "/", "appScopeId": nil,
			"principal": a.principal(), "roleDefinition": doc{"id": ro.template, "displayName": ro.name}})
	}
	return out
}

func (ro *role) eligibilityDocs() []doc {
	var out []doc
	for _, a := range ro.eligible {
		out = append(out, doc{"id": a.id, "principalId": a.principalID(), "roleDefinitionId": ro.template, "directoryScopeId": "/", "appScopeId": nil,
			"createdUsing": a.id, "createdDateTime": a.since.graph(), "modifiedDateTime": nil, "status": "Provisioned", "memberType": "Direct",
			"scheduleInfo": doc{"startDateTime": a.since.graph(), "recurrence": nil, "expiration": doc{"type": "noExpiration", "endDateTime": nil, "duration": nil}},
			"principal":    a.principal(), "roleDefinition": doc{"id": ro.template, "displayName": ro.name}})
	}
	return out
}

// activated is the directoryRoles view: a role shows once somebody holds it.
func (ro *role) activated() doc {
	members := []doc{}
	for _, a := range ro.active {
		members = append(members, a.principal())
	}
	return doc{"id": ro.objectID, "displayName": ro.name, "description": ro.description, "roleTemplateId": ro.template, "members": members}
}

package tenantgen

import (
	"slices"
	"time"
)

// explain writes the audit events behind every recent part of the state: who joined a group since
// the logs begin was added by an event, a method registered since then was registered by one, and
// so on. State first and events from it means they cannot disagree.
func (w *world) explain() {
	for _, p := range slices.Concat(w.people, w.deleted) {
		w.explainPerson(p)
	}
	for _, d := range w.devices {
		if w.recent(d.registered) && !d.owner.deletion {
			w.log(audit{at: d.registered, activity: "Register device", category: "Device", service: "Device Registration Service", op: "Add", by: d.owner,
				targets: []target{{typ: "Device", name: d.name, id: d.deviceID}}})
		}
	}
	for _, g := range w.groups {
		w.explainGroup(g)
	}
	for _, ro := range w.roles {
		for _, a := range slices.Concat(ro.active, ro.eligible) {
			w.explainRole(ro, a)
		}
	}
	for _, a := range w.apps {
		w.explainApp(a)
	}
	for _, g := range w.grants {
		if g.person != nil && w.recent(g.since) && !g.logged {
			w.logConsent(g, "")
		}
	}
}

func (w *world) recent(at moment) bool { return at >= w.start && at < w.end }

// log completes an audit event: identifiers from its place in the log, the initiator's address.
func (w *world) log(a audit) *audit {
	n := len(w.audits)
	if a.at%1000 == 0 { // state keeps whole seconds, the log milliseconds
		a.at += moment(key(w.seed, "millisecond", n, 0) % 1000)
	}
	a.id = guidOf(w.seed, "audit", n, 0)
	if a.correlation.isZero() {
		a.correlation = guidOf(w.seed, "audit correlation", n, 0)
	}
	if a.ip == "" && a.by != nil {
		a.ip = officeIP(a.by.office, a.by.index%3)
	}
	w.audits = append(w.audits, &a)
	return &a
}

// admin is the administrator who does something to an entity.
func (w *world) admin(n int) *person { return w.people[6+n%5] }

func (w *world) explainPerson(p *person) {
	if w.recent(p.created) && !p.deletion {
		w.log(audit{at: p.created, activity: "Add user", category: "UserManagement", service: "Core Directory", op: "Add", by: w.admin(p.index), targets: []target{userTarget(p)}})
	}
	if w.recent(p.licensedAt) && len(p.licences) > 0 {
		w.log(audit{at: p.licensedAt, activity: "Change user license", category: "UserManagement", service: "Core Directory", op: "Update", by: w.admin(p.index + 1), targets: []target{userTarget(p)}})
	}
	if w.recent(p.passwordChanged) && p.passwordChanged > p.created && !p.deletion && p.kind != guest {
		a := audit{at: p.passwordChanged, activity: "Change password (self-service)", category: "UserManagement", service: "Self-service Password Management", op: "Update", by: p, targets: []target{userTarget(p)}}
		if p.passwordByAdmin || p.kind != member {
			a.activity, a.by = "Reset password (by admin)", w.admin(p.index)
		}
		w.log(a)
	}
	if w.recent(p.disabledAt) && p.deletion {
		w.log(audit{at: p.disabledAt, activity: "Delete user", category: "UserManagement", service: "Core Directory", op: "Delete", by: w.admin(p.index), targets: []target{userTarget(p)}})
	} else if w.recent(p.disabledAt) {
		w.log(audit{at: p.disabledAt, activity: "Disable account", category: "UserManagement", service: "Core Directory", op: "Update", by: w.admin(p.index),
			targets: []target{userTarget(p, [3]string{"AccountEnabled", "[true]", "[false]"})}})
	}
	for _, m := range p.methods {
		if w.recent(m.created) && m.typ != "password" && !m.byAttacker && m.typ != "temporaryAccessPass" && !p.deletion {
			w.logRegistration(p, m, "")
		}
	}
}

// logRegistration records the start a minute before and the end of a registration.
func (w *world) logRegistration(p *person, m method, ip string) []*audit {
	what := map[string]string{"microsoftAuthenticator": "Authenticator app", "fido2": "Passkey (FIDO2)", "softwareOath": "hardware or software OATH token", "windowsHelloForBusiness": "Windows Hello for Business", "phone": "phone"}[m.typ]
	start := w.log(audit{at: m.created.add(-time.Minute), activity: "User started security info registration", category: "UserManagement", service: "Authentication Methods", op: "Update", by: p, ip: ip, targets: []target{userTarget(p)}})
	end := w.log(audit{at: m.created, activity: "User registered security info", category: "UserManagement", service: "Authentication Methods", op: "Update", by: p, ip: ip, correlation: start.correlation,
		why: "User registered " + what, targets: []target{userTarget(p)}})
	return []*audit{start, end}
}

func (w *world) explainGroup(g *group) {
	for _, m := range g.members {
		if w.recent(m.since) && m.by == nil {
			w.logMembership("Add member to group", g, m.person, g.owners[0], m.since, "")
		}
	}
	for _, m := range g.left {
		if w.recent(m.until) {
			w.logMembership("Remove member from group", g, m.person, g.owners[0], m.until, "")
		}
	}
}

func (w *world) logMembership(activity string, g *group, p, by *person, at moment, ip string) *audit {
	change := [][3]string{{"Group.ObjectID", "", quoted(g.id.String())}, {"Group.DisplayName", "", quoted(g.name)}}
	op := "Add"
	if activity != "Add member to group" {
		op, change = "Delete", [][3]string{{"Group.ObjectID", quoted(g.id.String()), ""}, {"Group.DisplayName", quoted(g.name), ""}}
	}
	return w.log(audit{at: at, activity: activity, category: "GroupManagement", service: "Core Directory", op: op, by: by, ip: ip, targets: []target{userTarget(p, change...), groupTarget(g)}})
}

func quoted(s string) string { return string(appendQuoted(nil, s)) }

func (w *world) explainRole(ro *role, a assignment) {
	if !w.recent(a.since) || a.by == nil || a.group != nil || a.logged {
		return
	}
	w.logRole(ro, a, "")
}

func (w *world) logRole(ro *role, a assignment, ip string) *audit {
	activity, service := "Add member to role", "Core Directory"
	if a.pim {
		activity, service = "Add eligible member to role in PIM completed (permanent)", "PIM"
	}
	who := target{}
	if a.group != nil {
		who = groupTarget(a.group)
	} else {
		who = userTarget(a.person)
	}
	who.changes = [][3]string{{"Role.ObjectID", "", quoted(ro.objectID.String())}, {"Role.DisplayName", "", quoted(ro.name)}, {"Role.TemplateId", "", quoted(ro.template)}}
	return w.log(audit{at: a.since, activity: activity, category: "RoleManagement", service: service, op: "Add", by: a.by, ip: ip,
		targets: []target{who, {typ: "Role", name: ro.name, id: ro.objectID}}})
}

func (w *world) explainApp(a *app) {
	for _, c := range a.credentials {
		if w.recent(c.from) && a.isOwn() {
			w.log(audit{at: c.from, activity: "Update application – Certificates and secrets management", category: "ApplicationManagement", service: "Core Directory", op: "Update", by: a.owners[0],
				targets: []target{{typ: "Application", name: a.name, id: a.objectID, changes: [][3]string{{"KeyDescription", "[]", quoted("KeyIdentifier=" + c.keyID.String() + ",DisplayName=" + c.name)}}}}})
		}
	}
	for _, m := range a.assigned {
		if w.recent(m.since) && m.by != nil && a.sort == businessApp {
			w.log(audit{at: m.since, activity: "Add app role assignment grant to user", category: "UserManagement", service: "Core Directory", op: "Add", by: m.by, targets: []target{appTarget(a), userTarget(m.person)}})
		}
	}
}

// logConsent records a person's consent as the portal shows it: the consent and the grant it made.
func (w *world) logConsent(g *grant, ip string) []*audit {
	consent := w.log(audit{at: g.since, activity: "Consent to application", category: "ApplicationManagement", service: "Core Directory", op: "Assign", by: g.person, ip: ip,
		targets: []target{appTarget(g.app, [3]string{"ConsentContext.IsAdminConsent", "", `"False"`}, [3]string{"ConsentContext.OnBehalfOfAll", "", `"False"`}, [3]string{"ConsentAction.Permissions", "", quoted("[] => [[ClientId: " + g.app.id.String() + ", PrincipalId: " + g.person.id.String() + ", ConsentType: Principal, Scope: " + g.scope + "]]")})}})
	added := w.log(audit{at: g.since.add(time.Second), activity: "Add delegated permission grant", category: "ApplicationManagement", service: "Core Directory", op: "Assign", by: g.person, ip: ip, correlation: consent.correlation,
		targets: []target{appTarget(g.app, [3]string{"DelegatedPermissionGrant.Scope", "", quoted(g.scope)}, [3]string{"DelegatedPermissionGrant.ConsentType", "", `"Principal"`})}})
	return []*audit{consent, added}
}

// revokeConsent is a consent that an administrator took back: the log knows it, the directory does not.
func (w *world) revokeConsent() {
	people := w.filter(func(p *person) bool { return p.index > 17 && p.kind == member && p.enabled() && p.created < w.start })
	if len(people) == 0 || len(w.business) == 0 || w.cfg.Days < 3 {
		return
	}
	r := streamOf(w.seed, "revoked consent", 0, 0)
	p, a := pick(&r, people), w.business[len(w.business)-1]
	for _, g := range w.grants {
		if g.app == a && g.person == p {
			return
		}
	}
	at := w.officeHour(p, &r)
	w.logConsent(&grant{app: a, person: p, resource: w.graph, scope: "User.Read Mail.Read", since: at}, "")
	if later := at.add(5 * time.Hour); later < w.end {
		w.log(audit{at: later, activity: "Remove delegated permission grant", category: "ApplicationManagement", service: "Core Directory", op: "Unassign", by: w.admin(0),
			targets: []target{appTarget(a, [3]string{"DelegatedPermissionGrant.Scope", quoted("User.Read Mail.Read"), ""})}})
	}
}

// drawFiller is an event of daily administration that leaves the state as it is.
func (w *world) drawFiller(e planned) *audit {
	r := stream{e.seed}
	a := &audit{at: e.at, id: r.guid(), correlation: r.guid(), service: "Core Directory", op: "Update", by: w.admin(r.intn(5))}
	who := w.people[18+r.intn(len(w.people)-18)]
	switch r.weighted([]float64{30, 14, 8, 6, 5, 4, 2, 3}) {
	case 0:
		old := pick(&r, []string{"+1 555 0100", "+1 555 0142", ""})
		a.activity, a.category, a.targets = "Update user", "UserManagement", []target{userTarget(who, [3]string{"TelephoneNumber", "[" + quoted(old) + "]", "[" + quoted(who.phone) + "]"})}
	case 1:
		d := w.devices[r.intn(len(w.devices))]
		a.activity, a.category, a.by, a.byApp = "Update device", "Device", nil, w.app("Microsoft Intune")
		a.targets = []target{{typ: "Device", name: d.name, id: d.id, changes: [][3]string{{"IsCompliant", "[false]", "[true]"}}}}
	case 2:
		g := w.groups[r.intn(len(w.groups))]
		a.activity, a.category, a.targets = "Update group", "GroupManagement", []target{groupTarget(g)}
	case 3:
		a.activity, a.category, a.service, a.by, a.targets = "Self-service password reset flow activity progress", "UserManagement", "Self-service Password Management", who, []target{userTarget(who)}
		a.failed = r.chance(0.3)
	case 4:
		p := w.business[r.intn(len(w.business))]
		a.activity, a.category, a.targets = "Update application", "ApplicationManagement", []target{{typ: "Application", name: p.name, id: p.objectID}}
	case 5:
		a.activity, a.category, a.service, a.by, a.targets = "User registered security info", "UserManagement", "Authentication Methods", who, []target{userTarget(who)}
		a.failed, a.why = true, "User failed to register Authenticator app"
	case 6:
		p := w.policies[r.intn(len(w.policies))]
		a.activity, a.category, a.service, a.targets = "Update conditional access policy", "Policy", "Conditional Access", []target{{typ: "Policy", name: p.name, id: p.id}}
	default:
		ro := w.roles[r.intn(len(w.roles))]
		if len(ro.eligible) == 0 {
			ro = w.role("User Administrator")
		}
		a.by = ro.eligible[r.intn(len(ro.eligible))].person
		a.activity, a.category, a.service, a.op = "Add member to role completed (PIM activation)", "RoleManagement", "PIM", "Add"
		a.why = pick(&r, []string{"Ticket of the helpdesk", "Change window", "Access request", "Monthly maintenance"})
		a.targets = []target{{typ: "Role", name: ro.name, id: ro.objectID}, userTarget(a.by)}
	}
	if a.by != nil {
		a.ip = officeIP(a.by.office, a.by.index%3)
	}
	return a
}

package tenantgen

import (
	"fmt"
	"strings"
	"time"
)

// group is a group object; members join at moments the audit log tells of when they are recent.
type group struct {
	index                   int
	id                      guid
	name, description, rule string
	unified, security, mail bool
	roleAssignable          bool
	created                 moment
	owners                  []*person
	members                 []membership
	nested                  []*group
	left                    []membership // memberships that ended within the last months
}

type membership struct {
	person *person
	since  moment // 0: as long as the group exists, or by rule
	until  moment
	by     *person
}

func (g *group) has(p *person) bool {
	for _, m := range g.members {
		if m.person == p {
			return true
		}
	}
	return false
}

func (g *group) isDynamic() bool { return g.rule != "" }

const (
	financeGroup  = "Finance Department"
	paymentGroup  = "Payment Release Approvers"
	helpdeskGroup = "Helpdesk Operators"
	tierZeroGroup = "Tier 0 Administrators"
	excludedGroup = "Conditional Access Exclusions"
)

// formGroups makes one group of every sort and then projects in proportion to the people.
func (w *world) formGroups() {
	names, _ := departments()
	everyone := w.filter(func(p *person) bool { return p.kind == member && p.enabled() })
	for i, d := range names {
		g := w.newGroup(d + " Department")
		g.description, g.security = "Everyone who works in "+d, true
		switch {
		case d == "Finance":
			g.roleAssignable = true
		case i%4 == 1:
			g.rule = fmt.Sprintf("(user.department -eq %q) and (user.accountEnabled -eq true)", d)
		case i%4 == 2:
			g.unified, g.mail = true, true
		case i%4 == 3:
			g.unified, g.mail = true, true
			g.rule = fmt.Sprintf("(user.department -eq %q) and (user.accountEnabled -eq true)", d)
		}
		w.populate(g, w.filter(func(p *person) bool { return p.kind == member && p.enabled() && p.department == d }), 1)
	}
	all := w.newGroup("All Employees")
	all.security, all.rule = true, `(user.userType -eq "Member") and (user.accountEnabled -eq true)`
	w.populate(all, w.filter(func(p *person) bool { return p.kind != guest && p.enabled() }), 1)
	guests := w.newGroup("External Guests")
	guests.security, guests.rule = true, `(user.userType -eq "Guest")`
	w.populate(guests, w.filter(func(p *person) bool { return p.kind == guest }), 1)
	company := w.newGroup("Everyone at " + w.cfg.Org)
	company.unified, company.mail, company.security = true, true, true
	w.populate(company, everyone, 1)
	for _, name := range []string{"Weekly Digest", "Building Notices"} {
		g := w.newGroup(name)
		g.mail = true
		w.populate(g, everyone, 0.3)
	}
	w.formDuties(everyone)
	w.formProjects(everyone)
}

// formDuties makes the groups that give power: the interesting ones of an investigation.
func (w *world) formDuties(everyone []*person) {
	of := func(department string, n int) []*person {
		found := w.filter(func(p *person) bool { return p.kind == member && p.enabled() && p.department == department })
		return found[:min(n, len(found))]
	}
	duty := func(name string, people []*person) *group {
		g := w.newGroup(name)
		g.security = true
		w.populate(g, people, 1)
		return g
	}
	duty(tierZeroGroup, of("IT Operations", 3)).roleAssignable = true
	duty(helpdeskGroup, of("IT Operations", 8)).roleAssignable = true
	payments := duty(paymentGroup, of("Finance", 2))
	payments.description = "May release outgoing payments above the single-signature limit"
	payments.members = append(payments.members, membership{person: w.people[5]})
	mailSecurity := duty("Wire Transfer Notices", of("Finance", 6))
	mailSecurity.mail = true
	exclusions := duty(excludedGroup, nil)
	for _, p := range w.filter(func(p *person) bool { return p.kind == breakGlass || p.kind == serviceAccount }) {
		exclusions.members = append(exclusions.members, membership{person: p})
	}
	vpn := duty("Remote Access Users", everyone[:min(len(everyone), 6)])
	vpn.nested = []*group{w.group("Engineering Department"), w.group("IT Operations Department")}
	admins := duty("Privileged Access Workstations", nil)
	admins.nested = []*group{w.group(tierZeroGroup), w.group(helpdeskGroup)}
}

func (w *world) formProjects(everyone []*person) {
	names := words("Amethyst Basalt Cinnabar Dolomite Emerald Feldspar Garnet Hematite Indigo Jade Kyanite Lapis Malachite Nephrite Opal Peridot Quartzite Ruby Sapphire Topaz Umber Verdigris Wolframite Xenon Yttrium Zircon")
	for i := range 3 + w.cfg.Users/40 {
		r := streamOf(w.seed, "project", i, 0)
		name := "Project " + names[i%len(names)]
		if i >= len(names) {
			name = fmt.Sprintf("%s %d", name, i/len(names)+1)
		}
		g := w.newGroup(name)
		g.security = true
		g.unified = r.chance(0.5)
		g.mail = g.unified
		size := r.between(4, 18)
		team := make([]*person, 0, size)
		for range size {
			team = append(team, pick(&r, everyone))
		}
		w.populate(g, team, 1)
		for range r.intn(4) { // people who have left the project
			p := pick(&r, everyone)
			at := w.end.add(-time.Duration(r.between(1, 60))*day - time.Duration(r.intn(30000))*time.Second)
			if !g.has(p) && p.created < at {
				g.left = append(g.left, membership{person: p, until: at})
			}
		}
	}
}

func (w *world) newGroup(name string) *group {
	r := streamOf(w.seed, "group "+name, 0, 0)
	g := &group{index: len(w.groups), id: r.guid(), name: name, description: name,
		created: w.end.add(-time.Duration(r.between(400, 1800))*day - time.Duration(r.intn(80000))*time.Second)}
	w.groups = append(w.groups, g)
	return g
}

// populate adds people once each. About one in thirty joined an assigned group in the last months;
// owners are senior members, or administrators where there are none.
func (w *world) populate(g *group, people []*person, share float64) {
	seen := map[*person]bool{}
	for _, p := range people {
		r := streamOf(w.seed, "membership", g.index, p.index)
		if seen[p] || !r.chance(share) {
			continue
		}
		seen[p] = true
		m := membership{person: p}
		if !g.isDynamic() && !g.roleAssignable && (r.chance(0.12) || p.created > w.end.add(-40*day)) {
			at := w.end.add(-time.Duration(r.between(1, 60))*day - time.Duration(r.intn(60000))*time.Second)
			m.since = max(at, p.created.add(4*time.Hour))
		}
		g.members = append(g.members, m)
	}
	for _, m := range g.members {
		if m.person.reports > 0 && len(g.owners) < 2 && m.person.enabled() {
			g.owners = append(g.owners, m.person)
		}
	}
	if len(g.owners) == 0 {
		g.owners = []*person{w.people[6+g.index%5]}
	}
}

func (w *world) group(name string) *group {
	for _, g := range w.groups {
		if g.name == name {
			return g
		}
	}
	return nil
}

func (g *group) document(w *world) doc {
	types := []string{}
	if g.unified {
		types = append(types, "Unified")
	}
	if g.isDynamic() {
		types = append(types, "DynamicMembership")
	}
	nick := strings.ReplaceAll(g.name, " ", "")
	d := doc{"id": g.id, "displayName": g.name, "description": g.description, "mail": nil, "mailEnabled": g.mail, "mailNickname": nick,
		"securityEnabled": g.security, "groupTypes": types, "membershipRule": nil, "membershipRuleProcessingState": nil,
		"isAssignableToRole": nil, "visibility": nil, "createdDateTime": g.created.graph(), "onPremisesSyncEnabled": nil,
		"proxyAddresses": []string{}, "renewedDateTime": g.created.graph(), "expirationDateTime": nil}
	if g.mail {
		address := strings.ToLower(strings.ReplaceAll(g.name, " ", "-")) + "@" + w.cfg.Domain
		d["mail"], d["proxyAddresses"] = address, []string{"SMTP:" + address}
	}
	if g.unified || g.roleAssignable {
		d["visibility"] = "Private"
	}
	if g.isDynamic() {
		d["membershipRule"], d["membershipRuleProcessingState"] = g.rule, "On"
	}
	if g.roleAssignable {
		d["isAssignableToRole"] = true
	}
	owners, members := []doc{}, []doc{}
	for _, p := range g.owners {
		owners = append(owners, p.reference())
	}
	for _, m := range g.members {
		members = append(members, m.person.reference())
	}
	for _, n := range g.nested {
		members = append(members, n.reference())
	}
	d["owners"], d["members"] = owners, members
	return d
}

func (g *group) reference() doc {
	return doc{"@odata.type": "#microsoft.graph.group", "id": g.id, "displayName": g.name}
}

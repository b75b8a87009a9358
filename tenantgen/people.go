package tenantgen

import (
	"fmt"
	"strings"
	"time"
)

type kind uint8

const (
	member kind = iota
	guest
	serviceAccount
	breakGlass
)

// person is a user object and the habits behind its events.
type person struct {
	index                     int
	id                        guid
	kind                      kind
	given, surname, display   string
	upn, mail, nick           string
	title, department         string
	company                   string
	employeeType, employeeID  string
	office                    *place
	home                      *place
	created, passwordChanged  moment
	disabledAt                moment // 0: enabled
	synced                    bool
	manager                   *person
	reports                   int
	phone, mobile             string
	licences                  []*sku
	licensedAt                moment
	methods                   []method
	devices                   []*device
	habits                    habits
	last                      lastSeen
	roles                     int // directory roles held, active or eligible or through a group
	external                  string
	passwordByAdmin, deletion bool
}

// lastSeen is what signInActivity reports.
type lastSeen struct {
	interactive, background, success       moment
	interactiveID, backgroundID, successID guid
}

func (p *person) enabled() bool { return p.disabledAt == 0 }

// works says whether the person signs in in the ordinary way at all.
func (p *person) works(at moment) bool {
	return p.created <= at && (p.disabledAt == 0 || at < p.disabledAt) && p.kind != breakGlass
}

// cast fixes the parts the first user objects play, so that the smallest tenant has every part:
// two break-glass accounts, two service accounts, guests, and people of the departments attacks
// and administration need. Everyone after them is drawn.
func cast(index int) (k kind, department string) {
	switch {
	case index < 2:
		return breakGlass, ""
	case index < 4:
		return serviceAccount, ""
	case index == 4:
		return guest, ""
	case index == 5:
		return member, "Executive"
	case index < 11:
		return member, "IT Operations"
	case index < 13:
		return member, "Security"
	case index < 18:
		return member, "Finance"
	}
	return member, "drawn"
}

// newPerson draws one user object. All its dates are ages before the end of the logs, so the
// number of days does not change it.
func (w *world) newPerson(index int) *person {
	r := streamOf(w.seed, "person", index, 0)
	p := &person{index: index, id: r.guid(), company: w.cfg.Org}
	p.kind, p.department = cast(index)
	if p.department == "drawn" {
		p.kind, p.department = w.drawPart(&r)
	}
	w.settle(p, &r)
	w.name(p, &r)
	p.created = w.end.add(-time.Duration(r.between(20, 2600))*24*time.Hour - time.Duration(r.intn(86400))*time.Second)
	if r.chance(0.015) && index > 20 { // newcomers
		p.created = w.end.add(-time.Duration(r.between(3, 20))*24*time.Hour - time.Duration(r.intn(36000))*time.Second)
	}
	passwordAge := time.Duration(r.between(1, 240))*24*time.Hour + time.Duration(r.intn(80000))*time.Second
	p.passwordChanged = max(p.created, w.end.add(-passwordAge))
	p.passwordByAdmin = r.chance(0.2)
	p.synced = p.kind == member && p.department != "IT Operations" && p.department != "Security" && r.chance(0.7)
	p.employeeID = fmt.Sprint(200100 + index*3)
	p.phone = fmt.Sprintf("+1 555 01%02d", r.intn(100))
	p.mobile = fmt.Sprintf("+1 555 01%02d %04d", r.intn(100), r.intn(10000))
	if p.kind == member && index > 20 && r.chance(0.025) {
		p.disabledAt = max(p.created, w.end.add(-time.Duration(r.between(2, 300))*24*time.Hour))
	}
	p.employeeType = employment(p, &r)
	p.habits = w.drawHabits(p)
	return p
}

func employment(p *person, r *stream) string {
	switch {
	case p.kind == guest, p.kind == breakGlass, p.kind == serviceAccount:
		return ""
	case p.index > 20 && r.chance(0.06):
		return "Contractor"
	case p.index > 20 && r.chance(0.02):
		return "Intern"
	}
	return "Employee"
}

func (w *world) drawPart(r *stream) (kind, string) {
	if r.chance(0.06) {
		return guest, ""
	}
	if r.chance(0.008) {
		return serviceAccount, ""
	}
	names, shares := departments()
	return member, names[r.weighted(shares)]
}

// settle gives the person an office and a home. The head office has about a third of everybody.
func (w *world) settle(p *person, r *stream) {
	o := 0
	if p.kind != breakGlass && !r.chance(0.3) {
		o = r.intn(len(w.offices))
	}
	p.office, p.home = w.offices[o], w.offices[o]
	if r.chance(0.45) {
		towns := w.towns[o]
		p.home = towns[r.intn(len(towns))]
	}
}

func (w *world) name(p *person, r *stream) {
	region := p.office.region
	if r.chance(0.33) {
		region = pick(r, []string{"anglo", "german", "nordic", "french", "latin", "indian", "eastasian", "slavic"})
	}
	pool := w.pools[region]
	p.given, p.surname = pick(r, pool.given), pick(r, pool.surnames)
	switch p.kind {
	case breakGlass:
		p.given, p.surname = "", ""
		p.display, p.nick = fmt.Sprintf("Emergency Access %d", p.index+1), fmt.Sprintf("emergency%d", p.index+1)
		p.upn, p.title = p.nick+"@"+w.initialDomain, ""
		return
	case serviceAccount:
		what := words("scanner mailrelay kiosk backup monitoring faxgateway")[p.index%6]
		p.given, p.surname = "", ""
		p.display, p.nick = "Service "+strings.ToUpper(what[:1])+what[1:], fmt.Sprintf("svc-%s%d", what, p.index)
		p.upn = p.nick + "@" + w.cfg.Domain
		p.mail = p.upn
		return
	}
	p.display = p.given + " " + p.surname
	p.nick = w.uniqueNick(strings.ToLower(p.given + "." + p.surname))
	if p.kind == guest {
		p.company = pick(r, partnerCompanies())
		p.external = strings.ToLower(strings.ReplaceAll(p.company, " ", "")) + ".example"
		p.mail = p.nick + "@" + p.external
		p.nick = p.nick + "_" + p.external + "#EXT#"
		p.upn = p.nick + "@" + w.initialDomain
		return
	}
	p.upn = p.nick + "@" + w.cfg.Domain
	p.mail = p.upn
}

// uniqueNick numbers the second and later bearers of a name.
func (w *world) uniqueNick(base string) string {
	w.nicks[base]++
	if n := w.nicks[base]; n > 1 {
		return fmt.Sprintf("%s%d", base, n)
	}
	return base
}

// rename gives a person a fixed name, for storylines that have a named protagonist.
func (w *world) rename(p *person, given, surname, nick string) {
	p.given, p.surname, p.display, p.nick = given, surname, given+" "+surname, nick
	p.upn = nick + "@" + w.cfg.Domain
	p.mail = p.upn
	for _, d := range p.devices {
		d.rename(p)
	}
}

// shareName gives two people of different departments one display name, as happens in every
// tenant of some size; their user principal names stay different.
func (w *world) shareName() {
	var first *person
	for _, p := range w.people[18:] {
		if p.kind != member || !p.enabled() {
			continue
		}
		if first == nil {
			first = p
			continue
		}
		if p.department != first.department {
			p.given, p.surname, p.display = first.given, first.surname, first.display
			p.nick = w.uniqueNick(strings.ToLower(p.given + "." + p.surname))
			p.upn = p.nick + "@" + w.cfg.Domain
			p.mail = p.upn
			return
		}
	}
}

// hire builds the hierarchy: the executive on top, the first of a department its head, six reports
// a manager. Who is above whom depends on the order of hiring only.
func (w *world) hire() {
	titles := jobTitles()
	staff := map[string][]*person{}
	top := w.people[5]
	top.title = "Chief Executive Officer"
	for _, p := range w.people {
		if p.kind != member || p == top {
			continue
		}
		r := streamOf(w.seed, "title", p.index, 0)
		p.title = pick(&r, titles[p.department])
		team := staff[p.department]
		if n := len(team); n == 0 {
			p.manager, p.title = top, "Head of "+p.department
		} else {
			p.manager = team[(n-1)/6]
		}
		p.manager.reports++
		staff[p.department] = append(team, p)
	}
	for _, p := range w.people {
		if p.reports > 0 && p.manager != nil && !strings.HasPrefix(p.title, "Head of") {
			p.title = "Senior " + p.title
		}
	}
}

// deleteSome adds the users that are still in the recycle bin (30 days, as Entra keeps them).
func (w *world) deleteSome() {
	n := 3 + w.cfg.Users/400
	for i := range n {
		p := w.newPerson(1_000_000 + i)
		for k := 0; p.kind != member; k++ {
			p = w.newPerson(1_000_000 + n + i*100 + k)
		}
		r := streamOf(w.seed, "deleted", i, 0)
		p.disabledAt = w.end.add(-time.Duration(r.between(1, 29))*24*time.Hour - time.Duration(r.intn(28000))*time.Second)
		p.created = min(p.created, p.disabledAt.add(-200*24*time.Hour))
		p.deletion = true
		p.title = pick(&r, jobTitles()[p.department])
		w.deleted = append(w.deleted, p)
	}
}

// initials is the prefix of device names: the capitals of the organization's words.
func initials(org string) string {
	out := ""
	for _, word := range strings.Fields(org) {
		if c := strings.ToUpper(word)[0]; c >= 'A' && c <= 'Z' {
			out += string(c)
		}
	}
	if out == "" {
		return "PC"
	}
	return out
}

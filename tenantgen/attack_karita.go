package tenantgen

import "time"

// playKarita is the story of the demo: the investigation article's analyst Natasha looks at
// karita of Finance. Everything is seen from the end of the logs, so that "the past 48 hours" of
// sign-ins and "the past 72 hours" of audit events tell it.
func playKarita(s *scene) {
	w := s.w
	p := w.people[15]
	w.rename(p, "Karita", "Lindholm", "karita")
	w.rename(w.people[11], "Natasha", "Petrov", "natasha")
	s.castKarita(p)
	s.claim(p)
	s.move(0, 1)
	s.spray(s.ago(5*day+17*hour), p)

	at := s.ago(43 * hour)
	own := s.ordinary(at.add(-35*time.Minute), p)
	s.move(1, 0)
	in := s.fatigue(at, p)
	at = in.at
	s.detected("unfamiliarFeatures", "high", at, in, p, false, "")
	s.step(at.add(28*time.Minute), "", "The distance to the sign-in from the office is impossible")
	s.mark(own.at, "SignInLogs", own.id.String(), own.ip)
	s.detected("mcasImpossibleTravel", "medium", at.add(28*time.Minute), in, p, true, "MicrosoftCloudAppSecurity")
	s.newAuthenticator(at.add(10*time.Minute), p)
	s.consent(at.add(31*time.Minute), p, "PDF Merge Assistant", in)

	mailbox := s.signIn(at.add(44*time.Minute), p, "One Outlook Web", 0, mfaPassed)
	s.detected("unfamiliarFeatures", "medium", mailbox.at, mailbox, p, false, "")
	s.hideMail(at.add(48*time.Minute), mailbox)

	at = at.add(80 * time.Minute)
	g := w.group(paymentGroup)
	s.step(at, "T1098", "The account is added to the group that releases payments")
	g.members = append(g.members, membership{person: p, since: at, by: p})
	s.audited(w.logMembership("Add member to group", g, p, p, at, s.from.ip))

	at = at.add(20 * time.Minute)
	s.step(at, "T1213.002", "Payment files are downloaded")
	for i := range 24 {
		at = at.add(time.Duration(s.r.between(5, 40)) * time.Second)
		file := s.replay(at, p, "Office 365 SharePoint Online")
		if i%2 == 0 {
			s.mail(at.add(time.Second), file, "FileDownloaded", 6, "https://"+w.shortName+".sharepoint.com/sites/finance/Payments/Run "+string(rune('A'+i/2))+".xlsx")
		}
	}
	d := s.detected("mcasFinSuspiciousFileAccess", "medium", at.add(hour), nil, p, true, "MicrosoftCloudAppSecurity")
	d.activity, d.ip, d.place = at, s.from.ip, s.from.place
	s.confirm(at.add(3*hour), p)
	s.incident("Multi-stage incident involving initial access and persistence", "high", "active", p)
}

// castKarita gives the protagonist what the story needs: Finance, a computer, a phone with the
// authenticator, an office, and the ownership of the payment group.
func (s *scene) castKarita(p *person) {
	w := s.w
	p.office, p.home, p.habits.secondFactor, p.habits.officeDays = w.offices[0], w.offices[0], "push", 1<<1|1<<2|1<<3|1<<4|1<<5
	p.habits.phone, p.habits.legacy = true, false
	p.created, p.disabledAt = w.end.add(-1540*day), 0
	if p.computerAt(w.start) == nil {
		d := w.computer(p, 3)
		d.registered = w.end.add(-400 * day)
		w.addDevice(p, d)
	}
	if p.phoneAt(w.start) == nil {
		d := w.phone(p, 3)
		d.ordinal, d.registered = 0, w.end.add(-390*day)
		d.rename(p)
		w.addDevice(p, d)
	}
	p.setPassword(max(w.end.add(-29*day), w.start.add(-12*hour)) + moment(s.r.intn(20_000_000)))
	hasApp := false
	for _, m := range p.methods {
		hasApp = hasApp || m.typ == "microsoftAuthenticator"
	}
	if !hasApp {
		p.methods = append(p.methods, method{typ: "microsoftAuthenticator", id: s.r.guid().String(), created: w.end.add(-380 * day), name: p.phoneAt(w.end).model, detail: "6.2510.7100"})
	}
	g := w.group(paymentGroup)
	members := g.members[:0]
	for _, m := range g.members { // she is added by the attack
		if m.person != p {
			members = append(members, m)
		}
	}
	g.members = members
	g.owners = append([]*person{p}, g.owners[:min(1, len(g.owners))]...)
	if len(g.owners) == 2 && g.owners[1] == p {
		g.owners = g.owners[:1]
	}
}

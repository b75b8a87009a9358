package tenantgen

import "time"

// playConsentGrant has the person consent to an application of a stranger's tenant (T1528).
func playConsentGrant(s *scene) {
	p := s.victim("Marketing")
	at := s.ago(5*day + 7*hour)
	s.step(at, "T1566.002", "The person follows a link to the application")
	own := s.ordinary(at, p)
	s.mark(at, "SignInLogs", own.id.String(), own.ip)
	a := s.consent(at.add(2*time.Minute), p, "Calendar Sync Pro", own)
	at = at.add(25 * time.Minute)
	s.step(at, "T1114.002", "The application reads the mailbox from the attacker's address")
	read := s.replay(at, p, a.name)
	for i := range 5 {
		s.call(at.add(time.Duration(20+i*9)*time.Second), read, "GET", "me/messages?$top=100&$skip="+string(rune('0'+i))+"00", "Mail.ReadWrite Mail.Send Files.ReadWrite.All")
	}
	s.incident("Consent to a suspicious application", "medium", "active", p)
}

// consent is the beat: the application appears in the tenant with the grant and the events of it.
func (s *scene) consent(at moment, p *person, name string, by *signIn) *app {
	s.step(at, "T1528", "Consent to the application "+name)
	a := s.w.addApp(&app{sort: foreignApp, name: name, homeTenant: s.r.guid()})
	a.created, a.resource = at, s.w.graph
	g := &grant{id: grantID(s.r.guid()), app: a, person: p, resource: s.w.graph, scope: "Mail.ReadWrite Mail.Send Files.ReadWrite.All offline_access", since: at, logged: true}
	s.w.grants = append(s.w.grants, g)
	a.assigned = append(a.assigned, membership{person: p, since: at.add(2 * time.Second)})
	events := s.w.logConsent(g, by.ip)
	events = append(events, s.w.log(audit{at: at.add(2 * time.Second), activity: "Add app role assignment grant to user", category: "UserManagement", service: "Core Directory", op: "Assign", by: p, ip: by.ip,
		correlation: events[0].correlation, targets: []target{appTarget(a), userTarget(p)}}))
	s.audited(events...)
	return a
}

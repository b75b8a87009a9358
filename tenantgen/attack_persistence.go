package tenantgen

import "time"

// playPersistence: a helpdesk account that was taken over gives the person a temporary access pass,
// which the intruder uses to register an authenticator (T1098.005, T1556.006).
func playPersistence(s *scene) {
	p := s.victim("Human Resources")
	helper := s.w.people[9]
	at := s.ago(3*day + 8*hour)
	s.step(at, "T1098", "A temporary access pass is created for the person")
	tap := method{typ: "temporaryAccessPass", id: s.r.guid().String(), created: at, byAttacker: true}
	p.methods = append(p.methods, tap)
	s.audited(s.w.log(audit{at: at, activity: "Admin registered security info", category: "UserManagement", service: "Authentication Methods", op: "Update", by: helper, ip: s.from.ip,
		why: "Admin registered temporary access pass method for user", targets: []target{userTarget(p)}}))
	at = at.add(7 * time.Minute)
	s.step(at, "T1078.004", "The intruder signs in with the pass")
	in := s.signIn(at, p, "My Apps", 0, mfaPassed)
	s.newAuthenticator(at.add(4*time.Minute), p)
	s.detected("newCountry", "medium", in.at.add(25*time.Minute), in, p, true, "MicrosoftCloudAppSecurity")
	s.incident("Authentication method added from a new country", "medium", "active", p)
}

// newAuthenticator is the beat: the intruder's own phone becomes a second factor of the person.
func (s *scene) newAuthenticator(at moment, p *person) {
	s.step(at, "T1556.006", "The intruder registers an authenticator")
	m := method{typ: "microsoftAuthenticator", id: s.r.guid().String(), created: at, name: "Redmi 13C", detail: "6.2405.3618", byAttacker: true}
	p.methods = append(p.methods, m)
	s.audited(s.w.logRegistration(p, m, s.from.ip)...)
}

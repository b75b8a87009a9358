package tenantgen

import "time"

// playLeakedCredentials: the account's password turned up in a leak; one sign-in with it, then the
// person changes the password and the risk is closed (T1589.001, T1078.004).
func playLeakedCredentials(s *scene) {
	p := s.victim("Risk and Compliance")
	at := s.ago(9 * day)
	s.step(at, "T1078.004", "A sign-in with the leaked password stops at the second factor")
	in := s.signIn(at, p, "OfficeHome", 50074, mfaPending)
	s.detected("unfamiliarFeatures", "low", at, in, p, false, "")
	at = at.add(9 * hour)
	s.step(at, "T1589.001", "The credentials are found in a leak")
	s.detected("leakedCredentials", "high", at, nil, p, true, "")
	at = at.add(5 * hour)
	s.step(at, "", "The person changes the password")
	p.setPassword(at)
	s.w.settleRisk(p, at.add(time.Minute), "none", "remediated", "userPerformedSecuredPasswordChange", nil)
	s.incident("Leaked credentials of one user", "high", "resolved", p)
}

// setPassword moves the last change; the audit event is written from the state (history.go).
func (p *person) setPassword(at moment) {
	p.passwordChanged, p.passwordByAdmin = at, false
	p.methods[0].created = at
}

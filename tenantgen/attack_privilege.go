package tenantgen

import "time"

// playPrivilegeEscalation: an administrator's account is used to make an ordinary account a
// privileged one, by a role and by a role-assignable group (T1098.003).
func playPrivilegeEscalation(s *scene) {
	w := s.w
	admin := s.claim(w.people[6])
	pawn := s.victim("IT Operations")
	s.truth.User, s.truth.UserID = admin.upn, admin.id.String()
	at := s.ago(2*day + 20*hour)
	s.step(at, "T1078.004", "The intruder signs in as the administrator")
	in := s.signIn(at, admin, "My Apps", 0, mfaPassed)
	s.detected("unfamiliarFeatures", "medium", at, in, admin, false, "")
	at = at.add(13 * time.Minute)
	s.step(at, "T1098.003", "A role is assigned to another account")
	a := assignment{person: pawn, since: at, by: admin, logged: true}
	w.assign("Application Administrator", a)
	s.audited(w.logRole(w.role("Application Administrator"), a, s.from.ip))
	at = at.add(3 * time.Minute)
	s.step(at, "T1098.003", "The account is added to a group that holds a role")
	g := w.group(tierZeroGroup)
	if !g.has(pawn) {
		g.members = append(g.members, membership{person: pawn, since: at, by: admin})
		pawn.roles++
		s.audited(w.logMembership("Add member to group", g, pawn, admin, at, s.from.ip))
	}
	s.incident("Unusual role assignment by an administrator", "high", "active", admin)
}

package tenantgen

import "time"

// playPasswordSpray tries one password against many accounts (T1110.003). One account has that
// password and is saved by the second factor.
func playPasswordSpray(s *scene) {
	p := s.victim("Customer Support")
	at := s.ago(6*day + 3*hour)
	s.spray(at, p)
	s.incident("Password spray against many accounts", "medium", "active", p)
}

// spray is the beat: a guess at each of several dozen accounts, a few seconds apart. The chosen
// person's password is right, so their sign-in stops at the second factor instead.
func (s *scene) spray(at moment, lucky *person) *signIn {
	s.step(at, "T1110.003", "One password is tried against many accounts")
	targets := s.w.filter(func(p *person) bool {
		return p.index > 12 && p.kind == member && p.enabled() && p != lucky && p.created < at
	})
	n := min(len(targets), 12+s.w.cfg.Users/14)
	first := s.r.intn(len(targets))
	var hit *signIn
	for i := range n {
		at = at.add(time.Duration(s.r.between(3, 11)) * time.Second)
		code := 50126
		if i%17 == 16 {
			code = 50053
		}
		s.signIn(at, targets[(first+i*3)%len(targets)], "Office 365 Exchange Online", code, mfaNone)
		if i == n*2/3 {
			at = at.add(4 * time.Second)
			hit = s.signIn(at, lucky, "Office 365 Exchange Online", 50074, mfaPending)
		}
	}
	s.detected("passwordSpray", "medium", min(at.add(5*hour), s.w.end.add(-time.Hour)), hit, lucky, true, "")
	return hit
}

package tenantgen

import "time"

// playMFAFatigue sends prompts until the person gives in (T1621).
func playMFAFatigue(s *scene) {
	p := s.victim("Retail Banking")
	at := s.ago(3*day + 5*hour)
	in := s.fatigue(at, p)
	s.detected("unfamiliarFeatures", "high", in.at, in, p, false, "")
	s.incident("Approval of a repeated prompt", "high", "active", p)
}

// fatigue is the beat: refused prompts, then an approved one. It returns the sign-in that got in.
func (s *scene) fatigue(at moment, p *person) *signIn {
	s.step(at, "T1621", "Prompts are sent again and again")
	for range s.r.between(6, 9) {
		s.signIn(at, p, "OfficeHome", 500121, mfaDenied)
		at = at.add(time.Duration(s.r.between(90, 260)) * time.Second)
	}
	s.step(at, "T1078.004", "A prompt is approved and the intruder is in")
	return s.signIn(at, p, "OfficeHome", 0, mfaPassed)
}

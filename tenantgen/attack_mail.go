package tenantgen

import "time"

// playInboxRule is business e-mail compromise: a sign-in with the right password and a satisfied
// claim, a rule that hides the answers, invoices read (T1564.008, T1114.003).
func playInboxRule(s *scene) {
	p := s.victim("Finance")
	at := s.ago(2*day + 9*hour)
	s.step(at, "T1078.004", "The intruder signs in to Outlook on the web")
	in := s.signIn(at, p, "One Outlook Web", 0, mfaEarlier)
	s.detected("unfamiliarFeatures", "medium", at, in, p, false, "")
	s.hideMail(at.add(11*time.Minute), in)
	s.incident("Suspicious inbox rule", "high", "active", p)
}

// hideMail is the beat: mail is read, then a rule moves what concerns payments out of sight.
func (s *scene) hideMail(at moment, in *signIn) moment {
	s.step(at, "T1114.002", "Mail about invoices is read")
	for range s.r.between(8, 14) {
		s.mail(at, in, "MailItemsAccessed", 50, "")
		at = at.add(time.Duration(s.r.between(15, 90)) * time.Second)
	}
	s.step(at, "T1564.008", "An inbox rule hides mail about payments")
	s.mail(at, in, "New-InboxRule", 1, in.person.upn+"\\..",
		[2]string{"Name", ".."}, [2]string{"SubjectOrBodyContainsWords", "invoice;payment;wire"}, [2]string{"MoveToFolder", "RSS Feeds"}, [2]string{"MarkAsRead", "True"}, [2]string{"StopProcessingRules", "True"})
	d := s.detected("mcasSuspiciousInboxManipulationRules", "high", at.add(40*time.Minute), nil, in.person, true, "MicrosoftCloudAppSecurity")
	d.activity, d.ip, d.place = at, in.ip, in.place
	at = at.add(6 * time.Minute)
	s.step(at, "T1534", "A message with new bank details is sent")
	s.mail(at, in, "Send", 2, "")
	return at
}

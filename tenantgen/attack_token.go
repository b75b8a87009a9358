package tenantgen

import "time"

// playTokenTheft replays a session token that was taken from the person's browser (T1539, T1550.001):
// no interactive sign-in from the new address, the same session, then Graph calls that read mail.
func playTokenTheft(s *scene) {
	p := s.victim("Commercial Lending")
	at := s.ago(4*day + 2*hour)
	s.step(at, "T1539", "The person signs in; malware on the computer copies the session token")
	own := s.ordinary(at, p)
	s.mark(at, "SignInLogs", own.id.String(), own.ip)
	s.from.session = own.session
	at = at.add(47 * time.Minute)
	s.step(at, "T1550.001", "The token is used from another address")
	first := s.replay(at, p, "Microsoft Office")
	for range 6 {
		at = at.add(time.Duration(s.r.between(40, 600)) * time.Second)
		s.replay(at, p, "Office 365 SharePoint Online")
	}
	at = at.add(2 * time.Minute)
	s.step(at, "T1114.002", "Mail and files are read through Microsoft Graph")
	for _, uri := range []string{"me", "me/messages?$top=100", "me/mailFolders", "me/messages?$search=password", "me/drive/root/children", "users?$top=999", "groups?$top=999"} {
		at = at.add(time.Duration(s.r.between(2, 30)) * time.Second)
		s.call(at, first, "GET", uri, "Mail.Read Files.Read.All User.Read.All Group.Read.All")
	}
	at = at.add(3 * time.Minute)
	s.step(at, "T1550.001", "The access token of the browser itself is used: no sign-in shows it")
	for _, uri := range []string{"me/messages?$top=50", "me/mailFolders/inbox/messages?$top=50", "me/drive/root/search(q='contract')"} {
		at = at.add(time.Duration(s.r.between(5, 40)) * time.Second)
		s.call(at, own, "GET", uri, "Mail.Read Files.Read.All").ip = s.from.ip
	}
	s.step(at, "T1098", "A token that no sign-in made is used to change a rule")
	foreign := *own
	foreign.id, foreign.session, foreign.ip = s.r.guid(), s.r.guid(), s.from.ip
	s.call(at.add(40*time.Second), &foreign, "POST", "me/mailFolders/inbox/messageRules", "MailboxSettings.ReadWrite")
	s.detected("anomalousToken", "medium", first.at.add(6*time.Minute), first, p, true, "")
	s.incident("Anomalous token of one user", "medium", "active", p)
}

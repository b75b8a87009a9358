package tenantgen

import "time"

// draw finds the details of a planned sign-in. The seed decides the context and the outcome, so a
// follow-up drawn from the same seed happens on the same device, address and application.
func (w *world) draw(e planned) *signIn {
	if e.sort == workloadEvent {
		return w.drawWorkload(e)
	}
	p := w.people[e.who]
	r := stream{e.seed}
	s := &signIn{at: e.at, person: p, correlation: r.guid(), interactive: e.sort != backgroundEvent, factor: p.habits.secondFactor}
	contextAt := e.at
	if e.sort == followUpEvent {
		contextAt = e.parent
	}
	roll := r.float()
	w.locate(s, &r, contextAt)
	w.open(s, &r, contextAt)
	if s.interactive {
		w.outcome(s, roll, &r)
		if e.sort == followUpEvent {
			interrupted := s.code
			s.code = 0
			w.satisfy(s, interrupted != 50140 && interrupted != 50126)
		}
	} else {
		w.backgroundOutcome(s, roll)
	}
	s.id = guidOf(e.seed, "request", int(e.sort), 0)
	slot := 0
	if s.device != nil {
		slot = s.device.index
	}
	s.session = guidOf(w.seed, "session", p.index<<20|slot, epochDay(contextAt)/4)
	return s
}

// locate decides where the person is: travelling, in the office, at home or on the move.
func (w *world) locate(s *signIn, r *stream, at moment) {
	p, h := s.person, &s.person.habits
	d := epochDay(at + moment(p.office.utcOffset)*60_000)
	local := int((at+moment(p.office.utcOffset)*60_000)%86_400_000) / 60_000
	working := local >= h.start && local <= h.start+h.length
	destination, vacation := w.away(p, d)
	phoneChance := h.phoneShare
	if !working || vacation {
		phoneChance = 0.7
	}
	onPhone := h.phone && r.chance(phoneChance)
	s.device = p.deviceAt(at, onPhone)
	where, atHome := r.float(), true
	switch {
	case destination != nil:
		s.place, s.ip = destination, hotelIP(destination, p.index)
		atHome = false
	case p.kind == serviceAccount || p.kind == member && !p.canMFA(), // they cannot leave the trusted networks
		working && !vacation && h.officeDays&(1<<weekday(d)) != 0 && (!onPhone || where < 0.5):
		s.place, s.ip, s.trusted, atHome = p.office, officeIP(p.office, p.index%3), true, false
	case onPhone && where < 0.75:
		s.place, s.ip, atHome = p.office, mobileIP(p.office, p.index*31+d), false
	}
	if atHome {
		s.place, s.ip = p.home, homeIPv4(h.homeNumber)
		if h.ipv6 {
			s.ip = homeIPv6(h.homeNumber, 1+int(mix(uint64(p.index)<<16|uint64(d/3))%60000))
		}
	}
	s.asn = s.place.asn
	if p.kind == guest {
		s.device = nil
	}
}

// open decides the application and the client.
func (w *world) open(s *signIn, r *stream, at moment) {
	p := s.person
	day := epochDay(at)
	switch {
	case p.kind == serviceAccount:
		s.app, s.legacyClient, s.agent = w.app("Office 365 Exchange Online"), "Authenticated SMTP", agent{userAgent: "smtp-relay/4.2"}
		s.device = nil
		return
	case p.habits.legacy && s.interactive && r.chance(0.25):
		s.app, s.legacyClient, s.agent, s.device = w.app("Office 365 Exchange Online"), "IMAP4", legacyAgent(), nil
		return
	}
	native := r.chance(0.35) || !s.interactive && r.chance(0.5)
	if s.device != nil && s.device.phone {
		s.app = pick(r, w.phoneApps)
		s.agent = w.clientAgent(p, s.device, s.app, day)
		return
	}
	switch {
	case p.department == "IT Operations" && s.device != nil && r.chance(0.2):
		s.app = w.app("Azure Portal")
	case s.interactive && p.kind == member && r.chance(0.3) && len(w.business) > 0:
		s.app = w.business[pick(r, p.habits.favourites)%len(w.business)]
		if r.chance(0.015) { // a link from a colleague, to an application they are not assigned to
			s.app = pick(r, w.business)
		}
		if s.app.created > at {
			s.app = w.app("OfficeHome")
		}
	case native && p.kind == member:
		s.app = pick(r, w.nativeApps)
		s.agent = w.clientAgent(p, s.device, s.app, day)
		return
	default:
		s.app = pick(r, w.webApps)
	}
	s.browserClient = true
	s.agent = w.browserAgent(p, s.device, day)
}

// satisfy gives the sign-in the second factor its policies ask for.
func (w *world) satisfy(s *signIn, prompted bool) {
	s.mfa = mfaNone
	if s.trusted || s.legacyClient != "" {
		return
	}
	s.mfa = mfaEarlier
	if prompted {
		s.mfa = mfaPassed
	}
}

// outcome decides how an interactive sign-in ends; the order is the order of the checks in the
// service: password, account, second factor, application, Conditional Access.
func (w *world) outcome(s *signIn, roll float64, r *stream) {
	p := s.person
	prompted := r.chance(0.4)
	stranger := r.intn(15)
	w.satisfy(s, prompted)
	next := func(share float64) bool {
		roll -= share
		return roll < 0 && roll >= -share
	}
	switch {
	case s.legacyClient != "":
		if p.kind != serviceAccount {
			s.code = 53003
		} else if roll < 0.002 {
			s.code = 50126
		}
	case next(0.026):
		s.code, s.mfa = 50126, mfaNone
	case next(0.003):
		s.code, s.mfa = 50053, mfaNone
	case next(0.003):
		s.code, s.mfa = 50055, mfaNone
	case next(0.014):
		w.interrupt(s, 50074)
	case next(0.006):
		w.interrupt(s, 50076)
	case next(0.006):
		if s.browserClient {
			s.code = 50140
		}
	case next(0.005):
		if s.mfa != mfaNone {
			s.code, s.mfa = 500121, mfaDenied
		}
	case next(0.004):
		if s.app.sort == businessApp {
			s.code = 65001
		}
	case next(0.004) && p.kind == member && p.canMFA(): // someone abroad, or behind a proxy there
		s.place = w.hostile[3+stranger%2]
		s.ip, s.trusted, s.code, s.asn = strangerIP(3+stranger%2, stranger), false, 53003, s.place.asn
		w.satisfy(s, true)
	}
	if s.code == 0 && s.app.assignmentRequired && !s.app.isAssigned(p) {
		s.code = 50105
	}
	if s.code == 0 && s.app.resource == w.management && (s.device == nil || !s.device.compliant) {
		s.code = 53000
	}
}

func (w *world) interrupt(s *signIn, code int) {
	if s.mfa != mfaNone && s.person.kind == member {
		s.code, s.mfa = code, mfaPending
	}
}

func (w *world) backgroundOutcome(s *signIn, roll float64) {
	w.satisfy(s, false)
	switch {
	case roll < 0.006:
		s.code, s.mfa = 50173, mfaNone
	case roll < 0.012:
		s.code = 70043
	case roll < 0.018:
		s.code, s.mfa = 700082, mfaNone
	case roll < 0.024 && s.mfa != mfaNone:
		s.code, s.mfa = 50076, mfaPending
	}
	if s.code == 0 && s.app.resource == w.management && (s.device == nil || !s.device.compliant) {
		s.code = 53000
	}
}

func (w *world) drawWorkload(e planned) *signIn {
	r := stream{e.seed}
	a := w.workloads[e.who]
	s := &signIn{at: e.at, id: r.guid(), correlation: r.guid(), workload: a, app: w.graph, place: a.place, ip: a.ip, asn: 64511}
	for _, c := range a.credentials {
		s.keyID = c.keyID
		if e.at > c.until && a.sort == daemon {
			s.code = 7000222
		}
	}
	if a.sort == daemon && s.code == 0 && r.chance(0.002) {
		s.code = 7000215
	}
	if a.sort == managedIdentity {
		s.ip = ""
	}
	return s
}

// parentOf draws the sign-in a call or mail event belongs to.
func (w *world) parentOf(e planned) *signIn {
	parent := planned{at: e.parent, seed: e.seed, who: e.who, sort: interactiveEvent}
	if e.background {
		parent.sort = backgroundEvent
	}
	return w.draw(parent)
}

func (w *world) drawCall(e planned) *graphCall {
	s := w.parentOf(e)
	r := stream{e.seed ^ 0x5ca1ab1e}
	uri := pick(&r, []string{"me", "me/messages?$top=25", "me/calendarView", "me/drive/recent", "me/joinedTeams", "me/presence", "users/" + s.person.id.String() + "/photo/$value", "me/memberOf", "me/planner/tasks"})
	return &graphCall{at: e.at, id: r.guid(), request: s.id, session: s.session, issued: s.at, person: s.person, app: s.app, ip: s.ip, agent: s.agent.userAgent,
		uri: uri, method: "GET", scopes: "User.Read Mail.Read Calendars.Read Files.Read", status: 200, device: s.device, region: "North Europe"}
}

// keepsFiles and keepsMail say what a token for the application is good for.
func (w *world) keepsFiles(a *app) bool {
	return a.resource == w.app("Office 365 SharePoint Online") || a.name == "Microsoft Teams"
}

func (w *world) keepsMail(a *app) bool {
	return a.resource == w.app("Office 365 Exchange Online") || a.name == "Microsoft Office"
}

func (w *world) drawMail(e planned) *officeEvent {
	s := w.parentOf(e)
	r := stream{e.seed ^ 0xdecafbad}
	m := &officeEvent{at: e.at, id: r.guid(), person: s.person, ip: s.ip, session: s.session, request: s.id, app: s.app, workload: "Exchange"}
	weights := []float64{5, 3, 0, 0.05}
	if w.keepsFiles(s.app) {
		weights = []float64{0, 0, 1, 0}
	}
	switch r.weighted(weights) {
	case 0:
		m.operation, m.recordType = "MailItemsAccessed", itemAccess
	case 1:
		m.operation, m.recordType = "Send", exchangeItem
	case 2:
		m.operation, m.recordType, m.workload = pick(&r, []string{"FileAccessed", "FileAccessed", "FileDownloaded"}), 6, "SharePoint"
		m.object = "https://" + w.shortName + ".sharepoint.com/sites/shared/Documents/" + pick(&r, []string{"Minutes", "Plan", "Budget", "Handbook", "Template"}) + time.UnixMilli(int64(e.at)).UTC().Format("-0102") + ".docx"
	default:
		m.operation, m.recordType, m.object = "New-InboxRule", exchangeAdmin, s.person.upn+"\\Newsletters"
		m.parameters = [][2]string{{"Name", "Newsletters"}, {"SubjectContainsWords", "newsletter"}, {"MoveToFolder", "Newsletters"}}
	}
	return m
}

package tenantgen

import (
	"slices"
	"time"
)

// Attack describes one scripted attack.
type Attack struct {
	Name, Title string
	run         func(*scene)
}

// Attacks is the catalogue, in the order attacks are played.
func Attacks() []Attack {
	return []Attack{
		{"karita", "Password spray to payment fraud against one person of Finance", playKarita},
		{"password-spray", "Password spray against many accounts", playPasswordSpray},
		{"mfa-fatigue", "Repeated prompts until one is approved", playMFAFatigue},
		{"token-theft", "Replay of a stolen token from a new address", playTokenTheft},
		{"consent-grant", "Consent to a malicious application", playConsentGrant},
		{"inbox-rule", "Business e-mail compromise with a hiding inbox rule", playInboxRule},
		{"leaked-credentials", "Sign-in with credentials found in a leak", playLeakedCredentials},
		{"persistence", "New authenticator and temporary access pass for staying in", playPersistence},
		{"privilege-escalation", "An administrator's account adds a role and a group member", playPrivilegeEscalation},
	}
}

// intruder is where an attack comes from.
type intruder struct {
	ip      string
	place   *place
	agent   agent
	session guid
}

// scene is the stage of one attack. Everything an attack does goes through it: a trace is added to
// the logs and to the step it belongs to in one call, with the intruder's address and session, so
// the traces of different logs agree.
type scene struct {
	w       *world
	r       stream
	truth   *AttackTruth
	from    intruder
	moments []moment
}

func (w *world) playAttacks() {
	for _, name := range w.cfg.Attacks {
		for _, a := range Attacks() {
			if a.Name != name {
				continue
			}
			w.truth.Attacks = append(w.truth.Attacks, AttackTruth{Name: a.Name, Title: a.Title, Steps: []Step{}, Detections: []string{}})
			s := &scene{w: w, r: streamOf(w.seed, "attack "+name, 0, 0), truth: &w.truth.Attacks[len(w.truth.Attacks)-1]}
			s.enter()
			a.run(s)
			s.leave()
		}
	}
}

// enter takes an address of the attackers' ranges that no other attack has.
func (s *scene) enter() {
	n := len(s.w.truth.Attacks)*37 + s.r.intn(20)
	place := s.w.hostile[pick(&s.r, []int{0, 1, 2, 5, 6})]
	s.from = intruder{ip: attackerIP(n), place: place, session: s.r.guid(),
		agent: agent{os: "Windows 10", browser: "Chrome 119.0.0", userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36"}}
}

// move changes the intruder's address.
func (s *scene) move(n int, city int) {
	s.from.ip, s.from.place, s.from.session = attackerIP(len(s.w.truth.Attacks)*37+20+n), s.w.hostile[city], s.r.guid()
}

func (s *scene) leave() {
	slices.Sort(s.moments)
	if len(s.moments) > 0 {
		s.truth.Start, s.truth.End = s.moments[0].time(), s.moments[len(s.moments)-1].time()
	}
}

// ago is a moment before the end of the logs; in a window shorter than ten days the story is
// compressed to fit.
func (s *scene) ago(d time.Duration) moment {
	window := s.w.cfg.End.Sub(s.w.start.time())
	if window < 10*day {
		d = time.Duration(float64(d) * float64(window) / float64(10*day))
	}
	return s.w.end.add(-d) + moment(s.r.intn(int(d/time.Millisecond)/50+1)) // not on the hour
}

// victim chooses an ordinary person no other attack has chosen.
func (s *scene) victim(department string) *person {
	fits := func(p *person, strict bool) bool {
		return p.index > 12 && p.kind == member && p.enabled() && p.canMFA() && p.habits.secondFactor == "push" && !s.w.victims[p] && p.created < s.w.start.add(-30*day) &&
			(!strict || p.department == department && p.computerAt(s.w.start) != nil && p.habits.officeDays != 0)
	}
	pool := s.w.filter(func(p *person) bool { return fits(p, true) })
	if len(pool) == 0 {
		pool = s.w.filter(func(p *person) bool { return fits(p, false) })
	}
	if len(pool) == 0 {
		pool = s.w.filter(func(p *person) bool { return p.index > 12 && p.kind == member && p.enabled() && p.canMFA() })
	}
	return s.claim(pick(&s.r, pool))
}

func (s *scene) claim(p *person) *person {
	s.w.victims[p] = true
	s.truth.User, s.truth.UserID = p.upn, p.id.String()
	return p
}

func (s *scene) step(at moment, technique, what string) {
	s.truth.Steps = append(s.truth.Steps, Step{At: at.time(), What: what, Technique: technique, Events: []Event{}})
	if technique != "" && !slices.Contains(s.truth.Techniques, technique) {
		s.truth.Techniques = append(s.truth.Techniques, technique)
	}
	s.moments = append(s.moments, at)
}

func (s *scene) mark(at moment, log, id, ip string) {
	last := &s.truth.Steps[len(s.truth.Steps)-1]
	last.Events = append(last.Events, Event{Log: log, ID: id})
	if ip == s.from.ip && !slices.Contains(s.truth.Addresses, ip) {
		s.truth.Addresses = append(s.truth.Addresses, ip)
	}
	s.moments = append(s.moments, at)
}

// signIn is an interactive sign-in of the intruder as a person.
func (s *scene) signIn(at moment, p *person, app string, code int, mfa mfaState) *signIn {
	e := &signIn{at: at, id: s.r.guid(), correlation: s.r.guid(), session: s.from.session, person: p, app: s.w.app(app), place: s.from.place, ip: s.from.ip, asn: s.from.place.asn,
		code: code, agent: s.from.agent, interactive: true, browserClient: true, mfa: mfa, factor: p.habits.secondFactor}
	if mfa == mfaPassed || mfa == mfaDenied {
		e.factor = "push"
	}
	s.w.signIns = append(s.w.signIns, e)
	s.mark(at, "SignInLogs", e.id.String(), e.ip)
	return e
}

// replay is a sign-in with a refresh token, in the session the intruder holds.
func (s *scene) replay(at moment, p *person, app string) *signIn {
	e := s.signIn(at, p, app, 0, mfaEarlier)
	e.interactive = false
	last := &s.truth.Steps[len(s.truth.Steps)-1]
	last.Events[len(last.Events)-1].Log = "NonInteractiveUserSignInLogs"
	return e
}

// ordinary is a sign-in of the person themselves, in their office on their computer.
func (s *scene) ordinary(at moment, p *person) *signIn {
	d := p.computerAt(at)
	e := &signIn{at: at, id: s.r.guid(), correlation: s.r.guid(), session: s.r.guid(), person: p, app: s.w.app("OfficeHome"), place: p.office, ip: officeIP(p.office, p.index%3), asn: p.office.asn,
		trusted: true, device: d, agent: s.w.browserAgent(p, d, epochDay(at)), interactive: true, browserClient: true, factor: p.habits.secondFactor}
	s.w.signIns = append(s.w.signIns, e)
	return e
}

func (s *scene) audited(events ...*audit) {
	for _, a := range events {
		s.mark(a.at, "AuditLogs", a.eventID(), a.ip)
	}
}

func (s *scene) detected(kind, level string, at moment, of *signIn, p *person, offline bool, source string) *detection {
	d := &detection{person: p, kind: kind, level: level, detected: at, activity: at, signIn: of, offline: offline, source: source, info: reasons(kind)}
	s.w.detect(d)
	s.truth.Detections = append(s.truth.Detections, d.id)
	s.mark(at, "UserRiskEvents", d.id, "")
	return d
}

// mail is a mailbox or file event with the token of a sign-in.
func (s *scene) mail(at moment, by *signIn, operation string, recordType int, object string, parameters ...[2]string) *officeEvent {
	workload := "Exchange"
	if recordType == 6 {
		workload = "SharePoint"
	}
	e := &officeEvent{at: at, id: s.r.guid(), operation: operation, workload: workload, recordType: recordType, person: by.person, ip: by.ip, session: by.session, request: by.id, app: by.app, object: object, parameters: parameters}
	s.w.mails = append(s.w.mails, e)
	s.mark(at, "OfficeActivity", e.id.String(), by.ip)
	return e
}

func (s *scene) call(at moment, by *signIn, method, uri, scopes string) *graphCall {
	c := &graphCall{at: at, id: s.r.guid(), request: by.id, session: by.session, issued: by.at, person: by.person, app: by.app, ip: by.ip, agent: by.agent.userAgent,
		uri: uri, method: method, scopes: scopes, status: 200, region: "West Europe"}
	s.w.calls = append(s.w.calls, c)
	s.mark(at, "MicrosoftGraphActivityLogs", c.id.String(), s.from.ip)
	return c
}

// confirm is the analyst's decision that the user is compromised.
func (s *scene) confirm(at moment, p *person) {
	at = min(at, s.w.end.add(-2*time.Minute))
	s.step(at, "", "An analyst confirms the user compromised")
	s.w.settleRisk(p, at, "high", "confirmedCompromised", "adminConfirmedUserCompromised", s.w.people[11])
}

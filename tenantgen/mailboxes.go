package tenantgen

import "time"

// keepMailboxes is what people and administrators do to mailboxes in an ordinary month: rules that sort
// newsletters, forwarding while somebody is away, access for assistants, Outlook keeping its copy. Each
// event has a sign-in of its own, so that its token and session are in the sign-in log too.
func (w *world) keepMailboxes() {
	owners := w.filter(func(p *person) bool {
		return p.index > 17 && p.kind == member && p.enabled() && p.department != "" && p.created < w.start && p.computerAt(w.start) != nil
	})
	for _, p := range owners {
		r := streamOf(w.seed, "mailbox", p.index, 0)
		if r.chance(0.08) {
			w.sorts(p, &r)
		}
		if r.chance(0.06) {
			w.resyncs(p, &r)
		}
		if r.chance(0.05) {
			w.sharesFolder(p, pick(&r, owners), &r)
		}
		for range r.count(0.35) {
			w.synchronises(p, &r)
		}
	}
	r := streamOf(w.seed, "mailbox admin", 0, 0)
	for range 2 + len(owners)/60 {
		of, to := pick(&r, owners), pick(&r, owners)
		if of == to {
			continue
		}
		w.cmdlet("Set-Mailbox", of, &r, [2]string{"Identity", of.upn}, [2]string{"ForwardingAddress", to.upn}, [2]string{"DeliverToMailboxAndForward", "True"})
	}
	for range 2 + len(owners)/50 {
		of, to := pick(&r, owners), pick(&r, owners)
		if of == to {
			continue
		}
		w.cmdlet("Add-MailboxPermission", of, &r, [2]string{"Identity", of.upn}, [2]string{"User", to.upn}, [2]string{"AccessRights", "FullAccess"}, [2]string{"InheritanceType", "All"})
	}
}

// officeHour is a moment within the logs, in the person's office hours.
func (w *world) officeHour(p *person, r *stream) moment {
	days := int((w.end - w.start) / 86_400_000)
	at := dayStart(epochDay(w.start)+1+r.intn(max(days-1, 1))) + moment((9*60+r.intn(420)-p.office.utcOffset)*60_000+r.intn(60_000))
	return min(max(at, w.start), w.end-1)
}

// present is a sign-in of the person at their computer in the office.
func (w *world) present(p *person, app string, at moment, r *stream) *signIn {
	d := p.computerAt(at)
	e := &signIn{at: at, id: r.guid(), correlation: r.guid(), session: r.guid(), person: p, app: w.app(app), place: p.office, ip: officeIP(p.office, p.index%3), asn: p.office.asn,
		trusted: true, device: d, agent: w.browserAgent(p, d, epochDay(at)), interactive: true, browserClient: true, factor: p.habits.secondFactor}
	w.signIns = append(w.signIns, e)
	return e
}

// mailed adds a mailbox event made with the token of a sign-in.
func (w *world) mailed(e *officeEvent, by *signIn, after time.Duration, r *stream) *officeEvent {
	e.at, e.id, e.workload = min(by.at.add(after), w.end-1), r.guid(), "Exchange"
	e.person, e.ip, e.session, e.request, e.app = by.person, by.ip, by.session, by.id, by.app
	w.mails = append(w.mails, e)
	return e
}

// sorts makes a rule in Outlook on the web.
func (w *world) sorts(p *person, r *stream) {
	by := w.present(p, "One Outlook Web", w.officeHour(p, r), r)
	name := pick(r, []string{"Newsletters", "Ticketing", "Travel", "Reports"})
	operation := pick(r, []string{"New-InboxRule", "New-InboxRule", "Set-InboxRule"})
	w.mailed(&officeEvent{operation: operation, recordType: exchangeAdmin, object: p.upn + "\\" + name,
		parameters: [][2]string{{"Name", name}, {"SubjectContainsWords", name}, {"MoveToFolder", name}}}, by, 4*time.Minute, r)
}

// resyncs is Outlook on Windows: a new rule is written with its body, later changes with its id alone.
func (w *world) resyncs(p *person, r *stream) {
	by := w.present(p, "Microsoft Office", w.officeHour(p, r), r)
	rule := r.guid().token()
	w.mailed(&officeEvent{operation: "UpdateInboxRules", recordType: exchangeItem, properties: [][2]string{{"RuleOperation", "AddMailboxRule"}, {"RuleId", rule},
		{"RuleName", "Projects"}, {"RuleState", "Enabled"}, {"RuleCondition", "SubjectProperty SubString project"}, {"RuleProvider", "RuleOrganizer"}, {"RuleActions", `[{"ActionType":"Move","Folder":"Projects"}]`}}}, by, 3*time.Minute, r)
	w.mailed(&officeEvent{operation: "UpdateInboxRules", recordType: exchangeItem, properties: [][2]string{{"RuleOperation", "ModifyMailboxRule"}, {"RuleId", rule},
		{"RuleName", ""}, {"RuleCondition", "{}"}, {"RuleActions", "[]"}}}, by, 9*time.Minute, r)
}

// sharesFolder lets a colleague see the calendar.
func (w *world) sharesFolder(p, with *person, r *stream) {
	if p == with {
		return
	}
	by := w.present(p, "One Outlook Web", w.officeHour(p, r), r)
	w.mailed(&officeEvent{operation: "AddFolderPermissions", recordType: exchangeItem, folder: `\Calendar`, with: with}, by, 5*time.Minute, r)
}

// synchronises is Outlook fetching a folder as a whole.
func (w *world) synchronises(p *person, r *stream) {
	by := w.present(p, "Microsoft Office", w.officeHour(p, r), r)
	w.mailed(&officeEvent{operation: "MailItemsAccessed", recordType: itemAccess, folder: pick(r, []string{`\Inbox`, `\Sent Items`, `\Archive`}), properties: accessOf("Sync", false)}, by, time.Minute, r)
}

// cmdlet is an Exchange administrator's change to a mailbox.
func (w *world) cmdlet(name string, of *person, r *stream, parameters ...[2]string) {
	admin := w.admin(r.intn(5))
	by := w.present(admin, "Office 365 Exchange Online", w.officeHour(admin, r), r)
	w.mailed(&officeEvent{operation: name, recordType: exchangeAdmin, object: of.upn, parameters: parameters}, by, 2*time.Minute, r)
}

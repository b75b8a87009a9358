package prompts

func officeCases() map[string]Case {
	rule := func(o *Office, kind string) bool {
		return len(o.changes()) > 0 && (kind == "" || contains(o.changes(), kind))
	}
	mail := func(o *Office, kind string) bool { return o.mailboxEvent() && (kind == "" || o.access() == kind) }
	return map[string]Case{
		"mailbox rules": {Pick: officePick(rule), Expect: officeExpect("GetMailboxRules", "kind", rule, func(o *Office) []string {
			return []string{valueOf(o.Parameters, "Name"), valueOf(o.Parameters, "ForwardingAddress"), valueOf(o.Parameters, "User"), o.Item.ParentFolder.MemberUpn}
		})},
		"mailbox audit": {Pick: officePick(mail), Expect: officeExpect("GetMailboxAudit", "access", mail, func(o *Office) []string { return []string{o.ClientIP} })},
		"m365 audit":    {Pick: officePick(m365), Expect: officeExpect("GetMicrosoft365AuditLogs", "operation", m365, func(o *Office) []string { return []string{o.Operation} })},
	}
}

// m365 takes every record, or those of an operation. Whose mailbox it was is no matter here.
func m365(o *Office, operation string) bool { return operation == "" || o.Operation == operation }

// officePick picks a record among those that fit, and takes what the wording names from it.
func officePick(keep func(o *Office, kind string) bool) func(*draw, map[string]bool) bool {
	return func(d *draw, n map[string]bool) bool {
		var fit []*Office
		for _, o := range d.e.Office {
			if keep(o, d.s.Kind+d.s.Activity) && d.e.recent(o.at, nil) && (!n["user"] || d.e.owner(o) != nil) {
				fit = append(fit, o)
			}
		}
		o := pick(d, fit)
		if o == nil {
			return false
		}
		if n["user"] {
			d.s.User = d.e.owner(o)
		}
		if n["ip"] {
			d.s.IP = o.ClientIP
		}
		if n["when"] {
			d.pickWhen(func(w *When) bool { return d.e.recent(o.at, w) })
		}
		if n["n"] {
			d.s.Top = 2 + d.rng.IntN(6)
		}
		return true
	}
}

// owner is the user whose mailbox a record is about.
func (e *Export) owner(o *Office) *User {
	for _, u := range e.Users {
		if upn(u) == o.mailbox() {
			return u
		}
	}
	for _, u := range e.Users {
		if upn(u) == o.UserID {
			return u
		}
	}
	return nil
}

// officeExpect says which rows a question must give, and what some of them name.
func officeExpect(skill, narrowed string, keep func(o *Office, kind string) bool, names func(*Office) []string) func(*Export, *Subject) Expect {
	return func(e *Export, s *Subject) Expect {
		in := s.base()
		kind := s.Kind + s.Activity
		if kind != "" {
			in[narrowed] = kind
		}
		if s.IP != "" {
			in["ip"] = s.IP
		}
		strict, loose := e.office(s, func(o *Office) bool {
			own := s.User == nil || skill != "GetMicrosoft365AuditLogs" || upn(s.User) == o.UserID
			return own && keep(o, kind) && (s.IP == "" || o.ClientIP == s.IP)
		})
		shown := strict
		if s.Top > 0 && len(shown) > s.Top {
			shown = shown[:s.Top]
		}
		var all []string
		for _, o := range shown[:min(len(shown), 300)] {
			all = append(all, names(o)...)
		}
		return answered(skill, in, &Facts{RowCount: Range{len(strict), len(loose)}.atMost(s.Top), MustContain: each(first(4, all)...)})
	}
}

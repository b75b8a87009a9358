package prompts

import "strings"

func spreadCases() map[string]Case {
	return map[string]Case{
		"persistence": {Pick: pickFoothold, Expect: expectPersistence},
		"scope": {Pick: func(d *draw, n map[string]bool) bool {
			return anchor(d, n, func(x *SignIn) bool { return x.Status.ErrorCode == 0 })
		}, Expect: expectScope},
	}
}

// keepsIn tells whether an audit event is one that could keep somebody in, who acts as or for the user.
func (a *Audit) keepsIn(u *User) bool {
	own := a.InitiatedBy.User != nil && a.InitiatedBy.User.ID == u.ID
	begins := func(list ...string) bool {
		for _, s := range list {
			if strings.HasPrefix(a.Activity, s) {
				return true
			}
		}
		return false
	}
	switch {
	case a.Result != "success" || !a.concerns(u):
		return false
	case begins("Consent to application", "User registered security info", "Admin registered security info", "Register device", "Add device",
		"Update application – Certificates and secrets management", "Invite external user", "Add member to group", "Add eligible member to role", "Add app role assignment", "Add owner to"):
		return true
	case begins("Add member to role"):
		return a.Activity == "Add member to role" || strings.Contains(a.Activity, "completed (PIM activation)")
	case begins("Add user", "Update conditional access policy"):
		return own
	}
	return false
}

// keepsIn tells whether a record of the unified audit log is one that could keep somebody in.
func (o *Office) keepsIn(u *User) bool {
	if len(o.changes()) == 0 || valueOf(o.OperationProperties, "RuleOperation") == "ModifyMailboxRule" {
		return false
	}
	named := false
	for _, p := range o.Parameters {
		named = named || strings.EqualFold(p.Value, u.UPN)
	}
	return named || upn(u) == o.UserID || upn(u) == o.MailboxOwnerUPN
}

func pickFoothold(d *draw, n map[string]bool) bool {
	ok := d.pickUser(func(d *draw, u *User) bool {
		for _, a := range d.e.Audits {
			if a.keepsIn(u) && d.e.recent(a.Time, nil) {
				return true
			}
		}
		return false
	})
	if ok && n["when"] {
		d.pickWhen(func(w *When) bool {
			for _, a := range d.e.Audits {
				if a.keepsIn(d.s.User) && d.e.recent(a.Time, w) {
					return true
				}
			}
			return false
		})
	}
	return ok
}

func expectPersistence(e *Export, s *Subject) Expect {
	f := &Facts{RowCount: &Range{}}
	count := func(strict, loose int) {
		f.RowCount.Low, f.RowCount.High = f.RowCount.Low+strict, f.RowCount.High+loose
	}
	strict, loose := e.audits(&Subject{User: s.User, When: s.When})
	n := 0
	for _, a := range strict {
		if a.keepsIn(s.User) {
			n++
			if a.Activity == "Consent to application" {
				f.MustContain = append(f.MustContain, OneOf{a.TargetResources[0].DisplayName})
			}
		}
	}
	wide := 0
	for _, a := range loose {
		if a.keepsIn(s.User) {
			wide++
		}
	}
	count(n, wide)
	if w := s.When; w != nil && w.Lookback == "" && w.From.IsZero() { // then the directory tells of what is older than the log
		f.RowCount.High += len(e.devicesOf(s.User)) + len(e.Methods[s.User.ID])
	}
	mails, more := e.office(&Subject{When: s.When}, func(o *Office) bool { return o.keepsIn(s.User) })
	count(len(mails), len(more))
	return answered("GetUserPersistence", s.base(), f)
}

// expectScope says whom an address has touched; who is found beyond them depends on what they share.
func expectScope(e *Export, s *Subject) Expect {
	in := s.base()
	in["ip"] = s.IP
	strict, _ := e.signIns(&Subject{IP: s.IP, When: s.When})
	var names []string
	for _, x := range strict {
		names = append(names, strings.ToLower(x.UPN))
	}
	names = first(len(names), names)
	return answered("ScopeFromIndicator", in, &Facts{RowCount: &Range{len(names), len(e.Users)}, MustContain: each(first(6, names)...)})
}

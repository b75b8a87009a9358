package prompts

func riskCases() map[string]Case {
	risky := func(d *draw, u *User) bool { return d.e.risk(u) != nil }
	return map[string]Case{
		"risky-users": {Pick: pickRisk, Expect: expectRiskyUsers},
		"risky-user": {Pick: person(risky), Expect: func(e *Export, s *Subject) Expect {
			f := &Facts{}
			if r := e.risk(s.User); r != nil {
				f.MustContain = each(r.Level, r.State)
			} else {
				f.RowCount = exactly(0)
			}
			return answered("GetEntraRiskyUser", s.base(), f)
		}},
		"risk-history": {
			Pick: person(func(d *draw, u *User) bool { h, _ := d.e.history(&Subject{User: u}); return len(h) > 0 }),
			Expect: func(e *Export, s *Subject) Expect {
				strict, loose := e.history(s)
				f := &Facts{RowCount: &Range{len(strict), len(loose)}}
				for _, h := range strict {
					f.MustContain = append(f.MustContain, OneOf{h.State})
				}
				return answered("GetEntraRiskyUserHistory", s.base(), f)
			},
		},
		"detections": {Pick: pickDetection, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.detections(s)
			in := s.base()
			for name, v := range map[string]string{"riskEventType": s.Kind, "riskLevel": s.Level, "ip": s.IP} {
				if v != "" {
					in[name] = v
				}
			}
			f := &Facts{RowCount: &Range{len(strict), len(loose)}}
			for _, d := range strict[:min(len(strict), 5)] {
				f.MustContain = append(f.MustContain, OneOf{d.Kind})
			}
			return answered("GetEntraRiskDetections", in, f)
		}},
		"summary": {Pick: person(risky), Expect: func(e *Export, s *Subject) Expect {
			f := &Facts{}
			if r := e.risk(s.User); r != nil && r.Level != "none" {
				f.MustContain = each(r.Level)
			}
			return answered("SummarizeEntraUserRisk", s.base(), f)
		}},
		"investigate": {Pick: person(risky), Expect: func(e *Export, s *Subject) Expect {
			return answered("InvestigateEntraUser", s.base(), nil)
		}},
		"remediation": {Pick: person(func(d *draw, u *User) bool {
			r := d.e.risk(u)
			return r != nil && (r.State == "atRisk" || r.State == "confirmedCompromised")
		}), Expect: func(e *Export, s *Subject) Expect {
			f := &Facts{}
			if r := e.risk(s.User); r != nil && real(r.Level) {
				f.MustContain = []OneOf{{"password", "reset"}, {"revoke", "session"}}
			}
			return answered("GetRemediationOptions", s.base(), f)
		}},
		"workloads": {Pick: func(*draw, map[string]bool) bool { return true }, Expect: func(e *Export, s *Subject) Expect {
			f := &Facts{RowCount: exactly(len(e.RiskyApps))}
			for _, r := range e.RiskyApps {
				f.MustContain = append(f.MustContain, OneOf{r.DisplayName})
			}
			return answered("GetEntraRiskyWorkloadIdentities", s.base(), f)
		}},
	}
}

func pickRisk(d *draw, n map[string]bool) bool {
	r := pick(d, d.e.RiskyUsers)
	if n["level"] {
		for r.Level == "none" {
			r = pick(d, d.e.RiskyUsers)
		}
		d.s.Level = r.Level
	}
	if n["n"] {
		d.s.Top = 2 + d.rng.IntN(3)
	}
	return true
}

func expectRiskyUsers(e *Export, s *Subject) Expect {
	in := s.base()
	if s.Level != "" {
		in["riskLevel"] = s.Level
	}
	if s.State != "" {
		in["riskState"] = s.State
	}
	var names []OneOf
	all := 0
	for _, r := range e.RiskyUsers {
		if s.Level != "" && r.Level != s.Level || s.State != "" && r.State != s.State {
			continue
		}
		all++
		current := r.State == "atRisk" || r.State == "confirmedCompromised"
		if u := e.byID[r.ID]; u != nil && (current || s.State != "") {
			names = append(names, u.names())
		}
	}
	return find("GetEntraRiskyUsers", in, s, names, all)
}

func pickDetection(d *draw, n map[string]bool) bool {
	var fit []Detection
	for _, x := range d.e.Detections {
		if n["kind"] && kinds[x.Kind] == "" || n["level"] && !real(x.Level) || n["user"] && d.e.byID[x.UserID] == nil ||
			n["ip"] && x.IP == "" || !d.e.recent(x.Detected, nil) {
			continue
		}
		fit = append(fit, x)
	}
	if len(fit) == 0 {
		return false
	}
	x := pick(d, fit)
	if n["user"] {
		d.s.User = d.e.byID[x.UserID]
	}
	if n["kind"] {
		d.s.Kind = x.Kind
	}
	if n["level"] {
		d.s.Level = x.Level
	}
	if n["ip"] {
		d.s.IP = x.IP
	}
	if n["when"] {
		d.pickWhen(func(w *When) bool { return d.e.recent(x.Detected, w) })
	}
	return true
}

// team picks a group that the test accepts.
func team(accept func(d *draw, g *Group) bool) func(*draw, map[string]bool) bool {
	return func(d *draw, _ map[string]bool) bool {
		var fit []*Group
		for _, g := range d.e.Groups {
			if accept(d, g) && (d.s.Group == nil || d.s.Group.ID != g.ID) {
				fit = append(fit, g)
			}
		}
		d.s.Group = pick(d, fit)
		return d.s.Group != nil
	}
}

// typeOf is the group's type as the contract names it, and how answers may write it.
func (g *Group) typeOf() (string, OneOf) {
	switch {
	case contains(g.GroupTypes, "Unified"):
		return "microsoft365", OneOf{"Microsoft 365", "Office 365"}
	case g.MailEnabled && g.SecurityEnabled:
		return "mailEnabledSecurity", OneOf{"mail-enabled security", "mailEnabledSecurity"}
	case g.MailEnabled:
		return "distribution", OneOf{"distribution"}
	}
	return "security", OneOf{"security"}
}

func (g *Group) membership() string {
	if contains(g.GroupTypes, "DynamicMembership") {
		return "dynamic"
	}
	return "assigned"
}

func groupCases() map[string]Case {
	every := func(*draw, *Group) bool { return true }
	about := func(skill string, facts func(e *Export, g *Group) *Facts) func(*Export, *Subject) Expect {
		return func(e *Export, s *Subject) Expect {
			in := s.base()
			delete(in, "user")
			return answered(skill, in, facts(e, s.Group))
		}
	}
	names := func(refs []Ref) (out []OneOf) {
		for _, r := range refs {
			out = append(out, r.names())
		}
		return out
	}
	return map[string]Case{
		"group": {Pick: team(every), Expect: about("GetEntraGroupDetails", func(_ *Export, g *Group) *Facts {
			_, words := g.typeOf()
			return &Facts{MustContain: []OneOf{words, {g.membership()}, {g.CreatedDateTime.Format("2006-01-02")}}}
		})},
		"group type": {Pick: team(every), Expect: about("GetEntraGroupDetails", func(_ *Export, g *Group) *Facts {
			_, words := g.typeOf()
			return &Facts{MustContain: []OneOf{words}}
		})},
		"group membership": {Pick: team(every), Expect: about("GetEntraGroupDetails", func(_ *Export, g *Group) *Facts {
			return &Facts{MustContain: each(g.membership())}
		})},
		"group rule": {Pick: team(func(_ *draw, g *Group) bool { return g.MembershipRule != "" }), Expect: about("GetEntraGroupDetails", func(_ *Export, g *Group) *Facts {
			return &Facts{MustContain: each(g.MembershipRule)}
		})},
		"owners": {Pick: team(every), Expect: about("GetEntraGroupOwners", func(_ *Export, g *Group) *Facts {
			return &Facts{RowCount: exactly(len(g.Owners)), MustContain: names(g.Owners)}
		})},
		"members": {Pick: team(every), Expect: about("GetEntraGroupMembers", func(e *Export, g *Group) *Facts {
			return &Facts{RowCount: &Range{len(g.Members), max(len(g.Members), len(e.membersOf(g)))}, MustContain: names(g.Members[:min(5, len(g.Members))])}
		})},
		"group roles": {Pick: team(func(d *draw, g *Group) bool { a, _ := d.e.rolesOf(g.ID); return len(a) > 0 }), Expect: about("GetEntraGroupRoles", func(e *Export, g *Group) *Facts {
			active, all := e.rolesOf(g.ID)
			return &Facts{RowCount: &Range{len(active), len(all)}, MustContain: each(all...)}
		})},
		"find-groups": {Pick: func(d *draw, n map[string]bool) bool { return true }, Expect: expectFindGroups},
		"find-users":  {Pick: pickPeople, Expect: expectFindUsers},
	}
}

func expectFindGroups(e *Export, s *Subject) Expect {
	in := s.base()
	var names []OneOf
	for _, g := range e.Groups {
		kind, _ := g.typeOf()
		assignable := g.IsAssignableToRole != nil && *g.IsAssignableToRole
		switch {
		case s.Kind != "" && s.Kind != kind, s.State != "" && s.State != g.membership(), s.Level != "" && !assignable:
			continue
		}
		names = append(names, OneOf{g.DisplayName})
	}
	if s.Kind != "" {
		in["type"] = s.Kind
	}
	if s.State != "" {
		in["membershipType"] = s.State
	}
	if s.Level != "" {
		in["roleAssignable"] = true
	}
	return find("FindEntraGroups", in, s, names, 0)
}

func pickPeople(d *draw, n map[string]bool) bool {
	u := pick(d, d.e.Users)
	for try := 0; u.Department == "" && try < 1000; try++ {
		u = pick(d, d.e.Users)
	}
	if n["department"] {
		d.s.Department = u.Department
	}
	if n["title"] {
		d.s.Title = u.JobTitle
	}
	if n["when"] {
		d.s.When = pick(d, times(d.e.Now))
	}
	return true
}

func expectFindUsers(e *Export, s *Subject) Expect {
	in := s.base()
	var names []OneOf
	wide := 0
	list := e.Users
	if s.State == "deleted" {
		list = e.Deleted
	}
	for _, u := range list {
		switch {
		case s.Department != "" && u.Department != s.Department, s.Title != "" && u.JobTitle != s.Title,
			s.Kind != "" && u.UserType != s.Kind, s.Status == "disabled" && u.AccountEnabled, s.Status == "enabled" && !u.AccountEnabled,
			s.State == "deleted" && u.DeletedDateTime == nil:
			continue
		case s.State == "created" && !e.recent(u.CreatedDateTime, s.When), s.State == "deleted" && !e.recent(*u.DeletedDateTime, s.When):
			if s.When != nil && s.When.From.IsZero() && s.When.Lookback == "" { // the start is open
				wide = len(list)
			}
			continue
		}
		if s.State == "deleted" {
			names = append(names, OneOf{u.DisplayName})
		} else {
			names = append(names, u.names())
		}
	}
	for name, v := range map[string]string{"department": s.Department, "jobTitle": s.Title, "userType": s.Kind} {
		if v != "" {
			in[name] = v
		}
	}
	if s.Status != "" {
		in["accountEnabled"] = s.Status == "enabled"
	}
	return find("FindEntraUsers", in, s, names, wide)
}

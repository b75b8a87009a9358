package prompts

import "strings"

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

func tenantCases() map[string]Case {
	none := func(*draw, map[string]bool) bool { return true }
	return map[string]Case{
		"role-members": {Pick: func(d *draw, _ map[string]bool) bool {
			r := pick(d, d.e.Roles)
			d.s.Role = r.DisplayName
			return len(r.Members) > 0
		}, Expect: expectRoleMembers},
		"device": {Pick: pickDevice, Expect: func(_ *Export, s *Subject) Expect {
			f := &Facts{MustContain: []OneOf{{s.Device.DisplayName}, {s.Device.DeviceID}}}
			if o := s.Device.RegisteredOwners; len(o) > 0 {
				f.MustContain = append(f.MustContain, o[0].names())
			}
			return answered("GetEntraDeviceDetails", map[string]any{"device": s.Device.DisplayName}, f)
		}},
		"device owner": {Pick: pickDevice, Expect: func(_ *Export, s *Subject) Expect {
			return answered("GetEntraDeviceDetails", map[string]any{"device": s.Device.DisplayName}, &Facts{MustContain: []OneOf{s.Device.RegisteredOwners[0].names()}})
		}},
		"device property": {Pick: pickDevice, Expect: func(_ *Export, s *Subject) Expect {
			return answered("GetEntraDeviceDetails", map[string]any{"device": s.Device.DisplayName}, &Facts{MustContain: each(s.Device.OperatingSystem)})
		}},
		"diagnostics": {Pick: none, Expect: func(e *Export, _ *Subject) Expect {
			f := &Facts{RowCount: &Range{len(e.Settings), 40}}
			for _, x := range e.Settings {
				f.MustContain = append(f.MustContain, OneOf{x.Name})
				for _, id := range []string{x.Properties.WorkspaceID, x.Properties.StorageAccountID} {
					if id != "" {
						f.MustContain = append(f.MustContain, OneOf{id[strings.LastIndex(id, "/")+1:]})
					}
				}
			}
			return answered("GetEntraDiagnosticSettings", nil, f)
		}},
		"collected": {Pick: none, Expect: func(e *Export, _ *Subject) Expect {
			on := map[string]bool{}
			for _, x := range e.Settings {
				for _, l := range x.Properties.Logs {
					if l.Enabled {
						on[l.Category] = true
					}
				}
			}
			return answered("GetEntraCollectedLogs", nil, &Facts{MustContain: each(sortedKeys(on)...)})
		}},
		"tenant": {Pick: none, Expect: func(e *Export, _ *Subject) Expect {
			return answered("GetEntraTenantDetails", nil, &Facts{MustContain: each(e.TenantID)})
		}},
		"policies": {Pick: none, Expect: expectPolicies},
		"incidents": {Pick: none, Expect: func(e *Export, s *Subject) Expect {
			in := map[string]any{}
			if s.Status != "" {
				in["status"] = s.Status
			}
			if s.Level != "" {
				in["severity"] = s.Level
			}
			f := &Facts{RowCount: &Range{}}
			for _, x := range e.Incidents {
				if (s.Status == "" || x.Status == s.Status) && (s.Level == "" || x.Severity == s.Level) {
					f.RowCount.Low++
					f.MustContain = append(f.MustContain, OneOf{x.ID})
				}
			}
			f.RowCount.High = f.RowCount.Low
			return answered("GetSecurityIncidents", in, f)
		}},
		"terms": {Pick: person(func(d *draw, u *User) bool { return len(d.e.accepted(u)) > 0 }), Expect: func(e *Export, s *Subject) Expect {
			return answered("GetEntraTermsOfUse", s.base(), &Facts{MustContain: each(e.accepted(s.User)...)})
		}},
		"application": {Pick: pickApp, Expect: func(e *Export, s *Subject) Expect {
			for _, a := range e.Apps {
				if a.DisplayName == s.App {
					return answered("GetEntraApplication", map[string]any{"app": s.App}, &Facts{MustContain: []OneOf{{a.AppID}}})
				}
			}
			return notFound(s.App)
		}},
		"app owners": {Pick: pickApp, Expect: func(e *Export, s *Subject) Expect {
			f := &Facts{}
			for _, a := range e.Apps {
				for _, o := range a.Owners {
					if a.DisplayName == s.App {
						f.MustContain = append(f.MustContain, o.names())
					}
				}
			}
			return answered("GetEntraApplication", map[string]any{"app": s.App, "fields": []string{"owners"}}, f)
		}},
	}
}

func (e *Export) accepted(u *User) (out []string) {
	for _, a := range e.Accepted {
		if a.UserID == u.ID && a.State == "accepted" {
			out = append(out, a.Agreement)
		}
	}
	return out
}

func pickApp(d *draw, _ map[string]bool) bool {
	var fit []*App
	for _, a := range d.e.Apps {
		if len(a.Owners) > 0 {
			fit = append(fit, a)
		}
	}
	if len(fit) == 0 {
		return false
	}
	d.s.App = pick(d, fit).DisplayName
	return true
}

func pickDevice(d *draw, _ map[string]bool) bool {
	count := map[string]int{}
	for _, x := range d.e.Devices {
		count[x.DisplayName]++
	}
	var fit []*Device
	for _, x := range d.e.Devices {
		if count[x.DisplayName] == 1 && len(x.RegisteredOwners) > 0 {
			fit = append(fit, x)
		}
	}
	d.s.Device = pick(d, fit)
	return d.s.Device != nil
}

func expectRoleMembers(e *Export, s *Subject) Expect {
	f := &Facts{}
	seen := map[string]Ref{}
	for _, r := range e.Roles {
		if r.DisplayName == s.Role {
			for _, m := range r.Members {
				seen[m.ID] = m
			}
		}
	}
	for _, x := range e.Eligible {
		if x.RoleDefinition.DisplayName == s.Role {
			seen[x.Principal.ID] = x.Principal
		}
	}
	for _, id := range sortedKeys(seen) {
		f.MustContain = append(f.MustContain, seen[id].names())
	}
	f.RowCount = &Range{len(seen), len(seen) + 60}
	return answered("GetEntraRoleMembers", map[string]any{"role": s.Role}, f)
}

func expectPolicies(e *Export, s *Subject) Expect {
	in := map[string]any{}
	if s.State != "" {
		in["state"] = s.State
	}
	f := &Facts{RowCount: &Range{}}
	for _, p := range e.Policies {
		if s.State == "" || p.State == s.State {
			f.RowCount.Low++
			f.MustContain = append(f.MustContain, OneOf{p.DisplayName})
		}
	}
	f.RowCount.High = f.RowCount.Low
	return answered("GetEntraConditionalAccessPolicies", in, f)
}

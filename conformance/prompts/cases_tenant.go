package prompts

import "strings"

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

package prompts

import "strings"

func accessCases() map[string]Case {
	return map[string]Case{
		"consents": {Pick: func(d *draw, n map[string]bool) bool {
			if n["when"] {
				d.s.When = pick(d, times(d.e.Now))
			}
			return len(d.e.Grants) > 0
		}, Expect: expectConsents},
		"activations": {Pick: pickActivation, Expect: func(e *Export, s *Subject) Expect {
			in := s.base()
			if s.Role != "" {
				in["role"] = s.Role
			}
			return expectEvents(e, s, "GetEntraPrivilegedActivations", in, func(a *Audit) bool {
				return strings.Contains(a.Activity, "PIM activation") && (s.Role == "" || a.role() == s.Role)
			}, func(a *Audit) string { return a.role() })
		}},
		"group changes": {Pick: pickGroupChange, Expect: func(e *Export, s *Subject) Expect {
			in := s.base()
			in["activity"] = s.Activity
			return expectEvents(e, s, "GetEntraAuditLogs", in, func(a *Audit) bool { return a.Activity == s.Activity && a.targets(s.Group.ID) },
				func(a *Audit) string { return a.InitiatedBy.User.UPN })
		}},
	}
}

// role is the name of the role among the targets: what has no principal name.
func (a *Audit) role() string {
	for _, t := range a.TargetResources {
		if t.UPN == "" {
			return t.DisplayName
		}
	}
	return ""
}

func (a *Audit) targets(id string) bool {
	for _, t := range a.TargetResources {
		if t.ID == id {
			return true
		}
	}
	return false
}

func pickActivation(d *draw, n map[string]bool) bool {
	var fit []*Audit
	for _, a := range d.e.Audits {
		if strings.Contains(a.Activity, "PIM activation") && d.e.recent(a.Time, nil) {
			fit = append(fit, a)
		}
	}
	a := pick(d, fit)
	if a == nil {
		return false
	}
	if n["user"] {
		d.s.User = d.e.byID[a.InitiatedBy.User.ID]
	}
	if n["role"] {
		d.s.Role = a.role()
	}
	if n["when"] {
		d.pickWhen(func(w *When) bool { return d.e.recent(a.Time, w) })
	}
	return true
}

func pickGroupChange(d *draw, n map[string]bool) bool {
	var fit []*Audit
	for _, a := range d.e.Audits {
		if a.Activity == d.s.Activity && a.groupOf(d.e) != nil && d.e.recent(a.Time, nil) && a.InitiatedBy.User != nil {
			fit = append(fit, a)
		}
	}
	a := pick(d, fit)
	if a == nil {
		return false
	}
	d.s.Group = a.groupOf(d.e)
	if n["when"] {
		d.pickWhen(func(w *When) bool { return d.e.recent(a.Time, w) })
	}
	return true
}

// groupOf is the group among the targets that the directory holds.
func (a *Audit) groupOf(e *Export) *Group {
	for _, g := range e.Groups {
		if a.targets(g.ID) {
			return g
		}
	}
	return nil
}

// expectEvents says which audit events a question must give.
func expectEvents(e *Export, s *Subject, skill string, in map[string]any, keep func(*Audit) bool, name func(*Audit) string) Expect {
	own := *s
	own.Activity, own.Result, own.Category, own.Service = "", "", "", ""
	strict, loose := e.audits(&own)
	count := func(list []*Audit) (n int, names []string) {
		for _, a := range list {
			if keep(a) {
				n++
				names = append(names, name(a))
			}
		}
		return n, names
	}
	low, names := count(strict)
	high, _ := count(loose)
	return answered(skill, in, &Facts{RowCount: &Range{low, high}, MustContain: each(first(4, names)...)})
}

func expectConsents(e *Export, s *Subject) Expect {
	in := s.base()
	if s.Kind != "" {
		in["consentType"] = s.Kind
	}
	f := &Facts{RowCount: &Range{}}
	var names []string
	held := map[string]bool{}
	count := func(kind, app string) {
		if s.Kind == "" || s.Kind == kind {
			f.RowCount.Low++
			names = append(names, app)
		}
	}
	for _, g := range e.Grants {
		held[g.ClientID+g.PrincipalID] = true
		count(g.ConsentType, g.Client)
	}
	pairs := map[string]bool{}
	for _, r := range e.AppRoles {
		if key := r.PrincipalID + r.ResourceDisplayName; r.PrincipalType == "ServicePrincipal" && !pairs[key] {
			pairs[key] = true
			count("Application", r.PrincipalDisplayName)
		}
	}
	for _, a := range e.Audits {
		if a.Activity == "Consent to application" && !held[a.TargetResources[0].ID+a.InitiatedBy.User.ID] {
			count("Principal", a.TargetResources[0].DisplayName)
		}
	}
	f.RowCount.High = f.RowCount.Low
	f.MustContain = each(first(8, names)...)
	if s.When != nil { // when a grant was made is not in the export of every grant
		f.RowCount, f.MustContain = nil, nil
		strict, _ := e.audits(&Subject{When: s.When, Activity: "Consent to application"})
		for _, a := range strict {
			f.MustContain = append(f.MustContain, OneOf{a.TargetResources[0].DisplayName})
		}
	}
	return answered("GetEntraConsents", in, f)
}

package prompts

import (
	"sort"
	"strings"
	"time"
)

func sortWhens(w []*When) {
	sort.Slice(w, func(i, j int) bool { return w[i].Phrase < w[j].Phrase })
}

// signIns are those of the subject, newest first. The second list adds those that a wider reading includes.
func (e *Export) signIns(s *Subject) (strict, loose []*SignIn) {
	from, early, to := s.When.period(e.Now)
	for i := len(e.SignIns) - 1; i >= 0; i-- {
		x := e.SignIns[i]
		if x.Time.Before(early) || !x.Time.Before(to) {
			continue
		}
		fit, wide := s.fits(x)
		if fit && !x.Time.Before(from) {
			strict = append(strict, x)
		}
		if wide {
			loose = append(loose, x)
		}
	}
	return strict, loose
}

// fits tells whether a sign-in meets the subject's filters, in the strict and in the wider reading.
func (s *Subject) fits(x *SignIn) (strict, wide bool) {
	failed := x.Status.ErrorCode != 0
	within := func(have, want string) bool { return strings.Contains(strings.ToLower(have), strings.ToLower(want)) }
	switch {
	case s.User != nil && x.UserID != s.User.ID,
		s.Status == "failure" && !failed,
		s.Status == "success" && failed,
		s.IP != "" && x.IP != s.IP,
		s.Country != "" && x.Location.Country != s.Country,
		s.City != "" && x.Location.City != s.City,
		s.OS != "" && !within(x.Device.OS, s.OS),
		s.Browser != "" && !within(x.Device.Browser, s.Browser),
		s.Client != "" && !within(x.Client, s.Client),
		s.Code != "" && x.code() != s.Code,
		s.Correlation != "" && x.Correlation != s.Correlation:
		return false, false
	}
	strict, wide = true, true
	if s.App != "" {
		strict, wide = x.App == s.App, x.App == s.App || x.Resource == s.App
	}
	state := func(want, unknown bool, have *bool) {
		known := have != nil && *have == want
		strict, wide = strict && known, wide && (known || have == nil && unknown)
	}
	switch s.DeviceState {
	case "compliant":
		state(true, false, x.Device.Compliant)
	case "noncompliant":
		state(false, true, x.Device.Compliant)
	case "managed":
		state(true, false, x.Device.Managed)
	case "unmanaged":
		state(false, true, x.Device.Managed)
	}
	if s.Level != "" {
		strict = strict && x.RiskDuring == s.Level
		wide = wide && (x.RiskDuring == s.Level || x.RiskTotal == s.Level)
	}
	if s.Risky {
		strict = strict && real(x.RiskDuring)
		wide = wide && (real(x.RiskDuring) || real(x.RiskTotal) || real(x.RiskState))
	}
	return strict, wide
}

func real(risk string) bool { return risk != "" && risk != "none" && risk != "hidden" }

// audits are the audit events of the subject, newest first, and with those of a wider period.
func (e *Export) audits(s *Subject) (strict, loose []*Audit) {
	from, early, to := s.When.period(e.Now)
	for i := len(e.Audits) - 1; i >= 0; i-- {
		a := e.Audits[i]
		switch {
		case a.Time.Before(early) || !a.Time.Before(to),
			s.User != nil && !a.concerns(s.User),
			s.Activity != "" && a.Activity != s.Activity,
			s.Category != "" && a.Category != s.Category,
			s.Service != "" && a.Service != s.Service,
			s.Result != "" && a.Result != s.Result:
			continue
		}
		loose = append(loose, a)
		if !a.Time.Before(from) {
			strict = append(strict, a)
		}
	}
	return strict, loose
}

// detections are the risk detections of the subject, and with those of a wider period.
func (e *Export) detections(s *Subject) (strict, loose []Detection) {
	from, early, to := s.When.period(e.Now)
	for _, d := range e.Detections {
		switch {
		case d.Detected.Before(early) || !d.Detected.Before(to),
			s.User != nil && d.UserID != s.User.ID,
			s.Kind != "" && d.Kind != s.Kind,
			s.Level != "" && d.Level != s.Level,
			s.IP != "" && d.IP != s.IP:
			continue
		}
		loose = append(loose, d)
		if !d.Detected.Before(from) {
			strict = append(strict, d)
		}
	}
	return strict, loose
}

// history are the user's changes of risk.
func (e *Export) history(s *Subject) (strict, loose []RiskyUser) {
	from, early, to := s.When.period(e.Now)
	for _, h := range e.History {
		if h.UserID != s.User.ID || h.Updated.Before(early) || !h.Updated.Before(to) {
			continue
		}
		loose = append(loose, h)
		if !h.Updated.Before(from) {
			strict = append(strict, h)
		}
	}
	return strict, loose
}

// risk is the user's state of risk, if there is one.
func (e *Export) risk(u *User) *RiskyUser {
	for i := range e.RiskyUsers {
		if e.RiskyUsers[i].ID == u.ID {
			return &e.RiskyUsers[i]
		}
	}
	return nil
}

// groupsOf are the groups that an object is a direct member of, and all it is a member of.
func (e *Export) groupsOf(id string) (direct, all []*Group) {
	seen := map[string]bool{}
	queue := []string{id}
	for len(queue) > 0 {
		member := queue[0]
		queue = queue[1:]
		for _, g := range e.Groups {
			for _, m := range g.Members {
				if m.ID != member || seen[g.ID] {
					continue
				}
				seen[g.ID] = true
				queue = append(queue, g.ID)
				all = append(all, g)
				if member == id {
					direct = append(direct, g)
				}
			}
		}
	}
	return direct, all
}

// membersOf are all users and groups below a group.
func (e *Export) membersOf(g *Group) map[string]Ref {
	out := map[string]Ref{}
	var walk func(*Group)
	walk = func(g *Group) {
		for _, m := range g.Members {
			if _, ok := out[m.ID]; ok {
				continue
			}
			out[m.ID] = m
			for _, sub := range e.Groups {
				if sub.ID == m.ID {
					walk(sub)
				}
			}
		}
	}
	walk(g)
	return out
}

// rolesOf are the roles an object holds: active, and active or eligible.
func (e *Export) rolesOf(id string) (active, all []string) {
	for _, r := range e.Roles {
		for _, m := range r.Members {
			if m.ID == id {
				active = append(active, r.DisplayName)
			}
		}
	}
	all = append(all, active...)
	for _, x := range e.Eligible {
		if x.Principal.ID == id {
			all = append(all, x.RoleDefinition.DisplayName)
		}
	}
	return active, all
}

// devicesOf are the devices that a user owns or has registered.
func (e *Export) devicesOf(u *User) []*Device {
	var out []*Device
	for _, d := range e.Devices {
		for _, r := range append(append([]Ref{}, d.RegisteredOwners...), d.RegisteredUsers...) {
			if r.ID == u.ID {
				out = append(out, d)
				break
			}
		}
	}
	return out
}

// appsOf are the applications that a user is assigned to or has consented to.
func (e *Export) appsOf(u *User) []string {
	set := map[string]bool{}
	for _, a := range e.AppRoles {
		if a.PrincipalID == u.ID {
			set[a.ResourceDisplayName] = true
		}
	}
	for _, g := range e.Grants {
		if g.PrincipalID == u.ID && g.Client != "" {
			set[g.Client] = true
		}
	}
	return sortedKeys(set)
}

// recent tells whether t is within the period of the subject.
func (e *Export) recent(t time.Time, w *When) bool {
	from, _, to := w.period(e.Now)
	return !t.Before(from) && t.Before(to)
}

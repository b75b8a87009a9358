package prompts

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Case is one kind of question: how a subject for it is found, and what must be answered about a subject.
type Case struct {
	Pick   func(d *draw, needs map[string]bool) bool
	Expect func(e *Export, s *Subject) Expect
}

// cases are all kinds of questions by the name that wordings.yaml uses.
func cases() map[string]Case {
	out := map[string]Case{}
	for _, part := range []map[string]Case{userCases(), riskCases(), signInCases(), auditCases(), groupCases(), tenantCases(), otherCases(), countCases(), officeCases(), accessCases(), callCases(), spreadCases()} {
		for name, c := range part {
			out[name] = c
		}
	}
	return out
}

func answered(skill string, in map[string]any, f *Facts) Expect {
	return Expect{Outcome: OneOf{"answered"}, Skill: OneOf{skill}, Inputs: in, Answer: f}
}

func upn(u *User) string { return strings.ToLower(u.UPN) }

// base are the inputs every question about the subject has.
func (s *Subject) base() map[string]any {
	in := map[string]any{}
	if s.User != nil {
		in["user"] = upn(s.User)
	}
	if s.Group != nil {
		in["group"] = s.Group.DisplayName
	}
	s.When.inputs(in)
	if s.Top > 0 {
		in["top"] = s.Top
	}
	if len(s.Fields) > 0 {
		in["fields"] = s.Fields
	}
	return in
}

func exactly(n int) *Range { return &Range{n, n} }

// atMost cuts a range of rows by the number asked for.
func (r Range) atMost(top int) *Range {
	if top > 0 {
		r.Low, r.High = min(r.Low, top), min(r.High, top)
	}
	return &r
}

func each(values ...string) []OneOf {
	out := make([]OneOf, len(values))
	for i, v := range values {
		out[i] = OneOf{v}
	}
	return out
}

// first keeps distinct values in their order, n at most.
func first(n int, values []string) []string {
	var out []string
	for _, v := range values {
		if v != "" && !contains(out, v) && len(out) < n {
			out = append(out, v)
		}
	}
	return out
}

// person picks a user that the test accepts.
func person(accept func(d *draw, u *User) bool) func(*draw, map[string]bool) bool {
	return func(d *draw, n map[string]bool) bool {
		if n["when"] {
			d.s.When = pick(d, times(d.e.Now))
		}
		return d.pickUser(accept)
	}
}

func (d *draw) pickUser(accept func(d *draw, u *User) bool) bool {
	var fit []*User
	for _, u := range d.e.Users {
		if accept(d, u) && (d.s.User == nil || d.s.User.ID != u.ID) {
			fit = append(fit, u)
		}
	}
	d.s.User = pick(d, fit)
	return d.s.User != nil
}

func anyone(*draw, *User) bool { return true }

// property is a property of a user that prompts ask for by itself.
type property struct {
	fields []string
	value  func(e *Export, u *User) (must []OneOf, not []string)
}

func text(get func(*User) string) func(*Export, *User) ([]OneOf, []string) {
	return func(_ *Export, u *User) ([]OneOf, []string) {
		if v := get(u); v != "" {
			return each(v), nil
		}
		return nil, nil
	}
}

func day(get func(*User) time.Time) func(*Export, *User) ([]OneOf, []string) {
	return text(func(u *User) string { return get(u).Format("2006-01-02") })
}

func userProperties() map[string]property {
	return map[string]property{
		"password":   {[]string{"lastPasswordChangeDateTime"}, day(func(u *User) time.Time { return u.LastPasswordChangeDateTime })},
		"created":    {[]string{"createdDateTime"}, day(func(u *User) time.Time { return u.CreatedDateTime })},
		"title":      {[]string{"jobTitle"}, text(func(u *User) string { return u.JobTitle })},
		"department": {[]string{"department"}, text(func(u *User) string { return u.Department })},
		"office":     {[]string{"officeLocation"}, text(func(u *User) string { return u.OfficeLocation })},
		"usage":      {[]string{"usageLocation"}, text(func(u *User) string { return u.UsageLocation })},
		"objectid":   {[]string{"id"}, text(func(u *User) string { return u.ID })},
		"kind":       {[]string{"userType"}, text(func(u *User) string { return u.UserType })},
		"mail":       {[]string{"mail"}, text(func(u *User) string { return u.Mail })},
		"mobile":     {[]string{"mobilePhone"}, text(func(u *User) string { return u.MobilePhone })},
		"employee":   {[]string{"employeeId"}, text(func(u *User) string { return u.EmployeeID })},
		"enabled": {[]string{"accountEnabled"}, func(_ *Export, u *User) ([]OneOf, []string) {
			if u.AccountEnabled {
				return []OneOf{{"enabled", "active", "true", "yes"}}, []string{"disabled", "blocked"}
			}
			return []OneOf{{"disabled", "false", "not enabled", "blocked"}}, nil
		}},
		"manager": {[]string{"manager"}, func(_ *Export, u *User) ([]OneOf, []string) {
			if u.Manager == nil {
				return nil, nil
			}
			return []OneOf{u.Manager.names()}, nil
		}},
		"synced": {[]string{"onPremisesSyncEnabled"}, func(_ *Export, u *User) ([]OneOf, []string) {
			if u.OnPremisesSyncEnabled != nil && *u.OnPremisesSyncEnabled {
				return []OneOf{{"true", "yes", "synced", "synchronized", "synchronised"}}, nil
			}
			return []OneOf{{"no", "not", "false", "cloud"}}, nil
		}},
	}
}

func userCases() map[string]Case {
	out := map[string]Case{
		"details": {
			Pick: person(func(_ *draw, u *User) bool { return u.Department != "" }),
			Expect: func(_ *Export, s *Subject) Expect {
				return answered("GetEntraUserDetails", s.base(), &Facts{MustContain: each(upn(s.User), s.User.Department, s.User.JobTitle)})
			},
		},
		"methods":  {Pick: person(anyone), Expect: expectMethods},
		"devices":  {Pick: person(func(d *draw, u *User) bool { return len(d.e.devicesOf(u)) > 0 }), Expect: expectDevices},
		"roles":    {Pick: person(func(d *draw, u *User) bool { return len(allRoles(d.e, u)) > 0 }), Expect: expectRoles},
		"licences": {Pick: person(func(d *draw, u *User) bool { return len(d.e.Licences[u.ID]) > 0 }), Expect: expectLicences},
		"apps":     {Pick: person(func(d *draw, u *User) bool { return len(d.e.appsOf(u)) > 0 }), Expect: expectApps},
		"groups":   {Pick: person(func(d *draw, u *User) bool { g, _ := d.e.groupsOf(u.ID); return len(g) > 0 }), Expect: expectGroups},
	}
	for name, p := range userProperties() {
		out["property "+name] = Case{
			Pick: person(func(d *draw, u *User) bool { must, _ := p.value(d.e, u); return must != nil }),
			Expect: func(e *Export, s *Subject) Expect {
				must, not := p.value(e, s.User)
				in := s.base()
				in["fields"] = p.fields
				return answered("GetEntraUserDetails", in, &Facts{MustContain: must, MustNotContain: not})
			},
		}
	}
	return out
}

// methodWords are the spellings of a method's type.
var methodWords = map[string]OneOf{"password": {"password"}, "microsoftAuthenticator": {"authenticator"}, "phone": {"phone", "sms"},
	"fido2": {"fido", "security key", "passkey"}, "windowsHelloForBusiness": {"windows hello"}, "email": {"email", "e-mail"},
	"softwareOath": {"oath", "one-time", "otp"}, "temporaryAccessPass": {"temporary access pass", "temporaryAccessPass"}}

func expectMethods(e *Export, s *Subject) Expect {
	f := &Facts{}
	have := map[string]bool{}
	for _, m := range e.Methods[s.User.ID] {
		if !have[m] {
			have[m] = true
			f.MustContain = append(f.MustContain, methodWords[m])
		}
	}
	if !have["fido2"] {
		f.MustNotContain = append(f.MustNotContain, "fido2")
	}
	if !have["windowsHelloForBusiness"] {
		f.MustNotContain = append(f.MustNotContain, "windows hello")
	}
	return answered("GetEntraUserAuthenticationMethods", s.base(), f)
}

func expectDevices(e *Export, s *Subject) Expect {
	in, f := s.base(), &Facts{RowCount: &Range{}}
	if s.DeviceState != "" {
		in["deviceState"] = s.DeviceState
	}
	for _, d := range e.devicesOf(s.User) {
		state := map[string]*bool{"compliant": d.IsCompliant, "noncompliant": d.IsCompliant, "managed": d.IsManaged, "unmanaged": d.IsManaged}[s.DeviceState]
		want := s.DeviceState == "compliant" || s.DeviceState == "managed"
		if s.DeviceState != "" && (state == nil || *state != want) {
			if state == nil && !want {
				f.RowCount.High++
			}
			continue
		}
		f.RowCount.Low, f.RowCount.High = f.RowCount.Low+1, f.RowCount.High+1
		f.MustContain = append(f.MustContain, OneOf{d.DisplayName})
	}
	return answered("GetEntraUserDevices", in, f)
}

// allRoles are the roles of a user: active, eligible and through groups.
func allRoles(e *Export, u *User) []string {
	_, roles := e.rolesOf(u.ID)
	_, groups := e.groupsOf(u.ID)
	for _, g := range groups {
		_, more := e.rolesOf(g.ID)
		roles = append(roles, more...)
	}
	return first(len(roles), roles)
}

func expectRoles(e *Export, s *Subject) Expect {
	f := &Facts{MustContain: each(allRoles(e, s.User)...)}
	if !contains(allRoles(e, s.User), "Global Administrator") {
		f.MustNotContain = []string{"Global Administrator"}
	}
	if len(f.MustContain) == 0 {
		f.RowCount = exactly(0)
	}
	return answered("GetEntraUserRoles", s.base(), f)
}

func expectLicences(e *Export, s *Subject) Expect {
	return answered("GetEntraUserLicenses", s.base(), &Facts{MustContain: each(e.Licences[s.User.ID]...)})
}

func expectApps(e *Export, s *Subject) Expect {
	return answered("GetEntraUserApplications", s.base(), &Facts{MustContain: each(e.appsOf(s.User)...)})
}

func expectGroups(e *Export, s *Subject) Expect {
	_, all := e.groupsOf(s.User.ID)
	f := &Facts{RowCount: exactly(len(all))}
	for _, g := range all {
		f.MustContain = append(f.MustContain, OneOf{g.DisplayName})
	}
	return answered("GetEntraUserGroups", s.base(), f)
}

// find answers with a list of users or groups.
func find(skill string, in map[string]any, s *Subject, names []OneOf, high int) Expect {
	f := &Facts{RowCount: Range{len(names), max(high, len(names))}.atMost(s.Top)}
	sort.Slice(names, func(i, j int) bool { return fmt.Sprint(names[i]) < fmt.Sprint(names[j]) })
	if s.Top == 0 {
		f.MustContain = names[:min(len(names), 6)]
	}
	return answered(skill, in, f)
}

package prompts

import "fmt"

// anchor picks a sign-in among those that fit, and takes what the wording names from it: the answer is not empty.
func anchor(d *draw, n map[string]bool, accept func(*SignIn) bool) bool {
	var fit []*SignIn
	for _, x := range d.e.SignIns {
		_, wide := d.s.fits(x)
		switch {
		case !wide || !d.e.recent(x.Time, nil) || !accept(x),
			n["country"] && countries[x.Location.Country] == "",
			n["city"] && x.Location.City == "",
			n["os"] && family(x.Device.OS, systems) == "",
			n["browser"] && family(x.Device.Browser, browsers) == "",
			n["user"] && d.e.byID[x.UserID] == nil:
			continue
		}
		fit = append(fit, x)
	}
	x := pick(d, fit)
	if x == nil {
		return false
	}
	s := &d.s
	for name, set := range map[string]func(){
		"user": func() { s.User = d.e.byID[x.UserID] }, "app": func() { s.App = x.App }, "ip": func() { s.IP = x.IP },
		"country": func() { s.Country = x.Location.Country }, "city": func() { s.City = x.Location.City },
		"os": func() { s.OS = family(x.Device.OS, systems) }, "browser": func() { s.Browser = family(x.Device.Browser, browsers) },
		"client": func() { s.Client = x.Client }, "correlation": func() { s.Correlation = x.Correlation }, "code": func() { s.Code = x.code() },
	} {
		if n[name] {
			set()
		}
	}
	if n["when"] {
		d.pickWhen(func(w *When) bool { return d.e.recent(x.Time, w) })
	}
	if n["n"] {
		s.Top = 2 + d.rng.IntN(8)
	}
	return true
}

// pickWhen picks a period, mostly one with something in it.
func (d *draw) pickWhen(covers func(*When) bool) {
	all := times(d.e.Now)
	d.s.When = pick(d, all)
	for try := 0; try < 12 && !covers(d.s.When) && d.rng.IntN(8) > 0; try++ {
		d.s.When = pick(d, all)
	}
}

var (
	systems  = []string{"Windows", "iOS", "Android", "macOS"}
	browsers = []string{"Chrome", "Edge", "Firefox", "Safari"}
)

// family is the plain name of a system or browser.
func family(have string, names []string) string {
	if have == "" {
		return ""
	}
	for _, n := range names {
		if squash(have) == squash(n) || len(have) > len(n) && squash(have[:len(n)]) == squash(n) {
			return n
		}
	}
	return ""
}

func signInCases() map[string]Case {
	all := func(*SignIn) bool { return true }
	failed := func(x *SignIn) bool { return x.Status.ErrorCode != 0 }
	return map[string]Case{
		"signins": {Pick: func(d *draw, n map[string]bool) bool { return anchor(d, n, all) }, Expect: expectSignIns},
		"reasons": {Pick: func(d *draw, n map[string]bool) bool { return anchor(d, n, failed) }, Expect: expectReasons},
		"risky-signins": {
			Pick: func(d *draw, n map[string]bool) bool { d.s.Risky = true; return anchor(d, n, all) },
			Expect: func(e *Export, s *Subject) Expect {
				x := expectSignIns(e, s)
				x.Skill = OneOf{"GetEntraRiskySignIns"}
				return x
			},
		},
	}
}

// signInInputs are the filters of the subject as they are reported.
func (s *Subject) signInInputs() map[string]any {
	in := s.base()
	set := func(name, v string, more ...any) {
		switch {
		case v == "":
		case len(more) > 0:
			in[name] = map[string]any{"any": append(more, v)}
		default:
			in[name] = v
		}
	}
	set("status", s.Status)
	set("app", s.App)
	set("ip", s.IP)
	if name := countries[s.Country]; name != "" {
		set("location", s.Country, name, trimThe(name))
	}
	set("location", s.City)
	set("os", s.OS)
	set("browser", s.Browser)
	set("clientApp", s.Client)
	set("deviceState", s.DeviceState)
	set("correlationId", s.Correlation)
	set("riskLevel", s.Level)
	return in
}

func trimThe(s string) string {
	if len(s) > 4 && s[:4] == "the " {
		return s[4:]
	}
	return s
}

func expectSignIns(e *Export, s *Subject) Expect {
	strict, loose := e.signIns(s)
	f := &Facts{RowCount: Range{len(strict), len(loose)}.atMost(s.Top)}
	shown := strict
	if s.Top > 0 && len(shown) > s.Top {
		shown = shown[:s.Top]
	}
	if s.User != nil || s.IP == "" {
		var ips []string
		for _, x := range shown[:min(len(shown), 300)] {
			ips = append(ips, x.IP)
		}
		f.MustContain = each(first(4, ips)...)
	}
	x := answered("GetEntraSignInLogs", s.signInInputs(), f)
	if s.IP != "" && s.User == nil {
		x.Skill = OneOf{"GetEntraSignInLogs", "GetIPAddressActivity", "QueryLogs"}
		f.RowCount = nil
		for _, r := range shown[:min(len(shown), 3)] {
			if u := e.byID[r.UserID]; u != nil {
				f.MustContain = append(f.MustContain, u.names())
			}
		}
	}
	return x
}

func expectReasons(e *Export, s *Subject) Expect {
	s.Status = "failure"
	strict, loose := e.signIns(s)
	in := s.signInInputs()
	delete(in, "status")
	f := &Facts{}
	counts := map[string]int{}
	for _, x := range strict {
		counts[x.code()]++
	}
	if len(strict) == len(loose) { // else the counts depend on the reading
		f.RowCount = exactly(len(counts))
		for _, code := range sortedKeys(counts) {
			f.SameRow = append(f.SameRow, []any{code, counts[code]})
		}
	}
	f.MustContain = each(sortedKeys(counts)...)
	x := answered("GetEntraSignInFailureReasons", in, f)
	if s.User == nil { // counting across users may be a query, and a ranking may stop somewhere
		x.Skill = append(x.Skill, "QueryLogs")
		f.RowCount, f.SameRow, f.MustContain = nil, nil, nil
		for _, best := range rank(counts, 3) {
			f.MustContain = append(f.MustContain, each(best...)...)
		}
	}
	return x
}

func auditCases() map[string]Case {
	return map[string]Case{
		"audit":    {Pick: pickAudit, Expect: expectAudit},
		"byevents": {Pick: func(d *draw, n map[string]bool) bool { return pickAudit(d, n) }, Expect: expectCorrelation},
	}
}

func pickAudit(d *draw, n map[string]bool) bool {
	var fit []*Audit
	for _, a := range d.e.Audits {
		if d.s.Result != "" && a.Result != d.s.Result || d.s.Activity != "" && a.Activity != d.s.Activity || !d.e.recent(a.Time, nil) {
			continue
		}
		if n["user"] && len(d.e.parties(a)) == 0 {
			continue
		}
		fit = append(fit, a)
	}
	a := pick(d, fit)
	if a == nil {
		return false
	}
	if n["user"] {
		d.s.User = pick(d, d.e.parties(a))
	}
	if n["activity"] {
		d.s.Activity = a.Activity
	}
	if n["category"] {
		d.s.Category = a.Category
	}
	if n["service"] {
		d.s.Service = a.Service
	}
	if n["correlation"] {
		d.s.Correlation = a.Correlation
	}
	if n["when"] {
		d.pickWhen(func(w *When) bool { return d.e.recent(a.Time, w) })
	}
	if n["n"] {
		d.s.Top = 2 + d.rng.IntN(6)
	}
	return true
}

// parties are the users that an audit event concerns.
func (e *Export) parties(a *Audit) []*User {
	var out []*User
	for _, u := range e.Users {
		if a.concerns(u) {
			out = append(out, u)
		}
	}
	return out
}

func expectAudit(e *Export, s *Subject) Expect {
	strict, loose := e.audits(s)
	in := s.base()
	for name, v := range map[string]string{"activity": s.Activity, "category": s.Category, "service": s.Service, "result": s.Result} {
		if v != "" {
			in[name] = v
		}
	}
	shown := strict
	if s.Top > 0 && len(shown) > s.Top {
		shown = shown[:s.Top]
	}
	var names []string
	for _, a := range shown[:min(len(shown), 300)] {
		names = append(names, a.Activity)
	}
	f := &Facts{RowCount: Range{len(strict), len(loose)}.atMost(s.Top), MustContain: each(first(4, names)...)}
	return answered("GetEntraAuditLogs", in, f)
}

func expectCorrelation(e *Export, s *Subject) Expect {
	n := 0
	var names []string
	for _, a := range e.Audits {
		if a.Correlation == s.Correlation {
			n++
			names = append(names, a.Activity)
		}
	}
	for _, x := range e.SignIns {
		if x.Correlation == s.Correlation {
			n++
		}
	}
	in := map[string]any{"correlationId": s.Correlation}
	return answered("GetEventsByCorrelationId", in, &Facts{RowCount: &Range{n, n + 20}, MustContain: each(first(4, names)...)})
}

func otherCases() map[string]Case {
	ip := func(d *draw, n map[string]bool) bool { return anchor(d, n, func(*SignIn) bool { return true }) }
	return map[string]Case{
		"ip": {Pick: ip, Expect: func(e *Export, s *Subject) Expect {
			x := expectSignIns(e, s)
			x.Skill = OneOf{"GetIPAddressActivity"}
			return x
		}},
	}
}

func notFound(name string) Expect {
	return Expect{Outcome: OneOf{"not_found"}, Answer: &Facts{MustContain: each(fmt.Sprint(name))}}
}

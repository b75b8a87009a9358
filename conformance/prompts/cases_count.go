package prompts

import "strings"

// counted are questions across users, apps, days and so on: the answer is a query.
func counted(f *Facts) Expect {
	return Expect{Outcome: OneOf{"answered"}, Skill: OneOf{"QueryLogs"}, Answer: f}
}

func number(n int) *Facts {
	v := float64(n)
	return &Facts{Number: &v}
}

// rank is the order of the counted values, the highest first, top at most; equals at the cut are left out.
func rank(counts map[string]int, top int) []OneOf {
	groups, most := map[int]OneOf{}, 0
	for _, v := range sortedKeys(counts) {
		groups[counts[v]] = append(groups[counts[v]], v)
		most = max(most, counts[v])
	}
	var out []OneOf
	for n := most; n > 0 && top > 0; n-- {
		g := groups[n]
		if len(g) > top {
			break
		}
		if len(g) > 0 {
			out = append(out, g)
			top -= len(g)
		}
	}
	return out
}

// ranking expects the sign-ins' values, the most frequent first.
func ranking(by func(*SignIn) string) func(*Export, *Subject) Expect {
	return func(e *Export, s *Subject) Expect {
		strict, loose := e.signIns(s)
		counts := map[string]int{}
		for _, r := range strict {
			if v := by(r); v != "" {
				counts[v]++
			}
		}
		f := &Facts{}
		if len(strict) == len(loose) {
			f.Ordered = rank(counts, topOr(s, 3))
		}
		return counted(f)
	}
}

func topOr(s *Subject, n int) int {
	if s.Top > 0 {
		return s.Top
	}
	return n
}

// counts are questions that ask for a number or a ranking.
func countCases() map[string]Case {
	events := func(d *draw, n map[string]bool) bool { return anchor(d, n, func(*SignIn) bool { return true }) }
	none := func(*draw, map[string]bool) bool { return true }
	return map[string]Case{
		"count": {Pick: events, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.signIns(s)
			x := counted(&Facts{})
			if len(strict) == len(loose) {
				x = counted(number(len(strict)))
			}
			x.Skill = append(x.Skill, "GetEntraSignInLogs")
			return x
		}},
		"distinct users": {Pick: events, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.signIns(s)
			set := map[string]bool{}
			for _, x := range strict {
				set[x.UserID] = true
			}
			if len(strict) != len(loose) {
				return counted(&Facts{})
			}
			return counted(number(len(set)))
		}},
		"failure share": {Pick: events, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.signIns(s)
			failed := 0
			for _, x := range strict {
				if x.Status.ErrorCode != 0 {
					failed++
				}
			}
			if len(strict) == 0 || len(strict) != len(loose) {
				return counted(&Facts{})
			}
			return counted(&Facts{Approx: &[2]float64{100 * float64(failed) / float64(len(strict)), 0.11}})
		}},
		"top users":     {Pick: events, Expect: ranking(func(x *SignIn) string { return x.UPN })},
		"top apps":      {Pick: events, Expect: ranking(func(x *SignIn) string { return x.App })},
		"top countries": {Pick: events, Expect: ranking(func(x *SignIn) string { return x.Location.Country })},
		"top cities":    {Pick: events, Expect: ranking(func(x *SignIn) string { return x.Location.City })},
		"top ips":       {Pick: events, Expect: ranking(func(x *SignIn) string { return x.IP })},
		"top codes":     {Pick: events, Expect: ranking((*SignIn).code)},
		"top clients":   {Pick: events, Expect: ranking(func(x *SignIn) string { return x.Client })},
		"top day": {Pick: events, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.signIns(s)
			counts := map[string]int{}
			for _, x := range strict {
				counts[x.Time.Format("2006-01-02")]++
			}
			best := rank(counts, 1)
			if len(best) == 0 || len(strict) != len(loose) {
				return counted(&Facts{})
			}
			return counted(&Facts{MustContain: best})
		}},
		"top activities": {Pick: pickAudit, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.audits(s)
			counts := map[string]int{}
			for _, a := range strict {
				counts[a.Activity]++
			}
			if len(strict) != len(loose) {
				return counted(&Facts{})
			}
			return counted(&Facts{Ordered: rank(counts, topOr(s, 3))})
		}},
		"top actors": {Pick: pickAudit, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.audits(s)
			counts := map[string]int{}
			for _, a := range strict {
				if a.InitiatedBy.User != nil && a.InitiatedBy.User.UPN != "" {
					counts[strings.ToLower(a.InitiatedBy.User.UPN)]++
				}
			}
			if len(strict) != len(loose) {
				return counted(&Facts{})
			}
			return counted(&Facts{Ordered: rank(counts, topOr(s, 1))})
		}},
		"count audits": {Pick: pickAudit, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.audits(s)
			if len(strict) != len(loose) {
				return counted(&Facts{})
			}
			x := counted(number(len(strict)))
			x.Skill = append(x.Skill, "GetEntraAuditLogs")
			return x
		}},
		"top detections": {Pick: pickDetection, Expect: func(e *Export, s *Subject) Expect {
			strict, loose := e.detections(s)
			counts := map[string]int{}
			for _, d := range strict {
				counts[d.Kind]++
			}
			if len(strict) != len(loose) {
				return counted(&Facts{})
			}
			return counted(&Facts{Ordered: rank(counts, topOr(s, 3))})
		}},
		"count people": {Pick: pickPeople, Expect: func(e *Export, s *Subject) Expect {
			n := 0
			for _, u := range e.Users {
				if (s.Department == "" || u.Department == s.Department) && (s.Kind == "" || u.UserType == s.Kind) && (s.Status != "disabled" || !u.AccountEnabled) {
					n++
				}
			}
			x := counted(number(n))
			x.Skill = append(x.Skill, "FindEntraUsers")
			return x
		}},
		"count devices": {Pick: none, Expect: func(e *Export, s *Subject) Expect {
			n := 0
			for _, d := range e.Devices {
				if s.DeviceState != "noncompliant" || d.IsCompliant == nil || !*d.IsCompliant {
					n++
				}
			}
			return counted(number(n))
		}},
	}
}

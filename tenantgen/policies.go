package tenantgen

import (
	"slices"
	"time"
)

// policy is a Conditional Access policy together with the rule the generator applies for it, so
// that every sign-in shows the result its policies would have given.
type policy struct {
	id               guid
	name, state      string
	created          moment
	conditions       doc
	grant, session   any
	enforced         []string // grant controls as sign-in records name them
	enforcedSessions []string
	applies          func(s *signIn) bool
	passes           func(s *signIn) bool
	blob             []byte // the unchanging start of an applied policy in a record
}

const (
	enabledPolicy  = "enabled"
	reportOnly     = "enabledForReportingButNotEnforced"
	disabledPolicy = "disabled"
)

func grantControls(controls ...string) doc {
	return doc{"operator": "OR", "builtInControls": controls, "customAuthenticationFactors": []string{}, "termsOfUse": []string{}, "authenticationStrength": nil}
}

// makePolicies sets up the tenant's Conditional Access policies. Multifactor authentication is asked
// outside the trusted networks, legacy clients and some countries are blocked, Azure management
// needs a compliant device, and risky sign-ins a second factor.
func (w *world) makePolicies() {
	never := func(*signIn) bool { return false }
	passMFA := func(s *signIn) bool { return s.mfa == mfaPassed || s.mfa == mfaEarlier }
	excluded := w.group(excludedGroup)
	isExcluded := func(s *signIn) bool { return s.person.kind == breakGlass || s.person.kind == serviceAccount }
	management := w.app("Windows Azure Service Management API")
	add := func(p *policy, users, apps, locations, extra doc) {
		if p.conditions == nil {
			p.conditions = doc{}
		}
		base := doc{"userRiskLevels": []string{}, "signInRiskLevels": []string{}, "clientAppTypes": []string{"all"}, "users": users, "applications": apps, "locations": nil, "platforms": nil, "devices": nil}
		if locations != nil {
			base["locations"] = locations
		}
		for k, v := range extra {
			base[k] = v
		}
		p.conditions = base
		p.id = guidOf(w.seed, "policy "+p.name, 0, 0)
		r := streamOf(w.seed, "policy "+p.name, 0, 1)
		p.created = w.end.add(-100*day - 4*time.Hour)
		p.created -= moment(r.intn(400)) * 86_400_000
		p.prepare()
		w.policies = append(w.policies, p)
	}
	everyone := doc{"includeUsers": []string{"All"}, "excludeUsers": []string{}, "includeGroups": []string{}, "excludeGroups": []string{excluded.id.String()}, "includeRoles": []string{}, "excludeRoles": []string{}}
	guests := doc{"includeUsers": []string{"GuestsOrExternalUsers"}, "excludeUsers": []string{}, "includeGroups": []string{}, "excludeGroups": []string{}, "includeRoles": []string{}, "excludeRoles": []string{}}
	all := doc{"includeApplications": []string{"All"}, "excludeApplications": []string{}, "includeUserActions": []string{}}
	azure := doc{"includeApplications": []string{management.appID}, "excludeApplications": []string{}, "includeUserActions": []string{}}

	add(&policy{name: "CA101 - MFA outside trusted networks", state: enabledPolicy, grant: grantControls("mfa"), enforced: []string{"Mfa"},
		applies: func(s *signIn) bool { return !isExcluded(s) && !s.trusted && s.legacyClient == "" }, passes: passMFA},
		everyone, all, doc{"includeLocations": []string{"All"}, "excludeLocations": []string{"AllTrusted"}}, doc{"clientAppTypes": []string{"browser", "mobileAppsAndDesktopClients"}})
	add(&policy{name: "CA102 - Block legacy authentication", state: enabledPolicy, grant: grantControls("block"), enforced: []string{"Block"},
		applies: func(s *signIn) bool { return !isExcluded(s) && s.legacyClient != "" }, passes: never},
		everyone, all, nil, doc{"clientAppTypes": []string{"exchangeActiveSync", "other"}})
	add(&policy{name: "CA103 - Compliant device for Azure management", state: enabledPolicy, grant: grantControls("compliantDevice"), enforced: []string{"RequireCompliantDevice"},
		applies: func(s *signIn) bool { return !isExcluded(s) && s.app.resource == management },
		passes:  func(s *signIn) bool { return s.device != nil && s.device.compliant }},
		everyone, azure, nil, nil)
	add(&policy{name: "CA104 - Block restricted countries", state: enabledPolicy, grant: grantControls("block"), enforced: []string{"Block"},
		applies: func(s *signIn) bool { return !isExcluded(s) && slices.Contains(w.restricted, s.place.country) }, passes: never},
		everyone, all, doc{"includeLocations": []string{w.countryLocation.String()}, "excludeLocations": []string{}}, nil)
	add(&policy{name: "CA105 - MFA for risky sign-ins", state: enabledPolicy, grant: grantControls("mfa"), enforced: []string{"Mfa"},
		applies: func(s *signIn) bool { return !isExcluded(s) && (s.during == "medium" || s.during == "high") }, passes: passMFA},
		everyone, all, nil, doc{"signInRiskLevels": []string{"medium", "high"}})
	add(&policy{name: "CA106 - Short sessions on unmanaged devices", state: reportOnly, grant: nil, enforcedSessions: []string{"SignInFrequency"},
		session: doc{"signInFrequency": doc{"value": 8, "type": "hours", "isEnabled": true}, "persistentBrowser": nil},
		applies: func(s *signIn) bool { return s.interactive && s.device == nil }, passes: func(*signIn) bool { return true }},
		everyone, all, nil, nil)
	terms := grantControls()
	terms["termsOfUse"] = []string{w.guestTerms.String()}
	add(&policy{name: "CA107 - Guests accept the terms of use", state: enabledPolicy, grant: terms, enforced: []string{"TermsOfUse"},
		applies: func(s *signIn) bool { return s.person.kind == guest && s.interactive },
		passes:  func(s *signIn) bool { return true }},
		guests, all, nil, nil)
	add(&policy{name: "CA108 - Password change for high user risk", state: disabledPolicy, grant: grantControls("passwordChange", "mfa"), applies: never, passes: never},
		everyone, all, nil, doc{"userRiskLevels": []string{"high"}})
}

func (p *policy) prepare() {
	b := appendField([]byte{'{'}, "id", p.id.String())
	p.blob = appendField(b, "displayName", p.name)
}

func appendStrings(b []byte, name string, list []string) []byte {
	b = append(appendName(b, name), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, s)
	}
	return append(b, ']')
}

// appendPolicies finds the result of every policy and the sign-in's overall Conditional Access status.
// A sign-in that failed before Conditional Access (a wrong password) has no results at all.
func (w *world) appendPolicies(b []byte, s *signIn) ([]byte, string) {
	status := "notApplied"
	b = append(appendName(b, "appliedConditionalAccessPolicies"), '[')
	if s.person == nil || !s.reachesPolicies() { // these policies are about people, not workloads
		return append(b, ']'), status
	}
	first := true
	for _, p := range w.policies {
		if p.state == disabledPolicy {
			continue
		}
		result := "notApplied"
		applied := p.applies(s)
		if applied {
			result = "success"
			if !p.passes(s) {
				result = "failure"
			}
		}
		if p.state == enabledPolicy && applied && status != "failure" {
			status = result
		}
		if p.state == reportOnly {
			result = "reportOnlyNotApplied"
			if applied {
				result = "reportOnlySuccess"
			}
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, p.blob...)
		if applied {
			b = appendStrings(b, "enforcedGrantControls", p.enforced)
			b = appendStrings(b, "enforcedSessionControls", p.enforcedSessions)
		} else {
			b = append(b, `,"enforcedGrantControls":[],"enforcedSessionControls":[]`...)
		}
		b = append(b, `,"result":"`...)
		b = append(b, result...)
		b = append(b, '"', '}')
	}
	return append(b, ']'), status
}

func (p *policy) document() doc {
	return doc{"id": p.id, "displayName": p.name, "state": p.state, "createdDateTime": p.created.graph(), "modifiedDateTime": p.created.add(5 * day).graph(),
		"conditions": p.conditions, "grantControls": p.grant, "sessionControls": p.session}
}

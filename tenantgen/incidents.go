package tenantgen

import (
	"strconv"
	"time"
)

// incident closes a scene with the incident its detections were gathered in, as the security API
// returns it: alerts with evidence about the person and the address.
func (s *scene) incident(title, severity, status string, p *person) {
	w := s.w
	id := strconv.Itoa(4100 + len(w.incidents)*7)
	s.truth.Incident = id
	alertStatus, classification, determination, assigned := "new", "unknown", "unknown", any(nil)
	if status == "resolved" {
		alertStatus, classification, determination, assigned = "resolved", "truePositive", "compromisedAccount", w.people[11].upn
	}
	var alerts []doc
	var first, last moment
	for _, d := range w.detections {
		if !s.owns(d) {
			continue
		}
		evidence := []doc{{"@odata.type": "#microsoft.graph.security.userEvidence", "userAccount": doc{"accountName": d.person.nick, "azureAdUserId": d.person.id, "userPrincipalName": d.person.upn, "displayName": d.person.display}}}
		if d.ip != "" {
			evidence = append(evidence, doc{"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": d.ip, "countryLetterCode": d.place.country})
		}
		source := "azureAdIdentityProtection"
		if d.source == "MicrosoftCloudAppSecurity" {
			source = "microsoftDefenderForCloudApps"
		}
		alerts = append(alerts, doc{"id": "ad" + d.id[:40], "providerAlertId": d.id, "incidentId": id, "title": d.kind, "severity": d.level, "status": alertStatus, "category": alertCategory(d.kind), "serviceSource": source,
			"detectionSource": source, "createdDateTime": d.detected.log(), "lastUpdateDateTime": d.lastUpdated.log(), "firstActivityDateTime": d.activity.log(), "lastActivityDateTime": d.activity.log(),
			"mitreTechniques": s.truth.Techniques, "evidence": evidence})
		if first == 0 || d.detected < first {
			first = d.detected
		}
		last = max(last, d.lastUpdated)
	}
	if len(alerts) == 0 { // found by a person: one alert about the account
		first = s.moments[len(s.moments)-1]
		last = min(first.add(time.Hour), w.end)
		alerts = []doc{{"id": "ad" + s.r.guid().token(), "incidentId": id, "title": title, "severity": severity, "status": alertStatus, "category": "Persistence", "serviceSource": "microsoftDefenderForCloudApps",
			"detectionSource": "microsoftDefenderForCloudApps", "createdDateTime": last.log(), "lastUpdateDateTime": last.log(), "mitreTechniques": s.truth.Techniques,
			"evidence": []doc{{"@odata.type": "#microsoft.graph.security.userEvidence", "userAccount": doc{"accountName": p.nick, "azureAdUserId": p.id, "userPrincipalName": p.upn, "displayName": p.display}}}}}
	}
	w.incidents = append(w.incidents, doc{"id": id, "tenantId": w.tenant, "status": status, "displayName": title + " (" + p.display + ")", "severity": severity,
		"createdDateTime": first.log(), "lastUpdateDateTime": last.log(), "assignedTo": assigned, "classification": classification, "determination": determination,
		"incidentWebUrl": "https://security.microsoft.com/incident2/" + id + "/overview?tid=" + w.tenant.String(), "customTags": []string{}, "comments": []doc{}, "alerts": alerts})
}

func (s *scene) owns(d *detection) bool {
	for _, id := range s.truth.Detections {
		if id == d.id {
			return true
		}
	}
	return false
}

func alertCategory(kind string) string {
	switch kind {
	case "passwordSpray", "leakedCredentials", "anomalousToken":
		return "CredentialAccess"
	case "mcasSuspiciousInboxManipulationRules":
		return "DefenseEvasion"
	case "mcasFinSuspiciousFileAccess":
		return "Collection"
	}
	return "InitialAccess"
}

// accessReviews are two definitions: the guests' quarterly review, finished, and the review of a
// powerful group, still open.
func (w *world) accessReviews() []doc {
	reviewer := func(p *person) []doc {
		return []doc{{"query": "/users/" + p.id.String(), "queryType": "MicrosoftGraph", "queryRoot": nil}}
	}
	scope := func(g *group) doc {
		return doc{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": "/groups/" + g.id.String() + "/transitiveMembers", "queryType": "MicrosoftGraph", "queryRoot": nil}
	}
	define := func(n int, name string, g *group, by *person, age, length time.Duration) doc {
		from := w.end.add(-age)
		to := from.add(length)
		done := to <= w.end
		status := "InProgress"
		if done {
			status = "Completed"
		}
		id := guidOf(w.seed, "review", n, 0)
		decisions := []doc{}
		for i, m := range g.members {
			r := streamOf(w.seed, "decision", n, m.person.index)
			decision, when := "NotReviewed", any(nil)
			if done || r.chance(0.5) {
				decision = "Approve"
				if r.chance(0.12) {
					decision = "Deny"
				}
				when = min(from.add(time.Duration(r.intn(int(length/time.Hour)))*time.Hour), w.end.add(-time.Hour)).graph()
			}
			decisions = append(decisions, doc{"id": guidOf(w.seed, "decision", n, i), "accessReviewId": id, "decision": decision, "recommendation": "Approve", "justification": "", "applyResult": "New",
				"reviewedDateTime": when, "reviewedBy": doc{"id": by.id, "displayName": by.display, "userPrincipalName": by.upn},
				"principal": doc{"@odata.type": "#microsoft.graph.userIdentity", "id": m.person.id, "displayName": m.person.display, "userPrincipalName": m.person.upn},
				"resource":  doc{"id": g.id, "displayName": g.name, "type": "group"}})
		}
		return doc{"id": id, "displayName": name, "createdDateTime": from.add(-2 * day).graph(), "lastModifiedDateTime": from.graph(), "status": status, "descriptionForAdmins": name, "descriptionForReviewers": "Does this person still need the membership?",
			"createdBy": doc{"id": w.people[6].id, "displayName": w.people[6].display, "userPrincipalName": w.people[6].upn}, "scope": scope(g), "reviewers": reviewer(by),
			"settings":  doc{"mailNotificationsEnabled": true, "reminderNotificationsEnabled": true, "defaultDecision": "None", "autoApplyDecisionsEnabled": false, "instanceDurationInDays": int(length / day), "recommendationsEnabled": true},
			"instances": []doc{{"id": guidOf(w.seed, "review instance", n, 0), "startDateTime": from.graph(), "endDateTime": to.graph(), "status": status, "scope": scope(g), "reviewers": reviewer(by), "decisions": decisions}}}
	}
	return []doc{define(0, "Quarterly review of guests", w.group("External Guests"), w.people[12], 60*day, 21*day), define(1, "Review of "+tierZeroGroup, w.group(tierZeroGroup), w.people[12], 5*day, 14*day)}
}

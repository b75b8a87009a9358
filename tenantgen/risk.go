package tenantgen

import (
	"fmt"
	"time"
)

// detection is a risk detection of ID Protection.
type detection struct {
	id                              string
	person                          *person
	kind, level, source             string
	offline                         bool
	activity, detected, lastUpdated moment
	signIn                          *signIn // nil: a detection about the user
	ip                              string
	place                           *place
	state, detail                   string
	info                            string
}

// riskChange is an entry of a user's risk history; the last one is the user's state.
type riskChange struct {
	at                   moment
	person               *person
	level, state, detail string
	kinds                []string
	by                   *person
}

// detect adds a detection and the rise of the user's risk it causes a minute later.
func (w *world) detect(d *detection) *detection {
	r := streamOf(w.seed, "detection", len(w.detections), d.person.index)
	for range 4 {
		d.id += fmt.Sprintf("%016x", r.next())
	}
	d.state, d.detail = "atRisk", "none"
	d.lastUpdated = d.detected.add(2 * time.Minute)
	if d.source == "" {
		d.source = "IdentityProtection"
	}
	if d.info == "" {
		d.info = "[]"
	}
	if s := d.signIn; s != nil {
		d.ip, d.place, d.activity = s.ip, s.place, s.at
		s.risks = append(s.risks, d.kind)
		s.riskState, s.aggregated = "atRisk", higher(s.aggregated, d.level)
		if !d.offline {
			s.during = higher(s.during, d.level)
		}
	}
	w.detections = append(w.detections, d)
	level := d.level
	if last := w.riskOf(d.person); last != nil && last.state == "atRisk" {
		level = higher(last.level, level)
	}
	w.changeRisk(&riskChange{at: d.detected.add(time.Minute), person: d.person, level: level, state: "atRisk", detail: "none", kinds: []string{d.kind}})
	return d
}

func higher(a, b string) string {
	rank := map[string]int{"": 0, "none": 0, "low": 1, "medium": 2, "high": 3}
	if rank[a] >= rank[b] {
		return a
	}
	return b
}

func (w *world) changeRisk(c *riskChange) {
	if last := w.riskOf(c.person); last != nil && c.at <= last.at {
		c.at = last.at.add(time.Second) // histories are strictly ordered
	}
	w.riskHistory = append(w.riskHistory, c)
	w.hasRisk[c.person] = true
}

func (w *world) riskOf(p *person) *riskChange {
	for i := len(w.riskHistory) - 1; i >= 0; i-- {
		if w.riskHistory[i].person == p {
			return w.riskHistory[i]
		}
	}
	return nil
}

// settleRisk ends the risk of a user: every open detection and its sign-in take the new state, as
// the service does when risk is remediated, dismissed or confirmed.
func (w *world) settleRisk(p *person, at moment, level, state, detail string, by *person) {
	w.changeRisk(&riskChange{at: at, person: p, level: level, state: state, detail: detail, by: by, kinds: []string{}})
	at = w.riskOf(p).at
	for _, d := range w.detections {
		if d.person != p || d.state != "atRisk" || d.detected > at {
			continue
		}
		d.state, d.detail, d.lastUpdated = state, detail, max(d.lastUpdated, at)
		if d.signIn != nil {
			d.signIn.riskState, d.signIn.riskDetail = state, detail
		}
	}
}

// falseAlarms gives a few ordinary people small risk: most of it was closed by a second factor, a
// password change or an administrator; some is still open.
func (w *world) falseAlarms() {
	candidates := w.filter(func(p *person) bool {
		return p.index > 18 && p.kind == member && p.enabled() && p.canMFA() && p.created < w.start && !w.victims[p]
	})
	if len(candidates) == 0 {
		return
	}
	for i := range 4 + w.cfg.Users/40 {
		r := streamOf(w.seed, "false alarm", i, 0)
		p := pick(&r, candidates)
		if w.victims[p] {
			continue
		}
		w.victims[p] = true
		span := int(w.end-w.start) / 1000
		at := w.start + moment(r.intn(max(1, span-9*3600)))*1000
		kind := pick(&r, []string{"unfamiliarFeatures", "anonymizedIPAddress", "newCountry", "unlikelyTravel", "suspiciousBrowser"})
		h := r.intn(len(w.hostile))
		for h == 3 || h == 4 {
			h = r.intn(len(w.hostile))
		}
		s := w.draw(planned{at: at, seed: r.next(), who: int32(p.index), sort: followUpEvent, parent: at})
		s.place, s.ip, s.trusted, s.asn, s.code = w.hostile[h], strangerIP(h, r.intn(15)), false, w.hostile[h].asn, 0
		s.app, s.legacyClient, s.mfa = w.app("OfficeHome"), "", mfaPassed
		w.signIns = append(w.signIns, s)
		level := pick(&r, []string{"low", "low", "low", "medium"})
		offline := kind == "newCountry" || kind == "unlikelyTravel"
		detected := at
		if offline {
			detected = min(at.add(time.Duration(r.between(30, 400))*time.Minute), w.end.add(-4*time.Hour))
			detected = max(detected, at)
		}
		w.detect(&detection{person: p, kind: kind, level: level, offline: offline, detected: detected, signIn: s, info: reasons(kind)})
		closed := detected.add(time.Duration(r.between(5, 200)) * time.Minute)
		if closed >= w.end {
			continue
		}
		switch r.intn(5) {
		case 0:
			w.settleRisk(p, closed, "none", "dismissed", "adminDismissedAllRiskForUser", w.people[11])
		case 1:
			w.settleRisk(p, closed, "none", "remediated", "userPassedMFADrivenByRiskBasedPolicy", nil)
		case 2:
			w.settleRisk(p, closed, "none", "remediated", "userPassedMFADrivenByRiskBasedPolicy", nil)
		case 3:
			w.settleRisk(p, closed, "none", "confirmedSafe", "adminConfirmedSigninSafe", w.people[11])
		}
	}
	w.riskyWorkload()
}

func (w *world) riskyWorkload() {
	a := w.appsOf(daemon)[2]
	w.riskyWorkloads = append(w.riskyWorkloads, doc{"id": a.id, "appId": a.appID, "displayName": a.name, "isEnabled": true, "isProcessing": false,
		"servicePrincipalType": "Application", "riskLevel": "low", "riskState": "atRisk", "riskDetail": "none", "riskLastUpdatedDateTime": max(w.start, w.end.add(-4*day)).log()})
}

func reasons(kind string) string {
	switch kind {
	case "unfamiliarFeatures":
		return `[{"Key":"riskReasons","Value":["UnfamiliarIP","UnfamiliarLocation"]}]`
	case "anonymizedIPAddress":
		return `[{"Key":"riskReasons","Value":["AnonymousIP"]}]`
	}
	return "[]"
}

func (d *detection) document(state, detail string, updated moment) doc {
	out := doc{"id": d.id, "requestId": nil, "correlationId": nil, "riskEventType": d.kind, "riskState": state, "riskLevel": d.level, "riskDetail": detail,
		"source": d.source, "detectionTimingType": "realtime", "activity": "user", "tokenIssuerType": "AzureAD", "ipAddress": nil, "location": nil,
		"activityDateTime": d.activity.log(), "detectedDateTime": d.detected.log(), "lastUpdatedDateTime": updated.log(),
		"userId": d.person.id, "userDisplayName": d.person.display, "userPrincipalName": d.person.upn, "additionalInfo": d.info}
	if d.offline {
		out["detectionTimingType"] = "offline"
	}
	if d.ip != "" {
		out["ipAddress"], out["location"] = d.ip, d.place.doc()
	}
	if d.signIn != nil {
		out["activity"], out["requestId"], out["correlationId"] = "signin", d.signIn.id, d.signIn.correlation
	}
	return out
}

func (c *riskChange) document() doc {
	return doc{"id": c.person.id, "isDeleted": false, "isProcessing": false, "riskLevel": c.level, "riskState": c.state, "riskDetail": c.detail,
		"riskLastUpdatedDateTime": c.at.log(), "userDisplayName": c.person.display, "userPrincipalName": c.person.upn}
}

func (c *riskChange) historyItem() doc {
	d := c.document()
	d["id"], d["userId"], d["initiatedBy"] = fmt.Sprintf("%s%d", c.person.id, int64(c.at)), c.person.id, nil
	if c.by != nil {
		d["initiatedBy"] = c.by.id
	}
	d["activity"] = doc{"detail": c.detail, "riskEventTypes": c.kinds}
	return d
}

func (w *world) riskEnvelope(at moment, category, operation, correlation string, p *person, properties doc) doc {
	return doc{"time": at.us(), "resourceId": "/tenants/" + w.tenant.String() + "/providers/microsoft.aadiam", "operationName": operation, "operationVersion": "1.0",
		"category": category, "tenantId": w.tenant, "resultSignature": "None", "durationMs": 0, "correlationId": correlation, "identity": p.display, "Level": 4,
		"location": p.office.country, "properties": properties}
}

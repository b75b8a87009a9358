package prompts

import (
	"fmt"
	"strings"
	"time"
)

// caseOf are the cases whose subject is made of nothing but inputs.
var caseOf = map[string]string{"GetEntraUserDevices": "devices", "GetEntraUserGroups": "groups", "GetEntraRiskyUserHistory": "risk-history",
	"GetEntraRiskDetections": "detections", "GetEntraRiskySignIns": "risky-signins", "GetEntraSignInLogs": "signins",
	"GetEntraSignInFailureReasons": "reasons", "GetEntraAuditLogs": "audit", "GetEntraGroupOwners": "owners",
	"GetEntraGroupMembers": "members", "GetEntraGroupRoles": "group roles", "GetEntraRiskyUsers": "risky-users",
	"GetEntraConditionalAccessPolicies": "policies", "GetEntraRiskyWorkloadIdentities": "workloads", "GetSecurityIncidents": "incidents"}

// Expected works out what must be answered to a question with the skill and the inputs of want; false where the
// inputs do not say all.
func (e *Export) Expected(want Expect) (Expect, bool) {
	if len(want.Skill) != 1 || caseOf[want.Skill[0]] == "" {
		return Expect{}, false
	}
	s := Subject{Risky: want.Skill[0] == "GetEntraRiskySignIns"}
	texts := map[string]*string{"status": &s.Status, "ip": &s.IP, "activity": &s.Activity, "category": &s.Category, "result": &s.Result,
		"riskLevel": &s.Level, "riskState": &s.State, "deviceState": &s.DeviceState, "app": &s.App, "state": &s.State}
	w := &When{}
	for _, k := range sortedKeys(want.Inputs) {
		v := fmt.Sprint(want.Inputs[k])
		switch {
		case k == "user":
			for _, u := range e.Users {
				if strings.EqualFold(u.UPN, v) {
					s.User = u
				}
			}
		case k == "group":
			for _, g := range e.Groups {
				if g.DisplayName == v {
					s.Group = g
				}
			}
		case k == "lookback":
			w.Lookback, s.When = v, w
		case k == "from", k == "to":
			at, err := time.Parse(time.RFC3339, v)
			if err != nil {
				return Expect{}, false
			}
			if s.When = w; k == "from" {
				w.From = at
			} else {
				w.To = at
			}
		case k == "top":
			if _, err := fmt.Sscan(v, &s.Top); err != nil {
				return Expect{}, false
			}
		case k == "fields":
		case texts[k] != nil:
			*texts[k] = v
		default:
			return Expect{}, false
		}
	}
	return cases()[caseOf[want.Skill[0]]].Expect(e, &s), true
}

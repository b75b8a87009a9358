package tenantgen

import (
	"bytes"
	"encoding/csv"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

func (x *export) checkTruth(t *testing.T) {
	detections, incidents := map[string]bool{}, map[string]bool{}
	for _, d := range x.collection("riskDetections") {
		detections[d["id"].(string)] = true
	}
	for _, i := range x.collection("incidents") {
		incidents[i["id"].(string)] = true
	}
	if len(x.truth.Attacks) != len(Attacks()) {
		t.Errorf("%d attacks are labelled, %d played", len(x.truth.Attacks), len(Attacks()))
	}
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	for _, a := range x.truth.Attacks {
		if a.User == "" || !incidents[a.Incident] || a.Start.Before(x.truth.Start) || !a.End.Before(x.truth.End) || len(a.Addresses) == 0 || len(a.Techniques) == 0 {
			t.Errorf("%s: incomplete label %+v", a.Name, a)
		}
		for _, d := range a.Detections {
			if !detections[d] {
				t.Errorf("%s: unknown detection %s", a.Name, d)
			}
		}
		for _, s := range a.Steps {
			if s.Technique != "" && !technique.MatchString(s.Technique) {
				t.Errorf("%s: %q is not a technique", a.Name, s.Technique)
			}
			for _, e := range s.Events {
				if !x.log[e.Log][e.ID] && e.Log != "UserRiskEvents" {
					t.Errorf("%s: %s %s is not in the logs (%s)", a.Name, e.Log, e.ID, s.What)
				}
			}
		}
	}
}

func (x *export) checkWorkloads(t *testing.T) {
	keys := map[string]string{} // credential key to the appId it belongs to
	expired := map[string]string{}
	for _, c := range []string{"applications", "servicePrincipals"} {
		for _, a := range x.collection(c) {
			for _, list := range []string{"passwordCredentials", "keyCredentials"} {
				for _, k := range a[list].([]any) {
					k := k.(map[string]any)
					keys[k["keyId"].(string)] = a["appId"].(string)
					expired[k["keyId"].(string)] = second(k["endDateTime"])
				}
			}
		}
	}
	failures := 0
	for _, s := range x.signIns {
		if s["servicePrincipalId"] == nil {
			continue
		}
		key := s["servicePrincipalCredentialKeyId"].(string)
		if keys[key] != s["appId"] {
			t.Errorf("%v signs in with the unknown credential %s", s["servicePrincipalName"], key)
		}
		late := second(s["createdDateTime"]) > expired[key]
		if fails := s["status"].(map[string]any)["errorCode"] == float64(7000222); fails != late {
			t.Errorf("%v at %v: expired %v, refused %v", s["servicePrincipalName"], s["createdDateTime"], late, fails)
		} else if fails {
			failures++
		}
	}
	if failures == 0 {
		t.Error("no sign-in with an expired secret")
	}
}

func (x *export) checkAddresses(t *testing.T) {
	var allowed []netip.Prefix
	for _, p := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32"} {
		allowed = append(allowed, netip.MustParsePrefix(p))
	}
	seen := map[string]bool{}
	check := func(v any) {
		s, _ := v.(string)
		if s == "" || seen[s] {
			return
		}
		seen[s] = true
		ip, err := netip.ParseAddr(s)
		if err != nil || !slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(ip) }) {
			t.Errorf("address %q is not from a documentation range (%v)", s, err)
		}
	}
	for _, s := range x.signIns {
		check(s["ipAddress"])
	}
	for _, e := range x.office {
		check(e["ClientIP"])
	}
	if len(seen) < 60 {
		t.Errorf("only %d addresses", len(seen))
	}
}

// checkPolicies: the status agrees with the results, and a success has no failed policy.
func (x *export) checkPolicies(t *testing.T) {
	for _, s := range x.signIns {
		code := s["status"].(map[string]any)["errorCode"].(float64)
		want := "notApplied"
		for _, v := range s["appliedConditionalAccessPolicies"].([]any) {
			switch result := v.(map[string]any)["result"]; {
			case result == "failure":
				want = "failure"
			case result == "success" && want != "failure":
				want = "success"
			}
		}
		if s["conditionalAccessStatus"] != want {
			t.Errorf("status %v of %v, results say %s", s["conditionalAccessStatus"], s["id"], want)
		}
		if code == 0 && want == "failure" || code == 53003 && want != "failure" {
			t.Errorf("code %v with Conditional Access %s: %v", code, want, s)
		}
	}
}

// checkStateExplained: recent state and audit events imply each other.
func (x *export) checkStateExplained(t *testing.T) {
	start := second(x.truth.Start.Format(time.RFC3339))
	for _, u := range x.collection("users") {
		if at := second(u["createdDateTime"]); at >= start && !x.hasAudit("Add user", at, u["id"].(string)) {
			t.Errorf("%v appeared from nowhere", u["userPrincipalName"])
		}
		changed := second(u["lastPasswordChangeDateTime"])
		if changed >= start && changed > second(u["createdDateTime"]) && u["userType"] == "Member" && !x.hasAudit("Change password (self-service)", changed, u["id"].(string)) && !x.hasAudit("Reset password (by admin)", changed, u["id"].(string)) {
			t.Errorf("the password of %v changed at %s without an event", u["userPrincipalName"], changed)
		}
	}
	for _, u := range x.collection("deletedUsers") {
		if at := second(u["deletedDateTime"]); at >= start && !x.hasAudit("Delete user", at, u["id"].(string)) {
			t.Errorf("%v was deleted without an event", u["userPrincipalName"])
		}
	}
	once := map[string]bool{}
	for _, a := range x.audits {
		if what := a["activityDisplayName"].(string); what == "Consent to application" || what == "Add member to role" || what == "Add member to group" {
			k := what + second(a["activityDateTime"]) + mustJSON(a["targetResources"])
			if once[k] {
				t.Errorf("told twice: %s", k)
			}
			once[k] = true
		}
	}
	members := map[string]bool{}
	for _, g := range x.collection("groups") {
		for _, m := range g["members"].([]any) {
			members[g["id"].(string)+m.(map[string]any)["id"].(string)] = true
		}
	}
	for _, a := range x.audits {
		targets := a["targetResources"].([]any)
		if len(targets) != 2 {
			continue
		}
		key := targets[1].(map[string]any)["id"].(string) + targets[0].(map[string]any)["id"].(string)
		switch a["activityDisplayName"] {
		case "Add member to group":
			if !members[key] {
				t.Errorf("added, but not a member: %v", a)
			}
		case "Remove member from group":
			if members[key] {
				t.Errorf("removed, but a member: %v", a)
			}
		}
	}
}

func (x *export) checkPortal(t *testing.T) {
	b := readFile(t, filepath.Join(x.dir, "logs", "InteractiveSignIns.csv"))
	if !bytes.HasPrefix(b, []byte("\ufeffDate (UTC),Request ID,")) {
		t.Errorf("header is %q", b[:40])
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) < 10 {
		t.Fatal(len(rows), err)
	}
	for _, r := range rows[1:] {
		if x.signIns[r[1]] != nil {
			t.Errorf("%s is in another file too", r[1])
		}
	}
}

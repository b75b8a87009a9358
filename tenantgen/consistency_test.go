package tenantgen

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTracesAgree writes tenants of several sizes, reads the files back and cross-checks them.
func TestTracesAgree(t *testing.T) {
	for _, c := range []struct {
		name                string
		users, days, events int
		seed                uint64
	}{
		{"smallest", MinUsers, 2, 1500, 1},
		{"usual", 80, 14, 6000, 7},
		{"long", 150, 45, 6000, 99},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := testConfig(t)
			cfg.Users, cfg.Days, cfg.Events, cfg.Seed = c.users, c.days, c.events, c.seed
			summary := generate(t, cfg)
			x := readExport(t, cfg.Out)
			t.Run("detections", x.checkDetections)
			t.Run("risk history", x.checkRiskHistory)
			t.Run("methods", x.checkMethods)
			t.Run("references", x.checkReferences)
			t.Run("tokens", x.checkTokens)
			t.Run("truth", x.checkTruth)
			t.Run("workloads", x.checkWorkloads)
			t.Run("addresses", x.checkAddresses)
			t.Run("policies", x.checkPolicies)
			t.Run("state explained", x.checkStateExplained)
			t.Run("portal", x.checkPortal)
			t.Run("shared name", x.checkSharedName)
			for log, n := range map[string]int{"SignInLogs": len(x.log["SignInLogs"]), "AuditLogs": len(x.audits)} {
				if summary.Files["logs/"+log+".json.gz"] != n {
					t.Errorf("%s: %d records, summary says %d", log, n, summary.Files["logs/"+log+".json.gz"])
				}
			}
		})
	}
}

// checkSharedName: two people share a display name, and managers form a tree.
func (x *export) checkSharedName(t *testing.T) {
	names, boss := map[any]int{}, map[any]any{}
	shared := false
	for _, u := range x.collection("users") {
		names[u["displayName"]]++
		shared = shared || names[u["displayName"]] > 1
		if m, ok := u["manager"].(map[string]any); ok {
			boss[u["id"]] = m["id"]
		}
	}
	if !shared {
		t.Error("no two users share a display name")
	}
	for id := range boss {
		steps := 0
		for at := boss[id]; at != nil; at = boss[at] {
			if steps++; steps > 12 {
				t.Fatalf("the managers above %v have no top", id)
			}
		}
	}
}

func (x *export) checkDetections(t *testing.T) {
	n := 0
	for _, d := range x.collection("riskDetections") {
		if d["activity"] != "signin" {
			continue
		}
		n++
		s := x.signIns[d["requestId"].(string)]
		if s == nil {
			t.Errorf("detection %v names the unknown request %v", d["riskEventType"], d["requestId"])
			continue
		}
		if s["ipAddress"] != d["ipAddress"] || s["userId"] != d["userId"] || s["correlationId"] != d["correlationId"] || s["riskState"] != d["riskState"] {
			t.Errorf("detection and sign-in disagree:\n%v\n%v", d, s)
		}
		if !slices.Contains(s["riskEventTypes_v2"].([]any), d["riskEventType"]) {
			t.Errorf("sign-in %v lacks %v", s["id"], d["riskEventType"])
		}
		if d["detectedDateTime"].(string) < d["activityDateTime"].(string) || d["lastUpdatedDateTime"].(string) < d["detectedDateTime"].(string) {
			t.Errorf("times of detection out of order: %v", d)
		}
	}
	if n < 8 {
		t.Errorf("only %d detections of sign-ins", n)
	}
}

func (x *export) checkRiskHistory(t *testing.T) {
	last := map[any]map[string]any{}
	for _, h := range x.collection("riskyUserHistory") {
		if p := last[h["userId"]]; p != nil && p["riskLastUpdatedDateTime"].(string) >= h["riskLastUpdatedDateTime"].(string) {
			t.Errorf("history of %v not in order", h["userPrincipalName"])
		}
		last[h["userId"]] = h
	}
	users := x.collection("riskyUsers")
	if len(users) != len(last) {
		t.Errorf("%d risky users, %d histories", len(users), len(last))
	}
	for _, u := range users {
		h := last[u["id"]]
		for _, k := range []string{"riskState", "riskLevel", "riskDetail", "riskLastUpdatedDateTime"} {
			if h == nil || h[k] != u[k] {
				t.Errorf("%v: %s is %v, history ends in %v", u["userPrincipalName"], k, u[k], h[k])
			}
		}
	}
	for _, d := range x.collection("riskDetections") {
		if h := last[d["userId"]]; h["riskState"] != "atRisk" && d["riskState"] == "atRisk" && d["detectedDateTime"].(string) < h["riskLastUpdatedDateTime"].(string) {
			t.Errorf("%v is %v but its detection %v is open", h["userPrincipalName"], h["riskState"], d["riskEventType"])
		}
	}
}

// second cuts a time of either precision to seconds.
func second(v any) string { s, _ := v.(string); return s[:min(len(s), 19)] }

func (x *export) hasAudit(activity, at, subject string) bool {
	for _, a := range x.audits {
		if a["activityDisplayName"] != activity || second(a["activityDateTime"]) != at {
			continue
		}
		for _, r := range a["targetResources"].([]any) {
			if r.(map[string]any)["id"] == subject {
				return true
			}
		}
	}
	return false
}

func (x *export) checkMethods(t *testing.T) {
	start := second(x.truth.Start.Format(time.RFC3339))
	registered := map[string]bool{}
	for _, u := range x.collection("authenticationMethods") {
		for _, v := range u["authentication"].(map[string]any)["methods"].([]any) {
			m := v.(map[string]any)
			at := second(m["createdDateTime"])
			if at < start || strings.HasSuffix(m["@odata.type"].(string), "passwordAuthenticationMethod") {
				continue
			}
			activity := "User registered security info"
			if strings.HasSuffix(m["@odata.type"].(string), "temporaryAccessPassAuthenticationMethod") {
				activity = "Admin registered security info"
			}
			if !x.hasAudit(activity, at, u["id"].(string)) {
				t.Errorf("%v of %v, created %s, was never registered", m["@odata.type"], u["userPrincipalName"], at)
			}
			registered[u["id"].(string)+at] = true
		}
	}
	for _, a := range x.audits {
		if a["activityDisplayName"] == "User registered security info" && a["result"] == "success" {
			who := a["targetResources"].([]any)[0].(map[string]any)["id"].(string)
			if !registered[who+second(a["activityDateTime"])] {
				t.Errorf("registration of %s at %v left no method", who, a["activityDateTime"])
			}
		}
	}
	byID := map[any]map[string]any{}
	for _, r := range x.collection("userRegistrationDetails") {
		byID[r["id"]] = r
	}
	for _, u := range x.collection("authenticationMethods") {
		text, _ := json.Marshal(u)
		names := byID[u["id"]]["methodsRegistered"].([]any)
		for typ, name := range map[string]string{"fido2Auth": "fido2SecurityKey", "phoneAuth": "mobilePhone", "microsoftAuthenticatorAuth": "microsoftAuthenticatorPush", "emailAuth": "email"} {
			if bytes.Contains(text, []byte("graph."+typ)) != slices.Contains(names, any(name)) {
				t.Errorf("%v: methods and registration details disagree on %s", u["userPrincipalName"], name)
			}
		}
	}
}

// checkReferences: every expanded or named directory object exists.
func (x *export) checkReferences(t *testing.T) {
	known, upns := map[string]bool{}, map[string]bool{}
	for _, c := range []string{"users", "groups", "devices", "servicePrincipals", "applications", "directoryRoles"} {
		for _, o := range x.collection(c) {
			if known[o["id"].(string)] {
				t.Errorf("%s: id %v twice", c, o["id"])
			}
			known[o["id"].(string)] = true
			if u, ok := o["userPrincipalName"].(string); ok {
				if upns[u] {
					t.Errorf("user principal name %s twice", u)
				}
				upns[u] = true
			}
		}
	}
	reference := func(where string, v any) {
		if id, ok := v.(string); ok && !known[id] {
			t.Errorf("%s names the unknown object %s", where, id)
		}
	}
	for _, c := range []struct{ file, list string }{{"groups", "members"}, {"groups", "owners"}, {"directoryRoles", "members"}, {"devices", "registeredOwners"}, {"applications", "owners"}, {"servicePrincipals", "owners"}} {
		for _, o := range x.collection(c.file) {
			for _, m := range o[c.list].([]any) {
				reference(c.file, m.(map[string]any)["id"])
			}
		}
	}
	for file, keys := range map[string][]string{"roleAssignments": {"principalId"}, "roleEligibilitySchedules": {"principalId"}, "appRoleAssignments": {"principalId", "resourceId"}, "oauth2PermissionGrants": {"clientId", "principalId", "resourceId"}, "agreementAcceptances": {"userId"}, "riskDetections": {"userId"}} {
		for _, o := range x.collection(file) {
			for _, k := range keys {
				reference(file, o[k])
			}
		}
	}
	for _, u := range x.collection("users") {
		if m, ok := u["manager"].(map[string]any); ok {
			reference("users", m["id"])
		}
		activity, _ := u["signInActivity"].(map[string]any)
		for _, k := range []string{"lastSignInRequestId", "lastSuccessfulSignInRequestId"} {
			if id, ok := activity[k].(string); ok && x.signIns[id] == nil && !strings.Contains(string(readFile(t, filepath.Join(x.dir, "logs", "InteractiveSignIns.csv"))), id) {
				t.Errorf("%s of %v is not in the logs", k, u["userPrincipalName"])
			}
		}
	}
}

// checkTokens: calls and mailbox events carry the token and session of a sign-in of that user.
func (x *export) checkTokens(t *testing.T) {
	byToken := map[string]map[string]any{}
	for _, s := range x.signIns {
		if u, ok := s["uniqueTokenIdentifier"].(string); ok {
			byToken[u] = s
		}
	}
	missing := 0
	replayed := map[any]bool{} // from there an access token is used whose sign-in came from the person's own address
	for _, a := range x.truth.Attacks {
		if a.Name == "token-theft" {
			for _, ip := range a.Addresses {
				replayed[ip] = true
			}
		}
	}
	check := func(token, user, session, ip any) {
		s := byToken[token.(string)]
		if s == nil {
			missing++ // the sign-in is in a Graph page or the portal file, which have no token
			return
		}
		if s["userId"] != user || s["sessionId"] != session || s["ipAddress"] != ip && !replayed[ip] {
			t.Errorf("token %v: user, session or address differ: %v %v %v from %v", token, user, session, ip, s)
		}
	}
	for _, c := range x.calls {
		check(c["signInActivityId"], c["userId"], c["sessionId"], c["ipAddress"])
	}
	for _, e := range x.office {
		access := e["AppAccessContext"].(map[string]any)
		check(access["UniqueTokenId"], e["UserKey"], access["AADSessionId"], e["ClientIP"])
	}
	if n := len(x.calls) + len(x.office); n < 100 || missing > n/8 {
		t.Errorf("%d of %d tokens have no sign-in", missing, n)
	}
}

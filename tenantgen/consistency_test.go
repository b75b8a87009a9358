package tenantgen

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// export is a written tenant, read back without the generator's own types.
type export struct {
	t       *testing.T
	dir     string
	signIns map[string]map[string]any // properties by request id
	audits  []map[string]any
	office  []map[string]any
	calls   []map[string]any
	truth   Truth
	log     map[string]map[string]bool // ids by category
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func readLines(t *testing.T, path string) []map[string]any {
	t.Helper()
	var out []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, path)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m map[string]any
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, lines.Text())
		}
		out = append(out, m)
	}
	return out
}

func (x *export) collection(name string) []map[string]any {
	x.t.Helper()
	var d struct{ Value []map[string]any }
	if err := json.Unmarshal(readFile(x.t, filepath.Join(x.dir, "directory", name+".json")), &d); err != nil {
		x.t.Fatal(name, err)
	}
	return d.Value
}

func readExport(t *testing.T, dir string) *export {
	x := &export{t: t, dir: dir, signIns: map[string]map[string]any{}, log: map[string]map[string]bool{}}
	note := func(log, id string) {
		if x.log[log] == nil {
			x.log[log] = map[string]bool{}
		}
		if x.log[log][id] {
			t.Errorf("%s holds %s twice", log, id)
		}
		x.log[log][id] = true
	}
	logs := filepath.Join(dir, "logs")
	for _, name := range []string{"SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs"} {
		previous := ""
		for _, r := range readLines(t, filepath.Join(logs, name+".json.gz")) {
			p := r["properties"].(map[string]any)
			if r["category"] != name || r["callerIpAddress"] != p["ipAddress"] || r["correlationId"] != p["correlationId"] {
				t.Errorf("%s: envelope and properties disagree: %v", name, r)
			}
			if r["time"].(string) < previous {
				t.Errorf("%s is not in order of time", name)
			}
			previous = r["time"].(string)
			id := p["id"].(string)
			note(name, id)
			x.signIns[id] = p
		}
	}
	for _, r := range readLines(t, filepath.Join(logs, "AuditLogs.json.gz")) {
		p := r["properties"].(map[string]any)
		note("AuditLogs", p["id"].(string))
		x.audits = append(x.audits, p)
	}
	for _, r := range readLines(t, filepath.Join(logs, "MicrosoftGraphActivityLogs.json.gz")) {
		p := r["properties"].(map[string]any)
		note("MicrosoftGraphActivityLogs", p["requestId"].(string))
		x.calls = append(x.calls, p)
	}
	for _, r := range readLines(t, filepath.Join(logs, "UAL-Combined.jsonl.gz")) {
		note("OfficeActivity", r["Id"].(string))
		x.office = append(x.office, r)
	}
	for _, page := range []string{"signIns-page1.json", "signIns-page2.json.gz"} {
		var d struct{ Value []map[string]any }
		if err := json.Unmarshal(readFile(t, filepath.Join(logs, page)), &d); err != nil {
			t.Fatal(page, err)
		}
		for _, s := range d.Value {
			x.signIns[s["id"].(string)] = s
		}
	}
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "truth.json")), &x.truth); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestTracesAgree(t *testing.T) {
	cfg := testConfig(t)
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
	t.Run("counts", func(t *testing.T) {
		for log, n := range map[string]int{"SignInLogs": len(x.log["SignInLogs"]), "AuditLogs": len(x.audits)} {
			if summary.Files["logs/"+log+".json.gz"] != n {
				t.Errorf("%s: %d records, summary says %d", log, n, summary.Files["logs/"+log+".json.gz"])
			}
		}
	})
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
	check := func(token, user, session, ip any) {
		s := byToken[token.(string)]
		if s == nil {
			missing++ // the sign-in is in a Graph page or the portal file, which have no token
			return
		}
		if s["userId"] != user || s["sessionId"] != session || s["ipAddress"] != ip {
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

func TestKaritaStory(t *testing.T) {
	cfg := DemoConfig(filepath.Join(t.TempDir(), "demo"), testEnd)
	cfg.Users, cfg.Events = 120, 8000
	generate(t, cfg)
	x := readExport(t, cfg.Out)
	const upn = "karita@woodgrovebank.com"
	var user map[string]any
	for _, u := range x.collection("users") {
		if u["userPrincipalName"] == upn {
			user = u
		}
	}
	if user == nil || user["department"] != "Finance" || user["accountEnabled"] != true || user["manager"] == nil {
		t.Fatalf("the protagonist is %v", user)
	}
	kinds := map[any]int{}
	for _, d := range x.collection("riskDetections") {
		if d["userPrincipalName"] == upn {
			kinds[d["riskEventType"]]++
		}
	}
	for _, k := range []string{"passwordSpray", "unfamiliarFeatures", "mcasImpossibleTravel", "mcasSuspiciousInboxManipulationRules"} {
		if kinds[k] == 0 {
			t.Errorf("no detection %s among %v", k, kinds)
		}
	}
	for _, u := range x.collection("riskyUsers") {
		if u["userPrincipalName"] == upn && (u["riskLevel"] != "high" || u["riskState"] != "confirmedCompromised") {
			t.Errorf("risk is %v", u)
		}
	}
	recent := second(testEnd.Add(-72 * time.Hour).Format(time.RFC3339))
	activities := map[string]bool{}
	for _, a := range x.audits {
		if second(a["activityDateTime"]) >= recent && strings.Contains(mustJSON(a["initiatedBy"]), upn) {
			activities[a["activityDisplayName"].(string)] = true
		}
	}
	for _, k := range []string{"User registered security info", "Consent to application", "Add delegated permission grant", "Add member to group"} {
		if !activities[k] {
			t.Errorf("no %q in the last 72 hours, only %v", k, activities)
		}
	}
	failed, foreign := 0, 0
	for _, s := range x.signIns {
		if s["userPrincipalName"] != upn || second(s["createdDateTime"]) < second(testEnd.Add(-48*time.Hour).Format(time.RFC3339)) {
			continue
		}
		if s["status"].(map[string]any)["errorCode"] == float64(500121) {
			failed++
		}
		if s["location"].(map[string]any)["countryOrRegion"] == "RO" {
			foreign++
		}
	}
	if failed < 5 || foreign < 20 {
		t.Errorf("%d refused prompts, %d sign-ins from abroad", failed, foreign)
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the value came from JSON
	}
	return string(b)
}

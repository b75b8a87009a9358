package tenantgen

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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

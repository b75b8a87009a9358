package prompts_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
	"github.com/sleuth-sec/sleuth/tenantgen"
)

// asked are the skills that every tenant must be asked about in at least so many wordings.
var asked = map[string]int{"GetEntraUserDetails": 60, "GetEntraUserAuthenticationMethods": 15, "GetEntraUserDevices": 15,
	"GetEntraUserRoles": 15, "GetEntraUserLicenses": 15, "GetEntraUserApplications": 15, "GetEntraUserGroups": 15,
	"GetEntraRiskyUsers": 15, "GetEntraRiskyUser": 15, "GetEntraRiskyUserHistory": 15, "GetEntraRiskDetections": 15,
	"GetEntraRiskySignIns": 10, "GetEntraSignInLogs": 60, "GetEntraSignInFailureReasons": 15, "GetEntraAuditLogs": 30,
	"GetEntraGroupDetails": 15, "GetEntraGroupOwners": 15, "GetEntraGroupMembers": 15, "GetEntraGroupRoles": 15,
	"GetEntraRoleMembers": 15, "GetEntraDeviceDetails": 15, "GetEntraDiagnosticSettings": 15, "GetEntraCollectedLogs": 15,
	"GetRemediationOptions": 15, "FindEntraUsers": 15, "FindEntraGroups": 15}

// Items must be the same every time, have no placeholder left, and cover the skills.
func TestItems(t *testing.T) {
	cfg := companies[0]
	cfg.Out = filepath.Join(t.TempDir(), "tenant")
	if _, err := tenantgen.Generate(context.Background(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	var texts [2]string
	var items []prompts.Item
	for i := range texts {
		export, err := prompts.ReadExport(cfg.Out, cfg.End)
		if err != nil {
			t.Fatal(err)
		}
		if items, err = prompts.Items(export, "x"); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(b)
	}
	if texts[0] != texts[1] {
		t.Error("the same export gives other items the second time")
	}
	count, seen := map[string]int{}, map[string]bool{}
	for _, item := range items {
		if seen[item.ID] {
			t.Errorf("two items are %s", item.ID)
		}
		seen[item.ID] = true
		for _, turn := range item.Turns {
			if strings.ContainsAny(turn.Prompt, "{}") {
				t.Errorf("%s: %q has a placeholder left", item.ID, turn.Prompt)
			}
			for _, s := range turn.Expect.Skill {
				count[s]++
			}
		}
	}
	for skill, n := range asked {
		if count[skill] < n {
			t.Errorf("%s is asked about in %d wordings, want %d or more", skill, count[skill], n)
		}
	}
	t.Logf("prompts: %d items", len(items))
}

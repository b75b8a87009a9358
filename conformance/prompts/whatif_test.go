package prompts_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
	"github.com/sleuth-sec/sleuth/tenantgen"
)

// The tenant's sign-ins say which policies were evaluated and applied: what would apply to the same person, application and
// address must be the same.
func TestWhatIfAgreesWithRecordedEvaluations(t *testing.T) {
	if testing.Short() {
		t.Skip("imports a tenant")
	}
	cfg := companies[1]
	cfg.Out, cfg.Users, cfg.Events = filepath.Join(t.TempDir(), "w"), 60, 3000
	if _, err := tenantgen.Generate(context.Background(), cfg, nil); err != nil {
		t.Fatal(err)
	}
	export, err := prompts.ReadExport(cfg.Out, cfg.End)
	if err != nil {
		t.Fatal(err)
	}
	h := openHouse(t, cfg.Out, cfg.End)
	asked, applied, byPolicy := 0, 0, map[string]int{}
	for i, x := range export.SignIns {
		legacy := x.Client != "Browser" && x.Client != "Mobile Apps and Desktop clients"
		if i%7 != 0 && !legacy || len(x.Policies) == 0 || asked == 90 {
			continue
		}
		prompt := fmt.Sprintf("would %s be asked for MFA when signing in to %q from %s", x.UPN, x.Resource, x.IP)
		if legacy {
			prompt += " with legacy authentication"
		}
		if slices.Contains([]string{"low", "medium", "high"}, x.RiskDuring) {
			prompt += " with " + x.RiskDuring + " risk"
		}
		got, _, err := h.ask(fmt.Sprint("what-if ", i), prompt)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Steps) != 1 || got.Steps[0].Skill != "EvaluateConditionalAccess" || got.Table == nil {
			t.Errorf("%q: %s %+v %q", prompt, got.Outcome, got.Steps, got.Text)
			continue
		}
		asked++
		verdicts := map[string]string{}
		at := map[string]int{}
		for k, c := range got.Table.Columns {
			at[c.Name] = k
		}
		for _, row := range got.Table.Rows {
			verdicts[fmt.Sprint(row[at["Policy"]])] = fmt.Sprint(row[at["Verdict"]])
		}
		for _, p := range x.Policies {
			want := "applies"
			if p.Result == "notApplied" || p.Result == "reportOnlyNotApplied" {
				want = "does not apply"
			}
			if p.Name == "CA106 - Short sessions on unmanaged devices" {
				continue // the tenant applies it by the device, which its conditions do not say
			}
			if want == "applies" {
				applied++
				byPolicy[p.Name]++
			}
			if verdicts[p.Name] != want {
				t.Errorf("%q: %s: %s, recorded %s", prompt, p.Name, verdicts[p.Name], p.Result)
			}
		}
	}
	t.Logf("measured: what if: %d sign-ins agree with the recorded evaluation, %d policies applied: %v", asked, applied, byPolicy)
	if asked < 60 || len(byPolicy) < 3 {
		t.Errorf("%d sign-ins were compared, by policies %v: too few to show anything", asked, byPolicy)
	}
}

package entra_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
)

var update = flag.Bool("update", false, "rewrite docs/reference/directory-tables.md")

func load(t *testing.T) *entra.Schemas {
	t.Helper()
	s, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// repositoryRoot walks up to go.mod.
func repositoryRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

func TestEveryTableIsWellFormed(t *testing.T) {
	s := load(t)
	if n := len(s.Tables()); n < 100 {
		t.Fatalf("only %d tables", n)
	}
	kinds := []string{"string", "bool", "int", "long", "real", "decimal", "datetime", "timespan", "guid", "dynamic"}
	for _, table := range s.Tables() {
		for _, c := range table.Columns {
			if !slices.Contains(kinds, c.Type) {
				t.Errorf("%s.%s has type %q", table.Name, c.Name, c.Type)
			}
			// The service returns the columns of its own list; the standard columns that the list does not name appear by name only.
			if (c.Name == "_TimeReceived" || c.Name == "_ItemId") && !c.Hidden {
				t.Errorf("%s.%s is not hidden", table.Name, c.Name)
			}
		}
		for _, hidden := range []string{"_Extra", "_SourceFile", "_SourceLine", "_SourceSha256", "_ImportId", "_IngestionTime"} {
			if c, ok := table.Column(hidden); !ok || !c.Hidden {
				t.Errorf("%s has no hidden column %s", table.Name, hidden)
			}
		}
		if table.TimeColumn != "" {
			if c, ok := table.Column(table.TimeColumn); !ok || c.Type != "datetime" {
				t.Errorf("%s: time column %s", table.Name, table.TimeColumn)
			}
		}
	}
}

func TestDirectoryTablesOfTheLayout(t *testing.T) {
	s := load(t)
	for _, name := range strings.Fields(`EntraUsers EntraDeletedUsers EntraGroups EntraGroupMembers EntraGroupOwners EntraRoles
		EntraRoleAssignments EntraRoleEligibilities EntraDevices EntraAuthenticationMethods EntraRegistrationDetails EntraLicenses
		EntraSkus EntraServicePrincipals EntraApplications EntraAppRoleAssignments EntraPermissionGrants EntraConditionalAccessPolicies
		EntraNamedLocations EntraAgreements EntraAgreementAcceptances EntraRiskyUsers EntraRiskyUserHistory EntraRiskDetections
		EntraRiskyServicePrincipals EntraOrganization EntraSecurityDefaults EntraAccessReviews EntraDiagnosticSettings`) {
		table := s.Table(name)
		if table == nil {
			t.Errorf("no table %s", name)
			continue
		}
		if table.Kind != entra.KindDirectory || table.Rows.Rule != entra.RuleSnapshot || len(table.Rows.Key) == 0 {
			t.Errorf("%s: kind %s, rule %+v", name, table.Kind, table.Rows)
		}
	}
}

func TestColumnLookup(t *testing.T) {
	s := load(t)
	cloud := s.Table("CloudAppEvents")
	if c, ok := cloud.Column("Isp"); !ok || c.Name != "ISP" {
		t.Errorf("alias Isp gives %v %v", c, ok)
	}
	if _, ok := cloud.Column("isp"); ok {
		t.Error("KQL names are case-sensitive")
	}
	signIns := s.Table("SigninLogs")
	if i := signIns.ColumnIndex("userPrincipalName"); i < 0 || signIns.Columns[i].Name != "UserPrincipalName" {
		t.Errorf("userPrincipalName gives %d", i)
	}
	if signIns.ColumnIndex("nothing") != -1 {
		t.Error("found a column that is not there")
	}
	if v := signIns.Visible(); v[0].Name != "TenantId" || v[len(v)-1].Name != "_BilledSize" {
		t.Errorf("visible columns run from %s to %s", v[0].Name, v[len(v)-1].Name)
	}
}

func TestSignInErrors(t *testing.T) {
	s := load(t)
	for _, c := range []struct {
		code     string
		outcome  entra.Outcome
		password bool
	}{
		{"0", entra.OutcomeSuccess, false},
		{"50126", entra.OutcomeFailure, false},
		{"50053", entra.OutcomeFailure, false},
		{"50074", entra.OutcomeInterruption, true},
		{"50140", entra.OutcomeInterruption, false},
		{"500121", entra.OutcomeFailureAfterPassword, true},
		{"53003", entra.OutcomeFailureAfterPassword, true},
	} {
		e, ok := s.SignInError(c.code)
		if !ok || e.Outcome != c.outcome || e.PasswordCorrect != c.password || e.Label == "" {
			t.Errorf("%s: %+v %v", c.code, e, ok)
		}
		if _, ok := s.SignInErrorClass(e.Class); !ok {
			t.Errorf("%s: class %q is not described", c.code, e.Class)
		}
	}
	for _, bad := range []string{"", "abc", "-1", "99999999"} {
		if e, ok := s.SignInError(bad); ok {
			t.Errorf("%q: %+v", bad, e)
		}
	}
}

func TestCategories(t *testing.T) {
	s := load(t)
	for category, want := range map[string]string{
		"SignInLogs": "SigninLogs", "signinlogs": "SigninLogs", "UserRiskEvents": "AADUserRiskEvents",
		"EnrichedOffice365AuditLogs": "EnrichedMicrosoft365AuditLogs", "OfficeActivity": "OfficeActivity",
	} {
		if got, ok := s.CategoryTable(category); !ok || got.Name != want {
			t.Errorf("%s: %v", category, got)
		}
	}
	if got, ok := s.CategoryTable("SomethingElse"); ok {
		t.Errorf("unknown category gives %v", got)
	}
}

func TestVocabularies(t *testing.T) {
	s := load(t)
	if got := s.Enum("riskState"); !slices.Contains(got, "confirmedCompromised") || slices.Contains(got, "unknownFutureValue") {
		t.Errorf("riskState: %v", got)
	}
	if got := s.Vocabulary("riskEventType.user"); !slices.Contains(got, "passwordSpray") {
		t.Errorf("riskEventType.user: %v", got)
	}
}

func TestPropertyMapsNameColumns(t *testing.T) {
	s := load(t)
	tables := map[string][]string{
		"signIn":         {"SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs"},
		"directoryAudit": {"AuditLogs"}, "riskyUser": {"AADRiskyUsers"}, "riskDetection": {"AADUserRiskEvents"},
	}
	for object, names := range tables {
		if len(s.Properties(object)) == 0 {
			t.Errorf("no property map for %s", object)
		}
		for _, p := range s.Properties(object) {
			if !slices.ContainsFunc(names, func(n string) bool { _, ok := s.Table(n).Column(p.Column); return ok }) {
				t.Errorf("%s: %s is a column of none of %v", object, p.Column, names)
			}
		}
	}
}

func TestLoadNamesTheProblem(t *testing.T) {
	files := fstest.MapFS{"tables/T.json": {Data: []byte(
		`{"name":"T","rows":{"rule":"unique","key":["Missing"]},"columns":[{"name":"A","type":"string"},{"name":"B","type":"string","aliases":["a"]}]}`)}}
	_, err := entra.Load(files)
	if err == nil || !strings.Contains(err.Error(), "two columns") || !strings.Contains(err.Error(), "Missing") {
		t.Errorf("got %v", err)
	}
}

// TestAgainstReference compares every column with the companion schemas where they are present.
func TestAgainstReference(t *testing.T) {
	dir := filepath.Join(repositoryRoot(t), "..", "shared", "schemas", "tables")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("no reference schemas here")
	}
	s := load(t)
	right, total := 0, 0
	for _, f := range files {
		var ref struct {
			Table   string
			Columns []struct{ Name, Type, In string }
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(b, &ref) != nil || ref.Table == "" {
			continue // the index and the standard columns
		}
		table := s.Table(ref.Table)
		if table == nil {
			t.Errorf("%s is missing", ref.Table)
			continue
		}
		last := -1
		for _, c := range ref.Columns {
			total++
			got, ok := table.Column(c.Name)
			at := table.ColumnIndex(c.Name)
			switch {
			case !ok:
				t.Errorf("%s.%s is missing", ref.Table, c.Name)
			case got.Type != c.Type && strings.HasSuffix(f, ".DefenderXDR.json"), got.Name != c.Name: // the Log Analytics side wins
				right++
			case got.Type != c.Type:
				t.Errorf("%s.%s is %s, want %s", ref.Table, c.Name, got.Type, c.Type)
			case at <= last && !strings.HasSuffix(f, ".DefenderXDR.json"):
				t.Errorf("%s.%s is out of order", ref.Table, c.Name)
			default:
				right++
			}
			if got.Name == c.Name {
				last = max(last, at)
			}
		}
	}
	t.Logf("columns of the reference: %d/%d", right, total)
}

func TestDirectoryReference(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# Tables of the directory\n\nGenerated from `content/schemas/tables` (`go test ./entra -update`).\n\n" +
		"Directory objects are tables. `EntraUsers` shows the newest state of every user that the newest complete\n" +
		"snapshot holds; `EntraHistory(\"EntraUsers\")` shows every state ever held. Columns carry the Graph property\n" +
		"names. A property that no column takes stands in `_Extra`. Every table has the hidden columns `_Extra`,\n" +
		"`_SourceFile`, `_SourceLine`, `_SourceSha256`, `_ImportId`, `_IngestionTime`, `_SnapshotTime` (when the state\n" +
		"was first seen) and `_Current` (whether it is of the newest snapshot).\n\n" +
		"Strings are never null: a property that is absent or null is `\"\"` in a string column and null in any other.\n\n" +
		"Risky users, their history and risk detections read from Graph are also rows of `AADRiskyUsers` and\n" +
		"`AADUserRiskEvents`, so that those tables are complete whichever source a responder holds.\n")
	for _, table := range load(t).Tables() {
		if table.Kind != entra.KindDirectory {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\nGraph resource: `%s`. Key: `%s`.\n\n| column | type |\n|---|---|\n",
			table.Name, strings.ToUpper(table.Doc[:1])+table.Doc[1:], table.Resource, strings.Join(table.Rows.Key, "`, `"))
		for _, c := range table.Visible() {
			fmt.Fprintf(&b, "| %s | %s |\n", c.Name, c.Type)
		}
	}
	file := filepath.Join(repositoryRoot(t), "docs", "reference", "directory-tables.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Errorf("%s does not match the schemas; run go test ./entra -update", file)
	}
}

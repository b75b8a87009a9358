package copilot_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/plugin"
)

// TestAuthenticationMethodsTakeMoreThanSecurityReader asks for the same rows by a skill, by a count and inside an
// investigation: none may read them for a Security Reader, and the answer names the role that is missing.
func TestAuthenticationMethodsTakeMoreThanSecurityReader(t *testing.T) {
	holds := held{"EntraUsers", "EntraAuthenticationMethods", "SigninLogs"}
	for _, c := range []struct {
		role            access.Role
		prompt, outcome string
		reads           bool
	}{
		{access.SecurityReader, "authentication methods of Ada Berg", copilot.Refused, false},
		{access.SecurityReader, "/GetEntraUserAuthenticationMethods user=ada@contoso.example", copilot.Refused, false},
		{access.SecurityReader, "How many authentication methods by type are there?", copilot.Refused, false},
		{access.SecurityReader, "investigate Ada Berg", copilot.Answered, false},
		{access.SecurityReader, "Is Ada Berg's account enabled?", copilot.Answered, false},
		{access.SecurityOperator, "authentication methods of Ada Berg", copilot.Answered, true},
		{access.SecurityOperator, "investigate Ada Berg", copilot.Answered, true},
	} {
		rows := &answers{rows: people()}
		a, err := newCopilot(t, rows, holds, &trail{}).Ask(context.Background(),
			copilot.Prompt{Text: c.prompt, Principal: access.Principal{ID: "r", Name: "Rita", Roles: []access.Role{c.role}}, Now: now})
		if err != nil || a.Outcome != c.outcome {
			t.Errorf("%s, %q: %v, %s %q; want %s", c.role, c.prompt, err, a.Outcome, a.Text, c.outcome)
			continue
		}
		if read := strings.Contains(strings.Join(rows.queries, "\n"), "EntraAuthenticationMethods"); read != c.reads {
			t.Errorf("%s, %q: read the methods: %v, want %v", c.role, c.prompt, read, c.reads)
		}
		if named := strings.Contains(a.Text, "Rita lacks the"); named == c.reads && c.prompt != "Is Ada Berg's account enabled?" {
			t.Errorf("%s, %q: %q", c.role, c.prompt, a.Text)
		}
		if a.Outcome == copilot.Refused && (!strings.Contains(a.Text, "Security Operator") || a.Table != nil || len(a.Steps) > 0) {
			t.Errorf("%s, %q: %q, %v", c.role, c.prompt, a.Text, a.Steps)
		}
	}
}

// TestSkillsOfGuardedTablesNameTheirRole holds the shipped manifests to the rule of the tables they read.
func TestSkillsOfGuardedTablesNameTheirRole(t *testing.T) {
	manifests, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, m := range manifests {
		for _, s := range m.Skills {
			if !strings.Contains(s.Template, "EntraAuthenticationMethods") {
				continue
			}
			named++
			p := access.Principal{Roles: []access.Role{access.Role(s.Role)}}
			if err := access.Authorize(p, access.ReadsTable("EntraAuthenticationMethods")); err != nil {
				t.Errorf("%s names the role %q: %v", s.Name, s.Role, err)
			}
		}
	}
	if named == 0 {
		t.Error("no skill reads the methods: the test has nothing to hold")
	}
}

package access_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
)

// matrix is what every role may do, written out: a change of a role has to be made twice, here on purpose.
var matrix = map[access.Role]string{
	access.CopilotContributor:    "ask author",
	access.CopilotOwner:          "ask author readUses",
	access.SecurityReader:        "read ask",
	access.SecurityOperator:      "read readMethods ask act",
	access.SecurityAdministrator: "read readMethods ask act import author readUses",
	access.Owner:                 "read readMethods ask act import author readUses manage",
	"Nobody":                     "",
}

func TestRolesByPermissions(t *testing.T) {
	if len(matrix) != len(access.Roles())+1 {
		t.Fatalf("%d roles, %d in the table", len(access.Roles()), len(matrix)-1)
	}
	for role, allowed := range matrix {
		for _, p := range access.Permissions() {
			want := slices.Contains(strings.Fields(allowed), string(p))
			err := access.Authorize(access.Principal{ID: "x", Roles: []access.Role{role}}, p)
			if (err == nil) != want {
				t.Errorf("%s, %s: %v, want allowed %v", role, p, err, want)
			}
		}
	}
	for _, p := range access.Permissions() {
		if access.Authorize(access.Principal{ID: "x"}, p) == nil {
			t.Errorf("a principal without a role may %s", p)
		}
		if p.Does() == "" {
			t.Errorf("what %s does is not said", p)
		}
	}
}

func TestRolesAddUp(t *testing.T) {
	p := access.Principal{ID: "x", Roles: []access.Role{access.CopilotContributor, access.SecurityReader}}
	for _, want := range []access.Permission{access.Read, access.Ask, access.Author} {
		if err := access.Authorize(p, want); err != nil {
			t.Error(err)
		}
	}
	if got := p.Permissions(); !slices.Equal(got, []access.Permission{access.Read, access.Ask, access.Author}) {
		t.Errorf("permissions %v", got)
	}
}

func TestATokenNarrowsAndNeverWidens(t *testing.T) {
	p := access.Principal{ID: "x", Name: "Ada", Roles: []access.Role{access.SecurityReader}, Only: []access.Permission{access.Read, access.Manage}}
	if err := access.Authorize(p, access.Read); err != nil {
		t.Error(err)
	}
	if err := access.Authorize(p, access.Ask); err == nil || !strings.Contains(err.Error(), "API token of Ada") {
		t.Errorf("ask: %v", err)
	}
	if err := access.Authorize(p, access.Manage); err == nil || !strings.Contains(err.Error(), "the role Owner") {
		t.Errorf("manage: %v", err)
	}
	if access.Authorize(access.Principal{Roles: []access.Role{access.Owner}, Only: []access.Permission{}}, access.Read) == nil {
		t.Error("a token of no permission reads")
	}
}

func TestDeniedNamesRoleAndPermission(t *testing.T) {
	err := access.Authorize(access.Principal{Name: "Ada", Roles: []access.Role{access.SecurityReader}}, access.Act)
	var d *access.Denied
	if !errors.As(err, &d) {
		t.Fatalf("got %T", err)
	}
	for _, want := range []string{"Ada", "act", "Security Operator", "Security Administrator", "Owner"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		has, least access.Role
		says       string
	}{
		{access.SecurityOperator, access.SecurityOperator, ""},
		{access.SecurityAdministrator, access.SecurityOperator, ""},
		{access.SecurityAdministrator, access.CopilotOwner, ""},
		{access.Owner, access.SecurityAdministrator, ""},
		{access.SecurityReader, access.SecurityOperator, "lacks the role Security Operator or Security Administrator or Owner"},
		{access.CopilotOwner, access.SecurityReader, "Security Reader"},
		{access.Owner, "Nobody", "lacks the role"},
	} {
		err := access.AtLeast(access.Principal{Name: "Ada", Roles: []access.Role{c.has}}, c.least)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s for %s: %v, want %q", c.has, c.least, err, c.says)
		}
	}
}

func TestOwnerHoldsEverything(t *testing.T) {
	for _, p := range access.Permissions() {
		if err := access.Authorize(access.LocalOwner(), p); err != nil {
			t.Error(err)
		}
	}
}

func TestParseRole(t *testing.T) {
	for text, want := range map[string]access.Role{
		"Security Reader": access.SecurityReader, "security-operator": access.SecurityOperator, "OWNER": access.Owner,
		"copilot_contributor": access.CopilotContributor,
		"Reader":              access.SecurityReader, "Contributor": access.SecurityAdministrator, "Responder": access.SecurityOperator,
	} {
		if got, err := access.ParseRole(text); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
	if _, err := access.ParseRole("Root"); err == nil || !strings.Contains(err.Error(), "Security Administrator") {
		t.Errorf("an unknown role: %v", err)
	}
	if _, err := access.ParsePermission("fly"); err == nil || !strings.Contains(err.Error(), "readMethods") {
		t.Errorf("an unknown permission: %v", err)
	}
}

func TestDetailsOfAPrincipal(t *testing.T) {
	if d := access.LocalOwner().Details(); len(d) != 0 {
		t.Errorf("the local owner has details %v", d)
	}
	p := access.Principal{ID: "p-1", Name: "Ada Berg", UPN: "ada@example.com", Roles: []access.Role{access.SecurityReader, access.CopilotOwner}, ClientIP: "192.0.2.7"}
	want := map[string]string{"displayName": "Ada Berg", "userPrincipalName": "ada@example.com", "role": "Security Reader, Copilot owner", "clientIP": "192.0.2.7"}
	if d := p.Details(); !maps.Equal(d, want) {
		t.Errorf("details %v, want %v", d, want)
	}
}

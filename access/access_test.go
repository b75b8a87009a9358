package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
)

func TestAuthorize(t *testing.T) {
	for _, c := range []struct {
		roles []access.Role
		want  access.Permission
		ok    bool
	}{
		{[]access.Role{access.Reader}, access.Ask, true},
		{[]access.Role{access.Reader}, access.Act, false},
		{[]access.Role{access.Responder}, access.Act, true},
		{[]access.Role{access.Contributor}, access.Act, false},
		{[]access.Role{access.Reader, access.Responder}, access.Act, true},
		{[]access.Role{access.Owner}, access.Manage, true},
		{[]access.Role{"Nobody"}, access.Ask, false},
		{nil, access.Ask, false},
	} {
		err := access.Authorize(access.Principal{ID: "x", Roles: c.roles}, c.want)
		if (err == nil) != c.ok {
			t.Errorf("Authorize(%v, %s) = %v, want allowed %v", c.roles, c.want, err, c.ok)
		}
	}
}

func TestDeniedNamesRoleAndPermission(t *testing.T) {
	err := access.Authorize(access.Principal{Name: "Ada", Roles: []access.Role{access.Reader}}, access.Act)
	var d *access.Denied
	if !errors.As(err, &d) {
		t.Fatalf("got %T", err)
	}
	for _, want := range []string{"Ada", "act", "Responder", "Owner"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestOwnerHoldsEverything(t *testing.T) {
	for _, r := range access.Roles() {
		for _, p := range r.Permissions() {
			if err := access.Authorize(access.LocalOwner(), p); err != nil {
				t.Error(err)
			}
		}
	}
}

package access

import (
	"fmt"
	"slices"
	"strings"
)

// Role is a named set of permissions. Its text is its name, as people read it and as it is stored.
type Role string

// The roles of the product. The data roles carry the names of Entra's, as they say what of the tenant may be seen; the
// copilot's roles are no roles of Entra, and give no data by themselves: nobody reaches through the copilot what they
// could not read without it.
const (
	CopilotContributor    Role = "Copilot contributor"
	CopilotOwner          Role = "Copilot owner"
	SecurityReader        Role = "Security Reader"
	SecurityOperator      Role = "Security Operator"
	SecurityAdministrator Role = "Security Administrator"
	Owner                 Role = "Owner"
)

// Roles lists every role: those of the copilot, then those of the data, least first.
func Roles() []Role {
	return []Role{CopilotContributor, CopilotOwner, SecurityReader, SecurityOperator, SecurityAdministrator, Owner}
}

// Permissions lists what a role allows. An unknown role allows nothing.
func (r Role) Permissions() []Permission {
	switch r {
	case CopilotContributor:
		return []Permission{Ask, Author}
	case CopilotOwner:
		return []Permission{Ask, Author, ReadUses}
	case SecurityReader:
		return []Permission{Read, Ask}
	case SecurityOperator:
		return []Permission{Read, ReadMethods, Ask, Act}
	case SecurityAdministrator: // holds what a Copilot owner holds, as Security Administrators do
		return []Permission{Read, ReadMethods, Ask, Act, Import, Author, ReadUses}
	case Owner:
		return Permissions()
	}
	return nil
}

// For says what a role is for.
func (r Role) For() string {
	switch r {
	case CopilotContributor:
		return "uses the copilot and adds plugins and promptbooks; needs a data role beside it to get answers"
	case CopilotOwner:
		return "a Copilot contributor who also sees how the copilot is used; needs a data role beside it to get answers"
	case SecurityReader:
		return "reads sign-ins, risk, audit events and the directory, asks and queries"
	case SecurityOperator:
		return "a Security Reader who also sees authentication methods and acts on users"
	case SecurityAdministrator:
		return "a Security Operator who also imports data, writes rules and plugins, and sees how the copilot is used"
	case Owner:
		return "everything, settings and people included"
	}
	return ""
}

func (r Role) covers(least Role) bool {
	for _, p := range least.Permissions() {
		if !slices.Contains(r.Permissions(), p) {
			return false
		}
	}
	return len(least.Permissions()) > 0
}

// former are the names that roles had before they were named after Entra's.
var former = map[string]Role{
	"reader": SecurityReader, "contributor": SecurityAdministrator, "responder": SecurityOperator,
}

// ParseRole reads a role's name, without regard to case; "security-reader" and "SecurityReader" are read too, and so are
// the names that roles had before.
func ParseRole(name string) (Role, error) {
	key := squeeze(name)
	names := make([]string, 0, len(Roles()))
	for _, r := range Roles() {
		if squeeze(string(r)) == key {
			return r, nil
		}
		names = append(names, string(r))
	}
	if r, ok := former[key]; ok {
		return r, nil
	}
	return "", fmt.Errorf("there is no role %q: the roles are %s", name, strings.Join(names, ", "))
}

// ParsePermission reads a permission's name.
func ParsePermission(name string) (Permission, error) {
	names := make([]string, 0, len(Permissions()))
	for _, p := range Permissions() {
		if squeeze(string(p)) == squeeze(name) {
			return p, nil
		}
		names = append(names, string(p))
	}
	return "", fmt.Errorf("there is no permission %q: the permissions are %s", name, strings.Join(names, ", "))
}

func squeeze(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(s))
}

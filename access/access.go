package access

import (
	"fmt"
	"slices"
	"strings"
)

// Permission is one thing a principal can be allowed to do.
type Permission string

// The permissions of the product.
const (
	Ask      Permission = "ask"      // ask prompts and run queries
	Act      Permission = "act"      // confirm and run remediation actions
	Import   Permission = "import"   // bring data into the workspace
	Author   Permission = "author"   // add plugins, promptbooks, rules
	Manage   Permission = "manage"   // settings, people, tokens, retention
	ReadUses Permission = "readUses" // read the copilot's own audit trail
)

// Role is a named set of permissions.
type Role string

// The roles of the product, from least to most.
const (
	Reader      Role = "Reader"
	Contributor Role = "Contributor"
	Responder   Role = "Responder"
	Owner       Role = "Owner"
)

// Roles lists every role, least first.
func Roles() []Role { return []Role{Reader, Contributor, Responder, Owner} }

// Permissions lists what a role allows. An unknown role allows nothing.
func (r Role) Permissions() []Permission {
	switch r {
	case Reader:
		return []Permission{Ask}
	case Contributor:
		return []Permission{Ask, Import, Author}
	case Responder:
		return []Permission{Ask, Act}
	case Owner:
		return []Permission{Ask, Act, Import, Author, Manage, ReadUses}
	}
	return nil
}

// Principal is a person or a program that asks.
type Principal struct {
	ID    string // stable id: a UPN, an object id, or "local" for the owner of this machine's data
	Name  string
	Roles []Role
}

// LocalOwner is the person who runs the command line on a data directory that is theirs.
func LocalOwner() Principal {
	return Principal{ID: "local", Name: "local owner", Roles: []Role{Owner}}
}

// Denied says which permission is missing and which roles would give it.
type Denied struct {
	Principal  string
	Permission Permission
	Roles      []Role
}

func (d *Denied) Error() string {
	names := make([]string, len(d.Roles))
	for i, r := range d.Roles {
		names[i] = string(r)
	}
	return fmt.Sprintf("%s lacks the permission %q; it comes with the role %s", d.Principal, d.Permission, strings.Join(names, " or "))
}

// Authorize returns nil when p holds the permission, and a *Denied otherwise.
func Authorize(p Principal, want Permission) error {
	for _, r := range p.Roles {
		if slices.Contains(r.Permissions(), want) {
			return nil
		}
	}
	who := p.Name
	if who == "" {
		who = p.ID
	}
	if who == "" {
		who = "an unnamed principal"
	}
	d := &Denied{Principal: who, Permission: want}
	for _, r := range Roles() {
		if slices.Contains(r.Permissions(), want) {
			d.Roles = append(d.Roles, r)
		}
	}
	return d
}

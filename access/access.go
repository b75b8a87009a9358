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
	Read        Permission = "read"        // read the tenant's logs and directory: run queries
	ReadMethods Permission = "readMethods" // read the authentication methods of users
	Ask         Permission = "ask"         // put prompts to the copilot
	Act         Permission = "act"         // confirm and run remediation actions
	Import      Permission = "import"      // bring data into the workspace
	Author      Permission = "author"      // add plugins, promptbooks, rules, saved functions, watchlists
	ReadUses    Permission = "readUses"    // read the copilot's own audit trail
	Manage      Permission = "manage"      // settings, people, tokens, retention
)

// Permissions lists every permission, in the order of the reference.
func Permissions() []Permission {
	return []Permission{Read, ReadMethods, Ask, Act, Import, Author, ReadUses, Manage}
}

// Does says what a permission allows, for people.
func (p Permission) Does() string {
	switch p {
	case Read:
		return "read the tenant's logs and directory, run queries"
	case ReadMethods:
		return "read the authentication methods of users"
	case Ask:
		return "put prompts to the copilot"
	case Act:
		return "confirm and run remediation actions"
	case Import:
		return "bring data into the workspace"
	case Author:
		return "add plugins, promptbooks, rules, saved functions and watchlists"
	case ReadUses:
		return "read the copilot's own audit trail"
	case Manage:
		return "change settings, people, tokens and retention"
	}
	return ""
}

// ReadsTable is the permission that reading a table takes. What protects a table stands here, and not with those who read
// it, so that a skill, a query and a saved function meet the same rule.
func ReadsTable(table string) Permission {
	if table == "EntraAuthenticationMethods" { // Microsoft Graph too gives another user's methods to more than Security Readers only
		return ReadMethods
	}
	if table == "CopilotActivity" { // who asked what
		return ReadUses
	}
	return Read
}

// Principal is a person or a program that asks.
type Principal struct {
	ID    string // stable id: of a person, or "local" for the owner of this machine's data
	Name  string
	UPN   string // empty where there is none
	Roles []Role
	// Only narrows what the roles allow to these permissions, as an API token does; nil narrows nothing.
	Only []Permission
	// ClientIP is the address that the request came from; empty for commands on this machine.
	ClientIP string
}

// Details are what an audit entry says of a principal beside the id: who it was and from where, as the tables of the trail
// need it. The owner of this machine's data has none.
func (p Principal) Details() map[string]string {
	out := map[string]string{}
	for key, value := range map[string]string{"displayName": p.Name, "userPrincipalName": p.UPN, "role": Names(p.Roles), "clientIP": p.ClientIP} {
		if value != "" && (p.ID != "local" || key == "clientIP") {
			out[key] = value
		}
	}
	return out
}

// Names are roles, or permissions, as a text: their names with commas between.
func Names[T Role | Permission](list []T) string { return join(list, ", ") }

func join[T Role | Permission](list []T, between string) string {
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = string(x)
	}
	return strings.Join(names, between)
}

// LocalOwner is the person who runs the command line on a data directory that is theirs.
func LocalOwner() Principal {
	return Principal{ID: "local", Name: "local owner", Roles: []Role{Owner}}
}

// Permissions is what a principal may do.
func (p Principal) Permissions() []Permission {
	var out []Permission
	for _, want := range Permissions() {
		if Authorize(p, want) == nil {
			out = append(out, want)
		}
	}
	return out
}

func (p Principal) called() string {
	for _, s := range []string{p.Name, p.UPN, p.ID} {
		if s != "" {
			return s
		}
	}
	return "an unnamed principal"
}

// Denied says which permission is missing and which roles would give it.
type Denied struct {
	Principal  string
	Permission Permission // empty where a role is asked for
	Roles      []Role     // any of them would do
	// Narrowed: a role gives the permission, the API token does not carry it.
	Narrowed bool
}

func (d *Denied) Error() string {
	if d.Narrowed {
		return fmt.Sprintf("the API token of %s does not carry the permission %q: make one that does", d.Principal, d.Permission)
	}
	if d.Permission == "" {
		return fmt.Sprintf("%s lacks the role %s", d.Principal, join(d.Roles, " or "))
	}
	return fmt.Sprintf("%s lacks the permission %q; it comes with the role %s", d.Principal, d.Permission, join(d.Roles, " or "))
}

// Authorize returns nil when p holds the permission, and a *Denied otherwise.
func Authorize(p Principal, want Permission) error {
	d := &Denied{Principal: p.called(), Permission: want}
	for _, r := range p.Roles {
		if !slices.Contains(r.Permissions(), want) {
			continue
		}
		if p.Only == nil || slices.Contains(p.Only, want) {
			return nil
		}
		d.Narrowed = true
	}
	for _, r := range Roles() {
		if slices.Contains(r.Permissions(), want) {
			d.Roles = append(d.Roles, r)
		}
	}
	return d
}

// AtLeast returns nil when p may do everything that the role least allows, and otherwise a *Denied that names the roles
// which allow as much, the least first.
func AtLeast(p Principal, least Role) error {
	var missing error
	for _, want := range least.Permissions() {
		if err := Authorize(p, want); err != nil {
			missing = err
		}
	}
	if missing == nil && len(least.Permissions()) > 0 {
		return nil
	}
	if d, ok := missing.(*Denied); ok && d.Narrowed {
		return d
	}
	d := &Denied{Principal: p.called()}
	for _, r := range Roles() {
		if r.covers(least) {
			d.Roles = append(d.Roles, r)
		}
	}
	return d
}

// NotAbove returns nil when everything that the roles allow is allowed to p as well, and otherwise a *Denied: who gives roles, or
// has a say over somebody who holds them, must not reach above their own.
func NotAbove(p Principal, roles []Role) error {
	for _, r := range roles {
		for _, want := range r.Permissions() {
			if err := Authorize(p, want); err != nil {
				return err
			}
		}
	}
	return nil
}

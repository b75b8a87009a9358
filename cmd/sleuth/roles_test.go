package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/plugin"
)

//go:generate go test -count=1 -run TestRolesPageIsCurrent . -update-docs

// TestRolesPageIsCurrent compares docs/reference/roles.md with the roles as they are declared.
func TestRolesPageIsCurrent(t *testing.T) {
	want, err := rolesPage()
	if err != nil {
		t.Fatal(err)
	}
	current(t, "roles.md", want)
}

func rolesPage() (string, error) {
	var b strings.Builder
	b.WriteString("# Roles\n\nMade from the declarations of `access` and the shipped skills. A person may hold several roles; what they allow adds up. " +
		"A refusal names the permission and the roles that give it, or the role.\n\n| role | what it is for |\n|---|---|\n")
	for _, r := range access.Roles() {
		fmt.Fprintf(&b, "| %s | %s |\n", r, r.For())
	}
	b.WriteString("\n## What each role may do\n\n| permission | allows to |")
	for _, r := range access.Roles() {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(access.Roles())) + "\n")
	for _, p := range access.Permissions() {
		fmt.Fprintf(&b, "| `%s` | %s |", p, p.Does())
		for _, r := range access.Roles() {
			mark := ""
			if slices.Contains(r.Permissions(), p) {
				mark = "yes"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	b.WriteString("\nThe copilot's roles give no data: to get an answer a person needs `read` too. A table that takes more than `read` takes it everywhere: " +
		"in skills, queries, saved functions and the endpoints for other programs. Wildcards (`search`, `union *`, `find`) leave such a table out.\n\n" +
		"## Skills that name a role\n\n| skill | least role |\n|---|---|\n")
	manifests, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		return "", err
	}
	for _, m := range manifests {
		for _, s := range m.Skills {
			if s.Role != "" {
				fmt.Fprintf(&b, "| `%s` | %s |\n", s.Name, s.Role)
			}
		}
	}
	return b.String(), nil
}

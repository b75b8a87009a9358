package plugin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/plugin"
)

const small = `
Descriptor: {Name: P, Description: d}
SkillGroups:
  - Format: KQL
    Skills:
      - Name: GetThings
        Description: things
        Inputs:
          - {Name: who, Required: true}
          - {Name: lookback, DefaultValue: 7d}
        ExamplePrompt: things of {who}
        Settings: {Target: Defender, Template: 'T | where U == "{{who}}"'}
        Sleuth:
          Inputs: [{Name: who, Type: user}]
`

func TestParse(t *testing.T) {
	m, err := plugin.Parse("p.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	s := m.Skills[0]
	who, _ := s.Input("who")
	lookback, _ := s.Input("lookback")
	if m.Name != "P" || s.Name != "GetThings" || who.Type != "user" || !who.Required || lookback.Type != "lookback" || lookback.Default != "7d" || len(s.Examples) != 1 {
		t.Fatalf("%+v", s)
	}
}

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, code, at, says string }{
		{"a: [", "PLG1001", "1:1", ""},
		{"Descriptor:\n  Name: P\n  Cluster: **URL**\nSkillGroups: []", "PLG1001", "3:12", "put the value in quotes"},
		{"Descriptor:\n\tName: P", "PLG1001", "2:2", "indent with spaces"},
		{"- a\n- b", "PLG1001", "1:1", "a list"},
		{"", "PLG1001", "1:1", "empty"},
		{"Descriptor: {Name: P}", "PLG1002", "1:1", "SkillGroups is missing"},
		{"SkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x'}}]", "PLG1002", "1:1", "Descriptor.Name is missing"},
		{"Descriptor:\n  Name:\nSkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x'}}]", "PLG1002", "2:3", "Descriptor.Name is missing"},
		{"Descriptor: {Name: P}\nSkillGroups:\n- Format: API\n  Settings: {}", "PLG1002", "4:13", "OpenApiSpecUrl is missing"},
		{"Descriptor: {Name: P}\nSkillGroups:\n- Format: KQL\n  Skills:\n  - {Name: A, Settings: {Template: T}}\n  - {Name: a, Settings: {Template: T}}", "PLG1003", "6:12", `skill "a" is declared twice, the first time in line 5`},
		{"Descriptor: {Name: P}\nSkillGroups:\n- Format: KQL\n  Skills:\n  - Name: A\n    Settings: {Template: T}\n    Sleuth: {Inputs: [{Name: x, Type: user}]}", "PLG1004", "7:5", "{{x}}"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: KQL, Skills: [{Settings: {Template: T}}]}]", "PLG1002", "2:38", "SkillGroups[0].Skills[0].Name is missing"},
		{"Descriptor: {Name: [P]}\nSkillGroups: []", "PLG1006", "1:20", "a list"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: SQL, Skills: []}]", "PLG1007", "2:24", "KQL, API, GPT"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: KQL, Skills: [{Name: A, Settings: {Target: Nowhere, Template: T}}]}]", "PLG1007", "2:67", "Sentinel"},
		{"Descriptor: {Name: P, Authorization: {Type: Magic}}\nSkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x'}}]", "PLG1007", "1:45", "OAuthPasswordGrantFlow"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: KQL, Skills: [{Name: A}]}]", "PLG1011", "2:38", `skill "A" has no Template`},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x', EndpointUrlSettingName: Nothing}}]", "PLG1012", "2:93", "Nothing"},
		{"Descriptor: {Name: P}\nSkillGroups:\n- {Format: MCP, Settings: {Endpoint: nowhere, TimeoutInSeconds: soon}}", "PLG1010", "3:38", "nowhere"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: LogicApp, Skills: [{Name: A, Settings: {SubscriptionId: x, TriggerName: y}}]}]", "PLG1002", "2:43", "WorkflowName is missing"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: GPT, Skills: [{Name: A, Settings: {Template: T}}]}]\nAgentDefinitions: [{Name: G, Triggers: [{Name: t, ProcessSkill: P.B}]}]", "PLG1016", "3:65", "P.B"},
	} {
		_, err := plugin.Parse("p.yaml", []byte(c.text))
		var list *diag.List
		if !errors.As(err, &list) {
			t.Errorf("%q: %v, want %s", c.text, err, c.code)
			continue
		}
		d := list.First()
		if got := fmt.Sprintf("%d:%d", d.Line, d.Column); d.Code != c.code || got != c.at || !strings.Contains(d.Error(), c.says) || !strings.Contains(d.Error(), "p.yaml:") {
			t.Errorf("%q:\n got %s\nwant %s at %s, %s", c.text, d, c.code, c.at, c.says)
		}
	}
}

func TestWarningsDoNotRefuse(t *testing.T) {
	for _, c := range []struct{ text, code, at, says string }{
		{"Descriptor: {Name: P, DisplayNam: Q}\n", "PLG1009", "1:23", "did you mean DisplayName?"},
		{"Descriptor: {Name: P/Q}\n", "PLG1008", "1:20", "not allowed"},
		{"Descriptor: {Name: P, DisplayName: a name that is longer than the documented limit allows it to be}\n", "PLG1008", "1:36", "at most 40"},
		{"Descriptor: {Name: P, SupportedAuthTypes: [Basic], Authorization: {Type: AAD}}\n", "PLG1014", "1:68", "AAD"},
		{"Descriptor: {Name: P, Authorization: {Type: ServiceHttp, AccessToken: s3cret}}\n", "PLG1015", "1:58", "AccessToken"},
	} {
		m, list := plugin.Read("p.yaml", []byte(c.text+"SkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x'}}]"))
		if list.Failed() || m == nil || len(list.Items) != 1 {
			t.Errorf("%q: %v", c.text, list)
			continue
		}
		d := list.Items[0]
		if got := fmt.Sprintf("%d:%d", d.Line, d.Column); d.Code != c.code || got != c.at || !strings.Contains(d.Error(), c.says) || strings.Contains(d.Error(), "s3cret") {
			t.Errorf("%q: %s, want %s at %s, %s", c.text, d, c.code, c.at, c.says)
		}
	}
	// A hole that nothing declares, and an input that the template does not use, in their lines.
	_, list := plugin.Read("p.yaml", []byte("Descriptor: {Name: P}\nSkillGroups:\n- Format: KQL\n  Skills:\n  - Name: A\n    Inputs: [{Name: unused}]\n    Settings:\n      Template: |-\n\n          T\n          | where a == '{{b}}'\n"))
	if list.Failed() || len(list.Items) != 2 || list.Items[0].Line != 6 || list.Items[1].Line != 11 || list.Items[1].Column != 25 {
		t.Errorf("%v", list)
	}
}

// TestVariationsOfPublishedManifests reads what published manifests and the documentation have in several ways.
func TestVariationsOfPublishedManifests(t *testing.T) {
	m, list := plugin.Read("p.json", []byte("\xff\xfe{\x00}\x00"))
	if m == nil || list.First() == nil || list.First().Code != "PLG1002" { // UTF-16, read as far as it goes
		t.Errorf("UTF-16: %v", list)
	}
	m, list = plugin.Read("p.json", []byte("{\n\t\"Descriptor\": {\n\t\t\"Name\": \"P\", \"Authorization\": {\"Type\": \"APIKey\", \"Key\": \"k\", \"Location\": \"QueryParams\"}},\n\t\"SkillGroups\": [{\"Format\": \"api\", \"Settings\": {\"OpenApiSpecURL\": \"https://x\"}}]}"))
	if len(list.Items) > 0 || m.Name != "P" || m.Auth.Type != plugin.APIKey || m.AuthTypes[0] != plugin.APIKey || m.Groups[0].OpenAPI != "https://x" || m.Groups[0].Format != plugin.API {
		t.Errorf("JSON: %v, %+v", list, m)
	}
	m, list = plugin.Read("ai-plugin.json", []byte(`{"schema_version":"v1","name_for_model":"todo","name_for_human":"Todo","auth":{"type":"user_http","authorization_type":"bearer"},"api":{"type":"openapi","url":"https://x/openapi.yaml"}}`))
	if len(list.Items) > 0 || m.Name != "todo" || m.DisplayName != "Todo" || m.Auth.Type != plugin.ServiceHTTP || m.Groups[0].OpenAPI != "https://x/openapi.yaml" {
		t.Errorf("OpenAI plugin: %v, %+v", list, m)
	}
	m, list = plugin.Read("p.yaml", []byte(`
Descriptor: {Name: Math, SupportedAuthTypes: [none]}
SkillGroups:
- Format: MCP
  Settings: {Endpoint: 'https://mcp.example.com/mcp', UseStreamableHttp: true, UsePluginAuth: true, TimeoutInSeconds: 120, AllowedTools: 'add, divide'}
- Format: AGENT
  Skills:
  - Name: Lead
    Interfaces: [Agent]
    Inputs: [{Name: URL, Required: true}]
    Settings: {Model: gpt-4.1, Instructions: do it}
    ChildSkills: [add]
AgentDefinitions:
- Name: A
  DisplayName: An agent
  Publisher: Custom
  Product: SecurityCopilot
  RequiredSkillsets: [Math]
  Triggers: [{Name: Default, DefaultPeriodSeconds: 0, ProcessSkill: Math.Lead}]
`))
	if len(list.Items) > 0 || m.Groups[0].MCP.Timeout != 120 || len(m.Groups[0].MCP.AllowedTools) != 2 || !m.Groups[0].MCP.StreamableHTTP || m.Skills[0].Children[0] != "add" ||
		m.Skills[0].Settings["Model"] != "gpt-4.1" || m.Agents[0].Triggers[0].ProcessSkill != "Math.Lead" || m.Auth.Type != plugin.NoAuth {
		t.Errorf("MCP and AGENT: %v, %+v", list, m)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("Descriptor: &a {Name: *a}\nSkillGroups: *a"))
	f.Add([]byte("\xff\xfeD\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, list := plugin.Read("p.yaml", text)
		if m == nil && !list.Failed() {
			t.Error("no manifest, and nothing said why")
		}
	})
}

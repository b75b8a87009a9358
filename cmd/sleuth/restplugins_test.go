package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
)

// TestPluginsByREST adds, checks, changes and removes plugins and promptbooks as people do by the page and by programs.
func TestPluginsByREST(t *testing.T) {
	d := newDesk(t)
	_, own := d.person("own@x.example", access.Owner)
	_, ada := d.person("ada@x.example", access.CopilotContributor)
	_, rita := d.person("rita@x.example", access.SecurityReader)
	manifest := "Descriptor: {Name: P, Settings: [{Name: InstanceUrl}], Authorization: {Type: ApiKey, Key: k, Location: Header}}\nSkillGroups:\n- {Format: KQL, Skills: [{Name: Count, Settings: {Target: Sentinel, Template: SigninLogs | count}}]}\n" +
		"- {Format: API, Settings: {OpenApiSpecUrl: 'https://x.example/o.yaml', EndpointUrlSettingName: InstanceUrl}}\n"
	add := func(text, scope string) string {
		b, err := json.Marshal(map[string]any{"file": "p.yaml", "manifest": text, "scope": scope, "documents": map[string]string{"https://x.example/o.yaml": "openapi: 3.0.0\npaths: {/a: {get: {operationId: getA}}}"}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	d.ask(ada, "POST", "/api/v1/plugins", add("Descriptor: {Name: W}", ""), http.StatusUnprocessableEntity, "invalid: p.yaml:1:1: PLG1002")
	d.ask(ada, "POST", "/api/v1/plugins/check", add("Descriptor: {Name: W}", ""), http.StatusOK, `"failed":true`, `"line":1`, "PLG1002")
	d.ask(ada, "POST", "/api/v1/plugins/check", add(strings.Replace(manifest, "SigninLogs", "SignLogs", 1), ""), http.StatusOK, "KQL1201", "SignLogs")
	d.ask(ada, "POST", "/api/v1/plugins", add(manifest, "organization"), http.StatusForbidden, "Copilot owner")
	d.ask(ada, "POST", "/api/v1/plugins", add(manifest, "everybody"), http.StatusBadRequest, "user or organization")
	d.ask(ada, "POST", "/api/v1/plugins", add(manifest, ""), http.StatusOK, `"scope":"user"`, `"skills":["Count","getA"]`, "needs the secret Value")
	d.ask(rita, "GET", "/api/v1/plugins", "", http.StatusOK, `{"plugins":[]}`)
	d.ask(rita, "GET", "/api/v1/plugins/P", "", http.StatusNotFound, "there is no plugin P")
	d.ask(own, "POST", "/api/v1/plugins", add(manifest, "organization"), http.StatusOK, `"replaced":false`)
	d.ask(rita, "GET", "/api/v1/plugins", "", http.StatusOK, `"name":"P"`, `"authorization":"ApiKey"`)
	d.ask(rita, "GET", "/api/v1/plugins/P", "", http.StatusOK, "Descriptor: {Name: P")
	d.ask(rita, "DELETE", "/api/v1/plugins/P", "", http.StatusForbidden, `"author"`)
	d.ask(own, "PATCH", "/api/v1/plugins/P", `{}`, http.StatusBadRequest, "not both")
	d.ask(own, "PATCH", "/api/v1/plugins/P", `{"enabled":false}`, http.StatusNoContent)
	d.ask(own, "PATCH", "/api/v1/plugins/P", `{"settings":{"InstanceUrl":"https://y.example"}}`, http.StatusNoContent)
	d.ask(own, "PATCH", "/api/v1/plugins/P", `{"settings":{"Value":"x"}}`, http.StatusBadRequest, "is a secret")
	d.ask(own, "PUT", "/api/v1/plugins/P/secrets/Value", `{"value":"k3y-Zq81"}`, http.StatusNoContent)
	if got := d.ask(own, "GET", "/api/v1/plugins/P", "", http.StatusOK, `"secrets":["Value"]`, `"enabled":false`, "https://y.example"); strings.Contains(textOf(t, got), "k3y-Zq81") {
		t.Error("the secret is shown")
	}
	d.ask(own, "DELETE", "/api/v1/plugins/P", "", http.StatusNoContent)
	d.ask(own, "DELETE", "/api/v1/plugins/P", "", http.StatusNotFound)

	const book = `{"promptbook": "{\"name\": \"B\", \"prompts\": [{\"content\": \"sign-ins of <UPN>\"}], \"promptbookinputs\": [{\"name\": \"UPN\"}]}"}`
	d.ask(ada, "POST", "/api/v1/promptbooks", `{"promptbook": "{}"}`, http.StatusUnprocessableEntity, "PLG4002")
	d.ask(ada, "POST", "/api/v1/promptbooks", book, http.StatusOK, `"scope":"user"`)
	d.ask(ada, "GET", "/api/v1/promptbooks", "", http.StatusOK, `"name":"B"`)
	d.ask(ada, "GET", "/api/v1/promptbooks/B", "", http.StatusOK, "promptbookinputs")
	d.ask(ada, "POST", "/api/v1/promptbooks/B/run", `{}`, http.StatusBadRequest, "needs the input UPN")
	d.ask(ada, "POST", "/api/v1/promptbooks/B/run", `{"inputs":{"UPN":"ada@x.example"},"sessionId":"s-1"}`, http.StatusOK, `"prompts":["sign-ins of ada@x.example"]`, `"sessionId":"s-1"`)
	d.ask(rita, "POST", "/api/v1/promptbooks/B/run", `{}`, http.StatusNotFound)
	d.ask(ada, "DELETE", "/api/v1/promptbooks/B", "", http.StatusNoContent)
	var said []string
	for _, e := range operationsOf(t, d.h.dir, 0) {
		if strings.Contains(e.Operation, "Plugin") || strings.Contains(strings.ToLower(e.Operation), "promptbook") || e.Operation == "AccessDenied" {
			said = append(said, e.Operation)
		}
	}
	want := "AccessDenied CreateCopilotPlugin CreateCopilotPlugin AccessDenied DisableCopilotPlugin UpdatePluginSettings UpdatePluginSettings DeleteCopilotPlugin CreateCopilotPromptBook PromptbookRun DeleteCopilotPromptBook"
	if got := strings.Join(said, " "); got != want {
		t.Errorf("on record: %s\nwant %s", got, want)
	}
}

func textOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
)

// TestAPIPluginInAHouse adds an API plugin with its document, gives it a key, and asks: the server is called as the asker may, on record and
// without the key.
func TestAPIPluginInAHouse(t *testing.T) {
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Method+" "+r.URL.Path+" "+r.Header.Get("x-key"))
		fmt.Fprint(w, `[{"Name": "Adobe", "PwnCount": 152445165}, {"Name": "Dropbox", "PwnCount": 68648009}]`)
	}))
	defer server.Close()
	h, err := openHouse(t.Context(), filepath.Join(t.TempDir(), "d"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	own := access.LocalOwner()
	x, _, err := h.manage.AddPlugin(t.Context(), own, manage.NewPlugin{File: "breaches.yaml", Scope: manage.ForOrganization, Documents: map[string]string{"https://example.com/breaches.yaml": `
openapi: 3.0.0
info: {title: Breaches, version: v1}
servers: [{url: "https://breaches.invalid/api"}]
paths:
  /breachedaccount/{email}:
    get:
      operationId: getBreaches
      summary: Get list of breaches for an account
      parameters: [{in: path, name: email, required: true, schema: {type: string}}]
    delete:
      operationId: forgetAccount
      summary: Forget an account
      parameters: [{in: path, name: email, required: true, schema: {type: string}}]
`}, Manifest: []byte(`Descriptor:
  Name: Breaches
  Settings: [{Name: InstanceUrl, Required: true}]
  Authorization: {Type: APIKey, Key: x-key, Location: Header}
SkillGroups:
- Format: API
  Settings: {OpenApiSpecUrl: "https://example.com/breaches.yaml", EndpointUrlSettingName: InstanceUrl}
`)})
	if err != nil {
		t.Fatal(err)
	}
	reader := access.Principal{ID: "r", Name: "Rita", Roles: []access.Role{access.SecurityReader}}
	ask := func(p access.Principal, text, outcome, says string) *copilot.Answer {
		t.Helper()
		a, err := h.copilot.Ask(t.Context(), copilot.Prompt{Text: text, Principal: p})
		if err != nil {
			t.Fatal(err)
		}
		if a.Outcome != outcome || !strings.Contains(a.Text, says) {
			t.Errorf("%q: %s %q, want %s %q", text, a.Outcome, a.Text, outcome, says)
		}
		return a
	}
	const get = "/getBreaches email=ada@x.example"
	ask(reader, get, copilot.Failed, "needs the setting InstanceUrl")
	if _, err := h.manage.SetPlugin(t.Context(), own, x.ID, "InstanceUrl", server.URL+"/v3"); err != nil {
		t.Fatal(err)
	}
	ask(reader, get, copilot.Failed, "is not reached by https")
	change := manage.Change{Name: settings.PluginsPrivate, Value: "true"}
	if _, _, err := h.manage.ChangeSetting(t.Context(), own, change); err != nil {
		t.Fatal(err)
	}
	ask(reader, get, copilot.Failed, "needs the secret Value")
	if _, _, err := h.manage.SetPluginSecret(t.Context(), own, x.ID, "Value", secret.NewValue("k3y-Zq81")); err != nil {
		t.Fatal(err)
	}
	if len(sent) > 0 {
		t.Errorf("before all was given, %q was sent", sent)
	}
	a := ask(reader, get, copilot.Answered, "2 rows")
	if fmt.Sprint(a.Table.Rows) != "[[Adobe 152445165] [Dropbox 68648009]]" || a.Table.Columns[1].Type != "long" || a.Steps[0].Source != "api" || a.Steps[0].Query != "GET "+server.URL+"/v3/breachedaccount/ada@x.example" {
		t.Errorf("%+v", a)
	}
	ask(reader, "Using Breaches, list the breaches of bob@y.example", copilot.Answered, "2 rows")
	ask(reader, "/forgetAccount email=ada@x.example", copilot.Refused, `lacks the permission "act"`)
	planned := ask(own, "/forgetAccount email=ada@x.example", copilot.NeedsConfirmation, "DELETE "+server.URL+"/v3/breachedaccount/ada@x.example")
	if !strings.Contains(planned.Text, "Nothing has been sent") || len(planned.Steps) != 1 {
		t.Errorf("%+v", planned)
	}
	ask(own, "/Breaches.forgetAccount email=ada@x.example", copilot.NeedsConfirmation, "Nothing has been sent")
	ask(own, "Forget an account: ada@x.example", copilot.NeedsConfirmation, "Nothing has been sent")
	want := "[GET /v3/breachedaccount/ada@x.example k3y-Zq81 GET /v3/breachedaccount/bob@y.example k3y-Zq81]"
	if fmt.Sprint(sent) != want {
		t.Errorf("sent %q\nwant %s", sent, want)
	}
	calls := 0
	for _, e := range operationsOf(t, h.dir, 0) {
		if e.Operation == "PluginCallSent" && strings.HasPrefix(e.Object, "Breaches/") {
			calls++
		}
	}
	if calls != 4 { // the two that could not be sent too: on record comes first
		t.Errorf("%d calls are on record", calls)
	}
	err = filepath.WalkDir(h.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "k3y-Zq81") {
			t.Errorf("%s has the key", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPluginsReadWhatTheAskerMay has a plugin read tables that take more than a Security Reader holds.
func TestPluginsReadWhatTheAskerMay(t *testing.T) {
	h, err := openHouse(t.Context(), filepath.Join(t.TempDir(), "d"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	if _, _, err := h.manage.AddPlugin(t.Context(), access.LocalOwner(), manage.NewPlugin{File: "p.yaml", Scope: manage.ForOrganization, Manifest: []byte(`Descriptor: {Name: P}
SkillGroups:
- Format: KQL
  Skills:
  - {Name: Methods, Settings: {Target: Sentinel, Template: EntraAuthenticationMethods | count}, Sleuth: {Handler: investigation, Role: Security Reader}}
  - {Name: Uses, Settings: {Target: Sentinel, Template: CopilotActivity | count}}
  - {Name: SignIns, Settings: {Target: Sentinel, Template: SigninLogs | count}}
`)}); err != nil {
		t.Fatal(err)
	}
	reader := access.Principal{ID: "r", Name: "Rita", Roles: []access.Role{access.SecurityReader}}
	for _, c := range []struct {
		p             access.Principal
		text, outcome string
	}{
		{reader, "/SignIns", copilot.Answered}, {reader, "/Methods", copilot.Refused}, {reader, "/Uses", copilot.Refused},
		{access.LocalOwner(), "/Methods", copilot.Answered}, {access.LocalOwner(), "/Uses", copilot.Answered},
		{access.Principal{ID: "c", Name: "Cora", Roles: []access.Role{access.CopilotContributor}}, "/SignIns", copilot.Refused},
	} {
		a, err := h.copilot.Ask(t.Context(), copilot.Prompt{Text: c.text, Principal: c.p})
		if err != nil || a.Outcome != c.outcome || a.Outcome == copilot.Answered && len(a.Table.Rows) != 1 {
			t.Errorf("%s asks %s: %s %q, %v", c.p.Name, c.text, a.Outcome, a.Text, err)
		}
	}
}

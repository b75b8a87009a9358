package manifests_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/api"
	"github.com/sleuth-sec/sleuth/secret"
)

// TestAPISkills reads every OpenAPI document that is published, alone or in the file of its manifest, and calls each of its operations at a server that
// implements it, by the authentication of the manifest.
func TestAPISkills(t *testing.T) {
	files := published(t, ".yaml", ".yml", ".json")
	documents := map[string]file{} // by the name of the file
	for _, f := range files {
		if api.IsDocument(f.text) {
			documents[path.Base(f.path)] = f
		}
	}
	read, skills, ran, groups, elsewhere := 0, 0, 0, 0, 0
	used := map[string]bool{}
	try := func(f file, auth plugin.Authorization) {
		doc, list := api.Read(f.path, f.text)
		if list.Failed() {
			t.Errorf("%s", list.First())
			return
		}
		for _, d := range list.Items {
			if *failures {
				t.Log(d)
			}
		}
		read++
		for _, s := range doc.Skills("P") {
			skills++
			if why := callOf(t, doc, s, auth); why != "" {
				t.Errorf("%s, %s: %s", f.path, s.Name, why)
				continue
			}
			ran++
		}
	}
	for _, f := range files {
		m, list := plugin.Read(f.path, f.text)
		if list.Failed() {
			continue
		}
		for _, g := range m.Groups {
			if g.Format != plugin.API {
				continue
			}
			groups++
			if api.IsDocument(f.text) {
				used[f.path] = true
				try(f, m.Auth)
			} else if d, ok := documents[path.Base(g.OpenAPI)]; ok {
				used[d.path] = true
				try(d, m.Auth)
			} else {
				elsewhere++
			}
		}
	}
	for _, f := range documents {
		if !used[f.path] {
			try(f, plugin.Authorization{})
		}
	}
	t.Logf("api skills: %d/%d run against a server of their document, of %d documents; %d of %d groups name a document that is published elsewhere", ran, skills, read, elsewhere, groups)
}

// callOf calls a skill at a server that implements its document, and says what is wrong.
func callOf(t *testing.T, doc *api.Document, s *plugin.Skill, auth plugin.Authorization) string {
	o, ok := doc.Operation(s.Name)
	if !ok {
		return "it has no operation"
	}
	wrong := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			fmt.Fprint(w, `{"access_token": "t", "expires_in": 3600}`)
			return
		}
		wrong = breach(o, r)
		fmt.Fprint(w, `[{"ok": true}]`)
	}))
	defer server.Close()
	inputs := map[string]string{}
	for _, p := range o.Params {
		switch {
		case len(p.Enum) > 0:
			inputs[p.Name] = p.Enum[0]
		case p.Type == "integer", p.Type == "number":
			inputs[p.Name] = "7"
		case p.Type == "boolean":
			inputs[p.Name] = "true"
		case p.Type == "object":
			inputs[p.Name] = `{"a": 1}`
		default:
			inputs[p.Name] = "a/b c"
		}
	}
	if auth.TokenEndpoint != "" {
		auth.TokenEndpoint = server.URL + "/token"
	}
	given := api.Credentials{Key: "k", Value: func(string) string { return "v" }, Secret: func(context.Context, string) (secret.Value, bool, error) { return secret.NewValue("s"), true, nil }}
	r, err := api.Prepare(t.Context(), api.Call{Operation: o, Server: server.URL + "/api", Inputs: inputs, Auth: auth, Given: given})
	if err != nil {
		return err.Error()
	}
	tokens := &api.Tokens{Now: time.Now, Authority: server.URL, Guard: api.Guard{Private: func(context.Context) (bool, error) { return true, nil }}}
	table, err := tokens.Send(t.Context(), r)
	if err != nil {
		return err.Error()
	}
	if len(table.Rows) != 1 {
		return "the answer has no row"
	}
	return wrong
}

// breach says how a request differs from what its operation asks for.
func breach(o api.Operation, r *http.Request) string {
	if r.Method != o.Method {
		return "the method is " + r.Method
	}
	pattern := "^/api" + regexp.MustCompile(`\\\{[^/]+?\\\}`).ReplaceAllString(regexp.QuoteMeta(o.Path), "[^/]+") + "$"
	if !regexp.MustCompile(pattern).MatchString(r.URL.EscapedPath()) {
		return "the path is " + r.URL.EscapedPath()
	}
	var body map[string]any
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil && !o.RawBody {
			return "the body is no JSON: " + err.Error()
		}
	}
	for _, p := range o.Params {
		switch {
		case p.In == "query" && !r.URL.Query().Has(p.Name):
			return "there is no query parameter " + p.Name
		case p.In == "header" && r.Header.Get(p.Name) == "" && !strings.EqualFold(p.Name, "Authorization"):
			return "there is no header " + p.Name
		case p.In == "body" && !o.RawBody && o.Body == "application/json" && body[p.Name] == nil:
			return "the body has no " + p.Name
		}
	}
	return ""
}

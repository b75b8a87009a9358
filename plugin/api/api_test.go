package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/api"
	"github.com/sleuth-sec/sleuth/secret"
)

// sloppy has what published documents get wrong: keys indented below others, bodies and answers that say nothing, no operationId.
const sloppy = `info: {title: Cases}
servers:
  - url: https://example.com/api/{version}
    variables: {version: {default: v1}}
paths:
  /cases:
    post:
      operationId: Create a case
      description: Creates a case
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Case'
          required:
            - displayName
          responses:
            "200":
              description: OK
  /cases/{id}:
    get:
      parameters:
        - {in: path, name: id, required: true, schema: {type: string}}
        - {in: query, name: top, schema: {type: integer, default: 10}}
        - {in: header, name: X-Trace, schema: {type: string}}
      responses:
        '200':
          content:
            application/json:
  /cases/{id}/hold:
    post:
      operationId: hold
      requestBody:
        required: true
        description: nothing is said of it
components:
  schemas:
    Case:
      type: object
      required: [displayName]
      properties:
        displayName: {type: string, description: The name}
        severity: {type: integer}
        tags: {type: array, items: {type: string}}
        open: {type: boolean}
`

func TestRead(t *testing.T) {
	doc, list := api.Read("cases.yaml", []byte(sloppy))
	if list.Failed() {
		t.Fatal(list)
	}
	var got []string
	for _, o := range doc.Operations {
		var in []string
		for _, p := range o.Params {
			in = append(in, fmt.Sprintf("%s %s %s %t %s", p.In, p.Name, p.Type, p.Required, p.Default))
		}
		got = append(got, o.Method+" "+o.Path+" "+o.ID+" ["+strings.Join(in, ", ")+"]")
	}
	want := []string{
		"POST /cases Create a case [body displayName string true , body open boolean false , body severity integer false , body tags array false ]",
		"GET /cases/{id} GetCasesId [path id string true , query top integer false 10, header X-Trace string false ]",
		"POST /cases/{id}/hold hold [path id string true ]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || doc.Servers[0] != "https://example.com/api/v1" {
		t.Errorf("%s %s", strings.Join(got, "\n"), doc.Servers)
	}
	codes := map[string]int{}
	for _, d := range list.Items {
		codes[d.Code]++
		if d.Line == 0 || !strings.HasPrefix(d.Error(), "cases.yaml:") {
			t.Errorf("%s has no place", d)
		}
	}
	if codes["PLG3002"] != 1 || codes["PLG3004"] != 1 || codes["PLG3005"] != 2 || codes["PLG3008"] != 1 {
		t.Errorf("%v", list)
	}
	for _, c := range []struct{ text, code string }{
		{"a: [", "PLG3001"}, {"- a", "PLG3001"}, {"swagger: '2.0'\npaths: {}", "PLG3002"}, {"openapi: 4.0.0\npaths: {}", "PLG3002"},
		{"openapi: 3.0.0\npaths: {}", "PLG3007"}, {"openapi: 3.0.0\npaths: {/a: {get: {parameters: [{$ref: '#/components/parameters/none'}]}}}", "PLG3006"},
		{"openapi: 3.0.0\npaths: {/a: {get: {parameters: [{$ref: 'https://evil.example/x.yaml#/a'}]}}}", "PLG3006"},
	} {
		if _, list := api.Read("x.yaml", []byte(c.text)); list.First() == nil || list.First().Code != c.code {
			t.Errorf("%q: %v, want %s", c.text, list, c.code)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sloppy))
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a":{"get":{}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if doc, list := api.Read("x.yaml", text); doc == nil && !list.Failed() {
			t.Error("nothing, and nothing said why")
		}
	})
}

// creds are credentials in memory.
func creds(key string, values, secrets map[string]string) api.Credentials {
	return api.Credentials{Key: key, Value: func(n string) string { return values[n] }, Secret: func(_ context.Context, n string) (secret.Value, bool, error) {
		v, ok := secrets[n]
		return secret.NewValue(v), ok, nil
	}}
}

var yes = api.Guard{Private: func(context.Context) (bool, error) { return true, nil }}

func tokens(g api.Guard) *api.Tokens {
	return &api.Tokens{Guard: g, Now: func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }}
}

func operation(t *testing.T, id string) api.Operation {
	t.Helper()
	doc, list := api.Read("cases.yaml", []byte(sloppy))
	if list.Failed() {
		t.Fatal(list)
	}
	o, ok := doc.Operation(id)
	if !ok {
		t.Fatal(id)
	}
	return o
}

func TestCalls(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seen = r.Method + " " + r.URL.EscapedPath() + " " + r.URL.RawQuery + " " + r.Header.Get("X-Trace") + r.Header.Get("Content-Type") + " " + string(b)
		fmt.Fprint(w, `{"@odata.context": "x", "value": [{"id": 1, "name": "a", "big": 12345678901234567890, "x": {"y": [1]}}, {"id": 2.5, "more": true, "name": null}]}`)
	}))
	defer server.Close()
	for _, c := range []struct {
		id     string
		inputs map[string]string
		want   string
	}{
		{"GetCasesId", map[string]string{"id": "a/../b?c#d", "X-Trace": "t"}, "GET /base/cases/a%2F..%2Fb%3Fc%23d top=10 t "},
		{"GetCasesId", map[string]string{"ID": "é", "top": "5"}, "GET /base/cases/%C3%A9 top=5  "},
		{"Create a case", map[string]string{"displayName": `a"b`, "severity": "3", "tags": "x, y", "open": "True"}, `POST /base/cases  application/json {"displayName":"a\"b","open":true,"severity":3,"tags":["x","y"]}`},
		{"hold", map[string]string{"id": "1"}, "POST /base/cases/1/hold   "},
	} {
		r, err := api.Prepare(t.Context(), api.Call{Operation: operation(t, c.id), Server: server.URL + "/base/", Inputs: c.inputs})
		if err != nil {
			t.Errorf("%s: %v", c.id, err)
			continue
		}
		table, err := tokens(yes).Send(t.Context(), r)
		if err != nil || seen != c.want {
			t.Errorf("%s sent %q, want %q; %v", c.id, seen, c.want, err)
			continue
		}
		if got := fmt.Sprint(table.Columns, len(table.Rows), table.Rows[1]); got != "[id name big x more] 2 [2.5 <nil> <nil> <nil> true]" {
			t.Errorf("%s", got)
		}
		if raw, ok := table.Rows[0][3].(json.RawMessage); !ok || string(raw) != `{"y": [1]}` || table.Rows[0][0] != int64(1) {
			t.Errorf("%v", table.Rows[0])
		}
		if r.Changes() != strings.HasPrefix(c.want, "POST") || !strings.Contains(r.Text, "/base/cases") {
			t.Errorf("%s: %q %t", c.id, r.Text, r.Changes())
		}
	}
	for id, in := range map[string]map[string]string{"GetCasesId": {}, "hold": {"id": ".."}, "Create a case": {"severity": "much"}} {
		if _, err := api.Prepare(t.Context(), api.Call{Operation: operation(t, id), Server: server.URL, Inputs: in}); err == nil {
			t.Errorf("%s takes %v", id, in)
		}
	}
	for _, s := range []string{"", "example.com", "file:///etc/passwd", "gopher://x"} {
		if _, err := api.Prepare(t.Context(), api.Call{Operation: operation(t, "hold"), Server: s, Inputs: map[string]string{"id": "1"}}); err == nil {
			t.Errorf("the server %q is taken", s)
		}
	}
}

// TestAuthentication signs in to a server by every type, and looks at what it is sent.
func TestAuthentication(t *testing.T) {
	grants := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			fmt.Fprintf(w, `{"authorization": %q, "key": %q, "query": %q}`, r.Header.Get("Authorization"), r.Header.Get("x-key"), r.URL.RawQuery)
			return
		}
		grants++
		var form map[string]string
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			_ = json.NewDecoder(r.Body).Decode(&form)
		} else {
			_ = r.ParseForm()
			form = map[string]string{}
			for k := range r.PostForm {
				form[k] = r.PostForm.Get(k)
			}
		}
		said := fmt.Sprint(form, r.URL.Path)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": said, "expires_in": "3600"})
	}))
	defer server.Close()
	oauth := plugin.Authorization{ClientID: "c", TokenEndpoint: server.URL + "/token", Scopes: "a b"}
	with := func(a plugin.Authorization, t plugin.AuthType) plugin.Authorization { a.Type = t; return a }
	jsonForm := with(oauth, plugin.OAuthClient)
	jsonForm.ContentType = "application/json"
	all := map[plugin.AuthType]bool{}
	for _, c := range []struct {
		auth            plugin.Authorization
		values, secrets map[string]string
		want, missing   string
	}{
		{plugin.Authorization{Type: plugin.NoAuth}, nil, nil, `"" "" "top=10"`, ""},
		{plugin.Authorization{Type: plugin.Basic}, map[string]string{"Username": "u"}, map[string]string{"Password": "s3cret"}, `"Basic dTpzM2NyZXQ=" "" "top=10"`, "Password"},
		{plugin.Authorization{Type: plugin.APIKey, Key: "x-key", Location: "Header"}, nil, map[string]string{"Value": "s3cret"}, `"" "s3cret" "top=10"`, "Value"},
		{plugin.Authorization{Type: plugin.APIKey, Key: "Authorization", Location: "Header", Scheme: "Bearer"}, nil, map[string]string{"Value": "s3cret"}, `"Bearer s3cret" "" "top=10"`, "Value"},
		{plugin.Authorization{Type: plugin.APIKey, Key: "apiKey", Location: "QueryParams"}, nil, map[string]string{"Value": "s3cret"}, `"" "" "apiKey=s3cret&top=10"`, "Value"},
		{plugin.Authorization{Type: plugin.ServiceHTTP}, nil, map[string]string{"AccessToken": "s3cret"}, `"Bearer s3cret" "" "top=10"`, "AccessToken"},
		{with(oauth, plugin.OAuthClient), nil, map[string]string{"ClientSecret": "s3cret"}, `"Bearer map[client_id:c client_secret:s3cret grant_type:client_credentials scope:a b]/token" "" "top=10"`, "ClientSecret"},
		{jsonForm, map[string]string{"ClientId": "given"}, map[string]string{"ClientSecret": "s3cret"}, `"Bearer map[client_id:given client_secret:s3cret grant_type:client_credentials scope:a b]/token" "" "top=10"`, "ClientSecret"},
		{with(oauth, plugin.OAuthPasswordGrant), map[string]string{"Username": "u"}, map[string]string{"Password": "s3cret"}, `"Bearer map[client_id:c grant_type:password password:s3cret scope:a b username:u]/token" "" "top=10"`, "Password"},
		{with(oauth, plugin.OAuthCode), nil, map[string]string{"RefreshToken": "s3cret"}, `"Bearer map[client_id:c grant_type:refresh_token refresh_token:s3cret scope:a b]/token" "" "top=10"`, "RefreshToken"},
		{plugin.Authorization{Type: plugin.AAD, EntraScopes: "https://g/.default"}, map[string]string{"TenantId": "t", "ClientId": "c"}, map[string]string{"ClientSecret": "s3cret"}, `"Bearer map[client_id:c client_secret:s3cret grant_type:client_credentials scope:https://g/.default]/t/oauth2/v2.0/token" "" "top=10"`, "ClientSecret"},
		{plugin.Authorization{Type: plugin.AADDelegated, EntraScopes: "a,b"}, map[string]string{"TenantId": "t", "ClientId": "c"}, map[string]string{"RefreshToken": "s3cret"}, `"Bearer map[client_id:c grant_type:refresh_token refresh_token:s3cret scope:a b]/t/oauth2/v2.0/token" "" "top=10"`, "RefreshToken"},
	} {
		all[c.auth.Type] = true
		tk := tokens(yes)
		tk.Authority = server.URL
		send := func(given api.Credentials) (string, error) {
			r, err := api.Prepare(t.Context(), api.Call{Operation: operation(t, "GetCasesId"), Server: server.URL, Inputs: map[string]string{"id": "1"}, Auth: c.auth, Given: given})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(r.Text, "s3cret") {
				t.Errorf("%s: the description of the request has the secret: %s", c.auth.Type, r.Text)
			}
			table, err := tk.Send(t.Context(), r)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%q %q %q", table.Rows[0]...), nil
		}
		before := grants
		for range 2 { // the second time by the token that is kept
			if got, err := send(creds("k", c.values, c.secrets)); err != nil || got != c.want {
				t.Errorf("%s: %s, %v\nwant %s", c.auth.Type, got, err, c.want)
			}
		}
		if grants-before > 1 {
			t.Errorf("%s: %d tokens were asked for", c.auth.Type, grants-before)
		}
		if c.missing != "" {
			if _, err := send(creds("other", c.values, nil)); err == nil || !strings.Contains(err.Error(), c.missing) {
				t.Errorf("%s without %s: %v", c.auth.Type, c.missing, err)
			}
		}
	}
	for _, typ := range plugin.AuthTypes() {
		if !all[typ] {
			t.Errorf("%s was not tried", typ)
		}
	}
}

// TestRequestsGoWhereTheyMay tries to lead a call elsewhere.
func TestRequestsGoWhereTheyMay(t *testing.T) {
	var reached atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached.Add(1); fmt.Fprint(w, `{}`) }))
	defer inner.Close()
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cases/elsewhere":
			http.Redirect(w, r, inner.URL, http.StatusFound)
		case "/cases/round":
			http.Redirect(w, r, "/cases/round", http.StatusFound)
		case "/cases/near":
			http.Redirect(w, r, "/cases/there", http.StatusTemporaryRedirect)
		case "/cases/long":
			for range 100 {
				fmt.Fprint(w, strings.Repeat("x", 100_000))
			}
		case "/cases/fails":
			http.Error(w, "no", http.StatusTeapot)
		default:
			fmt.Fprint(w, `{}`)
		}
	}))
	defer outer.Close()
	key := plugin.Authorization{Type: plugin.APIKey, Key: "k", Location: "QueryParams"}
	send := func(g api.Guard, server, id string) error {
		r, err := api.Prepare(t.Context(), api.Call{Operation: operation(t, "GetCasesId"), Server: server, Inputs: map[string]string{"id": id}, Auth: key, Given: creds("k", nil, map[string]string{"Value": "s3cret"})})
		if err != nil {
			return err
		}
		_, err = tokens(g).Send(t.Context(), r)
		return err
	}
	for _, c := range []struct {
		what       string
		guard      api.Guard
		server, id string
		says       string
	}{
		{"a loopback address", api.Guard{}, strings.Replace(outer.URL, "http:", "https:", 1), "1", "not public"},
		{"no TLS", api.Guard{}, "http://example.com", "1", "https"},
		{"a name that leads to loopback", api.Guard{}, "https://localhost:1", "1", "not public"},
		{"the metadata of a cloud", yes, "http://169.254.169.254", "1", "no plugin may reach"},
		{"the metadata of a cloud in IPv6", yes, "http://[::ffff:169.254.169.254]", "1", "no plugin may reach"},
		{"a shared address", api.Guard{}, "https://100.64.0.1", "1", "not public"},
		{"a translated address", api.Guard{}, "https://[64:ff9b::7f00:1]", "1", "not public"},
		{"a redirect to another server", yes, outer.URL, "elsewhere", "redirects to"},
		{"a redirect without end", yes, outer.URL, "round", "redirects more than"},
		{"a long answer", yes, outer.URL, "long", "longer than"},
		{"a refusal", yes, outer.URL, "fails", "418"},
		{"a name and password in the address", yes, strings.Replace(outer.URL, "://", "://u:p@", 1), "1", "name or password"},
	} {
		err := send(c.guard, c.server, c.id)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.what, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error has the secret: %v", c.what, err)
		}
	}
	if err := send(yes, outer.URL, "near"); err != nil {
		t.Errorf("a redirect within the server: %v", err)
	}
	if reached.Load() > 0 {
		t.Error("the other server was reached")
	}
}

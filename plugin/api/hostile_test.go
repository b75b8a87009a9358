package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/plugin/api"
)

// A value stays in its segment of the path, whatever stands in it and in the template.
func TestValuesStayInTheirSegment(t *testing.T) {
	param := func(names ...string) (out []api.Param) {
		for _, n := range names {
			out = append(out, api.Param{Name: n, In: "path", Type: "string", Required: true})
		}
		return out
	}
	for _, c := range []struct {
		path   string
		inputs map[string]string
		want   string // empty: refused
	}{
		{"/users/{id}/x/{b}", map[string]string{"id": "../../../admin/{b}?k=", "b": "z"}, "/api/users/..%2F..%2F..%2Fadmin%2F%7Bb%7D%3Fk=/x/z"},
		{"/größe/{id}", map[string]string{"id": "../../admin"}, "/api/gr%C3%B6%C3%9Fe/..%2F..%2Fadmin"},
		{"/a%20b/{id}", map[string]string{"id": "1/2"}, "/api/a%2520b/1%2F2"},
		{"/v/{id}", map[string]string{"id": ".."}, ""},
		{"/v/{id}", map[string]string{"id": "."}, ""},
		{"/v/{a}{b}", map[string]string{"a": ".", "b": "."}, ""},
	} {
		var names []string
		for n := range c.inputs {
			names = append(names, n)
		}
		var seen string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r.URL.EscapedPath()
			_, _ = io.WriteString(w, "[]")
		}))
		r, err := api.Prepare(t.Context(), api.Call{Operation: api.Operation{ID: "x", Method: "GET", Path: c.path, Params: param(names...)}, Server: server.URL + "/api", Inputs: c.inputs})
		if c.want == "" {
			if err == nil {
				t.Errorf("%s with %v is taken: %s", c.path, c.inputs, r.Text)
			}
			server.Close()
			continue
		}
		if err == nil {
			_, err = tokens(yes).Send(t.Context(), r)
		}
		if err != nil || seen != c.want {
			t.Errorf("%s with %v: %q, want %q; %v", c.path, c.inputs, seen, c.want, err)
		}
		server.Close()
	}
}

// What a server says of a request that it does not take may repeat the secret.
func TestAnErrorDoesNotRepeatTheServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "Incorrect API key provided: k3y-Zq81")
	}))
	defer server.Close()
	r, err := api.Prepare(t.Context(), api.Call{Operation: api.Operation{ID: "x", Method: "GET", Path: "/"}, Server: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tokens(yes).Send(t.Context(), r); err == nil || strings.Contains(err.Error(), "k3y") || !strings.Contains(err.Error(), "401") {
		t.Errorf("%v", err)
	}
}

// Documents that would cost much, or break the reader, are read or refused.
func TestHostileDocuments(t *testing.T) {
	var parts strings.Builder
	for i := range 8 {
		refs := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"$ref":"#/components/schemas/S%d"},`, i+1), 9), ",")
		fmt.Fprintf(&parts, `"S%d":{"type":"object","allOf":[%s]},`, i, refs)
	}
	wide := `{"openapi":"3.0.0","info":{"title":"x","version":"1"},"servers":[null,{"url":"https://x.example"}],"paths":{"/a":{"post":{"operationId":"a","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}},"responses":{"200":{"description":"ok"}}}}},"components":{"schemas":{` +
		parts.String() + `"S8":{"type":"object","properties":{"deep":{"type":"string"}}}}}}`
	doc, list := api.Read("wide.json", []byte(wide))
	if doc == nil {
		t.Fatalf("%v", list)
	}
	if o, ok := doc.Operation("a"); !ok || len(o.Params) != 1 || o.Params[0].Name != "deep" {
		t.Errorf("%+v", o)
	}
}

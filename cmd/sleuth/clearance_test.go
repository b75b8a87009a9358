package main

import (
	"errors"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/workspace"
)

// TestQueriesReadWhatTheRoleMay tries the ways in which KQL can name a table: a Security Reader gets a guarded one by none.
func TestQueriesReadWhatTheRoleMay(t *testing.T) {
	h, err := openHouse(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	if err := (keeper{h.state}).putFunction(t.Context(), workspace.Function{Name: "Methods", Body: "EntraAuthenticationMethods"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := h.definitions.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader := access.Principal{ID: "r", Roles: []access.Role{access.SecurityReader}}
	operator := access.Principal{ID: "o", Roles: []access.Role{access.SecurityOperator}}
	for text, ok := range map[string]bool{
		"EntraUsers | count":                                                                  true,
		"union * | count":                                                                     true,
		"search 'x' | count":                                                                  true,
		"print 'EntraAuthenticationMethods'":                                                  true,
		"EntraAuthenticationMethods | count":                                                  false,
		"table('EntraAuthenticationMethods') | count":                                         false,
		"EntraHistory('EntraAuthenticationMethods') | count":                                  false,
		"let t = 'EntraAuthenticationMethods'; table(t) | count":                              false,
		"union isfuzzy=true EntraAuthenticationMethods, EntraUsers | count":                   false,
		"EntraUsers | join EntraAuthenticationMethods on $left.id == $right.userId":           false,
		"workspace('default').EntraAuthenticationMethods | count":                             false,
		"search in (EntraAuthenticationMethods) 'x'":                                          false,
		"Methods | count":                                                                     false,
		"Methods() | count":                                                                   false,
		"EntraUsers | where id in ((EntraAuthenticationMethods | project userId))":            false,
		"restrict access to (EntraAuthenticationMethods); EntraAuthenticationMethods | count": false,
	} {
		_, err := h.query(t.Context(), reader, text, engine.Options{})
		var denied *access.Denied
		if (err == nil) != ok || err != nil && (!errors.As(err, &denied) || denied.Permission != access.ReadMethods) {
			t.Errorf("a Security Reader, %s: %v; want allowed %v", text, err, ok)
		}
		if _, err := h.query(t.Context(), operator, text, engine.Options{}); err != nil {
			t.Errorf("a Security Operator, %s: %v", text, err)
		}
	}
	count := func(p access.Principal) string {
		res, err := h.query(t.Context(), p, "union withsource=T * | summarize by T | where T == 'EntraAuthenticationMethods' | count", engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return engineText(res)
	}
	if got := count(reader); got != "[0]" {
		t.Errorf("a wildcard of a Security Reader: %s", got)
	}
}

func engineText(res *engine.Result) string { return string(engine.AppendRow(nil, res.Rows()[0])) }

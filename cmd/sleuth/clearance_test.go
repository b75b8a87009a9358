package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
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

// TestRefusalsAreOnRecord: who tries what they may not do leaves a trace, with what they tried.
func TestRefusalsAreOnRecord(t *testing.T) {
	h, err := openHouse(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	reader := access.Principal{ID: "r", Roles: []access.Role{access.SecurityReader}}
	if _, err := h.query(t.Context(), reader, "EntraAuthenticationMethods", engine.Options{}); err == nil {
		t.Fatal("a Security Reader read authentication methods")
	}
	if err := h.admit(t.Context(), reader, access.Author, audit.Entry{Operation: "FunctionSaved", Object: "f", Details: map[string]string{"from": "x"}}); err == nil {
		t.Fatal("a Security Reader saved a function")
	}
	var got []string
	err = audit.Read(filepath.Join(h.dir, auditDir), func(e audit.Entry) bool {
		if e.Operation == "AccessDenied" {
			got = append(got, strings.Join([]string{e.Principal, e.Object, e.Outcome, e.Details["object"], e.Details["from"], fmt.Sprint(len(e.Texts), e.Details["reason"] != "")}, " "))
		}
		return true
	})
	want := []string{"r QueryRun refused   1 true", "r FunctionSaved refused f x 0 true"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("on record: %q, %v; want %q", got, err, want)
	}
}

func engineText(res *engine.Result) string { return string(engine.AppendRow(nil, res.Rows()[0])) }

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/settings"
)

// loggingRule is the published rule about changes of audit logging.
func loggingRule(t *testing.T) string {
	t.Helper()
	for _, r := range publishedMonitoring(t, "azuredeploy_analytics.json") {
		if name, _ := r["displayName"].(string); name == "Security Copilot-Audit logging settings changes" {
			query, _ := r["query"].(string)
			return query
		}
	}
	t.Fatal("the rule is not among those published")
	return ""
}

// TestOptingOutIsSeen: the published rule about changes of audit logging sees each of them.
func TestOptingOutIsSeen(t *testing.T) {
	h := recordedDay(t)
	got, err := resultOf(t, h, loggingRule(t)+"\n| sort by TimeGenerated asc")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`["2026-11-20T08:05:00Z","Ada","UpdateCopilotSettings","On","Off","Settings.AllowAuditLogging","192.0.2.10"]`,
		`["2026-11-20T08:10:00Z","Ada","UpdateCopilotSettings","Off","On","Settings.AllowAuditLogging","192.0.2.10"]`,
		`["2026-11-20T08:15:00Z","Ada","UpdateCopilotSettings","On","Off","Settings.AllowAuditLogging","192.0.2.10"]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %s\nwant %s", strings.Join(got, "\n    "), strings.Join(want, "\n     "))
	}
}

// TestOptingOutByTheSetting: an owner who opts out of a copy, in, and out again is seen each time by the published rule's own query,
// and what was done while opted out is in the trail alone.
func TestOptingOutByTheSetting(t *testing.T) {
	for name, mark := range map[string]audit.Entry{
		settings.CopyUserActions:  {Operation: "QueryRun"},
		settings.CopyAdminActions: {Operation: "TokenCreated"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			h, err := openHouse(ctx, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer h.closeParts()
			ada := access.Principal{ID: "p-1", Name: "Ada", UPN: "ada@contoso.com", Roles: []access.Role{access.Owner}}
			does := func(what string) {
				t.Helper()
				e := mark
				e.Object = what
				if err := h.admit(ctx, ada, access.Read, e); err != nil {
					t.Fatal(err)
				}
			}
			set := func(value string) {
				t.Helper()
				if _, _, err := h.manage.ChangeSetting(ctx, ada, manage.Change{Name: name, Value: value}); err != nil {
					t.Fatal(err)
				}
			}
			does("before")
			set("false")
			does("out")
			set("true")
			does("in")
			set("false")
			does("out again")
			rows := func(query string) (out []string) {
				t.Helper()
				res, err := h.query(ctx, ada, query, engine.Options{Now: time.Now().Add(time.Minute)})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range visible(res.Tables[0]).Rows {
					out = append(out, string(engine.AppendRow(nil, r)))
				}
				return out
			}
			got := rows(loggingRule(t) + "\n| sort by TimeGenerated asc | project-away TimeGenerated")
			want := []string{
				`["Ada","UpdateCopilotSettings","On","Off","Settings.AllowAuditLogging",""]`,
				`["Ada","UpdateCopilotSettings","Off","On","Settings.AllowAuditLogging",""]`,
				`["Ada","UpdateCopilotSettings","On","Off","Settings.AllowAuditLogging",""]`,
			}
			if !slices.Equal(got, want) {
				t.Errorf("the rule gives\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			done := `CloudAppEvents | where ObjectId in ("before", "out", "in", "out again") | sort by TimeGenerated asc | project ObjectId`
			if got := rows(done); !slices.Equal(got, []string{`["before"]`, `["in"]`}) {
				t.Errorf("copied: %s", got)
			}
			var export strings.Builder
			if _, err := h.writeRecords(ctx, &export); err != nil {
				t.Fatal(err)
			}
			for what, want := range map[string]bool{"before": true, "out": false, "in": true, "out again": false} {
				if got := strings.Contains(export.String(), `"ObjectId":"`+what+`"`); got != want {
					t.Errorf("exported %q: %v", what, got)
				}
			}
			kept := 0
			if err := audit.Read(filepath.Join(h.dir, auditDir), func(e audit.Entry) bool {
				if e.Operation == mark.Operation && e.Object != "" {
					kept++
				}
				return true
			}); err != nil || kept != 4 {
				t.Errorf("the trail has %d of them, %v", kept, err)
			}
		})
	}
}

package copilot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// catalog gives the binder the known tables.
type catalog map[string]*plan.Table

func (c catalog) Table(name string) (*plan.Table, bool) { t, ok := c[name]; return t, ok }
func (c catalog) Function(string) (bind.Function, bool) { return bind.Function{}, false }
func (c catalog) TableNames() (out []string) {
	for n := range c {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func tables(t testing.TB) (*entra.Schemas, catalog) {
	t.Helper()
	s, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	c := catalog{}
	for _, x := range s.Tables() {
		pt := &plan.Table{Name: x.Name, TimeColumn: x.TimeColumn}
		for _, col := range x.Columns {
			typ, ok := types.ParseType(col.Type)
			if !ok {
				t.Fatalf("%s.%s: type %s", x.Name, col.Name, col.Type)
			}
			pt.Columns = append(pt.Columns, types.Column{Name: col.Name, Type: typ, Hidden: col.Hidden})
		}
		c[x.Name] = pt
	}
	return s, c
}

func builtinSkills(t testing.TB) []*plugin.Skill {
	t.Helper()
	ms, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		t.Fatal(err)
	}
	var out []*plugin.Skill
	for _, m := range ms {
		for i := range m.Skills {
			out = append(out, &m.Skills[i])
		}
	}
	return out
}

// check parses and binds a query.
func check(c catalog, text string) error {
	q, list := syntax.Parse(text)
	if err := problem(list); err != nil {
		return err
	}
	_, list = bind.Bind(q, c, builtin.Standard(), bind.Options{Now: 1})
	return problem(list)
}

func problem(l *diag.List) error {
	if l.Failed() {
		return l
	}
	return nil
}

// every is a value for each hole that a template can have.
func every(s *plugin.Skill) map[string]string {
	v := map[string]string{"userId": "11111111-0000-0000-0000-000000000001", "userName": "Ada", "appId": "a", "appAppId": "b", "appName": "n", "groupId": "g", "roleId": "r", "deviceId": "d", "policyId": "p", "incidentId": "1",
		"address": "203.0.113.9", "prefix": "203.0.113.0/24", "place": "Oslo", "locationCode": "SE", "locationName": "Sweden", "activityName": "x", "period": "true", "abroad": "true", "outsideCode": "DE", "outsideName": "Germany", "outsidePlace": "Oslo"}
	for _, in := range s.Inputs {
		switch in.Type {
		case "top":
			v[in.Name] = "5"
		case "accountEnabled", "roleAssignable":
			v[in.Name] = "true"
		case "fields":
			var cols []string
			for _, f := range s.Fields {
				cols = append(cols, f.ColumnName())
			}
			slices.Sort(cols)
			if len(cols) > 0 {
				v["fieldColumns"] = strings.Join(cols[:1], ", ")
			}
		default:
			v[in.Name] = "x"
		}
	}
	return v
}

func TestTemplatesBind(t *testing.T) {
	schemas, c := tables(t)
	r := &run{c: &Copilot{deps: Deps{Schemas: schemas}}, p: Prompt{Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}, tenant: &tenant{reasons: []string{`"0", "", "success", false`}}}
	n, bad := 0, 0
	for _, s := range builtinSkills(t) {
		if s.Format != "KQL" {
			continue
		}
		all := every(s)
		cases := map[string]map[string]string{"all": all, "none": {}}
		for k, v := range all {
			cases[k] = map[string]string{k: v, "userId": all["userId"], "groupId": "g", "user": "u", k + "_" + v: "true"}
		}
		for _, x := range []string{"status_failure", "status_success", "deviceState_compliant", "deviceState_noncompliant", "deviceState_managed", "deviceState_unmanaged", "change_deleted", "clientApp_legacy", "userDeleted", "oldest", "mfaCapable_false", "mfa_true", "mfa_false"} {
			cases[x] = map[string]string{x: "true", "top": "5"}
		}
		for name, values := range cases {
			text, err := fill.Fill(s.Template, values, time.Time{})
			if err != nil {
				t.Errorf("%s with %s: %v", s.Name, name, err)
				continue
			}
			n++
			text = r.anchored(text, &route.Call{Skill: s})
			if err := check(c, text); err != nil {
				bad++
				t.Errorf("%s with %s: %v\n%s", s.Name, name, err, text)
				break
			}
		}
	}
	t.Logf("filled templates that bind: %d/%d", n-bad, n)
}

func TestCheckFindsFaults(t *testing.T) {
	_, c := tables(t)
	for _, q := range []string{"NoSuchTable | count", "SigninLogs | where NoSuchColumn == 1", "SigninLogs | where", "SigninLogs | summarize nosuch(1)"} {
		if check(c, q) == nil {
			t.Errorf("%q binds", q)
		}
	}
}

func TestNamingsBind(t *testing.T) {
	_, c := tables(t)
	for _, n := range namings() {
		if err := check(c, n.query); err != nil {
			t.Errorf("%s: %v\n%s", n.table, err, n.query)
		}
	}
}

func TestAnalyticsBind(t *testing.T) {
	_, c := tables(t)
	r := &run{p: Prompt{Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}, tenant: &tenant{}}
	n, bad := 0, 0
	for _, s := range builtinSkills(t) {
		if s.Analytics == nil {
			continue
		}
		values := every(s)
		for _, src := range s.Analytics.Sources {
			var queries []string
			for _, f := range src.Filters {
				w, err := fill.Fill(f.Where, values, time.Time{})
				if err != nil {
					t.Errorf("%s, filter %s: %v", src.Name, f.Input, err)
					continue
				}
				queries = append(queries, src.Query+"\n| where "+w+"\n| summarize Count = count()")
			}
			for _, d := range src.Dimensions {
				q := src.Query
				if d.Expand != "" {
					q += "\n| " + d.Expand
				}
				if d.Where != "" {
					q += "\n| where " + d.Where
				}
				queries = append(queries, fmt.Sprintf("%s\n| summarize Count = count() by %s = %s\n| order by Count desc, %s asc", q, d.Name, d.Expr, d.Name))
			}
			for _, q := range queries {
				n++
				q = r.anchored(q, &route.Call{Skill: s})
				if err := check(c, q); err != nil {
					bad++
					t.Errorf("%s: %v\n%s", src.Name, err, q)
				}
			}
		}
	}
	t.Logf("analytic queries that bind: %d/%d", n-bad, n)
}

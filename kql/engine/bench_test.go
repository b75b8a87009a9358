package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// signIns is a table of made-up sign-ins, made in SQL.
func signIns(t testing.TB, rows int) *memory {
	m := newMemory(t)
	schema := types.Schema{
		{Name: "TimeGenerated", Type: types.DateTime}, {Name: "UserPrincipalName", Type: types.String}, {Name: "ResultType", Type: types.String},
		{Name: "IPAddress", Type: types.String}, {Name: "UserAgent", Type: types.String}, {Name: "AppDisplayName", Type: types.String},
		{Name: "Location", Type: types.String}, {Name: "ProcessingTimeInMilliseconds", Type: types.String},
		{Name: "LocationDetails", Type: types.Dynamic}, {Name: "DeviceDetail", Type: types.Dynamic}, {Name: "ConditionalAccessPolicies", Type: types.Dynamic},
	}
	m.tables["SigninLogs"] = &plan.Table{Name: "SigninLogs", Columns: schema, Relation: "SigninLogs", TimeColumn: "TimeGenerated"}
	_, err := m.db.Exec(fmt.Sprintf(`CREATE TABLE SigninLogs AS SELECT
		(638990000000000000 + i * 86400000)::BIGINT AS TimeGenerated,
		'user' || (hash(i) %% 5000) || '@contoso.com' AS UserPrincipalName,
		CASE WHEN hash(i + 1) %% 10 = 0 THEN '50126' ELSE '0' END AS ResultType,
		'10.' || (hash(i + 2) %% 200) || '.' || (hash(i + 3) %% 200) || '.7' AS IPAddress,
		CASE WHEN hash(i + 4) %% 50 = 0 THEN 'python-requests/2.31' ELSE 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) build ' || (hash(i + 5) %% 20000) END AS UserAgent,
		'App ' || (hash(i + 6) %% 40) AS AppDisplayName,
		['US','DE','FR','RU'][(1 + hash(i + 7) %% 4)::BIGINT] AS Location,
		(hash(i + 8) %% 3000)::VARCHAR AS ProcessingTimeInMilliseconds,
		'{"city":"C' || (hash(i + 9) %% 900) || '","countryOrRegion":"' || ['US','DE','FR','RU'][(1 + hash(i + 7) %% 4)::BIGINT] || '","geoCoordinates":{"latitude":52.5,"longitude":13.4}}' AS LocationDetails,
		'{"operatingSystem":"Windows ' || (hash(i + 10) %% 12) || '","browser":"Edge"}' AS DeviceDetail,
		'[{"displayName":"MFA","result":"' || ['success','failure','notApplied'][(1 + hash(i + 11) %% 3)::BIGINT] || '"},{"displayName":"Block","result":"notApplied"}]' AS ConditionalAccessPolicies
		FROM range(%d) t(i)`, rows))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// BenchmarkAgainstSQL runs queries of an investigator's day and the SQL that one would write for them by hand:
//
//	go test ./kql/engine -run - -bench AgainstSQL -benchtime 5x
func BenchmarkAgainstSQL(b *testing.B) {
	m := signIns(b, 300_000)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	now := time.Date(2025, 11, 28, 0, 0, 0, 0, time.UTC)
	from := types.TicksOf(now.AddDate(0, 0, -7))
	for _, q := range []struct{ name, kql, sql string }{
		{"q01", "SigninLogs | where TimeGenerated between (datetime(2025-11-21) .. 1d) | count",
			fmt.Sprintf("SELECT count(*) FROM SigninLogs WHERE TimeGenerated BETWEEN %d AND %d", from, from+types.TicksPerDay)},
		{"q02", "SigninLogs | where ResultType != '0' | summarize Failures = count() by UserPrincipalName | top 10 by Failures",
			"SELECT UserPrincipalName, count(*) AS f FROM SigninLogs WHERE ResultType <> '0' GROUP BY ALL ORDER BY f DESC LIMIT 10"},
		{"q03", "SigninLogs | where TimeGenerated > ago(7d) and UserPrincipalName =~ 'USER77@contoso.com' | top 100 by TimeGenerated desc",
			fmt.Sprintf("SELECT * FROM SigninLogs WHERE TimeGenerated > %d AND UserPrincipalName ILIKE 'USER77@contoso.com' ORDER BY TimeGenerated DESC LIMIT 100", from)},
		{"q04", "SigninLogs | summarize IPs = dcount(IPAddress) by UserPrincipalName | top 10 by IPs",
			"SELECT UserPrincipalName, count(DISTINCT IPAddress) AS n FROM SigninLogs GROUP BY ALL ORDER BY n DESC LIMIT 10"},
		{"q05", "SigninLogs | where UserAgent has 'python' | count",
			`SELECT count(*) FROM SigninLogs WHERE regexp_matches(UserAgent, '(?i)\bpython\b')`},
		{"q06", "SigninLogs | where LocationDetails.countryOrRegion == 'RU' | count",
			"SELECT count(*) FROM SigninLogs WHERE json_extract_string(LocationDetails, '$.countryOrRegion') = 'RU'"},
		{"q07", "SigninLogs | summarize count() by tostring(DeviceDetail.operatingSystem)",
			"SELECT json_extract_string(DeviceDetail, '$.operatingSystem') AS os, count(*) FROM SigninLogs GROUP BY os"},
		{"q08", "SigninLogs | summarize arg_max(TimeGenerated, IPAddress, Location, AppDisplayName, ResultType, UserAgent) by UserPrincipalName",
			"SELECT UserPrincipalName, max(TimeGenerated), arg_max({'a': IPAddress, 'b': Location, 'c': AppDisplayName, 'd': ResultType, 'e': UserAgent}, TimeGenerated) AS r FROM SigninLogs GROUP BY ALL"},
		{"q10", "SigninLogs | where TimeGenerated between (datetime(2025-11-21) .. 1d) | mv-expand Policy = ConditionalAccessPolicies | summarize count() by tostring(Policy.result)",
			fmt.Sprintf("SELECT p->>'$.result' AS r, count(*) FROM (SELECT unnest(json_extract(ConditionalAccessPolicies, '$[*]')) AS p FROM SigninLogs WHERE TimeGenerated BETWEEN %d AND %d) GROUP BY r", from, from+types.TicksPerDay)},
		{"q12", "SigninLogs | summarize percentiles(tolong(ProcessingTimeInMilliseconds), 50, 95, 99) by AppDisplayName",
			"SELECT AppDisplayName, quantile_disc(ProcessingTimeInMilliseconds::BIGINT, [0.5, 0.95, 0.99]) FROM SigninLogs GROUP BY ALL"},
		{"q14", "SigninLogs | where TimeGenerated > ago(1d) | join kind=leftanti (SigninLogs | where TimeGenerated between (ago(30d) .. ago(1d)) | distinct UserPrincipalName, Location) on UserPrincipalName, Location | count",
			fmt.Sprintf("SELECT count(*) FROM SigninLogs a ANTI JOIN (SELECT DISTINCT UserPrincipalName, Location FROM SigninLogs WHERE TimeGenerated BETWEEN %d AND %d) b ON a.UserPrincipalName = b.UserPrincipalName AND a.Location = b.Location WHERE a.TimeGenerated > %d",
				from-23*types.TicksPerDay, from+6*types.TicksPerDay, from+6*types.TicksPerDay)},
	} {
		b.Run(q.name+"/kql", func(b *testing.B) {
			for b.Loop() {
				res, err := e.Query(context.Background(), q.kql, Options{Now: now})
				if err != nil || res.Stats.Fallback != "" {
					b.Fatalf("%v %s", err, res.Stats.Fallback)
				}
			}
		})
		b.Run(q.name+"/sql", func(b *testing.B) {
			for b.Loop() {
				rows, err := m.db.Query(q.sql)
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() {
				}
				if err := rows.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

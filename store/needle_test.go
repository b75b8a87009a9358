package store_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
)

// needleSQL fills the sign-ins of 7 days and the open one by arrival, and notes the days as import does.
const needleSQL = `
INSERT INTO ws.raw."SigninLogs" ("TimeGenerated", "UserPrincipalName", "UserPrincipalName$~", "Id", "CorrelationId", "IPAddress", "UserAgent", "ResultType",
	"AppDisplayName", "UserId", "LocationDetails", "DeviceDetail", "ConditionalAccessPolicies", _Key, _State, _Version, _Grade, _Current)
SELECT %[2]d + i * (8 * 864000000000 // %[1]d), upn, upn, md5('i' || i), md5('c' || i), (h %% 223) || '.' || (h // 7 %% 256) || '.' || (h // 11 %% 256) || '.9',
	'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/' || (h %% 40000), CASE WHEN h %% 9 = 0 THEN '50126' ELSE '0' END, 'App ' || (h %% 300), md5(upn),
	'{"city":"City ' || (h // 3 %% 20000) || '","countryOrRegion":"DE"}', '{"deviceId":"' || md5('d' || u || (h %% 3)) || '","operatingSystem":"Windows 11"}',
	'[{"id":"' || md5('p' || (h %% 5000)) || '","displayName":"CA101","result":"success"},{"id":"' || md5('q' || (h %% 4000)) || '","result":"notApplied"}]',
	uuid(), uuid(), 0, 2, true
FROM (SELECT i, hash(i) AS h, hash(i + 1) %% 5000 AS u, substr(md5('u' || (hash(i + 1) %% 5000)), 1, 10) || '@contoso.com' AS upn FROM range(%[1]d) r(i));
INSERT INTO ws.meta.unordered SELECT 'SigninLogs', d FROM (SELECT DISTINCT "TimeGenerated" // 864000000000 AS d FROM ws.raw."SigninLogs");`

// BenchmarkNeedle asks for the newest 100 sign-ins of one user in 7 days, all columns, of a workspace whose closed days are in
// order and of one that lies by arrival, in turns. SLEUTH_NEEDLE_ROWS sets the rows.
func BenchmarkNeedle(b *testing.B) {
	rows := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("SLEUTH_NEEDLE_ROWS")); err == nil {
		rows = n
	}
	ctx := context.Background()
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	ticks := (start.Unix() + 719162*86400) * 10_000_000
	made := func() *store.Workspace {
		w, err := store.Open(ctx, b.TempDir(), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { w.Close() })
		if _, err := w.Drain(ctx, fmt.Sprintf(needleSQL, rows, ticks)); err != nil {
			b.Fatal(err)
		}
		return w
	}
	arrival, ordered := made(), made()
	began := time.Now()
	did, err := ordered.Maintain(ctx, start.AddDate(0, 0, 7))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(did.Rows)/time.Since(began).Seconds(), "rows-ordered/s")
	var users []string
	found, err := arrival.QueryRows(ctx, `SELECT u FROM (SELECT DISTINCT "UserPrincipalName$~" AS u FROM ws.raw."SigninLogs") ORDER BY hash(u) LIMIT 50`)
	if err != nil {
		b.Fatal(err)
	}
	for found.Next() {
		var u string
		if err := found.Scan(&u); err != nil {
			b.Fatal(err)
		}
		users = append(users, u)
	}
	if err := found.Close(); err != nil {
		b.Fatal(err)
	}
	took := map[*store.Workspace][]float64{}
	for n := 0; b.Loop(); n++ {
		q := fmt.Sprintf(`SELECT * FROM ws.main."SigninLogs" WHERE "TimeGenerated" > %d AND "UserPrincipalName$~" = '%s' ORDER BY "TimeGenerated" DESC LIMIT 100`,
			ticks, users[n%len(users)])
		counts := map[*store.Workspace]int{}
		for _, w := range []*store.Workspace{arrival, ordered} {
			at := time.Now()
			if counts[w], err = w.Drain(ctx, q); err != nil {
				b.Fatal(err)
			}
			took[w] = append(took[w], time.Since(at).Seconds()*1e3)
		}
		if counts[arrival] != counts[ordered] || counts[arrival] == 0 {
			b.Fatalf("%d rows by arrival, %d in order", counts[arrival], counts[ordered])
		}
	}
	slices.Sort(took[arrival])
	slices.Sort(took[ordered])
	x, y := took[arrival][len(took[arrival])/2], took[ordered][len(took[ordered])/2]
	b.ReportMetric(x, "arrival-ms")
	b.ReportMetric(y, "ordered-ms")
	b.ReportMetric(x/y, "times-faster")
}

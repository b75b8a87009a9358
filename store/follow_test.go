package store_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

// shadowsOf is what the shadow columns of the sign-ins hold.
const shadowsOf = `SELECT string_agg(concat_ws('|', "Id", "UserPrincipalName$~", "DeviceDetail$operatingSystem", "Status$errorCode", "LocationDetails$city"), ' ' ORDER BY "Id") FROM ws.main."SigninLogs"`

// TestShadowColumns compares what import puts into shadow columns with what SQL takes out of the dynamic columns, and takes the
// columns away to see an older workspace get them.
func TestShadowColumns(t *testing.T) {
	t.Parallel()
	dir, files := t.TempDir(), t.TempDir()
	w := small(t, dir)
	streamed(t, files, "a", rand.New(rand.NewPCG(1, 2)), 50, 1, 2)
	storetest.Write(t, files, "b.json", `{"time":"2026-10-01T08:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"0","properties":{"id":"b-1","createdDateTime":"2026-10-01T07:00:00Z","userPrincipalName":"ÉMILE@B.example","location":{"city":null,"countryOrRegion":"FR","geoCoordinates":{"latitude":48.85,"longitude":-0}},"deviceDetail":{"operatingSystem":"a\\b\"c\/d\n\u0007"}}}`, 0)
	mustImport(t, w, files)
	imported := text(t, w, shadowsOf)
	if !strings.Contains(imported, `b-1|Émile@b.example|"a\\b\"c/d\n\u0007"`) || !strings.Contains(imported, `|"Windows 12"|0`) {
		t.Errorf("shadows: %s", imported)
	}
	differ := text(t, w, `SELECT count(*)::VARCHAR FROM ws.main."SigninLogs" WHERE "DeviceDetail$operatingSystem" IS DISTINCT FROM nullif(json_extract("DeviceDetail", '$.operatingSystem')::VARCHAR, 'null')
		OR "LocationDetails$countryOrRegion" IS DISTINCT FROM nullif(json_extract("LocationDetails", '$.countryOrRegion')::VARCHAR, 'null')
		OR "LocationDetails$geoCoordinates.latitude" IS DISTINCT FROM json_extract("LocationDetails", '$.geoCoordinates.latitude')::VARCHAR`)
	if differ != "0" {
		t.Errorf("%s rows differ from json_extract", differ)
	}
	seen := strings.Join(storetest.Dump(t, w, "SigninLogs"), "\n")
	age(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again := small(t, dir)
	if got := text(t, again, shadowsOf); got != imported {
		t.Errorf("after migration: %s\nimported: %s", got, imported)
	}
	if got := strings.Join(storetest.Dump(t, again, "SigninLogs"), "\n"); got != seen {
		t.Errorf("rows differ after migration")
	}
	if r := mustImport(t, again, files); r.Tables["SigninLogs"].Added != 0 {
		t.Errorf("importing again adds %d rows", r.Tables["SigninLogs"].Added)
	}
	did, err := again.Maintain(context.Background(), time.Date(2026, 10, 9, 0, 0, 0, 0, time.UTC))
	if err != nil || did.Days != 2 {
		t.Errorf("the days of an older workspace are noted: %+v, %v", did, err)
	}
}

// age gives a workspace the layout of the first version.
func age(t *testing.T, w *store.Workspace) {
	t.Helper()
	statements := []string{"DELETE FROM ws.meta.migrations WHERE number > 1", "DROP TABLE ws.meta.unordered", "DROP TABLE ws.meta.deletions", "DROP TABLE ws.meta.deleted_rows",
		"DROP TABLE ws.meta.retention", "DROP TABLE ws.meta.archived", "DROP TABLE ws.meta.restored", "DELETE FROM ws.meta.settings WHERE name = 'layout'"}
	rows := query(t, w, "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'ws' AND schema_name = 'raw' AND contains(column_name, '$')")
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, `DROP VIEW IF EXISTS ws.main."`+table+`"`, `ALTER TABLE ws.raw."`+table+`" DROP COLUMN "`+column+`"`)
	}
	// A table that had not learned its time yet, nor a dynamic column that has shadows.
	statements = append(statements, `ALTER TABLE ws.raw."EntraIdSignInEvents" DROP COLUMN "TimeGenerated"`, `DROP VIEW IF EXISTS ws.main."EntraIdSignInEvents"`,
		`DROP VIEW IF EXISTS ws.main."AuditLogs"`, `ALTER TABLE ws.raw."AuditLogs" DROP COLUMN "InitiatedBy"`)
	if len(statements) < 10 {
		t.Fatal("no shadow columns")
	}
	for _, s := range statements {
		if _, err := w.Drain(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

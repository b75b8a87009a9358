package main

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// The made-up tenant of `sleuth bench kql`: how many of what there is, whatever the number of rows. With fewer texts a
// dictionary would flatter every query.
const (
	benchDays    = 30
	benchUsers   = 30_000
	benchCities  = 12_000
	benchAgents  = 25_000
	benchDevices = 40_000
	benchIPs     = 5_000 // of the watchlist
)

// benchEnd is the present of the benchmark's data and queries.
func benchEnd() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }

// benchTable is a table of the benchmark: its share of the rows, and the SQL of the columns that are not empty.
type benchTable struct {
	name    string
	share   float64 // of the sign-ins
	columns map[string]string
	arrival int // days at the end that a copy by arrival holds
}

//go:embed benchkql/tenant.sql
var tenantSQL string

// benchTables are the tables whose rows are made.
func benchTables() []benchTable {
	return []benchTable{
		{name: "SigninLogs", share: 1, columns: signInSQL(), arrival: 8},
		{name: "AADNonInteractiveUserSignInLogs", share: 0.1, columns: nonInteractiveSQL()},
		{name: "AuditLogs", share: 0.05, columns: auditSQL()},
	}
}

// benchRows are the numbers by which a row picks its user u, place c, device d, agent a, application p, outcome o and policies k,
// its time t and its hash h, in the order of the day.
const benchRows = `SELECT *, (u % 40) * 125 + (hash(h + 7) % 125)::BIGINT AS k
FROM (
	SELECT h, u, {start} + i * {step} + (hash(h + 1) % {step})::BIGINT AS t,
		(CASE WHEN hash(h + 2) % 2000 = 0 THEN hash(h + 3) ELSE hash(u + 18) END % {cities})::BIGINT AS c,
		(hash(u * 2 + hash(h + 4) % 2) % {devices})::BIGINT AS d,
		(CASE WHEN hash(h + 5) % 40 = 0 THEN hash(h + 6) ELSE hash(u + 19) END % {agents})::BIGINT AS a,
		(hash(h + 10) % 300)::BIGINT AS p, (hash(h + 8) % 96)::BIGINT AS o
	FROM (SELECT i, h, (pow((h % 1000003)::DOUBLE / 1000003, 1.7) * {users})::BIGINT % {users} AS u
		FROM (SELECT i, hash(i + {seed}) AS h FROM range({low}, {high}) AS r(i))))
JOIN ws.tenant.users USING (u)
ORDER BY {order}`

// benchParts are joined to the ordered rows, which stay in their order: alias, table, key.
func benchParts() [][3]string {
	return [][3]string{{"person", "users", "u"}, {"place", "places", "c"}, {"device", "devices", "d"}, {"browser", "agents", "a"},
		{"app", "apps", "p"}, {"outcome", "outcomes", "o"}, {"policy", "policies", "k"}}
}

func signInSQL() map[string]string {
	const tenant = "'8a1f3a52-6c0e-4a3b-9a55-2f0f7f7b5a10'"
	return map[string]string{
		"TenantId": tenant, "SourceSystem": "'Azure AD'", "TimeGenerated": "t", "CreatedDateTime": "t",
		"ResourceId": "'/tenants/8a1f3a52-6c0e-4a3b-9a55-2f0f7f7b5a10/providers/Microsoft.aadiam'", "OperationName": "'Sign-in activity'",
		"OperationVersion": "'1.0'", "Category": "'SignInLogs'", "ResultType": "outcome.code", "ResultSignature": "'None'",
		"DurationMs": "(h % 900)::BIGINT", "CorrelationId": "hex(h) || '-' || hex(hash(h + 30))", "Id": "hex(hash(h + 31)) || '-' || hex(h)",
		"Identity": "person.display", "Level": "'4'", "Location": "place.country", "AppDisplayName": "app.app", "AppId": "app.id",
		"AuthenticationRequirement": "CASE WHEN row.o % 2 = 0 THEN 'singleFactorAuthentication' ELSE 'multiFactorAuthentication' END",
		"ClientAppUsed":             "CASE WHEN row.p % 20 = 0 THEN 'IMAP4' WHEN row.p % 3 = 0 THEN 'Mobile Apps and Desktop clients' ELSE 'Browser' END",
		"ConditionalAccessPolicies": "policy.ConditionalAccessPolicies", "ConditionalAccessStatus": "CASE WHEN row.k % 3 = 0 THEN 'success' ELSE 'notApplied' END",
		"DeviceDetail": "device.DeviceDetail", "IsInteractive": "true", "IsRisky": "(hash(h + 14) % 500 = 0)", "LocationDetails": "place.LocationDetails",
		"IPAddress": "'20.' || (row.c % 200) || '.' || (hash(row.u + row.c) % 250) || '.' || (hash(row.u + row.c + hash(h + 20) % (2 + row.u % 97)) % 250)",
		"MfaDetail": "CASE WHEN h % 3 = 0 THEN '{\"authMethod\":\"Microsoft Authenticator\",\"authDetail\":\"MFA completed in Azure AD\"}' END",
		"Status":    "outcome.Status", "ProcessingTimeInMilliseconds": "(hash(h + 15) % 3000)::VARCHAR", "RiskDetail": "'none'", "RiskState": "'none'",
		"RiskLevelAggregated": "'none'", "RiskLevelDuringSignIn": "CASE WHEN hash(h + 14) % 500 = 0 THEN 'high' ELSE 'none' END",
		"ResourceDisplayName": "app.resource", "ResourceIdentity": "app.resource_id", "TokenIssuerType": "'AzureAD'", "UserAgent": "browser.agent",
		"UserId": "person.id", "UserDisplayName": "person.display", "UserType": "'Member'", "UserPrincipalName": "person.UserPrincipalName", "AADTenantId": tenant,
		"UniqueTokenIdentifier": "hex(hash(h + 32))", "SessionId": "hex(hash(h % 3000000))", "AutonomousSystemNumber": "(3000 + row.c % 4000)::VARCHAR",
		"Type": "'SigninLogs'",
	}
}

// nonInteractiveSQL: that table has the dynamic columns of the other as texts, which are never null.
func nonInteractiveSQL() map[string]string {
	m := signInSQL()
	m["MfaDetail"] = "coalesce(" + m["MfaDetail"] + ", '')"
	m["Type"], m["Category"] = "'AADNonInteractiveUserSignInLogs'", "'NonInteractiveUserSignInLogs'"
	return m
}

func auditSQL() map[string]string {
	return map[string]string{
		"TenantId": "'8a1f3a52-6c0e-4a3b-9a55-2f0f7f7b5a10'", "SourceSystem": "'Azure AD'", "TimeGenerated": "t", "ActivityDateTime": "t",
		"OperationName": "'Activity ' || (row.p % 120)", "ActivityDisplayName": "'Activity ' || (row.p % 120)", "Result": "'success'", "LoggedByService": "'Core Directory'",
		"Category":      "CASE row.p % 4 WHEN 0 THEN 'UserManagement' WHEN 1 THEN 'GroupManagement' WHEN 2 THEN 'ApplicationManagement' ELSE 'RoleManagement' END",
		"CorrelationId": "hex(h) || '-' || hex(hash(h + 30))", "Id": "'Directory_' || hex(h)", "Identity": "person.display", "Type": "'AuditLogs'",
		"InitiatedBy": `CASE WHEN h % 4 = 0 THEN '{"app":{"displayName":"' || app.app || '"}}' ELSE '{"user":{"id":"' || person.id || '","userPrincipalName":"' || person.UserPrincipalName || '","ipAddress":"20.1.2.' || (row.u % 250) || '"}}' END`,
		"TargetResources": `'[{"id":"' || md5('user' || row.c)::UUID::VARCHAR || '","displayName":"User ' || row.c || '","type":"User","userPrincipalName":"user' || row.c || '@contoso.com","modifiedProperties":[{"displayName":"LastDirSyncTime","oldValue":"[]","newValue":"[]"}]}'` +
			` || CASE WHEN h % 3 = 0 THEN ',{"id":"' || md5('group' || row.d)::UUID::VARCHAR || '","displayName":"Group ' || row.d || '","type":"Group","userPrincipalName":null,"modifiedProperties":[]}' ELSE '' END || ']'`,
		"AdditionalDetails": `'[{"key":"User-Agent","value":"' || browser.agent || '"}]'`,
	}
}

// benchData gives the catalog of the benchmark's tables, and makes them where the database does not hold them.
func benchData(ctx context.Context, db *store.Baseline, rows int, seed uint64) (*benchCatalog, error) {
	all, err := entra.Load(schemas.FS())
	if err != nil {
		return nil, err
	}
	base, err := catalog.New(all, nil)
	if err != nil {
		return nil, err
	}
	c := &benchCatalog{Catalog: base, tables: map[string]*plan.Table{}}
	bad := types.Schema{{Name: "SearchKey", Type: types.String}, {Name: "Tag", Type: types.String}}
	c.tables["BadIPs"] = &plan.Table{Name: "BadIPs", Columns: bad, Relation: "ws.main.BadIPs"}
	held := db.Exec(ctx, "SELECT 1 FROM ws.main.BadIPs LIMIT 1") == nil // the last one made
	if !held {
		if err := db.Exec(ctx, "CREATE SCHEMA ws.raw; CREATE SCHEMA ws.arrival; "+tenantNames(seed).Replace(tenantSQL)); err != nil {
			return nil, err
		}
	}
	for _, t := range benchTables() {
		made, err := c.table(t, all)
		if err != nil {
			return nil, err
		}
		if held {
			continue
		}
		if err := made.fill(ctx, db, max(benchDays, int(float64(rows)*t.share)), seed); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if held {
		return c, nil
	}
	return c, db.Exec(ctx, fmt.Sprintf(`CREATE TABLE ws.main."BadIPs" AS SELECT IPAddress AS SearchKey, 'listed' AS Tag
		FROM (SELECT DISTINCT IPAddress FROM ws.main.SigninLogs) ORDER BY hash(IPAddress, %d) LIMIT %d`, seed, benchIPs))
}

// benchCatalog is the catalog of all known tables, those of the benchmark with rows.
type benchCatalog struct {
	*catalog.Catalog
	tables map[string]*plan.Table
}

// Table implements bind.Catalog.
func (c *benchCatalog) Table(name string) (*plan.Table, bool) {
	if t, ok := c.tables[name]; ok {
		return t, true
	}
	return c.Catalog.Table(name)
}

// TableNames implements bind.Catalog.
func (c *benchCatalog) TableNames() []string {
	names := append([]string{"BadIPs"}, c.Catalog.TableNames()...)
	sort.Strings(names)
	return names
}

// physicalTable is a table to be filled: the definitions of its columns, the columns of its view, and the SQL of its rows over {rows}.
type physicalTable struct {
	benchTable
	defs, visible []string
	rows          string
}

// table puts a table into the catalog.
func (c *benchCatalog) table(t benchTable, all *entra.Schemas) (*physicalTable, error) {
	known, ok := c.Catalog.Table(t.name)
	if !ok {
		return nil, fmt.Errorf("no table is named %s", t.name)
	}
	pt := *known
	pt.Relation, pt.Shadows = "ws.main."+t.name, map[string]bool{}
	c.tables[t.name] = &pt
	p := &physicalTable{benchTable: t}
	p.columnsOf(&pt)
	p.shadowsOf(&pt, shadow.Of(all.Table(t.name)))
	return p, nil
}

// fill makes the rows in the order of closed days, and those of the last days by arrival too: a query on a week reads
// no others, whatever the order within a day.
func (t *physicalTable) fill(ctx context.Context, db *store.Baseline, rows int, seed uint64) error {
	orders := map[string]string{"raw": "t // 864000000000, lower(UserPrincipalName), t"}
	if t.arrival > 0 {
		orders["arrival"] = "t"
	}
	for schema, order := range orders {
		view := map[string]string{"raw": "ws.main.", "arrival": "ws.main.arrival_"}[schema]
		if err := db.Exec(ctx, fmt.Sprintf(`CREATE TABLE ws.%s.%q (%s); CREATE VIEW %s%s AS SELECT %s FROM ws.%s.%q WHERE _Current`, schema, t.name,
			strings.Join(t.defs, ", "), view, t.name, strings.Join(t.visible, ", "), schema, t.name)); err != nil {
			return err
		}
		low, start := 0, types.TicksOf(benchEnd())-benchDays*types.TicksPerDay
		step := benchDays * types.TicksPerDay / int64(rows)
		if schema == "arrival" {
			low = rows * (benchDays - t.arrival) / benchDays
		}
		from := tenantNames(seed, "{start}", fmt.Sprint(start), "{low}", fmt.Sprint(low), "{high}", fmt.Sprint(rows), "{order}", order, "{step}", fmt.Sprint(step)).Replace(benchRows)
		if err := db.Exec(ctx, fmt.Sprintf(`INSERT INTO ws.%s.%q %s`, schema, t.name, strings.Replace(t.rows, "{rows}", from, 1))); err != nil {
			return err
		}
	}
	return nil
}

// tenantNames are the sizes of the tenant in its SQL, and more.
func tenantNames(seed uint64, more ...string) *strings.Replacer {
	return strings.NewReplacer(append(more, "{cities}", fmt.Sprint(benchCities), "{agents}", fmt.Sprint(benchAgents), "{devices}", fmt.Sprint(benchDevices),
		"{users}", fmt.Sprint(benchUsers), "{seed}", fmt.Sprint(seed%1_000_000_007))...)
}

// columnsOf adds the columns of the schema.
func (t *physicalTable) columnsOf(pt *plan.Table) {
	var cells []string
	for _, col := range pt.Columns {
		cell, made := t.columns[col.Name]
		physical := map[types.Type]string{types.Bool: "BOOLEAN", types.Int: "INTEGER", types.Long: "BIGINT", types.DateTime: "BIGINT", types.TimeSpan: "BIGINT", types.Real: "DOUBLE"}[col.Type]
		switch {
		case physical != "":
		case col.Type == types.String:
			physical = "VARCHAR NOT NULL"
			if !made {
				cell, made = "''", true
			}
		default:
			physical = "VARCHAR"
		}
		if !made {
			cell = "NULL"
		}
		name := strconv.Quote(col.Name)
		t.defs, cells, t.visible = append(t.defs, name+" "+physical), append(cells, cell+" AS "+name), append(t.visible, name)
	}
	t.rows = "SELECT " + strings.Join(cells, ", ")
}

// partColumn is a cell that is a column of a part under its own name.
var partColumn = regexp.MustCompile(`^(\w+)\.(\w+)$`)

// shadowsOf adds the shadow columns. Those of a part's column are computed in the part, once for each of its rows.
func (t *physicalTable) shadowsOf(pt *plan.Table, shadows *shadow.Columns) {
	inParts := map[string]string{}
	var onRows []string
	for _, name := range shadows.Names {
		pt.Shadows[name] = true
		quoted := strconv.Quote(name)
		t.defs, t.visible = append(t.defs, quoted+" VARCHAR"), append(t.visible, quoted)
		base, _, _ := strings.Cut(name, "$")
		if m := partColumn.FindStringSubmatch(t.columns[base]); m != nil && m[2] == base {
			inParts[m[1]] += ", " + shadows.Expr(name) + " AS " + quoted
			t.rows += ", " + m[1] + "." + quoted
			continue
		}
		t.rows += ", NULL AS " + quoted
		onRows = append(onRows, shadows.Expr(name)+" AS "+quoted)
	}
	t.defs = append(t.defs, "_Current BOOLEAN")
	t.rows += ", true AS _Current FROM ({rows}) AS row"
	for _, p := range benchParts() {
		t.rows += fmt.Sprintf(" JOIN (SELECT *%s FROM ws.tenant.%s) AS %s ON %s.%s = row.%s", inParts[p[0]], p[1], p[0], p[0], p[2], p[2])
	}
	if len(onRows) > 0 {
		t.rows = "SELECT * REPLACE (" + strings.Join(onRows, ", ") + ") FROM (" + t.rows + ")"
	}
}

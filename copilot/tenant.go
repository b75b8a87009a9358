package copilot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/entra"
)

// naming is one query whose rows become entities of the directory index.
type naming struct {
	table   string
	query   string
	make    func(row map[string]string) directory.Entity
	without string // only where this table is not held
}

var hexID = 32 // the object id, without dashes, stands before the UPN of a deleted user

func userOf(row map[string]string, deleted bool) directory.Entity {
	upn := strings.ToLower(row["userPrincipalName"])
	e := directory.Entity{Kind: "user", ID: row["id"], Name: row["displayName"], UPN: upn, Deleted: deleted, Extra: map[string]string{"usageLocation": row["usageLocation"]}}
	if e.Name == "" {
		e.Name = upn
	}
	e.Exact = append(e.Exact, row["mail"])
	for _, f := range []string{"proxyAddresses", "otherMails", "identities"} {
		e.Exact = append(e.Exact, addresses(row[f])...)
	}
	if g, s := row["givenName"], row["surname"]; g != "" && s != "" {
		e.Exact = append(e.Exact, g+" "+s, s+" "+g)
	}
	// A nickname is often the given name alone, so it is a part of a name, not a whole one.
	e.Partial = []string{row["givenName"], row["surname"], row["mailNickname"], row["onPremisesSamAccountName"]}
	if local, _, ok := strings.Cut(upn, "#ext#"); ok {
		if i := strings.LastIndexByte(local, '_'); i > 0 {
			e.Exact = append(e.Exact, local[:i]+"@"+local[i+1:]) // a guest's home address
		}
	}
	if local, domain, ok := strings.Cut(upn, "@"); ok && deleted && len(local) > hexID && strings.ReplaceAll(e.ID, "-", "") == local[:hexID] {
		e.Exact = append(e.Exact, local[hexID:]+"@"+domain)
	}
	return e
}

// addresses reads the mail addresses of a dynamic value: SMTP:a@b, or objects with issuerAssignedId.
func addresses(text string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`[]{}",`, r) }) {
		part = strings.TrimSpace(part)
		if i := strings.IndexByte(part, ':'); i >= 0 {
			part = part[i+1:]
		}
		if strings.Contains(part, "@") {
			out = append(out, part)
		}
	}
	return out
}

func named(kind directory.Kind, exact ...string) func(map[string]string) directory.Entity {
	return func(row map[string]string) directory.Entity {
		e := directory.Entity{Kind: kind, ID: row["id"], Name: row["displayName"], Extra: map[string]string{}}
		for _, f := range exact {
			if row[f] != "" {
				e.Exact = append(e.Exact, row[f])
				e.Extra[f] = row[f]
			}
		}
		return e
	}
}

func valueOf(kind directory.Kind) func(map[string]string) directory.Entity {
	return func(row map[string]string) directory.Entity {
		return directory.Entity{Kind: kind, Name: row["v"]}
	}
}

// namings are the queries of the index. The names of values (activities, systems, places) are read from
// the data too, so that a prompt can use them as they stand there.
func namings() []naming {
	values := func(table, column string) string {
		return table + " | where isnotempty(" + column + ") | distinct v = " + column + " | take 5000"
	}
	return []naming{
		{"EntraUsers", "EntraUsers | project id, userPrincipalName, displayName, givenName, surname, mail, mailNickname, onPremisesSamAccountName, usageLocation, proxyAddresses = tostring(proxyAddresses), otherMails = tostring(otherMails), identities = tostring(identities)", func(r map[string]string) directory.Entity { return userOf(r, false) }, ""},
		{"SigninLogs", "SigninLogs | where isnotempty(UserPrincipalName) | summarize displayName = take_any(UserDisplayName), id = take_any(UserId) by userPrincipalName = tolower(UserPrincipalName)", func(r map[string]string) directory.Entity { return userOf(r, false) }, "EntraUsers"},
		{"EntraDeletedUsers", "EntraDeletedUsers | project id, userPrincipalName, displayName, givenName, surname, mail, mailNickname, onPremisesSamAccountName, usageLocation, proxyAddresses = tostring(proxyAddresses), otherMails = tostring(otherMails), identities = tostring(identities)", func(r map[string]string) directory.Entity { return userOf(r, true) }, ""},
		{"EntraGroups", "EntraGroups | project id, displayName, mail, mailNickname", named("group", "mail"), ""},
		{"EntraRoles", `EntraRoles | summarize take_any(displayName) by id = templateId | project id, displayName`, roleOf, ""},
		{"EntraDevices", "EntraDevices | project id, displayName, deviceId", named("device", "deviceId"), ""},
		{"EntraServicePrincipals", "EntraServicePrincipals | project id, displayName, appId, appDisplayName", named("app", "appId", "appDisplayName"), ""},
		{"EntraApplications", "EntraApplications | project id, displayName, appId", named("app", "appId"), ""},
		{"EntraConditionalAccessPolicies", "EntraConditionalAccessPolicies | project id, displayName", policyOf, ""},
		{"SecurityIncident", "SecurityIncident | summarize arg_max(LastModifiedTime, Title) by id = ProviderIncidentId | project id, displayName = Title", incidentOf, ""},
		{"EntraUsers", values("EntraUsers", "department"), valueOf("department"), ""},
		{"EntraUsers", values("EntraUsers", "jobTitle"), valueOf("jobTitle"), ""},
		{"AuditLogs", values("AuditLogs", "ActivityDisplayName"), valueOf("activity"), ""},
		{"AuditLogs", values("AuditLogs", "Category"), valueOf("category"), ""},
		{"AuditLogs", values("AuditLogs", "LoggedByService"), valueOf("service"), ""},
		// Operations that are everyday words too (Send, Update) would be found in every other prompt.
		{"OfficeActivity", `OfficeActivity | where Operation matches regex "[a-z][A-Z]|-" | distinct v = Operation | take 2000`, valueOf("operation"), ""},
		{"SigninLogs", "SigninLogs | extend v = tostring(LocationDetails.city) | where isnotempty(v) | distinct v | take 5000", valueOf("location"), ""},
		{"SigninLogs", "SigninLogs | extend v = tostring(LocationDetails.state) | where isnotempty(v) | distinct v | take 5000", valueOf("location"), ""},
		{"SigninLogs", "SigninLogs | extend v = tostring(DeviceDetail.operatingSystem) | where isnotempty(v) | distinct v | take 500", valueOf("os"), ""},
		{"SigninLogs", "SigninLogs | extend v = tostring(DeviceDetail.browser) | where isnotempty(v) | distinct v | take 500", valueOf("browser"), ""},
		{"SigninLogs", values("SigninLogs", "ClientAppUsed"), valueOf("clientApp"), ""},
		{"SigninLogs", "SigninLogs | where isnotempty(AppDisplayName) | summarize take_any(AppDisplayName) by AppId | project id = AppId, displayName = AppDisplayName, appId = AppId", named("app", "appId"), ""},
	}
}

// policyOf lets a policy be named by its number: "CA002" of "CA002 - Block legacy authentication".
func policyOf(row map[string]string) directory.Entity {
	e := directory.Entity{Kind: "policy", ID: row["id"], Name: row["displayName"]}
	for _, sep := range []string{" - ", ": ", " – "} {
		if head, tail, ok := strings.Cut(e.Name, sep); ok {
			e.Partial = append(e.Partial, head, tail)
		}
	}
	return e
}

// roleOf lets a role be named as people shorten it: "global admin" of "Global Administrator".
func roleOf(row map[string]string) directory.Entity {
	e := directory.Entity{Kind: "role", ID: row["id"], Name: row["displayName"]}
	if short, ok := strings.CutSuffix(e.Name, " Administrator"); ok {
		e.Exact = append(e.Exact, short+" admin", short+" admins")
	}
	return e
}

func incidentOf(row map[string]string) directory.Entity {
	return directory.Entity{Kind: "incident", ID: row["id"], Name: row["id"], Exact: []string{row["displayName"]}, Extra: map[string]string{"title": row["displayName"]}}
}

// vendors stand before the names of Microsoft's own applications and are often left out.
var vendors = []string{"Microsoft ", "Office 365 ", "Azure ", "Windows "}

// load returns what is known of the tenant for the present version of the data.
func (c *Copilot) load(ctx context.Context, now time.Time) (*tenant, error) {
	version, err := c.deps.Sources.Version(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tenant != nil && c.tenant.version == version {
		return c.tenant, nil
	}
	entities := route.Countries()
	for category := range c.deps.Schemas.Categories() {
		entities = append(entities, directory.Entity{Kind: "logCategory", Name: category})
	}
	for _, n := range namings() {
		info, err := c.deps.Sources.Source(ctx, n.table)
		if err != nil {
			return nil, err
		}
		if !info.Held {
			continue
		}
		if n.without != "" {
			other, err := c.deps.Sources.Source(ctx, n.without)
			if err != nil {
				return nil, err
			}
			if other.Held {
				continue
			}
		}
		rows, err := c.texts(ctx, n.query, now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.table, err)
		}
		for _, row := range rows {
			entities = append(entities, n.make(row))
		}
	}
	t := &tenant{version: version, index: directory.New(merge(entities))}
	if err := c.signInReasons(ctx, now, t); err != nil {
		return nil, err
	}
	if err := c.uncollected(ctx, now, t); err != nil {
		return nil, err
	}
	c.tenant = t
	return t, nil
}

// merge makes one entity of an application and its service principal, of the same value named twice, and
// adds the names of users that only the sign-in logs know.
func merge(in []directory.Entity) []directory.Entity {
	var out []directory.Entity
	at := map[string]int{}
	for _, e := range in {
		key := string(e.Kind) + "\x00" + e.ID
		switch {
		case e.Kind == "app" && e.Extra["appId"] != "":
			key = "app\x00" + e.Extra["appId"]
		case e.ID == "":
			key = string(e.Kind) + "\x00" + strings.ToLower(e.Name)
		}
		if i, ok := at[key]; ok {
			out[i].Exact = append(out[i].Exact, append([]string{e.Name, e.ID}, e.Exact...)...)
			continue
		}
		if e.Kind == "app" {
			for _, v := range vendors {
				if short, ok := strings.CutPrefix(e.Name, v); ok && len(short) > 3 {
					e.Partial = append(e.Partial, short)
				}
			}
		}
		if e.Kind == "os" || e.Kind == "browser" {
			e.Partial = append(e.Partial, family(e.Name))
		}
		at[key] = len(out)
		out = append(out, e)
	}
	return families(out)
}

// family is a product name without its version: "Chrome" of "Chrome 130.0.0".
func family(s string) string {
	return strings.TrimRight(strings.TrimRightFunc(s, func(r rune) bool { return r == '.' || r == ' ' || r >= '0' && r <= '9' }), " ")
}

// families adds the bare product name as a value of its own, so that "from Windows" means all versions.
func families(in []directory.Entity) []directory.Entity {
	seen := map[string]bool{}
	for _, e := range in {
		if e.Kind == "os" || e.Kind == "browser" {
			seen[string(e.Kind)+strings.ToLower(e.Name)] = true
		}
	}
	out := in
	for i, e := range in {
		if e.Kind != "os" && e.Kind != "browser" {
			continue
		}
		out[i].Partial = nil
		for _, f := range []string{family(e.Name), firstWord(e.Name)} {
			if key := string(e.Kind) + strings.ToLower(f); f != "" && !seen[key] {
				seen[key] = true
				out = append(out, directory.Entity{Kind: e.Kind, Name: f})
			}
		}
	}
	return out
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return family(w)
}

// texts runs a query and gives its cells as text.
func (c *Copilot) texts(ctx context.Context, query string, now time.Time) ([]map[string]string, error) {
	res, err := c.deps.Queries.Query(ctx, query, now)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]string, len(res.Rows))
	for i, row := range res.Rows {
		m := make(map[string]string, len(row))
		for k, col := range res.Columns {
			m[col.Name] = cellText(row[k])
		}
		out[i] = m
	}
	return out, nil
}

// cellText writes a cell as text; null is nothing.
func cellText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.RawMessage:
		return strings.Trim(string(x), `"`)
	case []byte:
		return string(x)
	case bool:
		if x {
			return "true"
		}
		return "false"
	case float64, int64, int, json.Number:
		return fmt.Sprint(x)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// signInReasons makes the datatable that explains the error codes which the logs hold.
func (c *Copilot) signInReasons(ctx context.Context, now time.Time, t *tenant) error {
	var rows []string
	seen := map[string]bool{}
	for _, table := range []string{"SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs"} {
		info, err := c.deps.Sources.Source(ctx, table)
		if err != nil {
			return err
		}
		if !info.Held {
			continue
		}
		found, err := c.texts(ctx, table+" | distinct ResultType", now)
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		for _, r := range found {
			code := r["ResultType"]
			e, ok := c.deps.Schemas.SignInError(code)
			if !ok || seen[code] {
				continue
			}
			seen[code] = true
			rows = append(rows, reasonRow(code, e))
		}
	}
	if len(rows) == 0 {
		rows = []string{`"0", "signed in", "success", false`}
	}
	t.reasons, t.explained = rows, seen
	return nil
}

// reasonsOf is the table that explains the error codes which the logs hold, and those that a prompt names.
func (c *Copilot) reasonsOf(t *tenant, codes string) string {
	rows := t.reasons
	for code := range strings.SplitSeq(codes, ",") {
		if e, ok := c.deps.Schemas.SignInError(code); ok && !t.explained[code] {
			rows = append(slices.Clone(rows), reasonRow(code, e))
		}
	}
	return "let _reasons = datatable(ResultType:string, Reason:string, Outcome:string, PasswordCorrect:bool)[" + strings.Join(rows, ", ") + "];\n"
}

// uncollected notes the log categories that the diagnostic settings leave out.
func (c *Copilot) uncollected(ctx context.Context, now time.Time, t *tenant) error {
	t.off = map[string]bool{}
	info, err := c.deps.Sources.Source(ctx, "EntraDiagnosticSettings")
	if err != nil || !info.Held {
		return err
	}
	rows, err := c.texts(ctx, "EntraDiagnosticSettings | mv-expand _log = logs | extend category = tostring(_log.category), enabled = coalesce(tobool(_log.enabled), false) | summarize collected = countif(enabled) by category", now)
	if err != nil {
		return fmt.Errorf("EntraDiagnosticSettings: %w", err)
	}
	for _, r := range rows {
		if r["collected"] == "0" && r["category"] != "" {
			t.off[r["category"]] = true
		}
	}
	return nil
}

func reasonRow(code string, e entra.SignInError) string {
	return fmt.Sprintf("%q, %q, %q, %t", code, e.Label, string(e.Outcome), e.PasswordCorrect)
}

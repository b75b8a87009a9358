package prompts

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Export is an export directory read as plain JSON: the independent source of what is true.
type Export struct {
	Now time.Time

	Users     []*User
	Deleted   []*User
	Groups    []*Group
	Devices   []*Device
	Roles     []*Role // directory roles with direct members
	Eligible  []Assignment
	Methods   map[string][]string // by user id, the types of the registered methods
	Licences  map[string][]string // by user id, sku part numbers
	AppRoles  []AppRole
	Grants    []Grant
	Apps      []*App
	Policies  []Policy
	Settings  []Setting
	RiskyApps []RiskyUser
	Incidents []Incident
	Accepted  []Acceptance
	TenantID  string

	RiskyUsers []RiskyUser
	History    []RiskyUser
	Detections []Detection
	SignIns    []*SignIn // interactive, oldest first
	Audits     []*Audit  // oldest first
	Office     []*Office
	Calls      []*Call // of Microsoft Graph

	byID     map[string]*User
	tokens   map[string]string   // the address that a token was issued to
	sessions map[string][]string // the addresses of a session's sign-ins
}

// document is a response with a list of records.
type document[T any] struct {
	Value []T `json:"value"`
}

// ReadExport reads the export in dir, which ends at now.
func ReadExport(dir string, now time.Time) (*Export, error) {
	e := &Export{Now: now, Methods: map[string][]string{}, Licences: map[string][]string{}, byID: map[string]*User{},
		tokens: map[string]string{}, sessions: map[string][]string{}}
	for _, read := range []func(string) error{e.readPeople, e.readDirectory, e.readPossessions, e.readRisk, e.readLogs} {
		if err := read(dir); err != nil {
			return nil, err
		}
	}
	e.settle()
	return e, nil
}

func (e *Export) readPeople(dir string) error {
	var err error
	if e.Users, err = collection[*User](dir, "users"); err != nil {
		return err
	}
	if e.Deleted, err = collection[*User](dir, "deletedUsers"); err != nil {
		return err
	}
	for _, u := range e.Users {
		e.byID[u.ID] = u
	}
	methods, err := collection[struct {
		ID             string
		Authentication struct {
			Methods []struct {
				Type string `json:"@odata.type"`
			}
		}
	}](dir, "authenticationMethods")
	if err != nil {
		return err
	}
	for _, m := range methods {
		for _, x := range m.Authentication.Methods {
			kind := strings.TrimSuffix(strings.TrimPrefix(x.Type, "#microsoft.graph."), "AuthenticationMethod")
			e.Methods[m.ID] = append(e.Methods[m.ID], kind)
		}
	}
	licences, err := collection[struct {
		ID             string
		LicenseDetails []struct{ SkuPartNumber string }
	}](dir, "licenseDetails")
	for _, l := range licences {
		for _, x := range l.LicenseDetails {
			e.Licences[l.ID] = append(e.Licences[l.ID], x.SkuPartNumber)
		}
	}
	return err
}

func (e *Export) readDirectory(dir string) (err error) {
	if e.Groups, err = collection[*Group](dir, "groups"); err != nil {
		return err
	}
	if e.Roles, err = collection[*Role](dir, "directoryRoles"); err != nil {
		return err
	}
	if e.Eligible, err = collection[Assignment](dir, "roleEligibilitySchedules"); err != nil {
		return err
	}
	if e.Policies, err = collection[Policy](dir, "conditionalAccessPolicies"); err != nil {
		return err
	}
	if e.Settings, err = collection[Setting](dir, "diagnosticSettings"); err != nil {
		return err
	}
	if e.Incidents, err = collection[Incident](dir, "incidents"); err != nil {
		return err
	}
	if e.Accepted, err = collection[Acceptance](dir, "agreementAcceptances"); err != nil {
		return err
	}
	agreements, err := collection[struct{ ID, DisplayName string }](dir, "agreements")
	names := map[string]string{}
	for _, a := range agreements {
		names[a.ID] = a.DisplayName
	}
	for i := range e.Accepted {
		e.Accepted[i].Agreement = names[e.Accepted[i].AgreementID]
	}
	if err != nil {
		return err
	}
	orgs, err := collection[struct{ ID string }](dir, "organization")
	if err == nil && len(orgs) > 0 {
		e.TenantID = orgs[0].ID
	}
	return err
}

func (e *Export) readPossessions(dir string) (err error) {
	if e.Devices, err = collection[*Device](dir, "devices"); err != nil {
		return err
	}
	if e.AppRoles, err = collection[AppRole](dir, "appRoleAssignments"); err != nil {
		return err
	}
	if e.Grants, err = collection[Grant](dir, "oauth2PermissionGrants"); err != nil {
		return err
	}
	if e.Apps, err = collection[*App](dir, "applications"); err != nil {
		return err
	}
	principals, err := collection[struct{ ID, DisplayName string }](dir, "servicePrincipals")
	names := map[string]string{}
	for _, p := range principals {
		names[p.ID] = p.DisplayName
	}
	for i := range e.Grants {
		e.Grants[i].Client = names[e.Grants[i].ClientID]
	}
	return err
}

func (e *Export) readRisk(dir string) (err error) {
	if e.RiskyUsers, err = collection[RiskyUser](dir, "riskyUsers"); err != nil {
		return err
	}
	if e.RiskyApps, err = collection[RiskyUser](dir, "riskyServicePrincipals"); err != nil {
		return err
	}
	if e.History, err = collection[RiskyUser](dir, "riskyUserHistory"); err != nil {
		return err
	}
	e.Detections, err = collection[Detection](dir, "riskDetections")
	return err
}

// readLogs reads every file below logs that it knows.
func (e *Export) readLogs(dir string) error {
	return filepath.WalkDir(filepath.Join(dir, "logs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := contentOf(path)
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case strings.HasSuffix(name, ".csv"):
			err = e.readPortal(b)
		case strings.HasPrefix(name, "signIns-page"):
			err = e.readPage(b)
		case strings.HasPrefix(name, "UAL-"):
			err = e.readOffice(b)
		case strings.HasPrefix(name, "SignInLogs"), strings.HasPrefix(name, "AuditLogs"),
			strings.HasPrefix(name, "RiskyUsers"), strings.HasPrefix(name, "UserRiskEvents"), strings.HasPrefix(name, "NonInteractive"),
			strings.HasPrefix(name, "ServicePrincipal"), strings.HasPrefix(name, "ManagedIdentity"), strings.HasPrefix(name, "MicrosoftGraphActivity"):
			err = e.readRecords(b)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
}

// readRecords reads diagnostic settings records, one a line.
func (e *Export) readRecords(b []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	for lines.Scan() {
		var rec struct {
			Category   string
			Properties json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			return err
		}
		var err error
		switch rec.Category {
		case "SignInLogs":
			if err = add(&e.SignIns, rec.Properties); err == nil {
				err = e.issued(rec.Properties)
			}
		case "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs":
			err = e.issued(rec.Properties)
		case "MicrosoftGraphActivityLogs":
			err = add(&e.Calls, rec.Properties)
		case "AuditLogs":
			err = add(&e.Audits, rec.Properties)
		case "RiskyUsers":
			var r RiskyUser
			err = json.Unmarshal(rec.Properties, &r)
			r.UserID = r.ID
			e.History = append(e.History, r)
		case "UserRiskEvents":
			err = add(&e.Detections, rec.Properties)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

func add[T any](list *[]T, raw json.RawMessage) error {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	*list = append(*list, v)
	return nil
}

func (e *Export) readPage(b []byte) error {
	var page document[*SignIn]
	if err := json.Unmarshal(b, &page); err != nil {
		return err
	}
	for _, s := range page.Value {
		if s.IsInteractive {
			e.SignIns = append(e.SignIns, s)
		}
	}
	return nil
}

// readPortal reads the portal's download of interactive sign-ins.
func (e *Export) readPortal(b []byte) error {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(rows) == 0 {
		return err
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[strings.TrimSpace(h)] = i
	}
	for _, r := range rows[1:] {
		cell := func(h string) string { return r[at[h]] }
		s := &SignIn{ID: cell("Request ID"), UserID: cell("User ID"), UPN: cell("Username"), App: cell("Application"),
			Resource: cell("Resource"), IP: cell("IP address"), Client: cell("Client app"), Correlation: cell("Correlation ID")}
		if s.Time, err = time.Parse(time.RFC3339, cell("Date (UTC)")); err != nil {
			return err
		}
		if c := cell("Sign-in error code"); c != "" {
			if _, err := fmt.Sscan(c, &s.Status.ErrorCode); err != nil {
				return fmt.Errorf("error code %q: %w", c, err)
			}
		}
		if p := strings.Split(cell("Location"), ", "); len(p) == 3 {
			s.Location.City, s.Location.State, s.Location.Country = p[0], p[1], p[2]
		}
		s.Device.OS, s.Device.Browser = cell("Operating System"), cell("Browser")
		s.Device.Compliant, s.Device.Managed = truth(cell("Compliant")), truth(cell("Managed"))
		e.SignIns = append(e.SignIns, s)
	}
	return nil
}

func truth(s string) *bool {
	if s == "" {
		return nil
	}
	b := strings.EqualFold(s, "true") || strings.EqualFold(s, "yes")
	return &b
}

// settle brings what is held twice to one and sorts by time.
func (e *Export) settle() {
	newest := map[string]Detection{}
	for _, d := range e.Detections {
		if old, ok := newest[d.ID]; !ok || d.Updated.After(old.Updated) {
			newest[d.ID] = d
		}
	}
	e.Detections = e.Detections[:0]
	for _, k := range sortedKeys(newest) {
		e.Detections = append(e.Detections, newest[k])
	}
	seen := map[string]bool{}
	history := e.History[:0]
	for _, h := range e.History {
		if k := h.UserID + h.Updated.Format(time.RFC3339Nano); !seen[k] {
			seen[k] = true
			history = append(history, h)
		}
	}
	e.History = history
	sort.SliceStable(e.SignIns, func(i, j int) bool { return e.SignIns[i].Time.Before(e.SignIns[j].Time) })
	sort.SliceStable(e.Calls, func(i, j int) bool { return e.Calls[i].Time.Before(e.Calls[j].Time) })
	sort.SliceStable(e.Office, func(i, j int) bool { return e.Office[i].at.Before(e.Office[j].at) })
	sort.SliceStable(e.Audits, func(i, j int) bool { return e.Audits[i].Time.Before(e.Audits[j].Time) })
}

// collection reads directory/name.json.
func collection[T any](dir, name string) ([]T, error) {
	path := filepath.Join(dir, "directory", name+".json")
	b, err := contentOf(path)
	if err != nil {
		return nil, err
	}
	var d document[T]
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d.Value, nil
}

// contentOf reads a file, compressed or not.
func contentOf(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out.Bytes(), nil
}

package activity

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/entra"
)

// TenantID is the TenantId of the program's own rows. That column is the id of a Log Analytics workspace elsewhere.
const TenantID = "sleuth"

// The type of records about what no operation of Security Copilot is: a query, an import, a saved function. Microsoft's schema
// has no such number.
const (
	OwnRecordType     = 90000
	OwnRecordTypeName = "SleuthOperation"
)

// identity is under which name records go.
type identity struct {
	appIdentity string // Workload.Group.App
	application string
	appHost     string // where nothing is said of the surface
	feed        bool   // operations by the names of the Management Activity feed
}

// inside is the identity of rows of the workspace, outside that of exported records.
func inside() identity {
	return identity{appIdentity: "Copilot.Security.SecurityCopilot", application: "Security Copilot", appHost: "Security Copilot standalone"}
}

func outside() identity {
	return identity{appIdentity: "Copilot.Sleuth", application: "Sleuth", appHost: "Sleuth", feed: true}
}

// Row is a row of a table: its cells by column, each a string, bool, int32, time.Time or json.RawMessage (dynamic).
type Row struct {
	Table string
	Cells map[string]any
}

// Texts gives what is left of the texts of an entry, by name; ok is false where there is none, or where it must not be shown.
type Texts func(name string) (text string, ok bool)

// NoTexts shows none.
func NoTexts(string) (string, bool) { return "", false }

// Mapper makes rows and records of entries. It is safe for use by several goroutines.
type Mapper struct {
	schemas *entra.Schemas
	// trail tells this trail from others, so that equal indexes of two trails have different record ids.
	trail string
	// organization is the id of the Entra tenant whose workspace it is; may be empty.
	organization string
}

// NewMapper makes a mapper for the trail whose first verifier key is trail, in the workspace of a tenant.
func NewMapper(schemas *entra.Schemas, trail, organization string) *Mapper {
	return &Mapper{schemas: schemas, trail: trail, organization: organization}
}

// Tables are the tables that Rows fills.
func Tables() []string {
	return []string{"CloudAppEvents", "CopilotActivity", "IdentityLogonEvents", "SigninLogs"}
}

// Rows are the rows of an entry: one of CloudAppEvents and of CopilotActivity, and for a sign-in one of IdentityLogonEvents and
// of SigninLogs.
func (m *Mapper) Rows(e audit.Entry, texts Texts) ([]Row, error) {
	f := m.factsOf(e)
	r := m.record(e, f, inside(), texts)
	cloud, err := m.cloudAppEvent(e, f, r)
	if err != nil {
		return nil, err
	}
	activity, err := m.copilotActivity(e, f, r)
	if err != nil {
		return nil, err
	}
	rows := []Row{cloud, activity}
	if f.signIn() {
		logon, err := m.identityLogon(e, f, r)
		if err != nil {
			return nil, err
		}
		signIn, err := m.signInLog(e, f, r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, logon, signIn)
	}
	return rows, nil
}

// recordID is the id of an entry's record: the same in every table, in every export, and after a new projection.
func (m *Mapper) recordID(index uint64) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("sleuth:audit:"+m.trail+":"+strconv.FormatUint(index, 10))).String()
}

// facts are what an entry says, under the names it may say it by.
type facts struct {
	op      entra.CopilotOperation
	user    string // UPN or id
	userID  string // object id
	name    string // display name
	ip      string
	agent   string // user agent
	admin   bool
	appHost string
	session string
	message string
	failed  bool
	reason  string
}

func (f facts) signIn() bool { return f.op.Name == signedIn || f.op.Name == signInFailed }

// The operations of signing in to the program.
const (
	signedIn     = "UserLoggedIn"
	signInFailed = "UserLoginFailed"
)

// factsOf reads an entry. An operation that Security Copilot does not have keeps its name.
func (m *Mapper) factsOf(e audit.Entry) facts {
	op, known := m.schemas.CopilotOperation(e.Operation)
	if !known {
		op = entra.CopilotOperation{Record: OwnRecordType, Type: OwnRecordTypeName, Name: e.Operation}
	}
	// The names are those of access.Principal.Details, and of server/auth. Others, such as name and roles, are of what was changed.
	d := e.Details
	f := facts{
		op: op, user: e.Principal, userID: d["userId"], name: d["displayName"], ip: d["clientIP"], agent: d["userAgent"], appHost: d["appHost"],
		reason: d["reason"],
	}
	upn := d["userPrincipalName"]
	if upn == "" && f.signIn() && strings.Contains(e.Object, "@") {
		upn = e.Object // a sign-in is of a person by id, with the name that they signed in by as its object
	}
	if upn != "" {
		if f.userID == "" && f.user != upn {
			f.userID = f.user
		}
		f.user = upn
	}
	if f.userID == "" && isGUID(f.user) {
		f.userID = f.user
	}
	if f.name == "" {
		f.name = f.user
	}
	// Whoever works on the data directory itself owns it.
	f.admin = e.Principal == "local" || strings.Contains(strings.ToLower(d["role"]), "owner")
	f.failed = f.op.Name == signInFailed || strings.EqualFold(e.Outcome, "error") || strings.EqualFold(e.Outcome, "failed") || strings.EqualFold(e.Outcome, "refused")
	if op.Name == interaction {
		f.session, f.message, _ = strings.Cut(e.Object, "/")
	}
	if s := d["sessionId"]; s != "" {
		f.session = s
	}
	return f
}

func isGUID(s string) bool { _, err := uuid.Parse(s); return err == nil && len(s) == 36 }

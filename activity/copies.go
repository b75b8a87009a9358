package activity

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/settings"
)

// AuditLogging is the property under which records have the settings of what is copied: Security Copilot has one switch for all of it.
const AuditLogging = settingPrefix + "AllowAuditLogging"

// Copies are what of the trail becomes rows and exported records. The trail itself is always kept, and a change of what is copied is
// always copied.
type Copies struct {
	AdminActions bool // what changes the program
	UserActions  bool // that somebody asked, queried or signed in
	Responses    bool // what was said: the texts
}

// DefaultCopies are those of a trail whose owner changed nothing.
func DefaultCopies() Copies { return Copies{AdminActions: true, UserActions: true} }

// String writes them so that ParseCopies reads them.
func (c Copies) String() string {
	return fmt.Sprintf("admin=%t user=%t responses=%t", c.AdminActions, c.UserActions, c.Responses)
}

// ParseCopies reads what String wrote.
func ParseCopies(s string) (c Copies, err error) {
	if _, err = fmt.Sscanf(s, "admin=%t user=%t responses=%t", &c.AdminActions, &c.UserActions, &c.Responses); err != nil {
		err = fmt.Errorf("%q does not say what is copied: %w", s, err)
	}
	return c, err
}

// After is what is copied after entry e, where before it c was: an entry that changes one of the settings says so.
func (c Copies) After(m *Mapper, e audit.Entry) Copies {
	f := m.factsOf(e)
	if f.failed || !changesCopies(e, f) {
		return c
	}
	value := settingOf(e, f).NewValue
	on := strings.EqualFold(value, "true") || strings.EqualFold(value, "enabled")
	switch e.Object {
	case settings.CopyAdminActions:
		c.AdminActions = on
	case settings.CopyUserActions:
		c.UserActions = on
	default:
		c.Responses = on
	}
	return c
}

// Has reports whether entry e is copied.
func (c Copies) Has(m *Mapper, e audit.Entry) bool {
	f := m.factsOf(e)
	switch {
	case changesCopies(e, f):
		return true
	case userAction(e, f):
		return c.UserActions
	}
	return c.AdminActions
}

// changesCopies reports whether an entry is of one of the settings, also where the change was refused.
func changesCopies(e audit.Entry, f facts) bool {
	return f.op.Name == "UpdateCopilotSettings" && settingOf(e, f).Property == AuditLogging
}

// userAction reports whether an entry is of what somebody does as a user: asking, querying, signing in, and what is one's own account
// or session. All else changes the program for everybody.
func userAction(e audit.Entry, f facts) bool {
	if f.op.Name == interaction || f.signIn() {
		return true
	}
	switch e.Operation {
	case "QueryRun", "QueryCompleted", "RequestSent", "CommandRun", "AccessDenied", "SessionRenamed", "SessionDeleted", "UserLoggedOut", "SecondFactorRequested", "IdentityConfirmed",
		"AuthenticationMethodAdded", "AuthenticationMethodRemoved", "PasswordChanged", "RecoveryCodesCreated", "RecoveryCodeUsed", "SignInLinkUsed", "SignInSessionEnded":
		return true
	}
	return false
}

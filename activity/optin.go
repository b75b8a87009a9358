package activity

import (
	"strings"

	"github.com/sleuth-sec/sleuth/audit"
)

// AuditLogging is the setting by which the owner opts in to having what was said in rows and exports. The trail itself is always
// kept.
const AuditLogging = settingPrefix + "AllowAuditLogging"

// OptedIn is whether texts may be shown after entry e, where they might before: an entry that changes the setting says so.
func (m *Mapper) OptedIn(before bool, e audit.Entry) bool {
	f := m.factsOf(e)
	if f.op.Name != "UpdateCopilotSettings" || f.failed {
		return before
	}
	s := settingOf(e, f)
	if s.Property != AuditLogging {
		return before
	}
	return strings.EqualFold(s.NewValue, "true") || strings.EqualFold(s.NewValue, "enabled")
}

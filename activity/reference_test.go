package activity_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/activity"
)

var update = flag.Bool("update", false, "rewrite docs/reference/audit-events.md")

const referenceHead = `# Audit events

Entries of the audit trail are rows of the workspace's tables in the moment in which they are recorded, and can be exported as
audit records of the Office 365 Management Activity API. The log itself, with its proofs, is in [audit-proofs.md](audit-proofs.md).

| Table | Rows |
|---|---|
| ` + "`CloudAppEvents`" + ` | one for each entry that is copied; the record stands in ` + "`RawEventData`" + `, the entry itself in ` + "`RawEventData.SleuthAudit`" + ` |
| ` + "`CopilotActivity`" + ` | one for each entry that is copied; the part that is of its type stands in ` + "`LLMEventData`" + ` |
| ` + "`IdentityLogonEvents`, `SigninLogs`" + ` | one for each sign-in to Sleuth and each that failed |

- Own rows have ` + "`TenantId == \"sleuth\"`" + ` and stand apart from the tenant's: answers about the tenant leave them out, except where the
  question is who used the copilot. Reading them takes the permission ` + "`readUses`" + `; for others these tables hold what is the tenant's.
- Inside the workspace they carry ` + "`AppIdentity` `Copilot.Security.SecurityCopilot`" + `, so that published rules and workbooks run unchanged.
  Exported records carry ` + "`Copilot.Sleuth`" + ` and the application name Sleuth.
- ` + "`AdditionalFields.AuditIndex`" + ` is the index of the entry; ` + "`RawEventData.Id`, `CopilotActivity.RecordId`" + ` and the ` + "`Id`" + ` of an exported record are the same.
- The owner decides what is copied, by the settings ` + "`audit.copy.adminActions`, `audit.copy.userActions` and `audit.copy.responses`" + `, from the entry after the
  change on. The last one is for what was said: prompts, answers and queries. Records have all three as ` + "`Settings.AllowAuditLogging`" + `, with the
  setting's own name as ` + "`ObjectId`" + `; a change of them is always copied. A text that is erased from the trail is gone from rows and exports too.
- Rows are made when a query reads one of these tables, before it runs. They can be made again from the log at any time.

## What an entry says

Who (` + "`Principal`" + `), on what (` + "`Object`" + `) and how it ended (` + "`Outcome`" + `) are fields of an entry; these details are read beside them:

| Detail | Becomes |
|---|---|
| ` + "`displayName`, `userPrincipalName`, `userId`" + ` | the account; without them it is the principal |
| ` + "`role`" + ` | the type of the account: Admin for an owner, else Regular |
| ` + "`clientIP`, `userAgent`, `country`, `city`, `isp`" + ` | where it came from |
| ` + "`appHost`" + ` | the surface; Security Copilot standalone without it |
| ` + "`skills`, `tables`, `model`" + ` | ` + "`AISystemPlugin`, `AccessedResources`, `ModelTransparencyDetails`" + ` |
| ` + "`property`, `originalValue`, `newValue`" + ` | ` + "`CopilotSettingsEventData.Resource[0]`; without `property` it is the object" + ` |
| ` + "`reason`, `errorNumber`" + ` | why a sign-in failed; 50126 without a number |

All details stand in ` + "`SleuthAudit.Details`" + ` as well.

## Operations

An entry may name its operation in any of these ways. Rows have the first name in ` + "`Operation` and `ActionType`" + `, exported records the second.

| Operation in rows | In exports | RecordType | Recorded as |
|---|---|---|---|
`

const referenceTail = `
What Security Copilot does not have (` + "`QueryRun`, `CommandRun`, `ImportStarted`, `ServerStarted`, `AccessDenied`, `AuditExported`, `TextErased`" + ` and
others) keeps its own name, with the RecordType %d, ` + "`%s`" + `: no number of Microsoft's stands for it. ` + "`TextRedacted` and `TextErased`" + ` name the
text by its hash.

## Records of Microsoft's own

Audit records about copilots that are imported (Purview search, Management Activity API, collectors of the unified audit log) become rows of
` + "`CloudAppEvents` and `CopilotActivity`" + ` as well, known by their RecordType or the workload Copilot. ` + "`ActionType`" + ` has the first name of
the table above, ` + "`RawEventData`" + ` the record as it was. Exports of the two tables themselves, from Defender or Sentinel, are imported as they are.
`

// TestReference holds the page to the operations.
func TestReference(t *testing.T) {
	_, s := mapper(t)
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, op := range s.CopilotOperations() {
		feed := op.Feed
		if feed == "" {
			feed = op.Name
		}
		also := append(append([]string{}, op.Own...), op.Also...)
		for i, name := range also {
			also[i] = "`" + name + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %d %s | %s |\n", op.Name, feed, op.Record, op.Type, strings.Join(also, ", "))
	}
	fmt.Fprintf(&b, referenceTail, activity.OwnRecordType, activity.OwnRecordTypeName)
	path := filepath.Join("..", "docs", "reference", "audit-events.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != b.String() {
		t.Errorf("%s is not what the operations say: go test ./activity -run TestReference -update (%v)", path, err)
	}
}

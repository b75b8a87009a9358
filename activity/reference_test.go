package activity_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
| ` + "`method`" + ` | the steps of ` + "`SigninLogs.AuthenticationDetails`, `MfaDetail` and `IdentityLogonEvents.AdditionalFields.AuthenticationMethod`" + `: see below |
| ` + "`authenticationRequirement`" + ` | the same, of ` + "`SigninLogs` and of `AdditionalFields`" + ` |
| ` + "`os`, `browser`" + ` | ` + "`DeviceDetail`, `OSPlatform`" + `: what the browser says of itself |

All details stand in ` + "`SleuthAudit.Details`" + ` as well.

## How somebody signed in

` + "`method`" + ` of a sign-in, and of one that failed, names its proofs, joined by ` + "`+`" + `. Each is a step of ` + "`AuthenticationDetails`" + `, in the form of sign-in logs, with the time of the
entry; of a sign-in that failed the last step has ` + "`succeeded`" + ` false and the reason.

| In method | authenticationMethod | what it is |
|---|---|---|
| ` + "`password`" + ` | Password | the password kept by Sleuth |
| ` + "`authenticator`" + ` | Software OATH token | the code of an authenticator app |
| ` + "`passkey`" + ` | Passkey | by itself it stands for two factors |
| ` + "`recoveryCode`" + ` | Recovery code | in place of a second factor |
| ` + "`link`" + ` | Temporary Access Pass | a one-time link, with the password chosen by it |
| ` + "`oidc`" + ` | Satisfied by token | an OpenID Connect provider that does not say how it was proved there |
| ` + "`oidc+mfa`" + ` | Satisfied by token, Previously satisfied | the provider says that there was more than one factor (claim ` + "`amr`" + `) |
| ` + "`oidc:one`" + ` | Satisfied by token | the provider says that there was one |

## Operations

An entry may name its operation in any of these ways. Rows have the first name in ` + "`Operation` and `ActionType`" + `, exported records the second.

| Operation in rows | In exports | RecordType | Recorded as |
|---|---|---|---|
`

const referenceTail = `
Signing in, and what people sign in with, beside the two above:

| Operation | when |
|---|---|
| ` + "`SecondFactorRequested`" + ` | the first proof was right; ` + "`next`" + ` says what is asked for: ` + "`factor`, or `enrol`" + ` where there is none yet |
| ` + "`UserLoggedOut`, `SignInSessionEnded`, `UserSessionsEnded`" + ` | somebody signs out; ends other sessions of their own, or a changed factor does; an owner ends those of somebody |
| ` + "`IdentityConfirmed`" + ` | a fresh proof within a session, before a change of factors |
| ` + "`AuthenticationMethodAdded`, `AuthenticationMethodRemoved`, `AuthenticationMethodsReset`" + ` | a passkey or an authenticator app comes or goes; an owner takes all away |
| ` + "`RecoveryCodesCreated`, `RecoveryCodeUsed`" + ` | ten new codes; one is used up |
| ` + "`PasswordChanged`, `SignInLinkCreated`, `SignInLinkUsed`, `OwnerCreated`" + ` | a new password; a one-time link; the first owner |
| ` + "`UserAdded`, `UserRoleChanged`, `UserDisabled`, `UserEnabled`, `UserRemoved`" + ` | people |
| ` + "`TokenCreated`, `TokenRemoved`" + ` | API tokens |
| ` + "`SecretChanged`, `SecretRemoved`" + ` | a secret of the settings, such as ` + "`oidc.clientSecret`" + `; its value is nowhere on record |

What Security Copilot does not have (` + "`QueryRun`, `QueryCompleted`, `CommandRun`, `ImportStarted`, `ServerStarted`, `AccessDenied`, `AuditExported`, `TextErased`" + ` and
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
	// What signing in and managing people records stands on the page.
	for _, dir := range []string{"../server/auth", "../manage"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?:Operation:|operation :?=) "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
				if !strings.HasSuffix(name, "_test.go") && !strings.Contains(b.String(), "`"+m[1]+"`") {
					t.Errorf("%s records %s, of which the page says nothing", name, m[1])
				}
			}
		}
	}
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

package activity

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/audit"
)

// invalidCredentials is the sign-in error code of a wrong user name or password.
const invalidCredentials = "50126"

// errorCode is the sign-in error code of an entry: 0 of a sign-in that succeeded.
func errorCode(e audit.Entry, f facts) string {
	if f.op.Name == signedIn {
		return "0"
	}
	for _, name := range []string{"errorNumber", "errorCode", "resultType"} {
		if code := e.Details[name]; code != "" {
			return code
		}
	}
	return invalidCredentials
}

// signInRecord adds what the records of Microsoft Entra ID say of a sign-in.
func signInRecord(r *record, e audit.Entry, f facts) {
	r.ErrorNumber = errorCode(e, f)
	if f.op.Name == signInFailed {
		r.LogonError = f.reason
	}
	if f.agent != "" {
		r.Extended = []nameAndValue{{"UserAgent", f.agent}}
	}
}

// identityLogon is the row of IdentityLogonEvents.
func (m *Mapper) identityLogon(e audit.Entry, f facts, r *record) (Row, error) {
	action, failure := "LogonSuccess", ""
	if f.op.Name == signInFailed {
		action, failure = "LogonFailed", f.reason
	}
	account, domain, _ := strings.Cut(f.user, "@")
	return m.row("IdentityLogonEvents", e, r, map[string]any{
		"Timestamp": e.Time, "ActionType": action, "Application": r.ApplicationName, "LogonType": "Interactive", "Protocol": e.Details["protocol"],
		"FailureReason": failure, "AccountName": account, "AccountDomain": domain, "AccountUpn": f.user, "AccountObjectId": f.userID,
		"AccountDisplayName": f.name, "IPAddress": f.ip, "ReportId": r.ID, "ISP": e.Details["isp"], "Location": e.Details["country"],
		"OSPlatform": e.Details["os"], "DeviceType": e.Details["deviceType"],
	}, map[string]any{"AdditionalFields": map[string]any{
		"ARG.CLOUD_SERVICE": r.ApplicationName, "ACTOR.ALIAS": account, "AuditIndex": e.Index,
		"AuthenticationMethod": methods(stepsOf(e, f)), "AuthenticationRequirement": e.Details["authenticationRequirement"],
	}})
}

// signInLog is the row of SigninLogs.
func (m *Mapper) signInLog(e audit.Entry, f facts, r *record) (Row, error) {
	status := map[string]any{"errorCode": number(r.ErrorNumber)}
	if f.op.Name == signInFailed && f.reason != "" {
		status["failureReason"] = f.reason
	}
	steps := stepsOf(e, f)
	details, err := authenticationDetails(steps)
	if err != nil {
		return Row{}, err
	}
	mfa := map[string]any{}
	if last := len(steps) - 1; last > 0 {
		mfa["authMethod"], mfa["authDetail"] = steps[last].Method, steps[last].MethodDetail
	}
	device := map[string]any{"deviceId": "", "displayName": "", "operatingSystem": e.Details["os"], "browser": e.Details["browser"]}
	return m.row("SigninLogs", e, r, map[string]any{
		"OperationName": "Sign-in activity", "OperationVersion": "1.0", "Category": "SignInLogs", "ResultType": r.ErrorNumber,
		"ResultDescription": r.LogonError, "Identity": f.name, "UserDisplayName": f.name, "UserPrincipalName": f.user, "UserId": f.userID,
		"AppDisplayName": r.ApplicationName, "Resource": "Microsoft.aadiam", "ResourceDisplayName": r.ApplicationName, "Id": r.ID,
		"CreatedDateTime": e.Time, "IPAddress": f.ip, "UserAgent": f.agent, "IsInteractive": true, "CorrelationId": f.session,
		"AuthenticationRequirement": e.Details["authenticationRequirement"], "AuthenticationDetails": details, "AADTenantId": m.organization, "ResourceTenantId": m.organization,
	}, map[string]any{"Status": status, "MfaDetail": mfa, "DeviceDetail": device})
}

// number is a code as JSON has it: a number where it is one.
func number(code string) any {
	if n, err := strconv.Atoi(code); err == nil {
		return n
	}
	return code
}

package tenantgen

import (
	"strconv"
	"strings"
)

type mfaState uint8

const (
	mfaNone    mfaState = iota // one factor was enough
	mfaPassed                  // a prompt was approved
	mfaEarlier                 // satisfied by a claim in the token
	mfaPending                 // asked, not answered yet
	mfaDenied                  // asked, refused or timed out
)

// signIn is one sign-in of a person or a workload, before it is written in one of the formats.
type signIn struct {
	at                       moment
	id, correlation, session guid
	person                   *person // nil for a workload
	workload                 *app
	app                      *app
	place                    *place
	ip                       string
	asn                      int
	trusted                  bool
	code                     int
	agent                    agent
	device                   *device
	interactive              bool
	legacyClient             string
	browserClient            bool
	mfa                      mfaState
	factor                   string
	keyID                    guid

	during, aggregated, riskState, riskDetail string
	risks                                     []string
}

// reason words the failure codes; labels are the generator's own.
func reason(code int) string {
	switch code {
	case 0:
		return ""
	case 50126:
		return "Invalid username or password."
	case 50053:
		return "The account is locked after too many attempts."
	case 50055:
		return "The password is expired."
	case 50057:
		return "The user account is disabled."
	case 50074:
		return "Strong authentication is required."
	case 50076:
		return "Multifactor authentication is required for this resource."
	case 50105:
		return "The user is not assigned to a role for the application."
	case 50140:
		return "Interrupted to ask whether to stay signed in."
	case 50173:
		return "The grant was revoked; a fresh sign-in is needed."
	case 53000:
		return "The device is not in a required compliant state."
	case 53003:
		return "Blocked by Conditional Access."
	case 65001:
		return "Consent to the application is missing."
	case 70043:
		return "The refresh token is past the sign-in frequency."
	case 500121:
		return "Strong authentication failed or was denied."
	case 700082:
		return "The refresh token has expired from inactivity."
	case 7000215:
		return "An invalid client secret was provided."
	case 7000222:
		return "The client secret has expired."
	}
	return "Sign-in failed."
}

// reachesPolicies: Conditional Access is evaluated once the first factor is right.
func (s *signIn) reachesPolicies() bool {
	switch s.code {
	case 50126, 50053, 50055, 50057, 50173, 700082, 7000215, 7000222:
		return false
	}
	return true
}

func (s *signIn) clientApp() string {
	switch {
	case s.legacyClient != "":
		return s.legacyClient
	case s.browserClient:
		return "Browser"
	}
	return "Mobile Apps and Desktop clients"
}

func (s *signIn) category() string {
	switch {
	case s.workload != nil && s.workload.sort == managedIdentity:
		return "ManagedIdentitySignInLogs"
	case s.workload != nil:
		return "ServicePrincipalSignInLogs"
	case s.interactive:
		return "SignInLogs"
	}
	return "NonInteractiveUserSignInLogs"
}

func (s *signIn) identity() string {
	if s.workload != nil {
		return s.workload.name
	}
	return s.person.display
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// appendRecord writes the diagnostic settings record.
func (w *world) appendSignIn(b []byte, s *signIn) []byte {
	b = append(b, `{"time":"`...)
	b = append(s.at.append(b), "Z\","...)
	b = append(b, w.envelope...)
	b = append(b, `,"operationName":"Sign-in activity","operationVersion":"1.0"`...)
	b = appendField(b, "category", s.category())
	b = append(b, w.tenantField...)
	b = append(b, `,"resultType":"`...)
	b = append(strconv.AppendInt(b, int64(s.code), 10), `","resultSignature":"None"`...)
	if s.code != 0 {
		b = appendField(b, "resultDescription", reason(s.code))
	}
	b = append(b, `,"durationMs":0`...)
	b = appendField(b, "callerIpAddress", s.ip)
	b = appendGUIDField(b, "correlationId", s.correlation)
	b = appendField(b, "identity", s.identity())
	b = append(b, `,"Level":4`...)
	b = appendField(b, "location", s.place.country)
	b = append(b, `,"properties":{`...)
	b = w.appendProperties(b, s)
	return append(b, "}}\n"...)
}

func (w *world) appendProperties(b []byte, s *signIn) []byte {
	b = appendGUIDField(b, "id", s.id)
	b = append(b, `,"createdDateTime":"`...)
	b = append(s.at.append(b), `+00:00"`...)
	resource := s.app.resource
	if s.workload != nil {
		b = appendField(b, "appId", s.workload.appID)
		b = appendGUIDField(b, "servicePrincipalId", s.workload.id)
		b = appendField(b, "servicePrincipalName", s.workload.name)
		b = appendGUIDField(b, "servicePrincipalCredentialKeyId", s.keyID)
		b = appendField(b, "clientCredentialType", credentialType(s))
	} else {
		b = appendField(b, "userDisplayName", s.person.display)
		b = appendField(b, "userPrincipalName", s.person.upn)
		b = appendGUIDField(b, "userId", s.person.id)
		b = appendField(b, "userType", s.person.userType())
		b = appendField(b, "appId", s.app.appID)
		b = appendField(b, "appDisplayName", s.app.name)
	}
	b = appendField(b, "resourceDisplayName", resource.name)
	b = appendField(b, "resourceId", resource.appID)
	b = appendGUIDField(b, "resourceServicePrincipalId", resource.id)
	b = appendField(b, "ipAddress", s.ip)
	b = append(b, `,"status":{"errorCode":`...)
	b = strconv.AppendInt(b, int64(s.code), 10)
	if s.code != 0 {
		b = appendField(b, "failureReason", reason(s.code))
	}
	b = append(b, '}')
	b = append(appendName(b, "location"), s.place.json...)
	b = appendGUIDField(b, "correlationId", s.correlation)
	b = append(appendName(b, "uniqueTokenIdentifier"), '"')
	b = append(s.id.appendToken(b), '"')
	b, status := w.appendPolicies(b, s)
	b = appendField(b, "conditionalAccessStatus", status)
	b = appendBoolField(b, "isInteractive", s.interactive)
	b = append(b, `,"tokenIssuerType":"AzureAD","flaggedForReview":false,"crossTenantAccessType":"`...)
	b = append(append(b, s.crossTenant()...), '"')
	b = appendIntField(b, "processingTimeInMilliseconds", 60+int(s.id[3])*3)
	b = appendRisk(b, s)
	b = append(b, w.tenantsField...)
	b = appendIntField(b, "autonomousSystemNumber", s.asn)
	if s.workload == nil {
		b = s.appendClient(b)
	}
	return b
}

func credentialType(s *signIn) string {
	if s.workload.sort == managedIdentity {
		return "managedIdentity"
	}
	for _, c := range s.workload.credentials {
		if c.keyID == s.keyID && c.certificate {
			return "certificate"
		}
	}
	return "clientSecret"
}

func (s *signIn) crossTenant() string {
	if s.person != nil && s.person.kind == guest {
		return "b2bCollaboration"
	}
	return "none"
}

func appendRisk(b []byte, s *signIn) []byte {
	b = appendField(b, "riskDetail", orNone(s.riskDetail))
	b = appendField(b, "riskLevelAggregated", orNone(s.aggregated))
	b = appendField(b, "riskLevelDuringSignIn", orNone(s.during))
	b = appendField(b, "riskState", orNone(s.riskState))
	b = appendStrings(b, "riskEventTypes", s.risks)
	return appendStrings(b, "riskEventTypes_v2", s.risks)
}

// appendClient writes what only people's sign-ins have.
func (s *signIn) appendClient(b []byte) []byte {
	b = appendField(b, "clientAppUsed", s.clientApp())
	b = appendField(b, "userAgent", s.agent.userAgent)
	b = append(appendName(b, "deviceDetail"), '{')
	b = s.appendDevice(b)
	b = append(b, '}')
	if !s.session.isZero() {
		b = appendGUIDField(b, "sessionId", s.session)
	}
	incoming, requirement := "none", "singleFactorAuthentication"
	if !s.interactive {
		incoming = "refreshToken"
	}
	if s.mfa != mfaNone {
		requirement = "multiFactorAuthentication"
	}
	b = appendField(b, "incomingTokenType", incoming)
	b = appendField(b, "authenticationRequirement", requirement)
	return s.appendSteps(b)
}

func (s *signIn) appendDevice(b []byte) []byte {
	if d := s.device; d != nil {
		b = appendGUIDField(b, "deviceId", d.deviceID)
		b = appendField(b, "displayName", d.name)
		b = appendField(b, "operatingSystem", s.agent.os)
		b = appendField(b, "browser", s.agent.browser)
		b = appendBoolField(b, "isCompliant", d.compliant)
		b = appendBoolField(b, "isManaged", d.managed)
		return appendField(b, "trustType", d.signInTrust)
	}
	b = append(b, `"deviceId":""`...)
	b = appendField(b, "operatingSystem", s.agent.os)
	b = appendField(b, "browser", s.agent.browser)
	return append(b, `,"isCompliant":false,"isManaged":false`...)
}

func factorName(f string) string {
	switch f {
	case "sms":
		return "Text message"
	case "fido2":
		return "FIDO2 security key"
	}
	return "Mobile app notification"
}

// appendSteps writes authenticationDetails: the password step, then the second factor.
func (s *signIn) appendSteps(b []byte) []byte {
	b = append(appendName(b, "authenticationDetails"), '[')
	step := func(method, detail string, ok bool, result, requirement string) {
		if b[len(b)-1] == '}' {
			b = append(b, ',')
		}
		b = append(b, `{"authenticationStepDateTime":"`...)
		b = append(s.at.append(b), `+00:00"`...)
		b = appendField(b, "authenticationMethod", method)
		if detail != "" {
			b = appendField(b, "authenticationMethodDetail", detail)
		}
		b = appendBoolField(b, "succeeded", ok)
		b = appendField(b, "authenticationStepResultDetail", result)
		b = append(appendField(b, "authenticationStepRequirement", requirement), '}')
	}
	if s.interactive {
		switch s.code {
		case 50126:
			step("Password", "Password in the cloud", false, "Invalid username or password", "Primary authentication")
		case 50053, 50055, 50057:
			step("Password", "Password in the cloud", false, reason(s.code), "Primary authentication")
		default:
			step("Password", "Password in the cloud", true, "Correct password", "Primary authentication")
		}
		switch s.mfa {
		case mfaPassed:
			step(factorName(s.factor), "", true, "MFA completed in Azure AD", "Multi-factor authentication")
		case mfaEarlier:
			step("Previously satisfied", "", true, "MFA requirement satisfied by claim in the token", "Multi-factor authentication")
		case mfaPending:
			step(factorName(s.factor), "", false, "MFA required in Azure AD", "Multi-factor authentication")
		case mfaDenied:
			step(factorName(s.factor), "", false, "MFA denied; user declined the authentication", "Multi-factor authentication")
		}
	}
	return append(b, ']')
}

// appendGraph writes the sign-in as the Graph resource of auditLogs/signIns (v1.0).
func (w *world) appendGraph(b []byte, s *signIn) []byte {
	b = appendGUIDField(append(b, '{'), "id", s.id)
	b = append(b, `,"createdDateTime":"`...)
	b = append(s.at.append(b), `Z"`...)
	b = appendField(b, "userDisplayName", s.person.display)
	b = appendField(b, "userPrincipalName", s.person.upn)
	b = appendGUIDField(b, "userId", s.person.id)
	b = appendField(b, "appId", s.app.appID)
	b = appendField(b, "appDisplayName", s.app.name)
	b = appendField(b, "resourceDisplayName", s.app.resource.name)
	b = appendField(b, "resourceId", s.app.resource.appID)
	b = appendField(b, "ipAddress", s.ip)
	why := reason(s.code)
	if s.code == 0 {
		why = "Other."
	}
	b = append(b, `,"status":{"errorCode":`...)
	b = strconv.AppendInt(b, int64(s.code), 10)
	b = append(appendField(b, "failureReason", why), `,"additionalDetails":null}`...)
	b = appendField(b, "clientAppUsed", s.clientApp())
	b = append(appendName(b, "deviceDetail"), '{')
	b = append(s.appendDevice(b), '}')
	b = append(appendName(b, "location"), s.place.json...)
	b = appendGUIDField(b, "correlationId", s.correlation)
	b, status := w.appendPolicies(b, s)
	b = appendField(b, "conditionalAccessStatus", status)
	b = appendBoolField(b, "isInteractive", s.interactive)
	return append(appendRisk(b, s), '}')
}

const portalHeader = "\ufeffDate (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Cross tenant access type,Application,Application ID ,Resource,Resource ID ,Resource tenant ID,Home tenant ID,IP address,Location,Status,Sign-in error code,Failure reason,Client app,Device ID,Browser,Operating System,Compliant,Managed,Join Type,Multifactor authentication result,Authentication requirement,Token issuer type,Latency,Conditional Access"

// portalRow is the sign-in as the admin center's download has it.
func (w *world) portalRow(s *signIn) []string {
	status, code, why := "Success", "", "Other."
	if s.code != 0 {
		status, code, why = "Failure", strconv.Itoa(s.code), reason(s.code)
		if s.code == 50140 || s.code == 50074 || s.code == 50076 {
			status = "Interrupted"
		}
	}
	_, access := w.appendPolicies(nil, s)
	access = map[string]string{"notApplied": "Not Applied", "success": "Success", "failure": "Failure"}[access]
	deviceID, join, compliant, managed := "", "", "False", "False"
	if d := s.device; d != nil {
		deviceID, join = d.deviceID.String(), d.signInTrust
		compliant, managed = title(d.compliant), title(d.managed)
	}
	result, requirement := "", "Single-factor authentication"
	if s.mfa != mfaNone {
		requirement = "Multifactor authentication"
		result = map[mfaState]string{mfaPassed: "MFA completed in Azure AD", mfaEarlier: "MFA requirement satisfied by claim in the token"}[s.mfa]
	}
	where := s.place.city + ", " + s.place.state + ", " + s.place.country
	tenant := w.tenant.String()
	return []string{s.at.graph(), s.id.String(), s.agent.userAgent, s.correlation.String(), s.person.id.String(), s.person.display, s.person.upn, s.person.userType(), s.crossTenant(),
		s.app.name, s.app.appID, s.app.resource.name, s.app.resource.appID, tenant, tenant, s.ip, where, status, code, why, s.clientApp(), deviceID, s.agent.browser, s.agent.os,
		compliant, managed, join, result, requirement, "Azure AD", strconv.Itoa(60 + int(s.id[3])*3), access}
}

func title(v bool) string {
	s := strconv.FormatBool(v)
	return strings.ToUpper(s[:1]) + s[1:]
}

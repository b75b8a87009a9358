package activity

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

// step is one proof of a sign-in, as sign-in logs have it in AuthenticationDetails (authenticationDetail of Microsoft Graph).
type step struct {
	DateTime       string `json:"authenticationStepDateTime"`
	Method         string `json:"authenticationMethod"`
	MethodDetail   string `json:"authenticationMethodDetail"`
	Succeeded      bool   `json:"succeeded"`
	ResultDetail   string `json:"authenticationStepResultDetail"`
	Requirement    string `json:"authenticationStepRequirement"`
	StatusSequence int    `json:"StatusSequence"`
	Sequence       int    `json:"RequestSequence"`
}

// What a step is for.
const (
	primary     = "Primary authentication"
	multifactor = "Multifactor authentication"
)

// proofs are the proofs that server/auth knows, in the words of sign-in logs. What Entra has not has the nearest word that it has, or
// its own.
var proofs = map[string]struct{ method, detail, good string }{
	"password":      {"Password", "Password kept by Sleuth", "Correct password"},
	"authenticator": {"Software OATH token", "", "MFA successfully completed"},
	"passkey":       {"Passkey", "", "MFA successfully completed"},
	"recoveryCode":  {"Recovery code", "", "MFA successfully completed"},
	"link":          {"Temporary Access Pass", "One-time link", "First factor requirement satisfied"},
	"oidc":          {"Satisfied by token", "OpenID Connect provider", "First factor requirement satisfied by claim in the token"},
	"mfa":           {"Previously satisfied", "OpenID Connect provider", "MFA requirement satisfied by claim provided by external provider"},
}

// stepsOf are the proofs of a sign-in: of one that failed the last is the one that was not good. An entry has one time, which all of
// its proofs get.
func stepsOf(e audit.Entry, f facts) []step {
	names := strings.Split(e.Details["method"], "+")
	if names[0] == "" {
		return nil
	}
	var out []step
	for i, name := range names {
		name, _, _ = strings.Cut(name, ":") // how a provider's sign-in was proved there
		p, known := proofs[name]
		if !known {
			p.method = name
		}
		s := step{DateTime: e.Time.UTC().Format(time.RFC3339Nano), Method: p.method, MethodDetail: p.detail, Succeeded: true, ResultDetail: p.good, Requirement: primary, Sequence: i}
		if i > 0 {
			s.Requirement = multifactor
		}
		if f.op.Name == signInFailed && i == len(names)-1 {
			s.Succeeded, s.ResultDetail = false, f.reason
		}
		out = append(out, s)
	}
	return out
}

// authenticationDetails is the text of a column; empty where it is not said how somebody signed in.
func authenticationDetails(steps []step) (string, error) {
	if len(steps) == 0 {
		return "", nil
	}
	text, err := json.Marshal(steps)
	return string(text), err
}

// methods are the names of the proofs, one after another.
func methods(steps []step) string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.Method
	}
	return strings.Join(names, ", ")
}

package activity_test

import (
	"encoding/json"
	"testing"

	"github.com/sleuth-sec/sleuth/activity"
)

// TestHowSomebodySignedIn: AuthenticationDetails has a step for each proof, in the words and the form of sign-in logs.
func TestHowSomebodySignedIn(t *testing.T) {
	m, _ := mapper(t)
	const at = "2026-11-20T09:30:00.1234567Z"
	one := func(method, detail, result, requirement string, good bool, n int) map[string]any {
		return map[string]any{"authenticationStepDateTime": at, "authenticationMethod": method, "authenticationMethodDetail": detail, "succeeded": good,
			"authenticationStepResultDetail": result, "authenticationStepRequirement": requirement, "StatusSequence": 0.0, "RequestSequence": float64(n)}
	}
	const first, second = "Primary authentication", "Multifactor authentication"
	for _, c := range []struct {
		operation, method, logon string
		steps                    []map[string]any
	}{
		{"UserLoggedIn", "password", "Password", []map[string]any{one("Password", "Password kept by Sleuth", "Correct password", first, true, 0)}},
		{"UserLoggedIn", "password+authenticator", "Password, Software OATH token", []map[string]any{one("Password", "Password kept by Sleuth", "Correct password", first, true, 0),
			one("Software OATH token", "", "MFA successfully completed", second, true, 1)}},
		{"UserLoginFailed", "password+authenticator", "Password, Software OATH token", []map[string]any{one("Password", "Password kept by Sleuth", "Correct password", first, true, 0),
			one("Software OATH token", "", "the code does not match", second, false, 1)}},
		{"UserLoginFailed", "password", "Password", []map[string]any{one("Password", "Password kept by Sleuth", "the code does not match", first, false, 0)}},
		{"UserLoggedIn", "passkey", "Passkey", []map[string]any{one("Passkey", "", "MFA successfully completed", first, true, 0)}},
		{"UserLoggedIn", "link+recoveryCode", "Temporary Access Pass, Recovery code", []map[string]any{one("Temporary Access Pass", "One-time link", "First factor requirement satisfied", first, true, 0),
			one("Recovery code", "", "MFA successfully completed", second, true, 1)}},
		{"UserLoggedIn", "oidc+mfa", "Satisfied by token, Previously satisfied", []map[string]any{
			one("Satisfied by token", "OpenID Connect provider", "First factor requirement satisfied by claim in the token", first, true, 0),
			one("Previously satisfied", "OpenID Connect provider", "MFA requirement satisfied by claim provided by external provider", second, true, 1)}},
		{"UserLoggedIn", "oidc:pwd", "Satisfied by token", []map[string]any{one("Satisfied by token", "OpenID Connect provider", "First factor requirement satisfied by claim in the token", first, true, 0)}},
		{"UserLoggedIn", "", "", nil},
	} {
		e := entry(c.operation, "ada@contoso.com", map[string]string{"method": c.method, "reason": "the code does not match", "os": "Windows", "browser": "Firefox 140", "authenticationRequirement": "r"})
		if c.operation == "UserLoggedIn" {
			delete(e.Details, "reason")
		}
		rows := rowsOf(t, m, e, activity.NoTexts)
		text := rows["SigninLogs"].Cells["AuthenticationDetails"].(string)
		want := ""
		if c.steps != nil {
			data, err := json.Marshal(c.steps)
			if err != nil {
				t.Fatal(err)
			}
			want = string(data)
			var got []map[string]any
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			data, err = json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			text = string(data)
		}
		if text != want {
			t.Errorf("%s by %q:\n%s, want\n%s", c.operation, c.method, text, want)
		}
		more := object(t, rows["IdentityLogonEvents"].Cells["AdditionalFields"])
		if more["AuthenticationMethod"] != c.logon || more["AuthenticationRequirement"] != "r" || rows["IdentityLogonEvents"].Cells["OSPlatform"] != "Windows" {
			t.Errorf("%s by %q: %v", c.operation, c.method, more)
		}
		device, mfa := object(t, rows["SigninLogs"].Cells["DeviceDetail"]), object(t, rows["SigninLogs"].Cells["MfaDetail"])
		if device["operatingSystem"] != "Windows" || device["browser"] != "Firefox 140" || len(c.steps) == 2 && mfa["authMethod"] != c.steps[1]["authenticationMethod"] || len(c.steps) < 2 && len(mfa) > 0 {
			t.Errorf("%s by %q: %v, %v", c.operation, c.method, device, mfa)
		}
	}
}

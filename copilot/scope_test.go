package copilot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/copilot"
)

// seen are the rows of accounts that an indicator touched: name, state, sessions.
func seen(rows ...[3]string) *copilot.Result {
	out := table("Account Events SignIns Succeeded PasswordKnown FirstSeen LastSeen Name Through Addresses Sessions")
	for _, r := range rows {
		good, knew := 0, 0
		switch r[1] {
		case "in":
			good = 1
		case "known":
			knew = 1
		}
		list := "[]"
		if r[2] != "" {
			list = fmt.Sprintf("[%q]", r[2])
		}
		out.Rows = append(out.Rows, []any{"id-" + r[0], 2, 2, good, knew, "2026-11-18T02:00:00Z", "2026-11-18T03:00:00Z", r[0], `["IP address 203.0.113.9"]`, `["203.0.113.9"]`, list})
	}
	return out
}

func leads(rows ...[]any) *copilot.Result { return table("Kind Value Accounts", rows...) }

func scopeOf(t *testing.T, more func(string) *copilot.Result) *copilot.Answer {
	t.Helper()
	c := newCopilot(t, &answers{rows: people(), more: more}, held{"EntraUsers", "SigninLogs"}, &trail{})
	a := ask(t, c, "s", "scope the incident from 203.0.113.9 in the past 7 days")
	if a.Outcome != copilot.Answered || a.Steps[len(a.Steps)-1].Skill != "ScopeFromIndicator" {
		t.Fatalf("%+v", a)
	}
	return a
}

func TestScopeGoesOnUntilNothingNewAppears(t *testing.T) {
	follows := 0
	a := scopeOf(t, func(kql string) *copilot.Result {
		switch {
		case strings.Contains(kql, "let _touched"):
			if follows++; follows > 1 {
				if strings.Contains(kql, "id-eve") {
					t.Errorf("an account that was only tried was followed:\n%s", kql)
				}
				return leads()
			}
			return leads([]any{"session", "s-1", 1}, []any{"IP address", "198.51.100.4", 2}, []any{"IP address", "192.0.2.1", 40}, []any{"IP address", "203.0.113.9", 2})
		case strings.Contains(kql, `"198.51.100.4"`):
			if strings.Contains(kql, `"192.0.2.1"`) {
				t.Errorf("a shared address was followed:\n%s", kql)
			}
			return seen([3]string{"ada@contoso.example", "in", "s-1"}, [3]string{"bo@contoso.example", "known", ""})
		case strings.Contains(kql, `"203.0.113.9"`) && strings.Contains(kql, "let _events"):
			return seen([3]string{"ada@contoso.example", "in", "s-1"}, [3]string{"eve@contoso.example", "tried", "s-9"})
		}
		return nil
	})
	for _, want := range []string{"found 3 accounts in 2 rounds; then nothing new appeared", "Signed in: ada@contoso.example.", "which is known: bo@contoso.example.", "Only tried: eve@contoso.example.",
		"IP address 198.51.100.4", "Not followed, because more than 15 accounts use them: IP address 192.0.2.1 (40)."} {
		if !strings.Contains(a.Text, want) {
			t.Errorf("the answer does not say %q:\n%s", want, a.Text)
		}
	}
	if a.Table == nil || len(a.Table.Rows) != 3 || a.Table.Rows[0][0] != "ada@contoso.example" || a.Table.Rows[1][0] != "bo@contoso.example" {
		t.Errorf("table %+v", a.Table)
	}
	for _, s := range a.Steps[:len(a.Steps)-1] {
		if s.Source != "kql" || !strings.Contains(s.Query, "let _from = _now - 7d;") {
			t.Errorf("a step that cannot be run again: %+v", s)
		}
	}
}

func TestScopeSaysThatItStoppedAtItsLimit(t *testing.T) {
	n := 0
	a := scopeOf(t, func(kql string) *copilot.Result {
		switch {
		case strings.Contains(kql, "let _touched"):
			n++
			return leads([]any{"IP address", fmt.Sprintf("198.51.100.%d", n), 1})
		case strings.Contains(kql, "let _events"):
			return seen([3]string{fmt.Sprintf("user%d@contoso.example", n), "in", ""})
		}
		return nil
	})
	if !strings.Contains(a.Text, "found 6 accounts in 6 rounds; then the search was stopped at its limit") || !strings.Contains(a.Text, "there may be more") {
		t.Error(a.Text)
	}
}

func TestScopeDoesNotFollowWhatEverybodyUses(t *testing.T) {
	var crowd [][3]string
	for i := range 16 {
		crowd = append(crowd, [3]string{fmt.Sprintf("user%d@contoso.example", i), "in", "s"})
	}
	a := scopeOf(t, func(kql string) *copilot.Result {
		if strings.Contains(kql, "let _touched") {
			t.Error("an address of an office was followed")
		}
		if strings.Contains(kql, "let _events") {
			return seen(crowd...)
		}
		return nil
	})
	if !strings.Contains(a.Text, "16 of them use it, more than 15") {
		t.Error(a.Text)
	}
}

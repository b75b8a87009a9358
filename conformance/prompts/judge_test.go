package prompts_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/conformance/prompts"
)

// The judge is itself judged: what it must accept, and what it must complain about and in which part.
func TestJudge(t *testing.T) {
	now := time.Date(2026, 3, 18, 9, 30, 0, 0, time.UTC)
	const answer = `{"outcome":"answered","text":"2 sign-ins failed, from 203.0.113.7. The account is not enabled.",
		"steps":[{"skill":"GetEntraRiskyUser","inputs":{"user":"a@b.example"},"rows":1},
		         {"skill":"GetEntraSignInLogs","inputs":{"user":"a@b.example","lookback":"2d","status":"failure","top":5,"riskLevel":["low","high"],"fields":["ipAddress","appId"]},"rows":2}],
		"table":{"columns":[{"name":"ErrorCode"},{"name":"N"}],"rows":[["50126",8],["53003",1]],"total":2}}`
	for _, c := range []struct{ name, expect, part string }{
		{"right", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"user":"A@B.example","top":5},"answer":{"row_count":2}}`, ""},
		{"hours are days", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"lookback":"48h"}}`, ""},
		{"lookback as from", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"from":"2026-03-16T09:30:00Z"}}`, ""},
		{"another window", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"lookback":"3d"}}`, "inputs"},
		{"a window where none is", `{"outcome":"answered","skill":"GetEntraRiskyUser","inputs":{"lookback":"3d"}}`, "inputs"},
		{"an end at now is open", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"from":"2026-03-16T09:30:00Z","to":"2026-03-19T00:00:00Z"}}`, ""},
		{"one of several outcomes", `{"outcome":["refused","answered"]}`, ""},
		{"outcome", `{"outcome":"not_found"}`, "outcome"},
		{"skill", `{"outcome":"answered","skill":"GetEntraAuditLogs"}`, "skill"},
		{"one of several skills", `{"outcome":"answered","skill":["GetEntraAuditLogs","GetEntraRiskyUser"]}`, ""},
		{"values that may be", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"status":{"any":["success","failure"]}}}`, ""},
		{"a set in any order", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"riskLevel":["high","low"]}}`, ""},
		{"a set with less", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"riskLevel":["high"]}}`, "inputs"},
		{"fields within", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"fields":["ipAddress"]}}`, ""},
		{"fields without", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"fields":["manager"]}}`, "inputs"},
		{"an input that is missing", `{"outcome":"answered","skill":"GetEntraSignInLogs","inputs":{"app":"Teams"}}`, "inputs"},
		{"a word is not part of a word", `{"outcome":"answered","answer":{"must_contain":["no"]}}`, "answer"},
		{"a word by itself", `{"outcome":"answered","answer":{"must_contain":["not"]}}`, ""},
		{"a number is not part of an address", `{"outcome":"answered","answer":{"must_contain":["113"]}}`, "answer"},
		{"alternatives", `{"outcome":"answered","answer":{"must_contain":[["blocked","not enabled"]]}}`, ""},
		{"must not", `{"outcome":"answered","answer":{"must_not_contain":["203.0.113.7"]}}`, "answer"},
		{"rows within", `{"outcome":"answered","answer":{"row_count":[1,1]}}`, ""},
		{"rows outside", `{"outcome":"answered","answer":{"row_count":[3,9]}}`, "answer"},
		{"no rows wanted, some found", `{"outcome":"answered","answer":{"row_count":0}}`, "answer"},
		{"one row", `{"outcome":"answered","answer":{"same_row":[["50126",8]]}}`, ""},
		{"not one row", `{"outcome":"answered","answer":{"same_row":[["50126",1]]}}`, "answer"},
		{"order", `{"outcome":"answered","answer":{"ordered":[["50126"],["53003"]]}}`, ""},
		{"wrong order", `{"outcome":"answered","answer":{"ordered":[["53003"],["50126"]]}}`, "answer"},
		{"equals", `{"outcome":"answered","answer":{"ordered":[["53003","50126"]]}}`, ""},
		{"number", `{"outcome":"answered","answer":{"number":8}}`, ""},
		{"another number", `{"outcome":"answered","answer":{"number":9}}`, "answer"},
		{"about", `{"outcome":"answered","answer":{"approx":[8.2,0.3]}}`, ""},
		{"not about", `{"outcome":"answered","answer":{"approx":[8.6,0.3]}}`, "answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want prompts.Expect
			if err := json.Unmarshal([]byte(c.expect), &want); err != nil {
				t.Fatal(err)
			}
			got, err := prompts.ReadAnswer([]byte(answer))
			if err != nil {
				t.Fatal(err)
			}
			p := prompts.Judge(want, got, now)
			for part, bad := range map[string][]string{"outcome": p.Outcome, "skill": p.Skill, "inputs": p.Inputs, "answer": p.Answer} {
				if (len(bad) > 0) != (part == c.part) {
					t.Errorf("%s: %v", part, bad)
				}
			}
		})
	}
}

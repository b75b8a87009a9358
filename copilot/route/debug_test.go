package route_test

import (
	"os"
	"testing"

	"github.com/sleuth-sec/sleuth/copilot/route"
)

func TestExplainOne(t *testing.T) {
	p := os.Getenv("SLEUTH_PROMPT")
	if p == "" {
		t.Skip("SLEUTH_PROMPT names no prompt to explain")
	}
	t.Log(builtin(t).Explain(route.Request{Text: p, Now: now, Index: contoso()}))
}

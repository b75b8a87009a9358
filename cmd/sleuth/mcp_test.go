package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/sleuth-sec/sleuth/access"
)

// TestMCPOverStandardInput speaks to sleuth mcp as a program does: by itself, and while another process has the data directory. What was
// asked is on record as of the owner of this machine's data.
func TestMCPOverStandardInput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	if _, errs, code := command(t, "", "settings", "set", "signin.secondFactor", "optional", "--data", dir); code != exitDone { // makes the directory
		t.Fatal(errs)
	}
	asks := func(how string) {
		t.Helper()
		before := len(operationsOf(t, dir, 0))
		inRead, inWrite := io.Pipe()
		outRead, outWrite := io.Pipe()
		a := newApp(t.TempDir(), nil, "mcp", "--data", dir)
		a.stdin, a.stdout = inRead, outWrite
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan int, 1)
		go func() { done <- a.run(ctx) }()
		c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, &sdk.IOTransport{Reader: outRead, Writer: inWrite}, nil)
		if err != nil {
			t.Fatalf("%s: %v: %s", how, err, a.stderr)
		}
		res, err := c.CallTool(ctx, &sdk.CallToolParams{Name: "Ask", Arguments: map[string]any{"prompt": "Which users are at risk?", "sessionId": "s-" + how}})
		if err != nil || res.IsError || res.Content[0].(*sdk.TextContent).Text == "" {
			t.Errorf("%s: %+v, %v", how, res, err)
		}
		// The client goes: the command ends.
		if err := c.Close(); err != nil && !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: %v", how, err)
		}
		_ = inWrite.Close()
		select {
		case code := <-done:
			if code != exitDone {
				t.Errorf("%s: exit code %d: %s", how, code, a.stderr)
			}
		case <-ctx.Done():
			t.Fatalf("%s: the command goes on without a client", how)
		}
		found := false
		for _, e := range operationsOf(t, dir, before) {
			found = found || e.Operation == permits()["mcp"].records && e.Object == "s-"+how && e.Principal == access.LocalOwner().ID
		}
		if !found {
			t.Errorf("%s: no prompt on record: %+v", how, operationsOf(t, dir, before))
		}
	}
	asks("alone")
	startServe(t, dir)
	asks("served")
}

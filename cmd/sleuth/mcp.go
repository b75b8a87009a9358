package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/mcp"
)

func mcpCommand(a *app) *cobra.Command {
	f := clientDefaults("")
	c := &cobra.Command{
		Use:   "mcp",
		Short: "Serve the copilot to a program over standard input and output (Model Context Protocol)",
		Long: "Speaks the Model Context Protocol over standard input and output, in the name of the owner of this machine's data: each skill is a\n" +
			"tool, beside Ask, RunKql and ListTables; sessions and tables are resources. It only reads. sleuth serve answers the same protocol\n" +
			"over HTTP at /mcp, for programs with an API token.",
		Example: "  sleuth mcp --data ./export",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withHouse(c.Context(), reads, func(h *house) error {
				s := mcpService(h, f, nil, func() time.Time { return time.Now().UTC() }, "Workspace", a.logger())
				return s.Stdio(c.Context(), a.principal(), &sdk.IOTransport{Reader: io.NopCloser(a.stdin), Writer: keepOpen{a.stdout}})
			})
		},
	}
	c.Flags().BoolVar(&f.actions, "allow-actions", false, "offer remediation skills too; what they give is a plan, which a person confirms")
	return c
}

// keepOpen is standard output, which is not the protocol's to close.
type keepOpen struct{ io.Writer }

// Close implements io.Closer.
func (keepOpen) Close() error { return nil }

// mcpService makes the service that speaks the Model Context Protocol.
func mcpService(h *house, f serveFlags, tokens clientapi.Callers, now func() time.Time, name string, log *slog.Logger) *mcp.Service {
	return mcp.New(mcp.Config{
		Copilot: toolCopilot{h, now}, Querier: querier{h, now}, Catalog: clientCatalog{h, name, now()}, Sessions: h.state, Callers: tokens,
		Gate: clientapi.NewGate(f.maxQueries), Actions: f.actions, Version: version, Logger: log,
		Refused: func(ctx context.Context, p access.Principal, what string, why error) error {
			return h.refuse(ctx, p, audit.Entry{Operation: "RequestSent", Object: what}, why)
		},
	})
}

// toolCopilot is the copilot as tools use it.
type toolCopilot struct {
	h   *house
	now func() time.Time
}

// Ask implements mcp.Copilot.
func (c toolCopilot) Ask(ctx context.Context, p access.Principal, session, prompt string) (json.RawMessage, error) {
	a, err := c.h.copilot.Ask(ctx, copilot.Prompt{Text: prompt, SessionID: session, Principal: p, Now: c.now()})
	if err != nil {
		return nil, err
	}
	return a.JSON()
}

// Skills implements mcp.Copilot.
func (c toolCopilot) Skills(ctx context.Context, p access.Principal) ([]*plugin.Skill, error) {
	return c.h.copilot.Usable(ctx, p)
}

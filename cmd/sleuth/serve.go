package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/rest"
	"github.com/sleuth-sec/sleuth/web"
)

func serveCommand(a *app) *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:     "serve",
		Short:   "Serve the web page and its API on this machine",
		Long:    "Serves the web page on loopback. The printed address carries this run's start token; without it nothing is answered.",
		Example: "  sleuth serve --addr 127.0.0.1:7777",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.house != nil {
				return usage("this data directory is being served already")
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.serve(c.Context(), h, addr, nil) })
		},
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:7777", "loopback address and port; port 0 takes a free one")
	return c
}

// serve runs the web server and the socket for other commands until ctx ends. now is the moment that relative
// times refer to; nil is the clock.
func (a *app) serve(ctx context.Context, h *house, addr string, now func() time.Time) error {
	if now == nil {
		now = func() time.Time { return time.Now().UTC() }
	}
	page, built := web.Page()
	if !built {
		a.say("this build has no web page: build with Node.js installed (make build)")
	}
	srv, err := rest.New(rest.Config{
		Asker: asker{h, now}, Querier: querier{h, now}, Workspace: describer{h, now}, Sessions: h.state, Page: page,
		Starters: starters(h), Logger: slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	l, err := rest.Listen(ctx, addr)
	if err != nil {
		return err
	}
	socket, err := listenOwner(h.dir)
	if err != nil {
		return err
	}
	if _, err := h.trail.Append(ctx, audit.Entry{Time: time.Now().UTC(), Principal: access.LocalOwner().ID, Operation: "ServerStarted", Object: l.Addr().String()}); err != nil {
		return fmt.Errorf("not serving, because the audit trail cannot be written: %w", err)
	}
	fmt.Fprintf(a.stdout, "Sleuth is at http://%s/?token=%s\n", l.Addr(), srv.Token())
	fmt.Fprintln(a.stdout, "Only this machine can reach it. Ctrl-C stops it.")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	others := make(chan error, 1)
	go func() {
		defer cancel()
		others <- serveOwner(ctx, socket, h)
	}()
	err = srv.Serve(ctx, l)
	cancel()
	if oerr := <-others; err == nil {
		err = oerr
	}
	return err
}

// starters are prompts to begin with: of the demo, those of its story.
func starters(h *house) []string {
	general := []string{
		"Which users are at risk?",
		"Which 5 users had the most failed sign-ins in the past 7 days?",
		"Show role-assignable groups",
		"Which logs are being collected in this tenant?",
	}
	if h.kind != "demo" {
		return general
	}
	return append([]string{
		"Give me all user details for karita@woodgrovebank.com and extract the user Object ID.",
		"Why is karita@woodgrovebank.com risky?",
	}, general...)
}

// asker answers the page's prompts with the copilot.
type asker struct {
	h   *house
	now func() time.Time
}

// Ask implements rest.Asker.
func (s asker) Ask(ctx context.Context, req rest.AskRequest, emit func(rest.Event)) (json.RawMessage, error) {
	a, err := s.h.copilot.Ask(ctx, copilot.Prompt{
		Text: req.Prompt, SessionID: req.SessionID, Principal: req.Principal, Now: s.now(),
		Emit: func(e copilot.Event) {
			if e.Step == nil {
				return
			}
			kind := "step"
			if e.Kind == "rows" {
				kind = "stepDone"
			}
			emit(rest.Event{Type: kind, Skill: e.Step.Skill, Inputs: e.Step.Inputs, Rows: e.Step.Rows, ElapsedMS: e.Step.ElapsedMS})
		},
	})
	if err != nil {
		return nil, err
	}
	return a.JSON()
}

// querier runs the page's queries.
type querier struct {
	h   *house
	now func() time.Time
}

// pageRows is how many rows of a query the page gets.
const pageRows = 1000

// Query implements rest.Querier.
func (q querier) Query(ctx context.Context, p access.Principal, text string) (json.RawMessage, error) {
	if err := access.Authorize(p, access.Ask); err != nil {
		return nil, err
	}
	entry := audit.Entry{Time: time.Now().UTC(), Principal: p.ID, Operation: "QueryRun", Details: map[string]string{"query": text}}
	if _, err := q.h.trail.Append(ctx, entry); err != nil {
		return nil, fmt.Errorf("the query was not run, because the audit trail cannot be written: %w", err)
	}
	res, err := q.h.engine.Query(ctx, text, engine.Options{Now: q.now()})
	if err != nil {
		return json.Marshal(map[string]any{"error": errorObject(err)})
	}
	t := visible(res.Tables[0])
	rows := []byte{'['}
	for i, r := range t.Rows[:min(len(t.Rows), pageRows)] {
		if i > 0 {
			rows = append(rows, ',')
		}
		rows = engine.AppendRow(rows, r)
	}
	return json.Marshal(map[string]any{
		"columns": columnsJSON(t.Columns), "rows": json.RawMessage(append(rows, ']')), "total": len(t.Rows),
		"elapsedMs": float64(res.Stats.Elapsed.Microseconds()) / 1000,
	})
}

// describer tells the page about the workspace.
type describer struct {
	h   *house
	now func() time.Time
}

type workspaceView struct {
	Name      string      `json:"name"`
	TenantID  string      `json:"tenantId"`
	Kind      string      `json:"kind"`
	LastEvent string      `json:"lastEvent,omitempty"`
	Now       string      `json:"now"`
	Tables    []tableView `json:"tables"`
}

type tableView struct {
	Name       string `json:"name"`
	Rows       int64  `json:"rows"`
	FirstEvent string `json:"firstEvent,omitempty"`
	LastEvent  string `json:"lastEvent,omitempty"`
}

// Describe implements rest.Workspace.
func (d describer) Describe(ctx context.Context) (any, error) {
	tables, err := d.h.ws.Tables(ctx)
	if err != nil {
		return nil, err
	}
	v := workspaceView{Kind: d.h.kind, Now: d.now().Format(time.RFC3339), Tables: []tableView{}, Name: d.h.dir}
	var last int64
	for _, t := range tables {
		if t.Rows == 0 {
			continue
		}
		tv := tableView{Name: t.Name, Rows: t.Rows}
		if t.First != 0 {
			tv.FirstEvent, tv.LastEvent = types.FormatDateTime(t.First), types.FormatDateTime(t.Last)
			last = max(last, t.Last)
		}
		v.Tables = append(v.Tables, tv)
	}
	if last != 0 {
		v.LastEvent = types.FormatDateTime(last)
	}
	res, err := d.h.engine.Query(ctx, "EntraOrganization | project displayName, id | take 1", engine.Options{})
	if err != nil {
		return nil, err
	}
	if rows := res.Rows(); len(rows) > 0 {
		v.Name, v.TenantID = rows[0][0].Text(), rows[0][1].Text()
	}
	return v, nil
}

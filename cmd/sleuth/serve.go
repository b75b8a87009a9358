package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/rest"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/web"
)

// serverStarted is the operation of an address that is served from now on.
const serverStarted = "ServerStarted"

func serveCommand(a *app) *cobra.Command {
	f := clientDefaults("127.0.0.1:7777")
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the web page, its API, and the query services for other programs",
		Long: "Serves the web page, and the query endpoints of Azure Data Explorer and Azure Monitor Logs for other programs, on one address.\n" +
			"While nobody has an account, a link is printed that makes the owner, once. On loopback the printed address also carries a start\n" +
			"token of this run, which lets the owner of this machine's data in until somebody has an account; programs may send it as their\n" +
			"bearer token. After that people sign in, and programs send API tokens (sleuth tokens add).\n" +
			"On loopback the address speaks plain HTTP and TLS, anywhere else TLS only. Without --tls-cert the certificate is made by a local\n" +
			"authority in the data directory, which can sign for these names only.",
		Example: "  sleuth serve --addr 127.0.0.1:7777\n" +
			"  sleuth serve --addr 0.0.0.0:7777 --name sleuth.example.com\n" +
			"  sleuth serve --print-ca > ca.pem      # what clients trust",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			f.given = c.Flags().Changed
			if f.printCertificate {
				dir, _, err := a.place(writes)
				if err != nil {
					return err
				}
				return a.printCertificate(f, dir)
			}
			if a.house != nil {
				return usage("this data directory is being served already")
			}
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.serve(c.Context(), h, f, nil) })
		},
	}
	c.Flags().StringVar(&f.addr, "addr", f.addr, "address and port; port 0 takes a free one")
	c.Flags().StringArrayVar(&f.names, "name", nil, "a further host name or address that clients use, for the certificate (repeatable)")
	c.Flags().StringVar(&f.tlsCert, "tls-cert", "", "certificate to serve TLS with, PEM (default: made by the local authority)")
	c.Flags().StringVar(&f.tlsKey, "tls-key", "", "key of --tls-cert, PEM")
	c.Flags().BoolVar(&f.printCertificate, "print-ca", false, "print the certificate of the local authority, which clients are to trust, and exit")
	c.Flags().BoolVar(&f.anonymousKusto, "anonymous-kusto", false, "answer Kusto clients that send no token; on loopback only")
	c.Flags().StringArrayVar(&f.workspaceIDs, "workspace-id", nil, "a workspace or resource ID that Log Analytics clients may name (repeatable; default: any)")
	f.oidc.flags(c.Flags())
	c.Flags().StringArrayVar(&f.proxies, "trusted-proxy", nil, "network of a proxy, such as 10.0.0.0/8, whose X-Forwarded-For says where a request comes from (repeatable)")
	c.Flags().IntVar(&f.maxQueries, "max-queries", f.maxQueries, "queries of other programs that run at once; one more is answered with status 429")
	c.Flags().BoolVar(&f.actions, "allow-actions", false, "offer remediation skills to programs that speak MCP too; what they give is a plan, which a person confirms")
	c.Flags().IntVar(&f.maxRows, "max-rows", f.maxRows, "rows that a client gets at most when it lifts the usual limit")
	return c
}

// serve runs the web server, the services for other programs and the socket for other commands until ctx ends. now is the
// moment that relative times refer to; nil is the clock.
func (a *app) serve(ctx context.Context, h *house, f serveFlags, now func() time.Time) error {
	if now == nil {
		now = func() time.Time { return time.Now().UTC() }
	}
	if err := f.override(h); err != nil {
		return err
	}
	provider, err := f.oidc.provider(ctx, a, h)
	if err != nil {
		return err
	}
	who := newAuth(h, f, provider, a.logger())
	front, trust, err := a.front(h, f, who, now)
	if err != nil {
		return err
	}
	l, err := server.Listen(ctx, f.addr)
	if err != nil {
		return err
	}
	h.address = f.address(l)
	socket, err := listenOwner(h.dir)
	if err != nil {
		return err
	}
	anonymous, err := h.manage.Bool(ctx, settings.KustoAnonymous)
	if err != nil {
		return err
	}
	if err := h.admit(ctx, access.LocalOwner(), access.Manage, audit.Entry{Operation: serverStarted, Object: l.Addr().String(),
		Details: map[string]string{"anonymousKusto": fmt.Sprint(anonymous), "trustedProxies": strings.Join(f.proxies, " ")}}); err != nil {
		return err
	}
	if err := a.announce(ctx, h, f, l, who, trust); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	others := make(chan error, 1)
	go func() {
		defer cancel()
		others <- serveOwner(ctx, socket, h)
	}()
	maintained := make(chan struct{})
	go func() {
		defer close(maintained)
		a.keepMaintained(ctx, h, now)
	}()
	err = front.Serve(ctx, l)
	cancel()
	<-maintained
	if oerr := <-others; err == nil {
		err = oerr
	}
	return err
}

// front makes everything that answers requests.
func (a *app) front(h *house, f serveFlags, who *auth.Service, now func() time.Time) (front *server.Front, trust string, err error) {
	page, built := web.Page()
	if !built {
		a.say("this build has no web page: build with Node.js installed (make build)")
	}
	conf, trust, err := a.certificate(f, h.dir, h.box)
	if err != nil {
		return nil, "", err
	}
	log := a.logger()
	rs := restServer(h, who, page, now, func(host string) bool { return front.OwnHost(host) }, log)
	name := "Workspace"
	if a.workspace != "" {
		name = a.workspace
	}
	k, la := clientServices(h, f, who, now, name, log)
	proxies, err := server.ParseProxies(f.proxies)
	if err != nil {
		return nil, "", err
	}
	m := mcpService(h, f, who, now, name, log)
	front = server.New(server.Config{Page: rs.Handler(), Kusto: k, LogAnalytics: la, MCP: m, TLS: conf, Logger: log, Proxies: proxies})
	return front, trust, nil
}

// restServer makes the page's server.
func restServer(h *house, who *auth.Service, page fs.FS, now func() time.Time, ownHost func(string) bool, log *slog.Logger) *rest.Server {
	return rest.New(rest.Config{
		Asker: asker{h, now}, Querier: querier{h, now}, Workspace: describer{h, now}, Sessions: h.state, Page: page, Auth: who,
		Starters: starters(h), Logger: log, OwnHost: ownHost, Manage: h.manage, Retention: retentions{h}, Usage: usages{h}, Plugins: pluginViews{h},
		Refused: func(ctx context.Context, p access.Principal, what string, why error) error {
			return h.refuse(ctx, p, audit.Entry{Operation: "RequestSent", Object: cut(what, 200)}, why)
		},
		Record: func(ctx context.Context, p access.Principal, e audit.Entry) error {
			return h.admit(ctx, p, access.Ask, e)
		},
	})
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
	res, err := q.h.run(ctx, p, text, nil, engine.Options{Now: q.now()}, func(o engine.Options) (*engine.Result, error) { return q.h.query(ctx, p, text, o) })
	var denied *access.Denied
	var spent *capacity.Spent
	if errors.As(err, &denied) || errors.As(err, &spent) {
		return nil, err
	}
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
		"elapsedMs": float64(res.Stats.Elapsed.Microseconds()) / 1000, "notes": notes(res),
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
	v := workspaceView{Kind: d.h.kind, Now: d.now().Format(time.RFC3339), Tables: []tableView{}, Name: filepath.Base(d.h.dir)} // the path is nobody's business who signs in from elsewhere
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

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/kusto"
	"github.com/sleuth-sec/sleuth/server/localca"
	"github.com/sleuth-sec/sleuth/server/loganalytics"
	"github.com/sleuth-sec/sleuth/settings"
)

// serveFlags are the settings of serve.
type serveFlags struct {
	addr             string
	names            []string
	tlsCert, tlsKey  string
	anonymousKusto   bool
	workspaceIDs     []string
	maxQueries       int
	maxRows          int
	printCertificate bool
	oidc             oidcFlags
	proxies          []string               // networks whose X-Forwarded-For is believed
	actions          bool                   // of MCP: remediation skills are tools too
	demo             bool                   // the start token is always a way in
	given            func(flag string) bool // whether a flag was given; nil: none was
}

// override has the flags that were given decide their settings.
func (f serveFlags) override(h *house) error {
	for _, o := range []struct{ setting, flag, value string }{
		{settings.ClientMaxRows, "max-rows", strconv.Itoa(f.maxRows)},
		{settings.KustoAnonymous, "anonymous-kusto", strconv.FormatBool(f.anonymousKusto)},
	} {
		if f.given == nil || !f.given(o.flag) {
			continue
		}
		if err := h.manage.Override(o.setting, "--"+o.flag, o.value); err != nil {
			return usage("%w", err)
		}
	}
	return f.oidc.override(h)
}

// clientDefaults are the settings of a server that was not told otherwise, as the demo's.
func clientDefaults(addr string) serveFlags {
	return serveFlags{addr: addr, maxQueries: 8, maxRows: 2_000_000}
}

// check refuses settings that cannot go together.
func (f serveFlags) check() error {
	if _, _, err := net.SplitHostPort(f.addr); err != nil {
		return usage("--addr %q is not an address and port such as 127.0.0.1:7777: %w", f.addr, err)
	}
	if _, err := server.ParseProxies(f.proxies); err != nil {
		return usage("--trusted-proxy: %w", err)
	}
	switch {
	case (f.tlsCert == "") != (f.tlsKey == ""):
		return usage("--tls-cert and --tls-key go together")
	case f.tlsCert != "" && len(f.names) > 0:
		return usage("--name is about the certificate that Sleuth makes; with --tls-cert the names are those of your certificate")
	case f.anonymousKusto && !f.loopback():
		return usage("--anonymous-kusto is for loopback addresses only: anyone who reaches %s could read the workspace", f.addr)
	case f.oidc.check() != nil:
		return f.oidc.check()
	case f.maxQueries < 1:
		return usage("--max-queries %d: at least 1", f.maxQueries)
	case f.maxRows < 1:
		return usage("--max-rows %d: at least 1", f.maxRows)
	}
	return nil
}

// certificateNames are the names for the certificate: those given, and the address itself where it is one.
func (f serveFlags) certificateNames() []string {
	host, _, err := net.SplitHostPort(f.addr)
	names := append([]string(nil), f.names...)
	if ip := net.ParseIP(host); err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) {
		return append(names, host)
	}
	if len(names) == 0 {
		if own, err := os.Hostname(); err == nil {
			names = append(names, own)
		}
	}
	return names
}

// certificate is the TLS of a server: the certificate of the flags, or one that the local authority of the data directory
// makes; trust is the file that clients trust then.
func (a *app) certificate(f serveFlags, dir string, box *secret.Box) (conf *tls.Config, trust string, err error) {
	if f.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(a.path(f.tlsCert), a.path(f.tlsKey))
		if err != nil {
			return nil, "", fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		if pair.Leaf == nil {
			if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
				return nil, "", fmt.Errorf("--tls-cert: %w", err)
			}
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, "", nil
	}
	ca, err := openAuthority(f, dir, box)
	if err != nil {
		return nil, "", fmt.Errorf("the local certificate authority: %w", err)
	}
	return ca.TLS(), ca.TrustFile(), nil
}

func openAuthority(f serveFlags, dir string, box *secret.Box) (*localca.Authority, error) {
	return localca.OpenSealed(filepath.Join(dir, tlsDir), f.certificateNames(), time.Now, box)
}

// printCertificate prints what clients are to trust.
func (a *app) printCertificate(f serveFlags, dir string) error {
	box, err := openBox(dir)
	if err != nil {
		return err
	}
	ca, err := openAuthority(f, dir, box)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(ca.Trusted())
	return err
}

// clientRunner runs the queries of other programs: authorised, then written to the audit trail, then run.
type clientRunner struct{ h *house }

// Query implements clientapi.Runner.
func (r clientRunner) Query(ctx context.Context, p access.Principal, q clientapi.Query) (*engine.Result, error) {
	text := q.Text
	if q.Sent != "" {
		text = q.Sent
	}
	details := map[string]string{"api": q.API}
	for name, v := range map[string]string{"database": q.Database, "requestId": q.RequestID, "application": q.Application, "user": q.User} {
		if v != "" {
			details[name] = cut(v, 200)
		}
	}
	if ts := q.Options.Timespan; ts != nil {
		details["timespan"] = types.FormatDateTime(ts.From) + "/" + types.FormatDateTime(ts.To)
	}
	most, err := r.h.manage.Duration(ctx, settings.ClientMaxTime)
	if err != nil {
		return nil, err
	}
	if q.Options.Timeout == 0 || q.Options.Timeout > most {
		q.Options.Timeout = most
	}
	return r.h.run(ctx, p, text, details, q.Options, func(o engine.Options) (*engine.Result, error) { return r.h.query(ctx, p, q.Text, o) })
}

// command admits a management command.
func (r clientRunner) command(ctx context.Context, p access.Principal, command, requestID string) error {
	return r.h.admit(ctx, p, access.Read, audit.Entry{Operation: "CommandRun", Details: map[string]string{"api": "Kusto", "requestId": cut(requestID, 200)},
		Texts: map[string]audit.Text{"command": {Value: command}}})
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// clientCatalog tells other programs what the workspace holds.
type clientCatalog struct {
	h       *house
	name    string
	started time.Time
}

// Database implements clientapi.Catalog.
func (c clientCatalog) Database() string { return c.name }

// Started implements clientapi.Catalog.
func (c clientCatalog) Started() time.Time { return c.started }

// Plugins implements clientapi.Catalog.
func (c clientCatalog) Plugins() []string {
	var out []string
	for _, f := range builtin.Standard().All() {
		if f.Kind == builtin.Plugin {
			out = append(out, f.Name)
		}
	}
	return out
}

// Tables implements clientapi.Catalog: the tables that queries see, with what is known of them.
func (c clientCatalog) Tables(ctx context.Context) ([]clientapi.Table, error) {
	held, err := c.h.ws.Tables(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]clientapi.Table{}
	for _, t := range held {
		known[t.Name] = clientapi.Table{Folder: t.Origin, Doc: t.Doc, TimeColumn: t.TimeColumn, Rows: t.Rows, First: t.First, Last: t.Last}
	}
	var out []clientapi.Table
	for _, name := range c.h.catalog.TableNames() {
		pt, ok := c.h.catalog.Table(name)
		if !ok {
			continue
		}
		t := known[name]
		t.Name, t.Columns = name, pt.Columns
		out = append(out, t)
	}
	return out, nil
}

// Functions implements clientapi.Catalog: those that the workspace has of itself, and those that were saved.
func (c clientCatalog) Functions(context.Context) ([]clientapi.Function, error) {
	out := []clientapi.Function{{
		Name: "EntraHistory", Parameters: []clientapi.Parameter{{Name: "tableName", Type: types.String}}, Body: "{ table(tableName) }",
		Folder: "Graph", Doc: "Every state that a directory table has held, not only the present one.",
	}}
	for _, f := range c.h.definitions.Functions() {
		params, err := f.Parameters()
		if err != nil {
			return nil, err // they were checked when they were saved
		}
		x := clientapi.Function{Name: f.Name, Body: "{\n" + f.Body + "\n}", Folder: "Saved", Doc: f.Description}
		for _, p := range params {
			x.Parameters = append(x.Parameters, clientapi.Parameter{Name: p.Name, Type: p.Type, Columns: p.Columns, Default: p.Default})
		}
		out = append(out, x)
	}
	return out, nil
}

// clientServices makes the services for other programs.
func clientServices(h *house, f serveFlags, tokens clientapi.Callers, now func() time.Time, name string, log *slog.Logger) (*kusto.Service, *loganalytics.Service) {
	run := clientRunner{h}
	services := clientapi.Services{
		Runner: run, Callers: tokens, Gate: clientapi.NewGate(f.maxQueries), Now: now,
		MaxRows: func(ctx context.Context) (int, error) {
			n, err := h.manage.Count(ctx, settings.ClientMaxRows)
			return int(n), err
		},
	}
	catalog := clientCatalog{h, name, time.Now().UTC()}
	k := kusto.Config{Services: services, Catalog: catalog, Authorize: run.command, Version: version, Logger: log}
	if f.loopback() {
		k.Anonymous = func(ctx context.Context) (*access.Principal, error) {
			on, err := h.manage.Bool(ctx, settings.KustoAnonymous)
			if !on || err != nil {
				return nil, err
			}
			// Nobody in particular reads what a Security Reader may, and is called that in the trail.
			return &access.Principal{ID: "anonymous", Name: "a program without a token", Roles: []access.Role{access.SecurityReader}}, nil
		}
	}
	return kusto.New(k), loganalytics.New(loganalytics.Config{Services: services, Catalog: catalog, Workspaces: f.workspaceIDs, Logger: log})
}

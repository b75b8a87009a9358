package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/server"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/settings"
)

// newAuth makes the service that knows who sends a request. Its clock is the real one, in the demo too.
func newAuth(h *house, f serveFlags, provider *auth.Provider, log *slog.Logger) *auth.Service {
	start := auth.StartNever
	switch {
	case f.demo:
		start = auth.StartAlways
	case f.loopback():
		start = auth.StartUntilPeople
	}
	return auth.New(auth.Config{Store: h.state, Record: h.record, Now: time.Now, Logger: log, Start: start, Provider: provider,
		Secrets: h.secrets, SecondFactor: h.secondFactor, Words: h.organization, Names: f.certificateNames()})
}

// secondFactor reports whether a password needs a second factor beside it.
func (h *house) secondFactor(ctx context.Context) (bool, error) {
	text, err := h.manage.Text(ctx, settings.SecondFactor)
	return text != settings.Optional, err
}

// organization gives the names of the tenant, which no password is to be made of.
func (h *house) organization(ctx context.Context) ([]string, error) {
	res, err := h.engine.Query(ctx, "EntraOrganization | project displayName", engine.Options{})
	if err != nil {
		return nil, fmt.Errorf("the name of the organization: %w", err)
	}
	var out []string
	for _, row := range res.Rows() {
		out = append(out, row[0].Text())
	}
	return out, nil
}

// record writes an entry about people who sign in. Nobody has to be allowed to try, so that admit does not fit.
func (h *house) record(ctx context.Context, e audit.Entry) error {
	e.Time = time.Now()
	if _, err := h.trail.Append(ctx, e); err != nil {
		return fmt.Errorf("nothing was done, because the audit trail cannot be written: %w", err)
	}
	return nil
}

// loopback reports whether only this machine reaches the address.
func (f serveFlags) loopback() bool { return clientapi.IsLoopback(f.addr) }

// address is where people open what is served.
func (f serveFlags) address(l *server.Listener) string {
	if l.Plain() {
		return "http://" + l.Addr().String()
	}
	return "https://" + f.secure(l)
}

// secure is the host and port of TLS.
func (f serveFlags) secure(l *server.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String()) // the address of a TCP listener always has a port
	host := "localhost"
	if names := f.certificateNames(); !l.Plain() && len(names) > 0 {
		host = names[0]
	}
	return net.JoinHostPort(host, port)
}

// linkAddress is the address of a one-time link. After the # it is seen by the browser alone: no log of a server or proxy has it.
func (h *house) linkAddress(link string) string { return h.address + "/welcome#" + link }

// announce prints where the server is and how to get in.
func (a *app) announce(ctx context.Context, h *house, f serveFlags, l *server.Listener, who *auth.Service, trust string) error {
	starts, err := who.Starts(ctx)
	if err != nil {
		return err
	}
	some, err := h.state.HasPeople(ctx)
	if err != nil {
		return err
	}
	bearer := "an API token (sleuth tokens add)"
	if starts {
		fmt.Fprintf(a.stdout, "Sleuth is at %s/?token=%s\n", h.address, who.StartToken())
		bearer = "the token"
	} else {
		fmt.Fprintf(a.stdout, "Sleuth is at %s\n", h.address)
	}
	if !some && !f.demo {
		link, err := h.manage.OwnerLink(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "Nobody has an account yet. This link makes the owner, once, within %d hours: %s\n", int(manage.LinkLasts.Hours()), h.linkAddress(link))
	}
	fmt.Fprintf(a.stdout, "Kusto and Log Analytics clients: https://%s, with %s as bearer", f.secure(l), bearer)
	if trust != "" {
		fmt.Fprintf(a.stdout, "; they trust %s", trust)
	}
	fmt.Fprintln(a.stdout)
	anonymous, err := h.manage.Setting(ctx, settings.KustoAnonymous)
	if err != nil {
		return err
	}
	switch {
	case anonymous.Now() == "true" && f.loopback():
		fmt.Fprintf(a.stdout, "Every program on this machine can query it at the Kusto endpoint: %s is on.\n", cmp.Or(anonymous.Flag, anonymous.Name))
	case anonymous.Now() == "true":
		fmt.Fprintf(a.stdout, "The setting %s is on, and does not hold here: others can reach this address.\n", anonymous.Name)
	}
	if l.Plain() {
		fmt.Fprintln(a.stdout, "Only this machine can reach it. Ctrl-C stops it.")
	} else {
		fmt.Fprintln(a.stdout, "Others can reach it; they see what their roles allow. Ctrl-C stops it.")
	}
	return nil
}

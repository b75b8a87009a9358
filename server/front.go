package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/kusto"
	"github.com/sleuth-sec/sleuth/server/loganalytics"
	"github.com/sleuth-sec/sleuth/server/mcp"
)

// Config is what a Front is made of.
type Config struct {
	Page         http.Handler // the page and its API; it has guards of its own
	Kusto        *kusto.Service
	LogAnalytics *loganalytics.Service
	MCP          *mcp.Service
	// TLS holds the certificate; its GetCertificate, or first certificate, says which names beside loopback are this
	// server's.
	TLS    *tls.Config
	Logger *slog.Logger
	// Proxies are believed when they say whom they speak for; none is unless it stands here.
	Proxies Proxies
}

// Front answers all requests of an address.
type Front struct{ cfg Config }

// New makes a front.
func New(cfg Config) *Front { return &Front{cfg: cfg} }

// ServeHTTP sends a request to its service.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer f.lastResort(w, r)
	r = f.cfg.Proxies.from(r)
	if r.TLS != nil && !clientapi.IsLoopback(r.Host) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	switch path := r.URL.Path; {
	case kusto.Serves(path):
		f.client(w, r, f.cfg.Kusto)
	case loganalytics.Serves(path):
		f.client(w, r, f.cfg.LogAnalytics)
	case mcp.Serves(path):
		f.client(w, r, f.cfg.MCP)
	default:
		f.cfg.Page.ServeHTTP(w, r)
	}
}

// lastResort ends a request that panicked: the log has the whole story, the client only that there was one. Where an answer had
// begun, it is cut, so that nobody takes it for a whole one.
func (f *Front) lastResort(w http.ResponseWriter, r *http.Request) {
	fault := recover()
	if fault == nil {
		return
	}
	if err, ok := fault.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(fault)
	}
	f.cfg.Logger.ErrorContext(r.Context(), "a request broke down", "method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
	text := clientapi.JSON(map[string]any{"error": map[string]string{"code": "internal", "message": "something broke here; the program's log has the details"}})
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusInternalServerError)
	_, werr := w.Write(text)
	if werr != nil || http.NewResponseController(w).Flush() != nil {
		return // the client has gone
	}
	panic(http.ErrAbortHandler)
}

// client checks what a page of another site could send to the services of programs: a Host that is not ours (DNS
// rebinding), an Origin that is not ours. Programs send no Origin. These services take a bearer token and never a
// cookie, so that no page can use a signed-in browser for them.
func (f *Front) client(w http.ResponseWriter, r *http.Request, service http.Handler) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'")
	if !f.OwnHost(r.Host) {
		f.foreign(r, "another server's name in the Host header")
		refuse(w, http.StatusMisdirectedRequest, fmt.Sprintf("the Host header names %q, which is not this server", shorten(r.Host)))
		return
	}
	if o := r.Header.Get("Origin"); o != "" {
		if u, err := url.Parse(o); err != nil || u.Host != r.Host {
			f.foreign(r, "it comes from a page of another site")
			refuse(w, http.StatusForbidden, "the request comes from a page of another site")
			return
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		f.foreign(r, "it comes from a page of another site")
		refuse(w, http.StatusForbidden, "the request comes from a page of another site")
		return
	}
	service.ServeHTTP(w, r)
}

// foreign logs a request that was refused before anybody asked who sends it.
func (f *Front) foreign(r *http.Request, why string) {
	f.cfg.Logger.WarnContext(r.Context(), "a request was refused", "why", why, "method", r.Method, "path", shorten(r.URL.Path), "host", shorten(r.Host),
		"origin", shorten(r.Header.Get("Origin")), "clientIP", clientapi.ClientIP(r))
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(clientapi.JSON(map[string]any{"error": map[string]string{"code": "Refused", "message": message}})) // the client has gone
}

func shorten(s string) string { return s[:min(len(s), 80)] }

// OwnHost reports whether a Host header names this server: loopback, or a name of its certificate.
func (f *Front) OwnHost(host string) bool {
	if clientapi.IsLoopback(host) {
		return true
	}
	name := clientapi.HostName(host)
	leaf := f.leaf()
	return leaf != nil && name != "" && leaf.VerifyHostname(name) == nil
}

func (f *Front) leaf() *x509.Certificate {
	c := f.cfg.TLS
	if c.GetCertificate != nil {
		if cert, err := c.GetCertificate(&tls.ClientHelloInfo{}); err == nil && cert != nil {
			return cert.Leaf
		}
		return nil
	}
	if len(c.Certificates) > 0 {
		return c.Certificates[0].Leaf
	}
	return nil
}

// Serve answers requests on l until ctx ends, then lets running ones finish for a few seconds.
func (f *Front) Serve(ctx context.Context, l *Listener) error {
	plain, secure := f.server(ctx), f.server(ctx)
	secure.TLSConfig = f.cfg.TLS.Clone()
	runs := []func() error{
		l.run,
		func() error { return plain.Serve(l.plain) },
		func() error { return secure.ServeTLS(l.secure, "", "") },
	}
	ended := make(chan error, len(runs))
	for _, run := range runs {
		go func() { ended <- run() }()
	}
	var errs []error
	running := len(runs)
	select {
	case <-ctx.Done():
	case err := <-ended:
		running--
		errs = append(errs, err)
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	errs = append(errs, l.Close(), plain.Shutdown(limit), secure.Shutdown(limit))
	for range running {
		errs = append(errs, <-ended)
	}
	for i, err := range errs {
		if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
			errs[i] = nil // what it says after it was told to stop
		}
	}
	return errors.Join(errs...)
}

func (f *Front) server(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           f,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(f.cfg.Logger.Handler(), slog.LevelDebug),
	}
}

package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/kusto"
	"github.com/sleuth-sec/sleuth/server/localca"
	"github.com/sleuth-sec/sleuth/server/loganalytics"
)

// newFront is a front whose page answers "page" and whose services have no callers: they refuse with 401, which tells that a
// request came through to them.
func newFront(t *testing.T, names ...string) (*Front, *localca.Authority) {
	t.Helper()
	ca, err := localca.Open(t.TempDir(), names, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	services := clientapi.Services{Callers: nobody{}, Gate: clientapi.NewGate(1), Now: time.Now, MaxRows: func(context.Context) (int, error) { return 1, nil }}
	return New(Config{
		Page:         http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.Proto) }),
		Kusto:        kusto.New(kusto.Config{Services: services, Logger: log}),
		LogAnalytics: loganalytics.New(loganalytics.Config{Services: services, Logger: log}),
		TLS:          ca.TLS(), Logger: log,
	}), ca
}

func TestHostAndOriginComeBeforeTheServices(t *testing.T) {
	f, _ := newFront(t, "sleuth.example.com", "192.0.2.7")
	var log bytes.Buffer
	f.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	cases := []struct {
		path, host string
		header     map[string]string
		want       int
	}{
		{"/v2/rest/query", "127.0.0.1:7777", nil, 401},
		{"/v2/rest/query", "localhost", nil, 401},
		{"/v2/rest/query", "[::1]:7777", nil, 401},
		{"/v2/rest/query", "sleuth.example.com:7777", nil, 401},
		{"/v2/rest/query", "192.0.2.7", nil, 401},
		{"/v1/workspaces/x/query", "LOCALHOST:1", nil, 401},
		{"//subscriptions/s/query", "localhost", nil, 401},
		{"/v2/rest/query", "evil.example:7777", nil, 421},
		{"/v2/rest/query", "127.0.0.1.evil.example", nil, 421},
		{"/v1/$batch", "x.sleuth.example.com", nil, 421},
		{"/v1/$batch", "", nil, 421},
		{"/v1/rest/mgmt", "localhost", map[string]string{"Origin": "https://evil.example"}, 403},
		{"/v1/rest/mgmt", "localhost", map[string]string{"Origin": "null"}, 403},
		{"/v1/rest/mgmt", "localhost:7777", map[string]string{"Origin": "http://localhost:1"}, 403},
		{"/v1/rest/mgmt", "localhost:7777", map[string]string{"Origin": "http://localhost:7777"}, 401},
		{"/v1/rest/mgmt", "localhost:7777", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		// A cookie is no token here: a page must not use the browser's.
		{"/v1/rest/mgmt", "localhost:7777", map[string]string{"Cookie": "sleuth_start=good"}, 401},
	}
	for _, c := range cases {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/", strings.NewReader(`{"csl":"print 1"}`))
		r.URL.Path, r.Host = c.path, c.host
		for k, v := range c.header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s at %s %v: %d %s", c.path, c.host, c.header, w.Code, w.Body)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", c.path)
		}
		if refused := c.want != 401; refused != (strings.Count(log.String(), "a request was refused") == 1) {
			t.Errorf("%s at %s %v: the log says %s", c.path, c.host, c.header, &log)
		}
		log.Reset()
	}
}

// serve runs a front on an address and stops it when the test ends.
func serve(t *testing.T, f *Front, l *Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestOneAddressSpeaksBoth(t *testing.T) {
	f, ca := newFront(t)
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, f, l)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.Trusted())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for scheme, want := range map[string]string{"http": "page HTTP/1.1", "https": "page HTTP/2.0"} {
		resp, err := client.Get(scheme + "://" + l.Addr().String() + "/")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(b) != want {
			t.Errorf("%s: %q %v", scheme, b, err)
		}
	}
}

func TestPlainIsRefusedOffLoopback(t *testing.T) {
	f, ca := newFront(t)
	l, err := Listen(t.Context(), "0.0.0.0:0")
	if err != nil {
		t.Skip("cannot listen on all addresses here")
	}
	serve(t, f, l)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "400") {
		t.Errorf("%q %v", line, err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.Trusted())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://localhost:" + port + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

type nobody struct{}

func (nobody) Caller(context.Context, string) (access.Principal, error) {
	return access.Principal{}, clientapi.ErrNoToken
}

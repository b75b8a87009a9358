package localca

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T, dir string, c *clock, names ...string) *Authority {
	t.Helper()
	a, err := Open(dir, names, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func start() *clock { return &clock{time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)} }

// verify checks the server certificate as a client that trusts pem does.
func verify(t *testing.T, pem []byte, cert *x509.Certificate, name string, at time.Time) error {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate to trust")
	}
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: at})
	return err
}

func leaf(t *testing.T, a *Authority) *x509.Certificate {
	t.Helper()
	c, err := a.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf
}

func TestClientsThatTrustTheAuthorityTrustTheServer(t *testing.T) {
	c := start()
	a := open(t, t.TempDir(), c, "Sleuth.example.com", "192.0.2.7")
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "sleuth.example.com", "192.0.2.7"} {
		if err := verify(t, a.Trusted(), leaf(t, a), name, c.at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"example.com", "login.microsoftonline.com", "192.0.2.8"} {
		if verify(t, a.Trusted(), leaf(t, a), name, c.at) == nil {
			t.Errorf("the server passes for %s", name)
		}
	}
}

func TestTheAuthorityIsWorthNothingForOtherNames(t *testing.T) {
	c := start()
	a := open(t, t.TempDir(), c)
	for _, name := range []string{"login.microsoftonline.com", "localhost.example.com", "10.0.0.1", "192.0.2.8"} {
		n, err := readNames([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		forged, err := newServer(a.ca, n, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(t, a.Trusted(), forged.cert, name, c.at); err == nil {
			t.Errorf("a certificate that the authority's key signed for %s is trusted", name)
		}
	}
}

func TestItStaysTheSameOverRestarts(t *testing.T) {
	c, dir := start(), t.TempDir()
	a := open(t, dir, c)
	if !a.IsNew() {
		t.Error("the first authority is not new")
	}
	b := open(t, dir, c)
	if b.IsNew() || !bytes.Equal(a.Trusted(), b.Trusted()) || !leaf(t, a).Equal(leaf(t, b)) {
		t.Error("a restart makes another authority or certificate")
	}
	if d := open(t, dir, c, "sleuth.example.com"); !d.IsNew() {
		t.Error("an authority that may not sign for the new name is kept")
	}
}

func TestKeysAreForTheOwnerAlone(t *testing.T) {
	c, dir := start(), t.TempDir()
	open(t, dir, c)
	for _, f := range []string{authorityKey, serverFile} {
		info, err := os.Stat(filepath.Join(dir, f))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, authorityKey), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil, c.now); err == nil || !strings.Contains(err.Error(), "others can read") {
		t.Errorf("a key that others can read: %v", err)
	}
}

// TestNothingExpiresInUse lets a server run for twelve years, a day at a time, with a client that reads the trust file once
// a half-year: the certificate is valid every day.
func TestNothingExpiresInUse(t *testing.T) {
	c, dir := start(), t.TempDir()
	a := open(t, dir, c)
	client := a.Trusted()
	authorities := map[string]bool{}
	for day := range 12 * 365 {
		c.at = c.at.Add(24 * time.Hour)
		if day%180 == 0 {
			client = a.Trusted()
		}
		if day%1000 == 999 {
			a = open(t, dir, c)
			if a.IsNew() {
				t.Fatalf("day %d: a restart makes an authority that no client knows", day)
			}
		}
		l := leaf(t, a)
		authorities[l.Issuer.CommonName] = true
		if day%10 == 0 {
			if err := verify(t, client, l, "localhost", c.at); err != nil {
				t.Fatalf("day %d: %v", day, err)
			}
		}
	}
	if len(authorities) != 3 {
		t.Errorf("%d authorities signed in twelve years", len(authorities))
	}
}

func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", "*.example.com", "0.0.0.0", "::", "a b", "https://x", "x/y", strings.Repeat("a", 300), "-a"} {
		if _, err := Open(t.TempDir(), []string{name}, start().now); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	c, dir := start(), t.TempDir()
	open(t, dir, c)
	if err := os.WriteFile(filepath.Join(dir, authorityKey), []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, nil, c.now); err == nil || !strings.Contains(err.Error(), authorityKey) {
		t.Errorf("got %v", err)
	}
}

func TestServesTLS(t *testing.T) {
	a, err := Open(t.TempDir(), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })}
	go func() { _ = srv.Serve(tls.NewListener(l, a.TLS())) }()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.Trusted())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	resp, err := client.Get("https://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
	client.CloseIdleConnections()
}

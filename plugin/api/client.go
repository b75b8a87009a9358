package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The limits of a call.
const (
	callTime     = 30 * time.Second
	maxAnswer    = 4 << 20
	maxRedirects = 5
)

// Refused says why a request is not sent.
type Refused struct{ Reason string }

func (e *Refused) Error() string { return e.Reason }

func refused(format string, args ...any) error { return &Refused{fmt.Sprintf(format, args...)} }

// Guard makes clients that reach what a plugin may, and nothing else.
type Guard struct {
	// Private lets requests go to private and loopback addresses, and without TLS.
	Private func(ctx context.Context) (bool, error)
}

// client reaches the hosts alone, each as host:port.
func (g Guard) client(private bool, hosts []string) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error { return mayConnect(address, private) }}
	return &http.Client{
		Timeout: callTime,
		// No proxy of the environment: it would resolve names itself, so that the addresses that are reached were not looked at.
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: callTime,
			MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch {
			case len(via) > maxRedirects:
				return refused("the server redirects more than %d times", maxRedirects)
			case !slices.Contains(hosts, hostOf(r.URL)) || r.URL.Scheme != via[0].URL.Scheme:
				return refused("the server redirects to %s, which the plugin does not name", r.URL.Host)
			}
			return nil
		},
	}
}

// mayConnect looks at the address that a name led to, right before it is connected to.
func mayConnect(address string, private bool) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return refused("%s is no address", address)
	}
	ip := ap.Addr().Unmap()
	if ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() { // link-local has the metadata services of clouds
		return refused("the server's address is %s, which no plugin may reach", ip)
	}
	if !private && !public(ip) {
		return refused("the server's address is %s, which is not public: the setting plugins.privateAddresses lets plugins reach such addresses", ip)
	}
	return nil
}

// reserved are ranges that are not public, beside those that package netip knows. https://www.iana.org/assignments/iana-ipv4-special-registry
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() {
		return false
	}
	return !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// hostOf is the host and port of an address.
func hostOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		if port = "443"; u.Scheme == "http" {
			port = "80"
		}
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// may says whether a request may go to one of the hosts, before anything secret is added to it.
func (g Guard) may(r *http.Request, hosts []string) (private bool, err error) {
	if g.Private != nil {
		if private, err = g.Private(r.Context()); err != nil {
			return false, err
		}
	}
	switch {
	case r.URL.Scheme != "https" && !(private && r.URL.Scheme == "http"):
		return false, refused("%s is not reached by https", r.URL.Host)
	case r.URL.User != nil:
		return false, refused("the address of %s holds a name or password", r.URL.Host)
	case !slices.Contains(hosts, hostOf(r.URL)):
		return false, refused("the plugin does not name %s", r.URL.Host)
	}
	return private, nil
}

// send sends a request to one of the hosts and reads its answer, bounded. No error has the address of the request, which can hold a key.
func (g Guard) send(r *http.Request, hosts []string) (*http.Response, []byte, error) {
	private, err := g.may(r, hosts)
	if err != nil {
		return nil, nil, err
	}
	res, err := g.client(private, hosts).Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.URL.Host, withoutAddress(err))
	}
	defer res.Body.Close()
	body, err := readAll(res.Body, maxAnswer)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.URL.Host, withoutAddress(err))
	}
	return res, body, nil
}

// withoutAddress takes the address off an error of package http.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return withoutAddress(u.Err)
	}
	return err
}

// Fetch reads a document from an address that somebody named: of its host, and of no other.
func (g Guard) Fetch(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" {
		return nil, refused("%q is no address such as https://example.com/openapi.yaml", address)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, refused("%q is no address such as https://example.com/openapi.yaml", address)
	}
	r.Header.Set("User-Agent", "sleuth")
	res, body, err := g.send(r, []string{hostOf(u)})
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", u.Host, res.Status)
	}
	return body, nil
}

package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/server/clientapi"
)

func TestAProxyIsBelievedAndNobodyElse(t *testing.T) {
	trusted, err := ParseProxies([]string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/64"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.9:4711", nil, "203.0.113.9"},
		{"203.0.113.9:4711", []string{"198.51.100.1"}, "203.0.113.9"},                  // nobody's proxy
		{"203.0.113.9:4711", []string{"10.0.0.1"}, "203.0.113.9"},                      // nor when it claims to be ours
		{"10.1.2.3:80", []string{"198.51.100.1"}, "198.51.100.1"},                      //
		{"10.1.2.3:80", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},             // the client sent the first
		{"10.1.2.3:80", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},           // in a header of its own
		{"10.1.2.3:80", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},            // and claims a proxy
		{"10.1.2.3:80", []string{"198.51.100.1, 192.0.2.7, 10.2.2.2"}, "198.51.100.1"}, // two of ours between
		{"10.1.2.3:80", []string{"10.4.4.4, 10.2.2.2"}, "10.4.4.4"},                    // a client beside the proxies
		{"10.1.2.3:80", nil, "10.1.2.3"},
		{"10.1.2.3:80", []string{""}, "10.1.2.3"},
		{"10.1.2.3:80", []string{"198.51.100.1, unknown"}, "10.1.2.3"},
		{"10.1.2.3:80", []string{"198.51.100.1, nonsense, 10.2.2.2"}, "10.2.2.2"},
		{"10.1.2.3:80", []string{"1.1.1.1\t,\t 198.51.100.1:5555"}, "198.51.100.1"},
		{"[2001:db8::5]:80", []string{"[2001:db8:1::9]:443"}, "2001:db8:1::9"},
		{"[::ffff:10.1.2.3]:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"192.0.2.8:80", []string{"198.51.100.1"}, "192.0.2.8"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.forwarded {
			r.Header.Add("X-Forwarded-For", h)
		}
		r.Header.Set("X-Real-Ip", "9.9.9.9")
		r.Header.Set("Forwarded", "for=9.9.9.9")
		if got := clientapi.ClientIP(trusted.from(r)); got != c.want {
			t.Errorf("%s, forwarded for %q: %s, want %s", c.peer, c.forwarded, got, c.want)
		}
		if got := clientapi.ClientIP(Proxies(nil).from(r)); strings.Contains(c.peer, "113.9") && got != "203.0.113.9" {
			t.Errorf("without proxies: %s", got)
		}
	}
}

func TestNetworksOfProxiesAreChecked(t *testing.T) {
	for text, says := range map[string]string{"": "neither", "proxy": "neither", "10.0.0.1/8": "10.0.0.0/8 is the network", "0.0.0.0/0": "every address",
		"::/0": "every address", "fe80::1%eth0": "neither", "10.0.0.0/33": "neither"} {
		if p, err := ParseProxies([]string{text}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, %v; want %q", text, p, err, says)
		}
	}
}

// The services behind a front see the address that the proxy names, and its own where nobody is trusted.
func TestTheFrontTellsWhereARequestComesFrom(t *testing.T) {
	for _, c := range []struct {
		proxies []string
		want    string
	}{{nil, "10.0.0.1"}, {[]string{"10.0.0.0/8"}, "198.51.100.1"}} {
		f, _ := newFront(t)
		f.cfg.Proxies, _ = ParseProxies(c.proxies)
		f.cfg.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, clientapi.ClientIP(r)) })
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.RemoteAddr = "10.0.0.1:1000"
		r.Header.Set("X-Forwarded-For", "8.8.8.8, 198.51.100.1")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Body.String() != c.want {
			t.Errorf("proxies %v: %s, want %s", c.proxies, w.Body, c.want)
		}
	}
}

// Over TLS browsers are told to stay there, and never for the names of loopback, where other programs answer too.
func TestStrictTransportSecurity(t *testing.T) {
	f, _ := newFront(t, "sleuth.example.com")
	for url, want := range map[string]string{
		"https://sleuth.example.com/": "max-age=31536000", "https://sleuth.example.com/v2/rest/query": "max-age=31536000",
		"https://localhost/": "", "https://127.0.0.1:7777/": "", "http://sleuth.example.com/": "",
	} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

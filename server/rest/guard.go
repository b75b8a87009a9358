package rest

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const cookieName = "sleuth_start"

type nonceKey struct{}

// guard stands before every route. It refuses what a page of another site could send: a foreign Host (DNS
// rebinding), a foreign Origin, a missing start token.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := newNonce()
		headers(w, nonce)
		if !loopbackHost(r.Host) && (s.cfg.OwnHost == nil || !s.cfg.OwnHost(r.Host)) {
			fail(w, http.StatusMisdirectedRequest, "invalid", "the Host header names "+printable(r.Host)+", which is not this server")
			return
		}
		if !sameOrigin(r) {
			fail(w, http.StatusForbidden, "unauthorized", "the request comes from another site")
			return
		}
		if given := r.URL.Query().Get("token"); given != "" && r.Method == http.MethodGet && s.tokenIs(given) {
			s.exchange(w, r)
			return
		}
		if !s.authorised(r) {
			s.refuse(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodDelete && !isJSON(r) {
			fail(w, http.StatusUnsupportedMediaType, "invalid", "send application/json")
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
	})
}

// headers sets what every response carries. Griffel writes its styles into <style> elements, which the nonce allows;
// style attributes come from React's style properties on elements of our own.
func headers(w http.ResponseWriter, nonce string) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce+"'; style-src-attr 'unsafe-inline'; "+
		"img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// exchange turns the token of the printed address into a cookie, so that the token leaves the address bar.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.token, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	clean := url.URL{Path: r.URL.Path}
	q := r.URL.Query()
	q.Del("token")
	clean.RawQuery = q.Encode()
	if !strings.HasPrefix(clean.Path, "/") || strings.HasPrefix(clean.Path, "//") {
		clean.Path = "/" // "//host" would leave this site
	}
	http.Redirect(w, r, clean.String(), http.StatusSeeOther)
}

func (s *Server) authorised(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.tokenIs(bearer)
	}
	c, err := r.Cookie(cookieName)
	return err == nil && s.tokenIs(c.Value)
}

func (s *Server) tokenIs(given string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(s.token)) == 1
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request) {
	const what = "open the address that the command printed: it carries this run's start token"
	if strings.HasPrefix(r.URL.Path, "/api/") {
		fail(w, http.StatusUnauthorized, "unauthorized", what)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte("Sleuth: " + what + ".\n"))
}

// loopbackHost reports whether a Host header names this machine's loopback.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// sameOrigin accepts requests without an Origin (typed addresses, command-line clients) and those of this very
// origin. Sec-Fetch-Site catches cross-site navigations that carry no Origin.
func sameOrigin(r *http.Request) bool {
	if o := r.Header.Get("Origin"); o != "" {
		u, err := url.Parse(o)
		if err != nil || u.Host != r.Host {
			return false
		}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "cross-site" || (r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate")
}

func isJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base64.RawStdEncoding.EncodeToString(b[:])
}

package rest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
)

// crossOrigin refuses what changes something and comes from another origin.
var crossOrigin http.CrossOriginProtection

type nonceKey struct{}

// guard stands before every route. It refuses what a page of another site could send: a foreign Host (DNS
// rebinding), a foreign Origin. Who sends it is asked at the route, by the rule that stands there.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := newNonce()
		headers(w, nonce)
		if !clientapi.IsLoopback(r.Host) && (s.cfg.OwnHost == nil || !s.cfg.OwnHost(r.Host)) {
			s.foreign(r, "another server's name in the Host header")
			jsonapi.Fail(w, http.StatusMisdirectedRequest, "invalid", "the Host header names "+printable(r.Host)+", which is not this server")
			return
		}
		if !sameOrigin(r) || crossOrigin.Check(r) != nil {
			s.foreign(r, "it comes from another site")
			jsonapi.Fail(w, http.StatusForbidden, "unauthorized", "the request comes from another site")
			return
		}
		if done, err := s.cfg.Auth.ExchangeStart(w, r); err != nil {
			s.internal(w, r, err)
			return
		} else if done {
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodDelete && !isJSON(r) {
			jsonapi.Fail(w, http.StatusUnsupportedMediaType, "invalid", "send application/json")
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
	})
}

// foreign logs a request that was refused before anybody asked who sends it.
func (s *Server) foreign(r *http.Request, why string) {
	short := func(text string) string { return text[:min(len(text), 80)] }
	s.cfg.Logger.WarnContext(r.Context(), "a request was refused", "why", why, "method", r.Method, "path", short(r.URL.Path), "host", short(r.Host),
		"origin", short(r.Header.Get("Origin")), "clientIP", clientapi.ClientIP(r))
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

// principalKey is where a request's identity stands, once it is known.
type principalKey struct{}

// ruled lets a request through to a route whose rule its identity meets.
func (s *Server) ruled(needs auth.Rule, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var who *auth.Identity
		id, err := s.cfg.Auth.Identify(r)
		if err == nil {
			who = &id
		} else if !errors.Is(err, auth.ErrNobody) {
			s.internal(w, r, err)
			return
		}
		switch err := needs.Check(who); {
		case errors.Is(err, auth.ErrNobody):
			s.refuse(w, r)
			return
		case err != nil:
			s.internal(w, r, s.cfg.Refused(r.Context(), id.Principal, r.Method+" "+r.URL.Path, err)) // names what is missing
			return
		}
		if needs.Lately && !s.cfg.Auth.ProvenLately(id) {
			auth.AskProof(w)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, id.Principal)))
	})
}

// principal is who sends a request. Only routes that anybody may call have none.
func (s *Server) principal(r *http.Request) access.Principal {
	p, _ := r.Context().Value(principalKey{}).(access.Principal)
	return p
}

// refuse answers a request that nobody signed in for: a page by the way to sign in.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") || r.Method != http.MethodGet {
		jsonapi.Fail(w, http.StatusUnauthorized, "unauthorized", "nobody is signed in here: sign in, or send an API token as bearer token")
		return
	}
	if starts, err := s.cfg.Auth.Starts(r.Context()); err != nil {
		s.internal(w, r, err)
		return
	} else if starts {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("Sleuth: open the address that the command printed: it carries this run's start token.\n"))
		return
	}
	http.Redirect(w, r, "/signin?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
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

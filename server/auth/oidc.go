package auth

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// Provider is an OpenID Connect provider by which people sign in, such as Microsoft Entra ID.
type Provider struct {
	Name         string // as the button says it
	Issuer       string // as discovery says it, such as https://login.microsoftonline.com/TENANT/v2.0
	ClientID     string
	ClientSecret secret.Value
	// Roles are the roles by a value of the claims roles (app roles) or groups. Who has none of them does not get in.
	Roles map[string][]access.Role
}

// flowLasts is how long somebody may take at the provider; maxFlows bounds what is kept for those who do not come back.
const (
	flowLasts = 10 * time.Minute
	maxFlows  = 1000
)

// flow is a sign-in that is at the provider.
type flow struct {
	browser, nonce, verifier, next, redirect string
	until                                    time.Time
}

// outside signs in by a provider.
type outside struct {
	conf   Provider
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider // nil until discovery worked once
	flows map[string]flow
}

func newOutside(p Provider) *outside {
	return &outside{conf: p, client: &http.Client{Timeout: 15 * time.Second}, flows: map[string]flow{}}
}

// discover reads the provider's addresses and keys; a provider that is away for now is asked again at the next sign-in.
func (o *outside) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.found == nil {
		// The keys are read again for as long as the program runs, so that the request's end must not end that.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.conf.Issuer)
		if err != nil {
			return nil, err
		}
		o.found = p
	}
	return o.found, nil
}

func (o *outside) oauth(p *oidc.Provider, redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: o.conf.ClientID, ClientSecret: o.conf.ClientSecret.Reveal(), Endpoint: p.Endpoint(), RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// keep remembers a flow, and forgets those whose time is up.
func (o *outside) keep(state string, f flow, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for k, v := range o.flows {
		if !v.until.After(now) {
			delete(o.flows, k)
		}
	}
	if len(o.flows) >= maxFlows {
		return false
	}
	o.flows[state] = f
	return true
}

// take gives a flow out, once.
func (o *outside) take(state string, now time.Time) (flow, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f, ok := o.flows[state]
	delete(o.flows, state)
	return f, ok && f.until.After(now)
}

// The reasons why a sign-in by a provider fails, as the sign-in page knows them.
const (
	awayTrouble     = "provider-away"
	failedTrouble   = "provider-failed"
	expiredTrouble  = "provider-expired"
	noRoleTrouble   = "provider-no-role"
	overageTrouble  = "provider-overage"
	takenTrouble    = "provider-name-taken"
	disabledTrouble = "provider-disabled"
	singleTrouble   = "provider-one-factor"
)

func trouble(w http.ResponseWriter, r *http.Request, what string) {
	http.Redirect(w, r, "/signin?trouble="+what, http.StatusSeeOther)
}

// flowCookie ties a flow to the browser that began it, so that nobody can finish theirs in another's. It is Lax: the
// provider sends the browser back from another site.
func flowCookie(r *http.Request, value string) *http.Cookie {
	c := &http.Cookie{Name: "sleuth_flow", Value: value, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode, MaxAge: int(flowLasts.Seconds())}
	if r.TLS != nil {
		c.Name = "__Host-sleuth_flow"
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// toProvider sends a browser to the provider.
func (s *Service) toProvider(w http.ResponseWriter, r *http.Request) {
	p, err := s.outside.discover(r.Context())
	if err != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "the OpenID Connect provider cannot be read", "issuer", s.outside.conf.Issuer, "error", err)
		trouble(w, r, awayTrouble)
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	id, now := NewSecret(), s.cfg.Now()
	f := flow{browser: NewSecret(), nonce: NewSecret(), verifier: oauth2.GenerateVerifier(), next: ownPath(r.URL.Query().Get("next")),
		redirect: (&url.URL{Scheme: scheme, Host: r.Host, Path: "/api/v1/auth/provider/callback"}).String(), until: now.Add(flowLasts)}
	if !s.outside.keep(id, f, now) {
		jsonapi.Fail(w, http.StatusTooManyRequests, "locked", "too many sign-ins are under way: try again in a few minutes")
		return
	}
	http.SetCookie(w, flowCookie(r, f.browser))
	http.Redirect(w, r, s.outside.oauth(p, f.redirect).AuthCodeURL(id, oidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)), http.StatusSeeOther)
}

// ownPath is a path of this site, or "/".
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return (&url.URL{Path: u.Path}).String()
}

// fromProvider finishes a sign-in at the provider.
func (s *Service) fromProvider(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, ok := s.outside.take(q.Get("state"), s.cfg.Now())
	c, err := r.Cookie(flowCookie(r, "").Name)
	http.SetCookie(w, flowCookie(r, ""))
	if !ok || err != nil || c.Value != f.browser {
		trouble(w, r, expiredTrouble)
		return
	}
	who, err := s.identity(r.Context(), f, q)
	if err != nil {
		s.fromProviderFailed(w, r, state.Person{}, failedTrouble, err)
		return
	}
	roles := who.roles(s.outside.conf.Roles)
	if len(roles) == 0 {
		if who.overage() {
			s.fromProviderFailed(w, r, state.Person{}, overageTrouble, errors.New("the token leaves its groups out (overage) and no app role has a role here"))
			return
		}
		s.fromProviderFailed(w, r, state.Person{}, noRoleTrouble, errors.New("no group or app role has a role here"))
		return
	}
	method := methodOf(who.Methods)
	if method == byProviderSingle {
		if must, err := s.required(r.Context()); err != nil {
			s.broken(w, r, err)
			return
		} else if must {
			s.fromProviderFailed(w, r, state.Person{}, singleTrouble, fmt.Errorf("the provider asked for one factor (amr %s), and two are required", strings.Join(who.Methods, " ")))
			return
		}
	}
	p, what, err := s.welcomeOutsider(r, who, roles)
	if err != nil {
		if what == "" {
			s.broken(w, r, err)
			return
		}
		s.fromProviderFailed(w, r, p, what, err)
		return
	}
	s.beginAt(w, r, p, method, func() {
		// A redirect would still be the provider's navigation, which carries no strict cookie; a page of ours begins a new one.
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>Sleuth</title><meta http-equiv=\"refresh\" content=\"0;url=%s\">", html.EscapeString(f.next))
	})
}

func (s *Service) fromProviderFailed(w http.ResponseWriter, r *http.Request, p state.Person, what string, why error) {
	e := audit.Entry{Principal: p.ID, Operation: "UserLoginFailed", Object: p.UPN, Outcome: "failed", Details: details(r, byProvider)}
	if p.ID == "" {
		e.Principal = "nobody"
	}
	e.Details["reason"] = why.Error()
	if len(e.Details["reason"]) > 500 {
		e.Details["reason"] = strings.ToValidUTF8(e.Details["reason"][:500], "?")
	}
	if err := s.cfg.Record(r.Context(), e); err != nil {
		s.broken(w, r, err)
		return
	}
	trouble(w, r, what)
}

// claims are what an ID token says of a person.
type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Username string   `json:"preferred_username"`
	Email    string   `json:"email"`
	Name     string   `json:"name"`
	Roles    []string `json:"roles"`
	Groups   []string `json:"groups"`
	Methods  words    `json:"amr"` // how they proved who they are (RFC 8176)
	// Entra leaves more than 200 groups out of a token, and says here where they would be found.
	ClaimNames map[string]string `json:"_claim_names"`
	HasGroups  bool              `json:"hasgroups"`
}

func (c claims) overage() bool { return c.ClaimNames["groups"] != "" || c.HasGroups }

func (c claims) roles(by map[string][]access.Role) []access.Role {
	var out []access.Role
	for _, role := range access.Roles() { // in the order of the roles, whatever that of the token is
		for _, v := range append(slices.Clone(c.Roles), c.Groups...) {
			if slices.Contains(by[v], role) {
				out = append(out, role)
				break
			}
		}
	}
	return out
}

// identity exchanges the code for an ID token and checks it: signature by a key of the issuer, issuer, audience, time, nonce.
func (s *Service) identity(ctx context.Context, f flow, q url.Values) (claims, error) {
	var c claims
	if e := q.Get("error"); e != "" {
		return c, fmt.Errorf("the provider says %q", e)
	}
	p, err := s.outside.discover(ctx)
	if err != nil {
		return c, err
	}
	ctx = oidc.ClientContext(ctx, s.outside.client)
	token, err := s.outside.oauth(p, f.redirect).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(f.verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) { // its text is the whole answer
			return c, fmt.Errorf("the provider does not take the code: %s", refused.ErrorCode)
		}
		return c, errors.New("the provider does not answer")
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return c, errors.New("the provider gave no ID token")
	}
	id, err := p.Verifier(&oidc.Config{ClientID: s.outside.conf.ClientID, Now: s.cfg.Now}).Verify(ctx, raw)
	if err != nil {
		return c, err
	}
	if id.Nonce != f.nonce {
		return c, errors.New("the ID token is of another sign-in")
	}
	if err := id.Claims(&c); err != nil {
		return c, fmt.Errorf("the ID token's claims: %w", err)
	}
	if c.Subject == "" {
		return c, errors.New("the ID token names nobody")
	}
	return c, nil
}

// welcomeOutsider finds the person of an identity, or adds them, and gives them the roles that the provider says. People are
// told apart by issuer and subject: names can be given to somebody else. what is the trouble that the page shows.
func (s *Service) welcomeOutsider(r *http.Request, c claims, roles []access.Role) (p state.Person, what string, err error) {
	ctx, now := r.Context(), s.cfg.Now()
	p, err = s.cfg.Store.PersonOf(ctx, c.Issuer, c.Subject)
	if errors.Is(err, state.ErrNotFound) {
		return s.addOutsider(r, c, roles)
	}
	if err != nil {
		return p, "", err
	}
	if p.Disabled {
		return p, disabledTrouble, errors.New("the account is disabled")
	}
	if slices.Equal(p.Roles, roles) {
		return p, "", nil
	}
	if err := s.cfg.Record(ctx, audit.Entry{Principal: p.ID, Operation: "UserRoleChanged", Object: p.UPN, Details: rolesSaid(r, roles)}); err != nil {
		return p, "", err
	}
	if err := s.cfg.Store.SetRoles(ctx, p.ID, roles, now); errors.Is(err, state.ErrLastOwner) {
		return p, noRoleTrouble, err
	} else if err != nil {
		return p, "", err
	}
	p.Roles = roles
	return p, "", nil
}

func (s *Service) addOutsider(r *http.Request, c claims, roles []access.Role) (state.Person, string, error) {
	p := state.Person{UPN: c.Username, Name: c.Name, Roles: roles}
	if p.UPN == "" {
		p.UPN = c.Email
	}
	if p.UPN == "" {
		p.UPN = c.Subject
	}
	if p.Name == "" {
		p.Name = p.UPN
	}
	if err := state.CheckName(p.UPN, p.Name); err != nil {
		return state.Person{}, failedTrouble, err
	}
	if _, err := s.cfg.Store.Person(r.Context(), p.UPN); err == nil {
		return state.Person{}, takenTrouble, fmt.Errorf("%s is another account here", p.UPN)
	} else if !errors.Is(err, state.ErrNotFound) {
		return state.Person{}, "", err
	}
	d := rolesSaid(r, roles)
	d["issuer"], d["subject"] = c.Issuer, c.Subject
	if err := s.cfg.Record(r.Context(), audit.Entry{Principal: c.Issuer, Operation: "UserAdded", Object: p.UPN, Details: d}); err != nil {
		return state.Person{}, "", err
	}
	p, err := s.cfg.Store.AddPersonOf(r.Context(), p, c.Issuer, c.Subject, s.cfg.Now())
	return p, "", err
}

func rolesSaid(r *http.Request, roles []access.Role) map[string]string {
	d := details(r, byProvider)
	d["roles"] = access.Names(roles)
	return d
}

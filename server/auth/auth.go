package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/state"
)

// Start says when this run's start token is the local owner's way in.
type Start uint8

const (
	StartNever       Start = iota // others can reach the address: people sign in
	StartUntilPeople              // on loopback, while nobody has an account
	StartAlways                   // the demo
)

// How long a sign-in lasts: unused, and at most.
const (
	Idle     = 8 * time.Hour
	Absolute = 24 * time.Hour
)

// Config is what a Service is made of.
type Config struct {
	Store *state.Store
	// Record writes an audit entry of a principal's id. What it records must not happen when it fails.
	Record func(ctx context.Context, e audit.Entry) error
	Now    func() time.Time
	Logger *slog.Logger
	Start  Start
	// Provider is an OpenID Connect provider by which people sign in too; nil is none.
	Provider *Provider
	// Secrets keep the secrets of authenticator apps.
	Secrets *secret.Store
	// SecondFactor reports whether who signs in with a password needs a second factor; nil is always.
	SecondFactor func(ctx context.Context) (bool, error)
	// Words are names that somebody who guesses passwords tries first here, such as the organization's; nil is none.
	Words func(ctx context.Context) ([]string, error)
	// Names are those by which clients reach the server, for the hint where passkeys work.
	Names []string
}

// Service knows who sends a request and signs people in. It is safe for concurrent use.
type Service struct {
	cfg     Config
	start   string
	cost    cost
	slow    chan struct{} // places for hashing a password: each takes 64 MiB
	outside *outside      // nil without a provider
	steps   steps
}

// New makes a service with a fresh start token.
func New(cfg Config) *Service {
	s := &Service{cfg: cfg, start: NewSecret(), cost: recommended, slow: make(chan struct{}, 2), steps: steps{byKey: map[string]underway{}}}
	if cfg.Provider != nil {
		s.outside = newOutside(*cfg.Provider)
	}
	return s
}

// NewSecret is 256 random bits as text.
func NewSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// StartToken is this run's start token: the printed address carries it.
func (s *Service) StartToken() string { return s.start }

// Starts reports whether a start token would be taken now.
func (s *Service) Starts(ctx context.Context) (bool, error) {
	if s.cfg.Start != StartUntilPeople {
		return s.cfg.Start == StartAlways, nil
	}
	some, err := s.cfg.Store.HasPeople(ctx)
	return err == nil && !some, err
}

// Holds reports whether given is this run's start token, and taken.
func (s *Service) Holds(ctx context.Context, given string) (bool, error) {
	if subtle.ConstantTimeCompare([]byte(given), []byte(s.start)) != 1 {
		return false, nil
	}
	return s.Starts(ctx)
}

// Identity is who sends a request, and how that is known.
type Identity struct {
	Principal access.Principal
	By        string        // "start", "token", or the method of the sign-in
	SignIn    *state.SignIn // the sign-in session; nil for tokens
}

// ErrNobody is returned for a request that carries no identity, or one that is not, or no longer, good.
var ErrNobody = errors.New("nobody is signed in")

// startCookie holds the start token of a browser that opened the printed address.
const startCookie = "sleuth_start"

// sessionCookie is the name of the cookie of a sign-in session. Over TLS its prefix keeps others from setting it: the
// browser takes it from this very host only, and over TLS only.
func sessionCookie(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-sleuth"
	}
	return "sleuth_session"
}

// Identify is who sends a request: by its bearer token where it has an Authorization header, else by its cookies. ErrNobody
// where that is nobody; any other error is a fault here.
func (s *Service) Identify(r *http.Request) (Identity, error) {
	who, err := s.identify(r)
	who.Principal.ClientIP = clientapi.ClientIP(r)
	return who, err
}

func (s *Service) identify(r *http.Request) (Identity, error) {
	if r.Header.Get("Authorization") != "" {
		return s.byToken(r.Context(), clientapi.Bearer(r))
	}
	if c, err := r.Cookie(sessionCookie(r)); err == nil && c.Value != "" {
		x, p, err := s.cfg.Store.SignedIn(r.Context(), c.Value, Idle, s.cfg.Now())
		if err == nil {
			err = s.enough(r.Context(), x)
		}
		if err == nil {
			return Identity{Principal: p.Principal(), By: x.Method, SignIn: &x}, nil
		}
		if !errors.Is(err, state.ErrNotFound) {
			return Identity{}, err
		}
	}
	if c, err := r.Cookie(startCookie); err == nil {
		return s.byStart(r.Context(), c.Value)
	}
	return Identity{}, ErrNobody
}

func (s *Service) byStart(ctx context.Context, token string) (Identity, error) {
	ok, err := s.Holds(ctx, token)
	if err != nil {
		return Identity{}, err
	}
	if !ok {
		return Identity{}, ErrNobody
	}
	return Identity{Principal: access.LocalOwner(), By: "start"}, nil
}

// tokenPrefix marks API tokens, so that people and scanners of leaked secrets know one.
const tokenPrefix = "slt_"

// NewToken makes an API token: its visible part, and all of it.
func NewToken() (id, token string) {
	var b [6]byte
	_, _ = rand.Read(b[:])
	id = hex.EncodeToString(b[:])
	return id, tokenPrefix + id + "_" + NewSecret()
}

func (s *Service) byToken(ctx context.Context, token string) (Identity, error) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return s.byStart(ctx, token)
	}
	id, _, _ := strings.Cut(rest, "_")
	p, err := s.cfg.Store.TokenPrincipal(ctx, id, token, s.cfg.Now())
	if errors.Is(err, state.ErrNotFound) {
		return Identity{}, ErrNobody
	}
	return Identity{Principal: p, By: "token"}, err
}

var _ clientapi.Callers = (*Service)(nil)

// Caller implements clientapi.Callers: programs send an API token, or the start token.
func (s *Service) Caller(ctx context.Context, token string) (access.Principal, error) {
	if token == "" {
		return access.Principal{}, clientapi.ErrNoToken
	}
	who, err := s.byToken(ctx, token)
	switch {
	case errors.Is(err, ErrNobody):
		return access.Principal{}, clientapi.ErrWrongToken
	case err != nil:
		s.cfg.Logger.ErrorContext(ctx, "checking a token", "error", err)
		return access.Principal{}, errors.New("the token cannot be checked: the program's log has the details")
	}
	return who.Principal, nil
}

// ExchangeStart answers a request whose address carries the start token with a cookie instead, so that the token leaves the
// address bar. It reports whether it answered.
func (s *Service) ExchangeStart(w http.ResponseWriter, r *http.Request) (bool, error) {
	given := r.URL.Query().Get("token")
	if given == "" || r.Method != http.MethodGet {
		return false, nil
	}
	if ok, err := s.Holds(r.Context(), given); !ok {
		return false, err
	}
	setCookie(w, r, startCookie, s.start)
	clean := *r.URL
	clean.Scheme, clean.Host, clean.User = "", "", nil
	q := clean.Query()
	q.Del("token")
	clean.RawQuery = q.Encode()
	if !strings.HasPrefix(clean.Path, "/") || strings.HasPrefix(clean.Path, "//") {
		clean.Path = "/" // "//host" would leave this site
	}
	http.Redirect(w, r, clean.String(), http.StatusSeeOther)
	return true, nil
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// details are what every entry about a sign-in says.
func details(r *http.Request, method string) map[string]string {
	agent := []rune(strings.ToValidUTF8(r.UserAgent(), "?"))
	d := map[string]string{"clientIP": clientapi.ClientIP(r), "method": method, "userAgent": string(agent[:min(len(agent), 300)])}
	maps.Copy(d, agentSays(d["userAgent"]))
	return d
}

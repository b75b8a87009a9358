package clientapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/kql/engine"
)

// Query is one query of a client.
type Query struct {
	Text    string
	Options engine.Options
	// For the audit trail: what the client sent, where Text was made from it; the API, and what the client says of itself.
	Sent        string
	API         string
	Database    string
	RequestID   string
	Application string
	User        string
}

// Runner runs a query for a principal. It authorises it and writes the audit entry before anything is read; a query
// that is not allowed is an *access.Denied. A bad query is a *diag.List with lines and columns.
type Runner interface {
	Query(ctx context.Context, p access.Principal, q Query) (*engine.Result, error)
}

// Callers tells who sends a request, by its token.
type Callers interface {
	// Caller is the principal of a bearer token. The empty token is nobody's: ErrNoToken, or ErrWrongToken.
	Caller(ctx context.Context, token string) (access.Principal, error)
}

// The reasons why a request has no caller.
var (
	ErrNoToken    = errors.New("a bearer token is needed: an API token (sleuth tokens add), or the start token that sleuth serve printed")
	ErrWrongToken = errors.New("the bearer token is neither a good API token nor this run's start token")
)

// Services are what both query services work with.
type Services struct {
	Runner  Runner
	Callers Callers
	Gate    *Gate
	// Now is the moment that now() and relative times refer to.
	Now func() time.Time
	// MaxRows is the most rows that a client may ask for by raising the limits itself, as it is now.
	MaxRows func(ctx context.Context) (int, error)
}

// ClientIP is the address of the other end. Headers that claim another are not believed.
func ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// HostName is the name or address of a Host header, or of host:port, without brackets.
func HostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// IsLoopback reports whether a Host header, or a host with or without a port, names this machine's loopback.
func IsLoopback(host string) bool {
	name := HostName(host)
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// Bearer is the token of a request's Authorization header; empty where there is none.
func Bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Gate limits how many queries run at once. One beyond is refused, as the services do, rather than left waiting:
// clients know how to try again.
type Gate struct {
	places  int64
	running atomic.Int64
}

// NewGate makes a gate of so many places.
func NewGate(places int) *Gate { return &Gate{places: int64(places)} }

// Places is how many queries may run at once.
func (g *Gate) Places() int { return int(g.places) }

// Enter takes a place; false when all are taken. leave gives it back.
func (g *Gate) Enter() (leave func(), ok bool) {
	if g.running.Add(1) > g.places {
		g.running.Add(-1)
		return nil, false
	}
	var done atomic.Bool
	return func() {
		if !done.Swap(true) {
			g.running.Add(-1)
		}
	}, true
}

package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/state"
)

// Asker answers one prompt. Each event is sent to the browser at once; the answer is the object of ask-json.md.
type Asker interface {
	Ask(ctx context.Context, req AskRequest, emit func(Event)) (json.RawMessage, error)
}

// AskRequest is one prompt of a session.
type AskRequest struct {
	Principal access.Principal
	SessionID string
	Prompt    string
}

// Event is progress of an answer: a step that starts or ends.
type Event struct {
	Type      string  `json:"type"` // "step" or "stepDone"
	Skill     string  `json:"skill,omitempty"`
	Inputs    any     `json:"inputs,omitempty"`
	Rows      int     `json:"rows"`
	ElapsedMS float64 `json:"elapsedMs"`
}

// Querier runs one KQL query and encodes its result: {"columns", "rows", "total", "elapsedMs"} or
// {"error": {"code","message","line","column","fix"}}.
type Querier interface {
	Query(ctx context.Context, principal access.Principal, text string) (json.RawMessage, error)
}

// Workspace tells what the page shows about the data: name, tenant, kind, tables.
type Workspace interface {
	Describe(ctx context.Context) (any, error)
}

// Config is what a Server is made of.
type Config struct {
	Asker     Asker
	Querier   Querier
	Workspace Workspace
	Sessions  *state.Store
	Page      fs.FS // the built web page: index.html and assets/
	Starters  []string
	Logger    *slog.Logger
}

// Server is the HTTP side of Sleuth.
type Server struct {
	cfg   Config
	token string
	mux   *http.ServeMux
}

// ErrNotLoopback is returned by Listen for any address that others could reach.
var ErrNotLoopback = errors.New("Sleuth has no sign-in yet, so it listens on loopback only: use 127.0.0.1, [::1] or localhost")

// New makes a server with a fresh start token.
func New(cfg Config) (*Server, error) {
	var secret [24]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, token: hex.EncodeToString(secret[:]), mux: http.NewServeMux()}
	s.routes()
	return s, nil
}

// Token is the start token of this run: the printed address carries it.
func (s *Server) Token() string { return s.token }

// Listen opens a loopback address.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, ErrNotLoopback
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
}

// Serve answers requests until ctx ends, then lets running ones finish for a few seconds.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelWarn),
	}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		done <- srv.Shutdown(stop)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}

// Handler is the whole server: guard, headers, routes.
func (s *Server) Handler() http.Handler { return s.guard(s.mux) }

func (s *Server) routes() {
	s.mux.HandleFunc("GET /{$}", s.page)
	s.mux.HandleFunc("GET /sessions/{id}", s.page)
	s.mux.Handle("GET /assets/", http.FileServerFS(s.cfg.Page))
	s.mux.HandleFunc("GET /api/v1/workspace", s.workspace)
	s.mux.HandleFunc("GET /api/v1/starters", s.starters)
	s.mux.HandleFunc("GET /api/v1/sessions", s.listSessions)
	s.mux.HandleFunc("GET /api/v1/sessions/{id}", s.getSession)
	s.mux.HandleFunc("PATCH /api/v1/sessions/{id}", s.renameSession)
	s.mux.HandleFunc("DELETE /api/v1/sessions/{id}", s.deleteSession)
	s.mux.HandleFunc("POST /api/v1/sessions/{id}/prompts", s.ask)
	s.mux.HandleFunc("POST /api/v1/query", s.query)
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "not_found", "there is no "+r.Method+" "+r.URL.Path)
	})
}

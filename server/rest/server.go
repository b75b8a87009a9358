package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"

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
	// OwnHost says which Host headers beside those of loopback name this server; nil is none.
	OwnHost func(host string) bool
}

// Server is the HTTP side of Sleuth.
type Server struct {
	cfg   Config
	token string
	mux   *http.ServeMux
}

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

// Holds reports whether a token is the start token of this run.
func (s *Server) Holds(token string) bool { return s.tokenIs(token) }

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

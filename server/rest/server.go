package rest

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
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
	Auth      *auth.Service
	// Refused puts on record that a principal may not do what a route is for, and returns why, as it was given.
	Refused func(ctx context.Context, p access.Principal, what string, why error) error
	// Record puts a change of a principal on record, before it is made: what cannot be recorded does not happen.
	Record    func(ctx context.Context, p access.Principal, e audit.Entry) error
	Manage    *manage.Service
	Retention Retention
	Usage     Usage
	Plugins   Plugins
	Page      fs.FS // the built web page: index.html and assets/
	Starters  []string
	Logger    *slog.Logger
	// OwnHost says which Host headers beside those of loopback name this server; nil is none.
	OwnHost func(host string) bool
}

// Server is the HTTP side of Sleuth.
type Server struct {
	cfg Config
	mux *http.ServeMux
}

// New makes a server. A route is answered by the rule that stands beside it, and by no other way.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, mux: http.NewServeMux()}
	for _, route := range s.Routes() {
		s.mux.Handle(route.Pattern, s.ruled(route.Needs, route.Handle))
	}
	return s
}

// Handler is the whole server: guard, headers, routes.
func (s *Server) Handler() http.Handler { return s.guard(s.mux) }

// Routes are all addresses, each with what it asks of who calls it.
func (s *Server) Routes() []auth.Route {
	return append([]auth.Route{
		{Pattern: "GET /{$}", Needs: auth.Known, Handle: s.page},
		{Pattern: "GET /sessions/{id}", Needs: auth.Known, Handle: s.page},
		{Pattern: "GET /account", Needs: auth.Known, Handle: s.page},
		{Pattern: "GET /settings", Needs: auth.Known, Handle: s.page},
		{Pattern: "GET /settings/{section}", Needs: auth.Known, Handle: s.page},
		{Pattern: "GET /signin", Needs: auth.Anyone, Handle: s.page},
		{Pattern: "GET /welcome", Needs: auth.Anyone, Handle: s.page},
		{Pattern: "GET /assets/", Needs: auth.Anyone, Handle: http.FileServerFS(s.cfg.Page).ServeHTTP}, // the program, no data
		{Pattern: "GET /api/v1/workspace", Needs: auth.Holds(access.Read), Handle: s.workspace},
		{Pattern: "GET /api/v1/starters", Needs: auth.Known, Handle: s.starters},
		{Pattern: "GET /api/v1/sessions", Needs: auth.Holds(access.Ask), Handle: s.listSessions},
		{Pattern: "GET /api/v1/sessions/{id}", Needs: auth.Holds(access.Ask), Handle: s.own(s.getSession)},
		{Pattern: "PATCH /api/v1/sessions/{id}", Needs: auth.Holds(access.Ask), Handle: s.own(s.renameSession)},
		{Pattern: "DELETE /api/v1/sessions/{id}", Needs: auth.Holds(access.Ask), Handle: s.own(s.deleteSession)},
		{Pattern: "POST /api/v1/sessions/{id}/prompts", Needs: auth.Holds(access.Ask), Handle: s.ask},
		{Pattern: "POST /api/v1/query", Needs: auth.Holds(access.Read), Handle: s.query},
		{Pattern: "/", Needs: auth.Known, Handle: s.nowhere},
	}, append(append(s.manageRoutes(), s.pluginRoutes()...), s.cfg.Auth.Routes()...)...)
}

func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	jsonapi.Fail(w, http.StatusNotFound, "not_found", "there is no "+printable(r.Method+" "+r.URL.Path))
}

package kusto

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// Config is what a Service is made of.
type Config struct {
	clientapi.Services
	Catalog clientapi.Catalog
	// Authorize says whether the principal may run a command; queries are authorised by the Runner.
	Authorize func(ctx context.Context, p access.Principal, command, requestID string) error
	// Anonymous is the principal in whose name requests without a token are answered now, or nil; a nil function answers none.
	Anonymous func(ctx context.Context) (*access.Principal, error)
	Version   string
	Logger    *slog.Logger
}

// Service answers the endpoints of Azure Data Explorer.
type Service struct {
	cfg Config
	mux *http.ServeMux
}

// New makes a service.
func New(cfg Config) *Service {
	s := &Service{cfg: cfg, mux: http.NewServeMux()}
	for pattern, answer := range s.routes() {
		s.mux.HandleFunc(pattern, answer)
	}
	return s
}

// routes are the addresses of the service. All but metadata go through answering, which asks for the caller.
func (s *Service) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /v1/rest/auth/metadata": s.metadata,
		"POST /v2/rest/query":        s.answering("query", s.queryV2),
		"POST /v1/rest/query":        s.answering("query", s.queryV1),
		"POST /v1/rest/mgmt":         s.answering("command", s.command),
		"/":                          s.unknown,
	}
}

// Patterns are the addresses of the service, in order.
func (s *Service) Patterns() []string { return slices.Sorted(maps.Keys(s.routes())) }

// Serves reports whether a path is of this service.
func Serves(path string) bool {
	return strings.HasPrefix(path, "/v1/rest/") || strings.HasPrefix(path, "/v2/rest/")
}

// ServeHTTP answers a request. Host and Origin have been looked at before.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// metadata tells clients where to sign in. There is no sign-in to Entra here: clients bring the token, and the public
// cloud's values only satisfy those which insist on reading them. It is answered to anyone, as clients ask before they
// have a token.
func (s *Service) metadata(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(clientapi.JSON(map[string]any{"AzureAD": map[string]any{
		"LoginEndpoint":          "https://login.microsoftonline.com",
		"LoginMfaRequired":       false,
		"KustoClientAppId":       "db662dc1-0cfe-4e1c-a843-19a68e65be58",
		"KustoClientRedirectUri": "https://microsoft/kustoclient",
		"KustoServiceResourceId": "https://kusto.kusto.windows.net",
		"FirstPartyAuthorityUrl": "https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a",
	}}))
}

func (s *Service) unknown(w http.ResponseWriter, r *http.Request) {
	x := newExchange(r.Header.Get("x-ms-client-request-id"), "", "request", s.cfg.Now())
	s.fail(w, r, x, http.StatusNotFound, x.error("General_NotFound", "Not found", "KustoBadRequestException",
		"there is no "+r.Method+" "+r.URL.Path+" here: queries go to POST /v2/rest/query, commands to POST /v1/rest/mgmt"))
}

// call is a request that may be answered.
type call struct {
	*exchange
	req       *request
	principal access.Principal
	w         http.ResponseWriter
	r         *http.Request
}

// answering reads a request, finds who sends it and takes a place at the gate, for answer.
func (s *Service) answering(what string, answer func(*call)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := newExchange(r.Header.Get("x-ms-client-request-id"), "", what, s.cfg.Now())
		w.Header().Set("x-ms-client-request-id", headerText(x.requestID))
		w.Header().Set("x-ms-activity-id", x.activityID)
		caller, err := s.caller(r)
		if err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.fail(w, r, x, http.StatusUnauthorized, x.error("Unauthorized", "Caller is not authenticated.", "KustoRequestDeniedException", err.Error()))
			return
		}
		req, err := readRequest(w, r)
		if err != nil {
			s.fail(w, r, x, http.StatusBadRequest, x.badRequest(err.Error()))
			return
		}
		x.database = req.DB
		caller.ClientIP = clientapi.ClientIP(r)
		leave, ok := s.cfg.Gate.Enter()
		if !ok {
			w.Header().Set("Retry-After", "1")
			s.fail(w, r, x, http.StatusTooManyRequests, x.error("Too_many_requests", "Too many requests", "KustoRequestThrottledException",
				fmt.Sprintf("%d queries run already: try again when one has ended", s.cfg.Gate.Places())))
			return
		}
		defer leave()
		answer(&call{exchange: x, req: req, principal: caller, w: w, r: r})
	}
}

// caller is who sends a request. A wrong token is refused even where none is needed: it is a mistake that should show.
func (s *Service) caller(r *http.Request) (access.Principal, error) {
	token := clientapi.Bearer(r)
	if token == "" && s.cfg.Anonymous != nil && r.Header.Get("Authorization") == "" {
		p, err := s.cfg.Anonymous(r.Context())
		if err != nil {
			s.cfg.Logger.ErrorContext(r.Context(), "whether a token is needed", "error", err)
			return access.Principal{}, errors.New("whether a token is needed cannot be told: the program's log has the details")
		}
		if p != nil {
			return *p, nil
		}
	}
	return s.cfg.Callers.Caller(r.Context(), token)
}

func (s *Service) queryV2(c *call) {
	if strings.HasPrefix(strings.TrimSpace(c.req.CSL), ".") {
		s.fail(c.w, c.r, c.exchange, http.StatusBadRequest, c.badRequest("management commands, which begin with a dot, go to /v1/rest/mgmt"))
		return
	}
	s.query(c, writeFrames)
}

func (s *Service) queryV1(c *call) {
	if strings.HasPrefix(strings.TrimSpace(c.req.CSL), ".") {
		s.command(c)
		return
	}
	s.query(c, writeV1)
}

// query runs a query and writes its answer.
func (s *Service) query(c *call, write func(flusher, *engine.Result, int, options, *exchange) error) {
	o, err := readOptions(c.req.Properties.Options, c.req.CSL)
	if err != nil {
		s.fail(c.w, c.r, c.exchange, http.StatusBadRequest, c.badRequest(err.Error()))
		return
	}
	params, err := readParameters(c.req.Properties.Parameters, c.req.CSL)
	if err != nil {
		s.fail(c.w, c.r, c.exchange, http.StatusBadRequest, c.badRequest(err.Error()))
		return
	}
	if o.now.IsZero() {
		o.now = c.at
	}
	most, err := s.cfg.MaxRows(c.r.Context())
	if err != nil {
		s.failQuery(c, err)
		return
	}
	limit, cutIsError := o.rows(most)
	q := clientapi.Query{
		Text:    c.req.CSL,
		Options: engine.Options{Now: o.now, Timespan: o.timespan, Params: params, MaxRows: limit, Timeout: o.timeout},
		API:     "Kusto", Database: c.req.DB, RequestID: c.requestID,
		Application: c.r.Header.Get("x-ms-app"), User: c.r.Header.Get("x-ms-user"),
	}
	res, err := s.cfg.Runner.Query(c.r.Context(), c.principal, q)
	if err != nil {
		s.failQuery(c, err)
		return
	}
	if !cutIsError {
		limit = 0
	}
	s.send(c, func(to flusher) error { return write(to, res, limit, o, c.exchange) })
}

// failQuery answers a query that did not run to its end.
func (s *Service) failQuery(c *call, err error) {
	f := clientapi.FaultOf(c.r.Context(), c.req.CSL, err)
	if f.Kind == clientapi.Internal {
		s.cfg.Logger.ErrorContext(c.r.Context(), "kusto "+c.what, "error", err, "activity", c.activityID)
	}
	code, e := c.queryError(f, c.req.CSL)
	s.fail(c.w, c.r, c.exchange, code, e)
}

// send writes an answer of status 200. Once it has begun, a client that goes away is the only thing that can fail.
func (s *Service) send(c *call, write func(flusher) error) {
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	body := clientapi.Compressed(c.w, c.r)
	err := write(body)
	if err = errors.Join(err, body.Close()); err != nil {
		s.cfg.Logger.DebugContext(c.r.Context(), "the client went away", "error", err)
	}
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, _ *exchange, code int, e apiError) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	if _, err := w.Write(clientapi.JSON(oneError{e})); err != nil {
		s.cfg.Logger.DebugContext(r.Context(), "the client went away", "error", err)
	}
}

// headerText keeps what is echoed in a header to printable ASCII.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, s[:min(len(s), 200)])
}

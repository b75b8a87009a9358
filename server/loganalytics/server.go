package loganalytics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// Config is what a Service is made of.
type Config struct {
	clientapi.Services
	Catalog clientapi.Catalog
	// Workspaces are the workspace IDs and resource IDs that mean this workspace; none configured is all of them.
	Workspaces []string
	Logger     *slog.Logger
}

// Service answers the query API of Azure Monitor Logs.
type Service struct{ cfg Config }

// New makes a service.
func New(cfg Config) *Service { return &Service{cfg: cfg} }

// route is what a path means.
type route struct {
	kind string // "query", "batch", "metadata"
	id   string // of the workspace or resource
}

// routeOf reads a path: with or without the version, workspaces by ID and resources by their path. Clients write one
// slash or two before a resource ID.
func routeOf(path string) (route, bool) {
	parts := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	if len(parts) > 0 && (parts[0] == "v1" || parts[0] == "v1.0") {
		parts = parts[1:]
	}
	n := len(parts)
	switch {
	case n == 1 && strings.EqualFold(parts[0], "$batch"):
		return route{kind: "batch"}, true
	case n < 3:
		return route{}, false
	}
	last := strings.ToLower(parts[n-1])
	if last != "query" && last != "metadata" {
		return route{}, false
	}
	switch {
	case strings.EqualFold(parts[0], "workspaces") && n == 3:
		return route{last, parts[1]}, true
	case strings.EqualFold(parts[0], "subscriptions"), strings.EqualFold(parts[0], "tenants"), strings.EqualFold(parts[0], "providers"):
		return route{last, "/" + strings.Join(parts[:n-1], "/")}, true
	}
	return route{}, false
}

// Serves reports whether a path is of this service.
func Serves(path string) bool {
	_, ok := routeOf(path)
	return ok
}

// ServeHTTP answers a request. Host and Origin have been looked at before.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	correlation := uuid.NewString()
	w.Header().Set("x-ms-request-id", correlation)
	if err := s.serve(w, r, correlation); err != nil {
		s.fail(w, r, err, correlation)
	}
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request, correlation string) *failure {
	to, ok := routeOf(r.URL.Path)
	if !ok {
		return noPath(r.Method, r.URL.Path)
	}
	caller, err := s.cfg.Callers.Caller(r.Context(), clientapi.Bearer(r))
	if err != nil {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return noCaller(err)
	}
	caller.ClientIP = clientapi.ClientIP(r)
	leave, ok := s.cfg.Gate.Enter()
	if !ok {
		w.Header().Set("Retry-After", "1")
		return throttled(s.cfg.Gate.Places())
	}
	defer leave()
	if !slices.Contains(methods[to.kind], r.Method) {
		return noPath(r.Method, r.URL.Path)
	}
	switch to.kind {
	case "batch":
		return s.batch(w, r, caller, correlation)
	case "query":
		return s.single(w, r, caller, to.id)
	default:
		return s.metadata(w, r, caller, to.id)
	}
}

// methods are the methods of each kind of address.
var methods = map[string][]string{
	"batch": {http.MethodPost}, "query": {http.MethodGet, http.MethodPost}, "metadata": {http.MethodGet, http.MethodPost},
}

// Patterns are the addresses of the service, each as a method and a path, in order.
func Patterns() []string {
	paths := map[string]string{"batch": "/v1/$batch", "query": "/v1/workspaces/{id}/query", "metadata": "/v1/workspaces/{id}/metadata"}
	var out []string
	for kind, list := range methods {
		for _, m := range list {
			out = append(out, m+" "+paths[kind])
		}
	}
	slices.Sort(out)
	return out
}

// single answers one query.
func (s *Service) single(w http.ResponseWriter, r *http.Request, caller access.Principal, workspace string) *failure {
	req, p, err := readSingle(w, r)
	if err != nil {
		return badArgument(err.Error())
	}
	res, most, failed := s.run(r, caller, workspace, req, p)
	if failed != nil {
		return failed
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	body := clientapi.Compressed(w, r)
	err = writeAnswer(body, res, p, most, maxBytes)
	if err = errors.Join(err, body.Close()); err != nil {
		s.cfg.Logger.DebugContext(r.Context(), "the client went away", "error", err)
	}
	return nil
}

func readSingle(w http.ResponseWriter, r *http.Request) (*request, prefer, error) {
	p, err := readPrefer(r.Header.Values("Prefer"))
	if err != nil {
		return nil, p, err
	}
	if r.Method == http.MethodGet {
		req, err := queryOfURL(r)
		return req, p, err
	}
	raw, err := readBody(w, r)
	if err != nil {
		return nil, p, err
	}
	req, err := decodeRequest(raw)
	return req, p, err
}

// run runs one query; most is how many rows an answer has at most.
func (s *Service) run(r *http.Request, caller access.Principal, workspace string, req *request, p prefer) (res *engine.Result, most int, failed *failure) {
	for _, id := range append([]string{workspace}, req.Workspaces...) {
		if !s.known(id) {
			return nil, 0, noWorkspace(id)
		}
	}
	now := s.cfg.Now()
	span, err := readTimespan(req.Timespan, types.TicksOf(now))
	if err != nil {
		return nil, 0, badArgument(err.Error())
	}
	if most, err = s.cfg.MaxRows(r.Context()); err != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "the limit of rows", "error", err)
		return nil, 0, ofQuery(clientapi.FaultOf(r.Context(), req.Query, err))
	}
	most = min(maxRows, most)
	res, err = s.cfg.Runner.Query(r.Context(), caller, clientapi.Query{
		Text: req.Query, Options: engine.Options{Now: now, Timespan: span, MaxRows: most, Timeout: p.wait},
		API: "LogAnalytics", Database: workspace, RequestID: r.Header.Get("x-ms-client-request-id"),
		Application: r.Header.Get("x-ms-app"), User: r.Header.Get("x-ms-user"),
	})
	if err != nil {
		f := clientapi.FaultOf(r.Context(), req.Query, err)
		if f.Kind == clientapi.Internal {
			s.cfg.Logger.ErrorContext(r.Context(), "log analytics query", "error", err)
		}
		return nil, 0, ofQuery(f)
	}
	return res, most, nil
}

// known reports whether an ID means this workspace.
func (s *Service) known(id string) bool {
	if id == "" {
		return false
	}
	return len(s.cfg.Workspaces) == 0 || slices.ContainsFunc(s.cfg.Workspaces, func(w string) bool {
		return strings.EqualFold(strings.Trim(w, "/"), strings.Trim(id, "/"))
	})
}

// batch answers a number of queries, one after another in the place that the batch has at the gate.
func (s *Service) batch(w http.ResponseWriter, r *http.Request, caller access.Principal, correlation string) *failure {
	raw, err := readBody(w, r)
	if err != nil {
		return badArgument(err.Error())
	}
	b, err := decodeBatch(raw)
	if err != nil {
		return badArgument(err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	body := clientapi.Compressed(w, r)
	_, err = body.Write([]byte(`{"responses":[`))
	for i, one := range b.Requests {
		if err != nil || r.Context().Err() != nil {
			break
		}
		var part bytes.Buffer
		if i > 0 {
			part.WriteByte(',')
		}
		status := http.StatusOK
		answer, failed := s.one(r, caller, one)
		if failed != nil {
			failed.CorrelationID = correlation
			status, answer = failed.status, clientapi.JSON(map[string]any{"error": failed.apiError})
		}
		fmt.Fprintf(&part, `{"id":%s,"status":%d,"headers":{"Content-Type":"application/json; charset=utf-8"},"body":`, stringID(one.ID), status)
		part.Write(answer)
		part.WriteByte('}')
		if _, err = body.Write(part.Bytes()); err == nil {
			err = body.Flush()
		}
	}
	if err == nil {
		_, err = body.Write([]byte("]}"))
	}
	if err = errors.Join(err, body.Close()); err != nil {
		s.cfg.Logger.DebugContext(r.Context(), "the client went away", "error", err)
	}
	return nil
}

// one answers a request of a batch.
func (s *Service) one(r *http.Request, caller access.Principal, b batchRequest) ([]byte, *failure) {
	if b.Path != "" && strings.Trim(strings.ToLower(b.Path), "/") != "query" {
		return nil, noPath(b.Method, b.Path)
	}
	if b.Method != "" && !strings.EqualFold(b.Method, http.MethodPost) {
		return nil, noPath(b.Method, "/query")
	}
	if err := b.Body.check(); err != nil {
		return nil, badArgument(err.Error())
	}
	var prefers []string
	for name, value := range b.Headers {
		if strings.EqualFold(name, "Prefer") {
			prefers = append(prefers, value)
		}
	}
	p, err := readPrefer(prefers)
	if err != nil {
		return nil, badArgument(err.Error())
	}
	res, most, failed := s.run(r, caller, b.Workspace, &b.Body, p)
	if failed != nil {
		return nil, failed
	}
	var out bytes.Buffer
	if err := writeAnswer(&out, res, p, most, maxBytes); err != nil {
		return nil, ofQuery(clientapi.FaultOf(r.Context(), b.Body.Query, err))
	}
	return out.Bytes(), nil
}

// stringID is a request's id as the string that clients look for.
func stringID(raw json.RawMessage) string {
	if raw[0] == '"' {
		return string(raw)
	}
	return string(clientapi.AppendString(nil, string(raw)))
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, f *failure, correlation string) {
	f.CorrelationID = correlation
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.status)
	if _, err := w.Write(clientapi.JSON(map[string]any{"error": f.apiError})); err != nil {
		s.cfg.Logger.DebugContext(r.Context(), "the client went away", "error", err)
	}
}

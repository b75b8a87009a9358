package rest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"unicode"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/mask"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// maxBody bounds a request; a prompt of more than maxPrompt bytes is refused by name.
const (
	maxBody   = 1 << 20
	maxPrompt = 16 << 10
)

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	html, err := fs.ReadFile(s.cfg.Page, "index.html")
	if err != nil {
		jsonapi.Fail(w, http.StatusInternalServerError, "internal", "the page is missing from this build")
		return
	}
	nonce, _ := r.Context().Value(nonceKey{}).(string)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, strings.ReplaceAll(string(html), "__CSP_NONCE__", nonce))
}

func (s *Server) workspace(w http.ResponseWriter, r *http.Request) {
	d, err := s.cfg.Workspace.Describe(r.Context())
	if err != nil {
		s.internal(w, r, err)
		return
	}
	jsonapi.Reply(w, d)
}

func (s *Server) starters(w http.ResponseWriter, _ *http.Request) {
	jsonapi.Reply(w, map[string]any{"prompts": s.cfg.Starters})
}

// own lets a session's routes see the sessions of who asks only: another's is not there.
func (s *Server) own(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x, err := s.cfg.Sessions.Session(r.Context(), r.PathValue("id"))
		if err == nil && x.Principal != s.principal(r).ID {
			err = state.ErrNotFound
		}
		if err != nil {
			s.stateError(w, r, err)
			return
		}
		next(w, r)
	}
}

func (s *Server) listSessions(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Sessions.Sessions(r.Context(), s.principal(r).ID)
	if err != nil {
		s.internal(w, r, err)
		return
	}
	out := make([]sessionView, 0, len(list))
	for _, x := range list {
		out = append(out, viewOf(x))
	}
	jsonapi.Reply(w, map[string]any{"sessions": out})
}

func (s *Server) getSession(w http.ResponseWriter, r *http.Request) {
	x, err := s.cfg.Sessions.Session(r.Context(), r.PathValue("id"))
	if err != nil {
		s.stateError(w, r, err)
		return
	}
	prompts, err := s.cfg.Sessions.Prompts(r.Context(), x.ID)
	if err != nil {
		s.internal(w, r, err)
		return
	}
	v := viewOf(x)
	v.Prompts = make([]promptView, 0, len(prompts))
	for _, p := range prompts {
		v.Prompts = append(v.Prompts, promptView{ID: p.ID, Prompt: p.Text, At: p.AskedAt, Answer: json.RawMessage(p.Answer)})
	}
	jsonapi.Reply(w, v)
}

func (s *Server) renameSession(w http.ResponseWriter, r *http.Request) {
	var body struct{ Title string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	title := mask.Text(strings.TrimSpace(body.Title))
	if title == "" || len(title) > 200 {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "title: 1 to 200 characters are needed")
		return
	}
	if err := s.cfg.Record(r.Context(), s.principal(r), audit.Entry{Operation: "SessionRenamed", Object: r.PathValue("id"),
		Texts: map[string]audit.Text{"title": {Value: title}}}); err != nil {
		s.internal(w, r, err)
		return
	}
	if err := s.cfg.Sessions.RenameSession(r.Context(), r.PathValue("id"), title); err != nil {
		s.stateError(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) deleteSession(w http.ResponseWriter, r *http.Request) {
	if err := s.cfg.Record(r.Context(), s.principal(r), audit.Entry{Operation: "SessionDeleted", Object: r.PathValue("id")}); err != nil {
		s.internal(w, r, err)
		return
	}
	if err := s.cfg.Sessions.DeleteSession(r.Context(), r.PathValue("id")); err != nil {
		s.stateError(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// ask streams JSON lines: the events of the answer as they happen, then {"type":"answer","answer":...}, or
// {"type":"error","message":...} as the last line.
func (s *Server) ask(w http.ResponseWriter, r *http.Request) {
	var body struct{ Prompt string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if len(body.Prompt) > maxPrompt {
		jsonapi.Fail(w, http.StatusRequestEntityTooLarge, "invalid", "prompt: at most 16 KiB")
		return
	}
	id := r.PathValue("id")
	if !sessionID(id) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "session id: letters, digits, '-', '_' and '.', at most 100")
		return
	}
	if x, err := s.cfg.Sessions.Session(r.Context(), id); err == nil && x.Principal != s.principal(r).ID {
		s.stateError(w, r, state.ErrNotFound)
		return
	} else if err != nil && !errors.Is(err, state.ErrNotFound) {
		s.internal(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	stream := &lines{w: w, rc: http.NewResponseController(w)}
	answer, err := s.cfg.Asker.Ask(r.Context(), AskRequest{Principal: s.principal(r), SessionID: id, Prompt: body.Prompt},
		func(e Event) { stream.send(e) })
	if err != nil {
		s.cfg.Logger.ErrorContext(r.Context(), "ask", "session", id, "error", err)
		stream.send(map[string]any{"type": "error", "message": publicMessage(err)})
		return
	}
	stream.send(map[string]any{"type": "answer", "answer": answer})
}

func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	var body struct{ Query string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	out, err := s.cfg.Querier.Query(r.Context(), s.principal(r), body.Query)
	if err != nil {
		s.internal(w, r, err)
		return
	}
	jsonapi.Reply(w, out)
}

// lines writes JSON lines and flushes each.
type lines struct {
	mu sync.Mutex
	w  io.Writer
	rc *http.ResponseController
}

func (l *lines) send(v any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(map[string]string{"type": "error", "message": "the answer could not be encoded"})
	}
	_, _ = l.w.Write(append(b, '\n')) // a reader that has gone cancels the request's context
	_ = l.rc.Flush()
}

func (s *Server) stateError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, state.ErrNotFound) {
		jsonapi.Fail(w, http.StatusNotFound, "not_found", "there is no session "+printable(r.PathValue("id")))
		return
	}
	s.internal(w, r, err)
}

// internal logs what broke and tells the browser only that it did.
func (s *Server) internal(w http.ResponseWriter, r *http.Request, err error) {
	var denied *access.Denied
	if errors.As(err, &denied) {
		jsonapi.Fail(w, http.StatusForbidden, "unauthorized", denied.Error())
		return
	}
	var spent *capacity.Spent
	if errors.As(err, &spent) {
		w.Header().Set("Retry-After", spent.Resets.UTC().Format(http.TimeFormat))
		jsonapi.Fail(w, http.StatusTooManyRequests, "budget", spent.Error())
		return
	}
	s.cfg.Logger.ErrorContext(r.Context(), r.Method+" "+r.URL.Path, "error", err)
	jsonapi.Fail(w, http.StatusInternalServerError, "internal", publicMessage(err))
}

func publicMessage(err error) string {
	var denied *access.Denied
	if errors.As(err, &denied) {
		return denied.Error()
	}
	return "something broke here; the program's log has the details"
}

func sessionID(id string) bool {
	if id == "" || len(id) > 100 {
		return false
	}
	for _, c := range id {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// printable cuts what a message repeats of a request to a harmless length and alphabet.
func printable(s string) string {
	out := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
	if len(out) > 80 {
		out = out[:80] + "..."
	}
	return `"` + out + `"`
}

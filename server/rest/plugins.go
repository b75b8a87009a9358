package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
)

// Plugins tells of the plugins that a principal can use what the page and programs show, and checks manifests.
type Plugins interface {
	List(ctx context.Context, p access.Principal) (any, error)
	Show(ctx context.Context, x manage.Plugin) (any, error)
	Check(name, text string) *diag.List
	// Prompts gives the prompts of a promptbook with its inputs filled in and the session they go to, and puts the run on record.
	Prompts(ctx context.Context, p access.Principal, name string, inputs map[string]string, session string) (prompts []string, sessionID string, err error)
}

// maxManifest bounds a request with a manifest and its documents.
const maxManifest = 12 << 20

// pluginRoutes are the addresses of plugins and promptbooks. Secrets are given in person: a leaked API token must not put one in the place of another.
func (s *Server) pluginRoutes() []auth.Route {
	asks, authors := auth.Holds(access.Ask), auth.Holds(access.Author)
	return []auth.Route{
		{Pattern: "GET /api/v1/plugins", Needs: asks, Handle: s.listPlugins},
		{Pattern: "POST /api/v1/plugins", Needs: authors, Handle: s.addPlugin},
		{Pattern: "POST /api/v1/plugins/check", Needs: authors, Handle: s.checkPlugin},
		{Pattern: "GET /api/v1/plugins/{id}", Needs: asks, Handle: s.showPlugin},
		{Pattern: "PATCH /api/v1/plugins/{id}", Needs: authors, Handle: s.changePlugin},
		{Pattern: "DELETE /api/v1/plugins/{id}", Needs: authors, Handle: s.removePlugin},
		{Pattern: "PUT /api/v1/plugins/{id}/secrets/{name}", Needs: auth.InPersonWith(access.Author).AndLately(), Handle: s.setPluginSecret},
		{Pattern: "GET /api/v1/promptbooks", Needs: asks, Handle: s.listPromptbooks},
		{Pattern: "POST /api/v1/promptbooks", Needs: authors, Handle: s.addPromptbook},
		{Pattern: "GET /api/v1/promptbooks/{id}", Needs: asks, Handle: s.showPromptbook},
		{Pattern: "DELETE /api/v1/promptbooks/{id}", Needs: authors, Handle: s.removePromptbook},
		{Pattern: "POST /api/v1/promptbooks/{id}/run", Needs: asks, Handle: s.runPromptbook},
	}
}

// pluginError answers what is wrong with a file by its diagnostics, and everything else as manageError does.
func (s *Server) pluginError(w http.ResponseWriter, r *http.Request, err error) {
	var list *diag.List
	if !errors.As(err, &list) {
		s.manageError(w, r, err)
		return
	}
	jsonapi.FailWith(w, http.StatusUnprocessableEntity, "invalid", list.First().Error(), map[string]any{"diagnostics": list.Items})
}

func (s *Server) listPlugins(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Plugins.List(r.Context(), s.principal(r))
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"plugins": list})
}

// newPlugin is the body of a request that adds or checks a plugin.
type newPlugin struct {
	File, Manifest, Scope string
	Documents, Settings   map[string]string
}

func (s *Server) addPlugin(w http.ResponseWriter, r *http.Request) {
	var body newPlugin
	if !jsonapi.Decode(w, r, maxManifest, &body) {
		return
	}
	scope, err := scopeOf(body.Scope)
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	x, replaced, err := s.cfg.Manage.AddPlugin(r.Context(), s.principal(r), manage.NewPlugin{File: fileName(body.File, "plugin.yaml"), Manifest: []byte(body.Manifest), Documents: body.Documents, Scope: scope, Values: body.Settings})
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	view, err := s.cfg.Plugins.Show(r.Context(), x)
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"plugin": view, "replaced": replaced})
}

// scopeOf is the scope of a request: for whoever sends it, where it says none.
func scopeOf(name string) (manage.Scope, error) {
	if name == "" {
		return manage.ForUser, nil
	}
	return manage.ParseScope(name)
}

func fileName(name, otherwise string) string {
	if name = strings.TrimSpace(name); name == "" || len(name) > 200 {
		return otherwise
	}
	return name
}

func (s *Server) checkPlugin(w http.ResponseWriter, r *http.Request) {
	var body newPlugin
	if !jsonapi.Decode(w, r, maxManifest, &body) {
		return
	}
	list := s.cfg.Plugins.Check(fileName(body.File, "plugin.yaml"), body.Manifest)
	items := list.Items
	if items == nil {
		items = []*diag.Diagnostic{}
	}
	jsonapi.Reply(w, map[string]any{"diagnostics": items, "failed": list.Failed()})
}

func (s *Server) showPlugin(w http.ResponseWriter, r *http.Request) {
	x, err := s.cfg.Manage.Plugin(r.Context(), s.principal(r), r.PathValue("id"))
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	view, err := s.cfg.Plugins.Show(r.Context(), x)
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"plugin": view, "manifest": x.Manifest})
}

func (s *Server) changePlugin(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Enabled  *bool
		Settings map[string]string
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if (body.Enabled == nil) == (len(body.Settings) == 0) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "give enabled, or settings, and not both")
		return
	}
	var err error
	if body.Enabled != nil {
		_, err = s.cfg.Manage.EnablePlugin(r.Context(), s.principal(r), r.PathValue("id"), *body.Enabled)
	}
	for name, value := range body.Settings {
		if err == nil {
			_, err = s.cfg.Manage.SetPlugin(r.Context(), s.principal(r), r.PathValue("id"), name, strings.TrimSpace(value))
		}
	}
	s.done(w, r, err)
}

func (s *Server) removePlugin(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.Manage.RemovePlugin(r.Context(), s.principal(r), r.PathValue("id"))
	s.done(w, r, err)
}

func (s *Server) setPluginSecret(w http.ResponseWriter, r *http.Request) {
	var body struct{ Value string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	_, _, err := s.cfg.Manage.SetPluginSecret(r.Context(), s.principal(r), r.PathValue("id"), r.PathValue("name"), secret.NewValue(body.Value))
	s.done(w, r, err)
}

func (s *Server) listPromptbooks(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Manage.Promptbooks(r.Context(), s.principal(r))
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"promptbooks": append([]manage.Promptbook{}, list...)})
}

func (s *Server) addPromptbook(w http.ResponseWriter, r *http.Request) {
	var body struct{ File, Promptbook, Scope string }
	if !jsonapi.Decode(w, r, maxManifest, &body) {
		return
	}
	scope, err := scopeOf(body.Scope)
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	b, replaced, err := s.cfg.Manage.AddPromptbook(r.Context(), s.principal(r), fileName(body.File, "promptbook.json"), []byte(body.Promptbook), scope)
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"promptbook": b, "replaced": replaced})
}

// showPromptbook gives a promptbook as its file has it, too.
func (s *Server) showPromptbook(w http.ResponseWriter, r *http.Request) {
	b, err := s.cfg.Manage.Promptbook(r.Context(), s.principal(r), r.PathValue("id"))
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	text, err := b.Book.JSON()
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"promptbook": b, "file": string(text)})
}

func (s *Server) removePromptbook(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.Manage.RemovePromptbook(r.Context(), s.principal(r), r.PathValue("id"))
	s.done(w, r, err)
}

// runPromptbook gives the prompts of a promptbook, filled, and their session: each is then put by POST /api/v1/sessions/{id}/prompts, so that
// its answer streams as any other does and the run can be ended between two of them.
func (s *Server) runPromptbook(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Inputs    map[string]string
		SessionID string
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if body.SessionID != "" && !sessionID(body.SessionID) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "session id: letters, digits, '-', '_' and '.', at most 100")
		return
	}
	prompts, session, err := s.cfg.Plugins.Prompts(r.Context(), s.principal(r), r.PathValue("id"), body.Inputs, body.SessionID)
	if err != nil {
		s.pluginError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"sessionId": session, "prompts": prompts})
}

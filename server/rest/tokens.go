package rest

import (
	"net/http"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// tokenView is an API token without the token.
type tokenView struct {
	ID         string              `json:"id"`
	UPN        string              `json:"upn"`
	Name       string              `json:"name"`
	Scopes     []access.Permission `json:"scopes"`
	CreatedAt  time.Time           `json:"createdAt"`
	ExpiresAt  time.Time           `json:"expiresAt"`
	LastUsedAt *time.Time          `json:"lastUsedAt"`
}

func viewOfToken(t state.Token) tokenView {
	v := tokenView{ID: t.ID, UPN: t.UPN, Name: t.Name, Scopes: append([]access.Permission{}, t.Scopes...), CreatedAt: t.CreatedAt.UTC(), ExpiresAt: t.ExpiresAt.UTC()}
	if !t.UsedAt.IsZero() {
		v.LastUsedAt = &t.UsedAt
	}
	return v
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request, list []state.Token, err error) {
	if err != nil {
		s.manageError(w, r, err)
		return
	}
	out := make([]tokenView, len(list))
	for i, t := range list {
		out[i] = viewOfToken(t)
	}
	jsonapi.Reply(w, map[string]any{"tokens": out})
}

func (s *Server) ownTokens(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Manage.OwnTokens(r.Context(), s.principal(r))
	s.tokens(w, r, list, err)
}

func (s *Server) allTokens(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Manage.Tokens(r.Context(), s.principal(r))
	s.tokens(w, r, list, err)
}

// addToken makes an API token of who asks. Its text is in this answer, and nowhere else.
func (s *Server) addToken(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Name   string
		Scopes []string
		Days   int
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	var scopes []access.Permission
	for _, name := range body.Scopes {
		p, err := access.ParsePermission(name)
		if err != nil {
			jsonapi.Fail(w, http.StatusBadRequest, "invalid", "scopes: "+err.Error())
			return
		}
		scopes = append(scopes, p)
	}
	me := s.principal(r)
	t, token, err := s.cfg.Manage.AddToken(r.Context(), me, me.ID, body.Name, scopes, body.Days)
	if err != nil {
		s.manageError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"token": token, "about": viewOfToken(t)})
}

func (s *Server) removeToken(w http.ResponseWriter, r *http.Request) {
	s.done(w, r, s.cfg.Manage.RemoveToken(r.Context(), s.principal(r), r.PathValue("id")))
}

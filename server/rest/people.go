package rest

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// manageRoutes are the addresses of what an owner manages, and of one's own API tokens. What changes who may get in takes a person
// in a browser: a leaked API token must not make others. What makes another way in, for oneself or for others, takes a fresh proof too.
// Other settings and retention may be changed by a token that carries the permission.
func (s *Server) manageRoutes() []auth.Route {
	manages, inPerson := auth.Holds(access.Manage), auth.InPersonWith(access.Manage)
	return []auth.Route{
		{Pattern: "GET /api/v1/roles", Needs: auth.Known, Handle: s.roles},
		{Pattern: "GET /api/v1/people", Needs: manages, Handle: s.listPeople},
		{Pattern: "POST /api/v1/people", Needs: inPerson.AndLately(), Handle: s.addPerson},
		{Pattern: "PATCH /api/v1/people/{id}", Needs: inPerson.AndLately(), Handle: s.changePerson},
		{Pattern: "DELETE /api/v1/people/{id}", Needs: inPerson, Handle: s.removePerson},
		{Pattern: "POST /api/v1/people/{id}/link", Needs: inPerson.AndLately(), Handle: s.linkPerson},
		{Pattern: "POST /api/v1/people/{id}/end-sessions", Needs: inPerson, Handle: s.endSessions},
		{Pattern: "GET /api/v1/tokens", Needs: auth.InPerson, Handle: s.ownTokens},
		{Pattern: "POST /api/v1/tokens", Needs: auth.InPerson.AndLately(), Handle: s.addToken},
		{Pattern: "DELETE /api/v1/tokens/{id}", Needs: auth.InPerson, Handle: s.removeToken},
		{Pattern: "GET /api/v1/people/tokens", Needs: manages, Handle: s.allTokens},
		{Pattern: "DELETE /api/v1/people/tokens/{id}", Needs: inPerson, Handle: s.removeToken},
		{Pattern: "GET /api/v1/settings", Needs: manages, Handle: s.settings},
		{Pattern: "PUT /api/v1/settings/{name}", Needs: manages, Handle: s.changeSetting},
		{Pattern: "PUT /api/v1/settings/secrets/{name}", Needs: inPerson.AndLately(), Handle: s.setSecret},
		{Pattern: "DELETE /api/v1/settings/secrets/{name}", Needs: inPerson, Handle: s.removeSecret},
		{Pattern: "GET /api/v1/usage", Needs: auth.Holds(access.ReadUses), Handle: s.usage},
		{Pattern: "GET /api/v1/retention", Needs: manages, Handle: s.retention},
		{Pattern: "PUT /api/v1/retention/{table}", Needs: manages, Handle: s.setRetention},
	}
}

type roleView struct {
	Name        access.Role         `json:"name"`
	For         string              `json:"for"`
	Permissions []access.Permission `json:"permissions"`
}

type permissionView struct {
	Name access.Permission `json:"name"`
	Does string            `json:"does"`
}

// roles tells the page which roles and permissions there are.
func (s *Server) roles(w http.ResponseWriter, _ *http.Request) {
	var roles []roleView
	for _, r := range access.Roles() {
		roles = append(roles, roleView{r, r.For(), r.Permissions()})
	}
	var permissions []permissionView
	for _, p := range access.Permissions() {
		permissions = append(permissions, permissionView{p, p.Does()})
	}
	jsonapi.Reply(w, map[string]any{"roles": roles, "permissions": permissions})
}

// personView is somebody as those who manage people see them.
type personView struct {
	ID         string        `json:"id"`
	UPN        string        `json:"upn"`
	Name       string        `json:"name"`
	Roles      []access.Role `json:"roles"`
	State      string        `json:"state"`   // enabled, disabled, or invited: has never signed in
	SignsIn    []string      `json:"signsIn"` // how: "password", and the issuers of OpenID Connect providers
	CreatedAt  time.Time     `json:"createdAt"`
	LastSignIn *time.Time    `json:"lastSignIn"`
	LastMethod string        `json:"lastMethod,omitempty"`
	Sessions   int           `json:"sessions"`
}

func viewOfPerson(a state.Account) personView {
	v := personView{ID: a.ID, UPN: a.UPN, Name: a.Name, Roles: append([]access.Role{}, a.Roles...), State: "enabled", SignsIn: []string{}, CreatedAt: a.CreatedAt,
		LastMethod: a.LastMethod, Sessions: a.Sessions}
	if a.Password != "" {
		v.SignsIn = append(v.SignsIn, "password")
	}
	v.SignsIn = append(v.SignsIn, a.Issuers...)
	if !a.LastSignIn.IsZero() {
		v.LastSignIn = &a.LastSignIn
	}
	switch {
	case a.Disabled:
		v.State = "disabled"
	case len(v.SignsIn) == 0:
		v.State = "invited"
	}
	return v
}

func (s *Server) listPeople(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Manage.People(r.Context(), s.principal(r))
	if err != nil {
		s.manageError(w, r, err)
		return
	}
	out := make([]personView, len(list))
	for i, a := range list {
		out[i] = viewOfPerson(a)
	}
	jsonapi.Reply(w, map[string]any{"people": out})
}

// linkPath is where a one-time link leads, on this very server; after the # no log has it.
func linkPath(link string) string { return "/welcome#" + link }

func (s *Server) addPerson(w http.ResponseWriter, r *http.Request) {
	var body struct {
		UPN, Name string
		Roles     []access.Role
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if !knownRoles(w, body.Roles) {
		return
	}
	p, link, err := s.cfg.Manage.AddPerson(r.Context(), s.principal(r), strings.TrimSpace(body.UPN), strings.TrimSpace(body.Name), body.Roles)
	if err != nil {
		s.manageError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"person": viewOfPerson(state.Account{Person: p}), "link": linkPath(link), "hours": int(manage.LinkLasts.Hours())})
}

// knownRoles answers a role that there is not.
func knownRoles(w http.ResponseWriter, roles []access.Role) bool {
	for i, r := range roles {
		known, err := access.ParseRole(string(r))
		if err != nil {
			jsonapi.Fail(w, http.StatusBadRequest, "invalid", "roles: "+err.Error())
			return false
		}
		roles[i] = known
	}
	return true
}

func (s *Server) changePerson(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Roles    []access.Role
		Disabled *bool
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if (body.Roles == nil) == (body.Disabled == nil) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "give roles, or disabled, and not both")
		return
	}
	if !knownRoles(w, body.Roles) {
		return
	}
	var err error
	if body.Roles != nil {
		_, err = s.cfg.Manage.SetRoles(r.Context(), s.principal(r), r.PathValue("id"), body.Roles)
	} else {
		_, err = s.cfg.Manage.SetDisabled(r.Context(), s.principal(r), r.PathValue("id"), *body.Disabled)
	}
	s.done(w, r, err)
}

func (s *Server) removePerson(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.Manage.Remove(r.Context(), s.principal(r), r.PathValue("id"))
	s.done(w, r, err)
}

func (s *Server) linkPerson(w http.ResponseWriter, r *http.Request) {
	_, link, err := s.cfg.Manage.Link(r.Context(), s.principal(r), r.PathValue("id"))
	if err != nil {
		s.manageError(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"link": linkPath(link), "hours": int(manage.LinkLasts.Hours())})
}

func (s *Server) endSessions(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.Manage.EndSessions(r.Context(), s.principal(r), r.PathValue("id"))
	s.done(w, r, err)
}

// done answers a change.
func (s *Server) done(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.manageError(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// manageError answers what package manage refuses.
func (s *Server) manageError(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *manage.Invalid
	var missing *manage.Missing
	var conflict *manage.Conflict
	switch {
	case errors.As(err, &invalid):
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", invalid.Error())
	case errors.As(err, &missing):
		jsonapi.Fail(w, http.StatusNotFound, "not_found", missing.Error())
	case errors.As(err, &conflict):
		jsonapi.Fail(w, http.StatusConflict, "conflict", conflict.Error())
	default:
		s.internal(w, r, err)
	}
}

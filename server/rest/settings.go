package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/settings"
)

// settingView is a setting as the page gets it.
type settingView struct {
	manage.Value
	Allowed       string `json:"allowed"`
	ChangedByName string `json:"changedByName,omitempty"`
}

// names are the people by their ids, for texts about who changed something.
func (s *Server) names(ctx context.Context) (map[string]string, error) {
	people, err := s.cfg.Sessions.People(ctx)
	out := map[string]string{access.LocalOwner().ID: "a command on this machine"}
	for _, p := range people {
		out[p.ID] = p.UPN
	}
	return out, err
}

func viewOfSetting(v manage.Value, names map[string]string) settingView {
	view := settingView{Value: v, Allowed: v.Allowed()}
	if v.ChangedBy != "" {
		if view.ChangedByName = names[v.ChangedBy]; view.ChangedByName == "" {
			view.ChangedByName = "somebody who has no account any more"
		}
	}
	return view
}

func (s *Server) settings(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Manage.Settings(r.Context())
	if err != nil {
		s.internal(w, r, err)
		return
	}
	names, err := s.names(r.Context())
	if err != nil {
		s.internal(w, r, err)
		return
	}
	out := make([]settingView, len(list))
	for i, v := range list {
		out[i] = viewOfSetting(v, names)
	}
	secrets, err := s.cfg.Manage.Secrets(r.Context())
	if err != nil {
		s.internal(w, r, err)
		return
	}
	provider, err := s.cfg.Manage.Provider(r.Context())
	if err != nil {
		s.internal(w, r, err)
		return
	}
	reply := map[string]any{"settings": out, "secrets": secrets}
	if provider != nil && len(provider.Missing) > 0 {
		reply["missing"] = provider.Missing // without which nobody can sign in by the provider that is named
	}
	jsonapi.Reply(w, reply)
}

// setSecret keeps a secret that the owner sets. No answer has it.
func (s *Server) setSecret(w http.ResponseWriter, r *http.Request) {
	var body struct{ Value secret.Value }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	_, err := s.cfg.Manage.SetSecret(r.Context(), s.principal(r), r.PathValue("name"), body.Value)
	s.done(w, r, err)
}

func (s *Server) removeSecret(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.Manage.RemoveSecret(r.Context(), s.principal(r), r.PathValue("name"))
	s.done(w, r, err)
}

// inPerson reports whether a request may change a setting that decides who gets in, and answers it where it may not.
func (s *Server) inPerson(w http.ResponseWriter, r *http.Request, name string) bool {
	d, err := settings.Find(name)
	if err != nil || !d.InPerson {
		return true // what is not there is answered where it is looked for
	}
	id, err := s.cfg.Auth.Identify(r)
	if err != nil {
		s.internal(w, r, err)
		return false
	}
	if auth.InPersonWith(access.Manage).Check(&id) == nil {
		if !s.cfg.Auth.ProvenLately(id) {
			auth.AskProof(w)
			return false
		}
		return true
	}
	why := fmt.Errorf("%s decides who gets in: it is changed on the page Settings or by a command on the machine, and by no API token", d.Name)
	if err := s.cfg.Refused(r.Context(), id.Principal, r.Method+" "+r.URL.Path, why); !errors.Is(err, why) {
		s.internal(w, r, err)
		return false
	}
	jsonapi.Fail(w, http.StatusForbidden, "unauthorized", why.Error())
	return false
}

// changeSetting gives a setting a value, or its default again, where it still is as who changes it saw it. Otherwise it answers
// with status 409 and what the setting is now.
func (s *Server) changeSetting(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Value *string
		Unset bool
		Saw   *string
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if body.Saw == nil || body.Unset == (body.Value != nil) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "give saw, the value that you saw, and value, or unset")
		return
	}
	if !s.inPerson(w, r, r.PathValue("name")) {
		return
	}
	c := manage.Change{Name: r.PathValue("name"), Unset: body.Unset, Saw: body.Saw}
	if body.Value != nil {
		c.Value = *body.Value
	}
	_, now, err := s.cfg.Manage.ChangeSetting(r.Context(), s.principal(r), c)
	var changed *manage.Changed
	if err != nil && !errors.As(err, &changed) {
		s.manageError(w, r, err)
		return
	}
	names, nerr := s.names(r.Context())
	if nerr != nil {
		s.internal(w, r, nerr)
		return
	}
	if changed == nil {
		jsonapi.Reply(w, viewOfSetting(now, names))
		return
	}
	jsonapi.FailWith(w, http.StatusConflict, "changed", changed.Error(), map[string]any{"current": viewOfSetting(changed.Is, names)})
}

// Retention tells and changes how long the rows of tables are kept.
type Retention interface {
	// Retentions are the tables that hold rows or have a retention.
	Retentions(ctx context.Context) ([]RetentionView, error)
	// SetRetention sets it for p, on record. A table that there is not, or a number that cannot be, is a *manage.Invalid.
	SetRetention(ctx context.Context, p access.Principal, table string, days, archiveDays int64) error
}

// RetentionView is how long the rows of a table are kept.
type RetentionView struct {
	Table       string `json:"table"`
	Rows        int64  `json:"rows"`
	FirstEvent  string `json:"firstEvent,omitempty"`
	LastEvent   string `json:"lastEvent,omitempty"`
	Days        int64  `json:"days"` // 0: without an end
	ArchiveDays int64  `json:"archiveDays"`
}

func (s *Server) retention(w http.ResponseWriter, r *http.Request) {
	list, err := s.cfg.Retention.Retentions(r.Context())
	if err != nil {
		s.internal(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"tables": append([]RetentionView{}, list...)})
}

func (s *Server) setRetention(w http.ResponseWriter, r *http.Request) {
	var body struct{ Days, ArchiveDays *int64 }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if body.Days == nil || body.ArchiveDays == nil {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "give days and archiveDays; 0 days is without an end")
		return
	}
	s.done(w, r, s.cfg.Retention.SetRetention(r.Context(), s.principal(r), r.PathValue("table"), *body.Days, *body.ArchiveDays))
}

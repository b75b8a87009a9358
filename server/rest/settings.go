package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
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
	jsonapi.Reply(w, map[string]any{"settings": out})
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

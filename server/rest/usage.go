package rest

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
)

// Usage tells what was used.
type Usage interface {
	// Usage is what was used in the last days, today included, by parts of capacity.By. Both were checked.
	Usage(ctx context.Context, days int, by []string) (UsageView, error)
}

// UsageView is what was used from one day to another (UTC, both included), and what one person may use in a day.
type UsageView struct {
	From    string         `json:"from"`
	To      string         `json:"to"`
	Budgets Budgets        `json:"budgets"`
	Rows    []capacity.Row `json:"rows"`
}

// Budgets are what one person may use in a day; 0 sets no limit.
type Budgets struct {
	Prompts      int64 `json:"prompts"`
	Queries      int64 `json:"queries"`
	QuerySeconds int64 `json:"querySeconds"`
}

// usage answers ?days=30&by=day,person.
func (s *Server) usage(w http.ResponseWriter, r *http.Request) {
	days, by := 30, []string{"day", "person", "category"}
	var err error
	if text := r.URL.Query().Get("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil {
			jsonapi.Fail(w, http.StatusBadRequest, "invalid", "days: "+printable(text)+" is not a number")
			return
		}
	}
	if text := r.URL.Query().Get("by"); text != "" {
		by = strings.Split(text, ",")
	}
	if err := capacity.Check(days, by); err != nil {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", err.Error())
		return
	}
	v, err := s.cfg.Usage.Usage(r.Context(), days, by)
	if err != nil {
		s.internal(w, r, err)
		return
	}
	jsonapi.Reply(w, v)
}

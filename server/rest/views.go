package rest

import (
	"encoding/json"
	"time"

	"github.com/sleuth-sec/sleuth/state"
)

// sessionView is a session as the page gets it; Prompts only where one session is asked for.
type sessionView struct {
	ID        string       `json:"id"`
	Title     string       `json:"title"`
	CreatedAt time.Time    `json:"createdAt"`
	UpdatedAt time.Time    `json:"updatedAt"`
	Prompts   []promptView `json:"prompts,omitempty"`
}

// promptView is a prompt with its answer, which is null while there is none.
type promptView struct {
	ID     string          `json:"promptId"`
	Prompt string          `json:"prompt"`
	At     time.Time       `json:"at"`
	Answer json.RawMessage `json:"answer"`
}

func viewOf(x state.Session) sessionView {
	return sessionView{ID: x.ID, Title: x.Title, CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt}
}

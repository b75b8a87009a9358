package copilot

import "encoding/json"

// The seven outcomes of a prompt.
const (
	Answered          = "answered"
	NotFound          = "not_found"
	Ambiguous         = "ambiguous"
	Unsupported       = "unsupported"
	NeedsConfirmation = "needs_confirmation"
	Refused           = "refused"
	Failed            = "error"
)

// Answer is one JSON object: what `ask --json` prints.
type Answer struct {
	Outcome     string     `json:"outcome"`
	Text        string     `json:"text"`
	Steps       []Step     `json:"steps"`
	Table       *Table     `json:"table,omitempty"`
	Coverage    []Coverage `json:"coverage,omitempty"`
	Citations   []Citation `json:"citations,omitempty"`
	Suggestions []string   `json:"suggestions"`
	Format      string     `json:"format,omitempty"` // the form the prompt asked for: table, list, text, json, csv
	SessionID   string     `json:"sessionId"`
	PromptID    string     `json:"promptId"`
	Action      *Plan      `json:"action,omitempty"`
	Further     []Plan     `json:"furtherActions,omitempty"` // of a prompt that asks for more than one
}

// Step is one skill that ran, or would run.
type Step struct {
	Skill     string         `json:"skill"`
	Inputs    map[string]any `json:"inputs"`
	Source    string         `json:"source"`
	Query     string         `json:"query"`
	Rows      int            `json:"rows"`
	ElapsedMS float64        `json:"elapsedMs"`
	Table     *Table         `json:"table,omitempty"`
	Error     string         `json:"error,omitempty"` // a step of a composite skill that could not run, and why
}

// Table is rows with their columns; Rows holds at most MaxRows of Total.
type Table struct {
	Columns []Column `json:"columns"`
	Rows    [][]any  `json:"rows"`
	Total   int      `json:"total"`
}

// MaxRows is how many rows an answer shows.
const MaxRows = 1000

// Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Coverage is what one table that was read can and cannot show.
type Coverage struct {
	Table     string   `json:"table"`
	Source    string   `json:"source"`
	From      string   `json:"from,omitempty"`
	To        string   `json:"to,omitempty"`
	LastEvent string   `json:"lastEvent,omitempty"`
	RowCap    int      `json:"rowCap"`
	Missing   []string `json:"missing"`
	Licence   string   `json:"licence,omitempty"` // what the source asks for
	Latency   string   `json:"latency,omitempty"` // from an event to its record
	gone      []string // of Missing, what was held once
}

// Citation says which rows of which step carry which sentence, all counted from 0.
type Citation struct {
	Sentence int   `json:"sentence"`
	Step     int   `json:"step"`
	Rows     []int `json:"rows"`
}

// Plan is what a remediation action would do. Nothing is done without a person's confirmation.
type Plan struct {
	Skill      string         `json:"skill"`
	Inputs     map[string]any `json:"inputs"`
	Does       string         `json:"does"`
	Request    string         `json:"request"`
	Permission string         `json:"permission"`
	Roles      []string       `json:"roles"`
	Undo       string         `json:"undo"`
	Effect     string         `json:"effectOnRisk"`
	Danger     string         `json:"danger"`
}

// JSON writes the answer on one line.
func (a *Answer) JSON() ([]byte, error) { return json.Marshal(a) }

package copilot

import (
	"context"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/plugin"
)

// Runner runs KQL. Cells are as JSON writes them (cli.md, query --batch): numbers, strings, booleans, nil,
// and native JSON for dynamic.
type Runner interface {
	Query(ctx context.Context, kql string, now time.Time) (*Result, error)
}

// Result is what a query gives.
type Result struct {
	Columns []Column
	Rows    [][]any
	Tables  []string // what an installed skill read, for the coverage of its answer
}

// Sources says what the workspace holds.
type Sources interface {
	// Source describes a table; Held is false where nothing of its kind was ever imported.
	Source(ctx context.Context, table string) (SourceInfo, error)
	// Version changes whenever the workspace's data does.
	Version(ctx context.Context) (string, error)
}

// SourceInfo describes a table of the workspace.
type SourceInfo struct {
	Held    bool
	Source  string    // where it came from: "import", "Graph", a file's kind
	From    time.Time // the period held; zero for a state
	To      time.Time
	Last    time.Time // the last event
	RowCap  int       // the cap of the source, where it has one
	Missing []string  // what it cannot show
	Gone    []Gone    // what was held and is not any more
}

// Gone says of a table that its rows of before a moment are not held any more; Text says why.
type Gone struct {
	Before time.Time
	Text   string
}

// Auditor records what was asked before its effect is seen.
type Auditor interface {
	Append(ctx context.Context, e audit.Entry) (uint64, error)
}

// Sessions keeps conversations.
type Sessions interface {
	// Begin records a prompt and returns its id and the context that the session has so far.
	Begin(ctx context.Context, session, principal, text string, now time.Time) (prompt string, context []byte, err error)
	// End records the answer of a prompt and the context for the next one.
	End(ctx context.Context, session, prompt, outcome string, answer, context []byte, now time.Time) error
}

// Deps is what a copilot is made of.
type Deps struct {
	Queries    Runner
	Sources    Sources
	Audit      Auditor
	Sessions   Sessions
	Skills     []*plugin.Skill
	Installed  Installed      // what people added; nil where nothing can be
	Vocabulary []byte         // the vocabulary's YAML
	Schemas    *entra.Schemas // sign-in error codes and log categories
	Clock      func() time.Time
}

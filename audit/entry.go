package audit

import (
	"context"
	"errors"
	"time"
)

// Entry is one event of the trail.
type Entry struct {
	Index     uint64            `json:"index"`             // set by Append, from 0
	Time      time.Time         `json:"time"`              // when it happened, UTC
	Principal string            `json:"principal"`         // who
	Operation string            `json:"operation"`         // what: PromptSubmitted, PromptAnswered, ...
	Object    string            `json:"object,omitempty"`  // on what: a session, a prompt, a user
	Outcome   string            `json:"outcome,omitempty"` // how it ended, where it has ended
	Details   map[string]string `json:"details,omitempty"` // further facts
	// Texts are what was said, by name: prompt, answer. They stand beside the log, so that they can be erased; the log has
	// their commitments. Append takes the texts; a reader gets what is left of them from TextFile.Text.
	Texts map[string]Text `json:"texts,omitempty"`
}

// Text is a text beside the log: where it stands, and a commitment to it.
type Text struct {
	Hash string `json:"hash"` // hex SHA-256 of the salt, 32 bytes, and the text
	At   int64  `json:"at"`   // byte offset of its line in the file of texts
	Size int64  `json:"size"` // bytes of the line, with its line end
	// Value is the text itself, for Append only.
	Value string `json:"-"`
}

// Log is an append-only trail.
type Log interface {
	// Append writes the entry durably and returns its index. The effect that the entry records must not be
	// visible before Append has returned without an error.
	Append(ctx context.Context, e Entry) (uint64, error)
}

// ErrDamaged is returned when the trail cannot be read as what was written.
var ErrDamaged = errors.New("the audit trail is damaged")

// The largest entry, and the largest text, in bytes.
const (
	MaxEntry = 1 << 20
	MaxText  = 16 << 20
)

// checkpointLine is a line of the log that holds a signed checkpoint over all entries before it. Every other line is an entry,
// hashed as it stands, without its line end.
type checkpointLine struct {
	Checkpoint string `json:"checkpoint"`
}

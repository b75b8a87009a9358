package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sleuth-sec/sleuth/durable"
)

// The operations that this package itself records.
const (
	TextErased   = "TextErased"   // Object is the hash of the text
	TextRedacted = "TextRedacted" // as TextErased; Texts has what stands for it now, named replacement
	KeyRotated   = "AuditKeyRotated"
	Recovered    = "AuditRecovered" // what Open took off or made again
)

// erasure is one that is under way. It is noted in a file before its entry is written, so that a crash between the entry and
// its end does not leave the text there.
type erasure struct {
	Text Text   `json:"text"`
	From uint64 `json:"from"` // its entry has this index or a later one
}

// Erase removes a text for good and records that it did. The log keeps the commitment, so that all proofs stay whole; with
// the salt gone nothing can be guessed from it. A replacement that is not empty is kept in its place, under the entry.
func (t *Trail) Erase(ctx context.Context, principal, why string, x Text, replacement string) error {
	t.erasing.Lock()
	defer t.erasing.Unlock()
	if _, erased, err := readText(t.texts, x); err != nil || erased {
		return err
	}
	note, err := json.Marshal(erasure{Text: x, From: uint64(t.Size())})
	if err != nil {
		return fmt.Errorf("audit text: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(t.dir, eraseFile), note, 0o600); err != nil {
		return err
	}
	e := Entry{Time: time.Now(), Principal: principal, Operation: TextErased, Object: x.Hash, Details: map[string]string{"reason": why}}
	if replacement != "" {
		e.Operation, e.Texts = TextRedacted, map[string]Text{"replacement": {Value: replacement}}
	}
	if _, err := t.Append(ctx, e); err != nil {
		return errors.Join(err, os.Remove(filepath.Join(t.dir, eraseFile)))
	}
	return t.overwrite(x)
}

// overwrite writes the erased form over a text and removes the note of the erasure.
func (t *Trail) overwrite(x Text) error {
	data, err := erasedLine(x.Hash, x.Size)
	if err != nil {
		return err
	}
	if _, err := t.texts.WriteAt(data, x.At); err != nil {
		return fmt.Errorf("audit text: %w", err)
	}
	if err := t.texts.Sync(); err != nil {
		return fmt.Errorf("audit text: %w", err)
	}
	if err := os.Remove(filepath.Join(t.dir, eraseFile)); err != nil {
		return fmt.Errorf("audit text: %w", err)
	}
	return nil
}

// redoErasure finishes an erasure that a crash interrupted, where its entry was written; where it was not, nothing happened.
func (t *Trail) redoErasure() error {
	path := filepath.Join(t.dir, eraseFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit text: %w", err)
	}
	var e erasure
	if json.Unmarshal(data, &e) != nil || e.Text.At < 0 || e.Text.At+e.Text.Size > t.end.textEnd {
		return fmt.Errorf("%w: the file %s is not what was written", ErrDamaged, eraseFile)
	}
	recorded := false
	err = Read(t.dir, func(x Entry) bool {
		recorded = recorded || x.Index >= e.From && Erases(x) && x.Object == e.Text.Hash
		return true
	})
	if err != nil {
		return err
	}
	if !recorded {
		return os.Remove(path)
	}
	return t.overwrite(e.Text)
}

// Erases reports whether an entry says that the text whose hash is its Object is gone.
func Erases(e Entry) bool { return e.Operation == TextErased || e.Operation == TextRedacted }

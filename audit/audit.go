package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
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
}

// Log is an append-only trail.
type Log interface {
	// Append writes the entry durably and returns its index. The effect that the entry records must not be
	// visible before Append has returned without an error.
	Append(ctx context.Context, e Entry) (uint64, error)
}

// File is a Log in one file of JSON lines.
type File struct {
	mu   sync.Mutex
	f    *os.File
	next uint64
	size int64
	bad  error // set when the file may end in half a line: nothing more is written then
}

var _ Log = (*File)(nil)

// ErrDamaged is returned when the trail cannot be read as what was written.
var ErrDamaged = errors.New("the audit trail is damaged")

// OpenFile opens or creates the trail at path. A last line that was cut by a crash was never
// acknowledged, so it is dropped; damage anywhere else is ErrDamaged.
func OpenFile(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	l := &File{f: f}
	if err := l.recover(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *File) recover() error {
	r := bufio.NewReader(l.f)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // what is left has no line end: it was never acknowledged
		}
		if err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
		var e Entry
		if json.Unmarshal(line, &e) != nil || e.Index != l.next {
			return fmt.Errorf("%w: %s, entry %d", ErrDamaged, l.f.Name(), l.next)
		}
		l.next++
		l.size += int64(len(line))
	}
	if err := l.f.Truncate(l.size); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	_, err := l.f.Seek(l.size, io.SeekStart)
	return err
}

// Append writes one entry and syncs it.
func (l *File) Append(ctx context.Context, e Entry) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bad != nil {
		return 0, l.bad
	}
	e.Index = l.next
	e.Time = e.Time.UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("audit entry: %w", err)
	}
	line = append(line, '\n')
	if _, err = l.f.Write(line); err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		// Undo a partial write; where that fails too, refuse everything that would follow half a line.
		if uerr := l.undo(); uerr != nil {
			l.bad = fmt.Errorf("audit trail cannot be written: %w", errors.Join(err, uerr))
		}
		return 0, fmt.Errorf("audit trail: %w", err)
	}
	l.next++
	l.size += int64(len(line))
	return e.Index, nil
}

func (l *File) undo() error {
	if err := l.f.Truncate(l.size); err != nil {
		return err
	}
	_, err := l.f.Seek(l.size, io.SeekStart)
	return err
}

// Close closes the file.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bad = errors.New("the audit trail is closed")
	return l.f.Close()
}

// Read calls fn for each entry of the trail at path, in order, until fn returns false.
func Read(path string, fn func(Entry) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReader(f))
	for next := uint64(0); ; next++ {
		var e Entry
		if err := dec.Decode(&e); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		} else if err != nil || e.Index != next {
			return fmt.Errorf("%w: %s, entry %d", ErrDamaged, path, next)
		}
		if !fn(e) {
			return nil
		}
	}
}

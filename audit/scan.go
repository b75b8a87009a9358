package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// scanLines calls fn for each whole line of r, without its end, and where the line begins.
func scanLines(r io.Reader, fn func(at int64, data []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<20)
	var at int64
	for {
		data, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
		if err := fn(at, data[:len(data)-1]); err != nil {
			return err
		}
		at += int64(len(data))
	}
}

// errStop ends a scan early.
var errStop = errors.New("stop")

// Read calls fn for each acknowledged entry of the trail in dir, in order, until fn returns false. It may run while the trail is
// being written; it checks the order of entries and not their hashes, which Verify does.
func Read(dir string, fn func(Entry) bool) error {
	err := ReadFrom(dir, 0, 0, func(entries []Entry, _ int64) error {
		for _, e := range entries {
			if !fn(e) {
				return errStop
			}
		}
		return nil
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// TextFile reads the texts of a trail, which may be open elsewhere.
type TextFile struct{ f *os.File }

// OpenTexts opens the texts of the trail in dir.
func OpenTexts(dir string) (*TextFile, error) {
	f, err := os.Open(filepath.Join(dir, textFile))
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	return &TextFile{f}, nil
}

// Text reads a text of an entry; ErrErased when it is gone.
func (t *TextFile) Text(x Text) (string, error) {
	text, erased, err := readText(t.f, x)
	if err == nil && erased {
		err = ErrErased
	}
	return text, err
}

// Close closes the file.
func (t *TextFile) Close() error { return t.f.Close() }

// ReadFrom calls fn for the acknowledged entries that stand behind a place in the log of dir, in order and in the groups in which
// they were acknowledged; end is the place behind a group. at is 0, or such a place, and next the index of the entry that follows
// it. An error of fn ends the reading. A log that is not what it was at that place is ErrDamaged.
func ReadFrom(dir string, at int64, next uint64, fn func(entries []Entry, end int64) error) error {
	f, err := os.Open(filepath.Join(dir, logFile))
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	var waiting []Entry // entries are acknowledged by the checkpoint behind them
	return scanLines(f, func(begin int64, data []byte) error {
		if isCheckpoint(data) {
			group := waiting
			waiting = nil
			return fn(group, at+begin+int64(len(data))+1)
		}
		var e Entry
		if json.Unmarshal(data, &e) != nil || e.Index != next {
			return fmt.Errorf("%w: %s, entry %d", ErrDamaged, f.Name(), next)
		}
		next++
		waiting = append(waiting, e)
		return nil
	})
}

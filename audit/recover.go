package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// recover finds the last checkpoint, drops what stands behind it, and sees that tree and head agree with it.
//
// The texts of a batch are synced at the same time as its entries, so that a machine that lost its power may have the entries
// without the texts, or the other way round. The head is written after both: where it does not vouch for the last batch, that batch
// counts only if it is whole.
func (t *Trail) recover() error {
	keys, err := verifierKeys(t.dir)
	if err != nil {
		return err
	}
	logged, err := t.log.Stat()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	last, err := lastCheckpoint(t.log, logged.Size(), keys)
	if err != nil {
		return err
	}
	info, err := t.head.Stat()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	t.headSize = info.Size()
	head, headErr := t.readHead(keys)
	if headErr == nil && head.Size > last.Size {
		return fmt.Errorf("%w: the log ends after entry %d, and %d entries were acknowledged; `sleuth audit verify` finds the place", ErrDamaged, last.Size-1, head.Size)
	}
	if headErr != nil || head.Size < last.Size {
		if last, err = t.wholeBatch(last, keys); err != nil {
			return err
		}
	}
	if err := t.drop(last.end); err != nil {
		return err
	}
	t.headText, t.end.size, t.logEnd = []byte(last.signed), last.Size, last.end
	if err := t.checkTree(last.Checkpoint); err != nil {
		return err
	}
	if err := t.findTextEnd(); err != nil {
		return err
	}
	if last.Size > 0 && (headErr != nil || head != last.Checkpoint) {
		if err := t.writeHead(); err != nil {
			return err
		}
		if headErr != nil {
			t.mended("the file head was made again from the log")
		}
	}
	if last.Size == 0 && t.headSize > 0 { // half a head of a first batch that is none
		if err := t.head.Truncate(0); err != nil {
			return fmt.Errorf("audit head: %w", err)
		}
		t.headSize = 0
	}
	return t.redoErasure()
}

// mended notes what opening had to do.
func (t *Trail) mended(what string) {
	if t.Recovered != "" {
		t.Recovered += "; "
	}
	t.Recovered += what
}

// drop takes off what stands behind the last checkpoint.
func (t *Trail) drop(end int64) error {
	dropped, err := t.dropTail(t.log, end, dropFile)
	if dropped > 0 {
		t.mended(fmt.Sprintf("%d bytes behind the last checkpoint were taken off the log and kept in the file %s", dropped, dropFile))
	}
	return err
}

// dropTail takes off what stands behind the end of a file and appends it to another. It is kept: where head and end of the log are both damaged, it may have
// been acknowledged after all.
func (t *Trail) dropTail(f *os.File, end int64, to string) (dropped int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("audit trail: %w", err)
	}
	if info.Size() <= end {
		return 0, nil
	}
	aside, err := os.OpenFile(filepath.Join(t.dir, to), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, fmt.Errorf("audit trail: %w", err)
	}
	_, err = io.Copy(aside, io.NewSectionReader(f, end, info.Size()-end))
	if err == nil {
		err = aside.Sync()
	}
	if err = errors.Join(err, aside.Close()); err == nil {
		err = f.Truncate(end)
	}
	if err != nil {
		return 0, fmt.Errorf("audit trail: %w", err)
	}
	return info.Size() - end, nil
}

// wholeBatch is last where all its entries and every text of them are there, and the checkpoint before it where not.
func (t *Trail) wholeBatch(last place, keys []string) (place, error) {
	before, err := lastCheckpoint(t.log, last.begin, keys)
	if err != nil {
		return last, err
	}
	n, whole := int64(0), true
	err = scanLines(io.NewSectionReader(t.log, before.end, last.begin-before.end), func(_ int64, data []byte) error {
		n++
		var e Entry
		if json.Unmarshal(data, &e) != nil {
			whole = false // a page of it did not reach the disk
			return nil
		}
		for _, x := range e.Texts {
			if _, _, err := readText(t.texts, x); err != nil {
				whole = false
			}
		}
		return nil
	})
	if err != nil || whole && n == last.Size-before.Size {
		return last, err
	}
	return before, nil
}

// place is a checkpoint in the log: the zero Checkpoint at the beginning of one that has none.
type place struct {
	Checkpoint
	begin, end int64 // of its line, in bytes
	signed     string
}

// lastCheckpoint is the last line of the first size bytes of a log that is a checkpoint with a good signature. It looks from the
// end, in growing steps.
func lastCheckpoint(log io.ReaderAt, size int64, keys []string) (place, error) {
	for window := int64(64 << 10); ; window *= 8 {
		start := max(0, size-window)
		data := make([]byte, size-start)
		if _, err := log.ReadAt(data, start); err != nil && !errors.Is(err, io.EOF) {
			return place{}, fmt.Errorf("audit trail: %w", err)
		}
		for stop := bytes.LastIndexByte(data, '\n'); stop >= 0; {
			begin := bytes.LastIndexByte(data[:stop], '\n')
			if begin < 0 && start > 0 {
				break // the line begins before the window
			}
			if line := data[begin+1 : stop]; isCheckpoint(line) {
				signed := checkpointText(line)
				if c, err := OpenCheckpoint(signed, keys...); err == nil {
					return place{c, start + int64(begin) + 1, start + int64(stop) + 1, signed}, nil
				}
			}
			stop = begin
		}
		if start == 0 {
			return place{Checkpoint: Checkpoint{Origin: Origin}}, nil
		}
	}
}

// isCheckpoint tells the lines of checkpoints from those of entries.
func isCheckpoint(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"checkpoint":`)) }

func checkpointText(data []byte) string {
	var l checkpointLine
	if json.Unmarshal(data, &l) != nil {
		return ""
	}
	return l.Checkpoint
}

// readHead reads the file head; its error says that there is none to be trusted.
func (t *Trail) readHead(keys []string) (Checkpoint, error) {
	text, err := io.ReadAll(io.NewSectionReader(t.head, 0, 1<<20))
	if err != nil {
		return Checkpoint{}, err
	}
	return OpenCheckpoint(string(text), keys...)
}

// checkTree compares the stored hashes with a checkpoint, and makes them again from the log where they differ.
func (t *Trail) checkTree(c Checkpoint) error {
	if c.Size == 0 {
		t.end.tree = &stack{}
		return t.hashes.Truncate(0)
	}
	var err error
	if t.end.tree, err = stackOf(c.Size, storedHashes(t.hashes)); err == nil && t.end.tree.root() == c.Root {
		return t.hashes.Truncate(tlog.StoredHashCount(c.Size) * tlog.HashSize) // more may be of a batch that was dropped
	}
	if err := t.rebuild(c.Size); err != nil {
		return err
	}
	if t.end.tree.root() != c.Root {
		return fmt.Errorf("%w: the entries are not those of the last checkpoint; `sleuth audit verify` finds the place", ErrDamaged)
	}
	t.mended("the file hashes was made again from the log")
	return nil
}

// rebuild makes the tree and its stored hashes of the first n entries from the log.
func (t *Trail) rebuild(n int64) error {
	if err := t.hashes.Truncate(0); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	t.end.tree = &stack{}
	var batch []tlog.Hash
	var written, done int64
	flush := func() error {
		err := t.writeHashes(written, batch)
		written, batch = written+int64(len(batch)), batch[:0]
		return err
	}
	err := scanLines(io.NewSectionReader(t.log, 0, t.logEnd), func(_ int64, data []byte) error {
		if isCheckpoint(data) || done == n {
			return nil
		}
		batch = append(batch, t.end.tree.push(tlog.RecordHash(data))...)
		if done++; len(batch) < 4096 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil && done != n {
		err = fmt.Errorf("%w: the log has %d entries and its last checkpoint says %d", ErrDamaged, done, n)
	}
	return err
}

// storedHashes reads the hashes of a tree from its file.
func storedHashes(f *os.File) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for k, i := range indexes {
			if _, err := f.ReadAt(out[k][:], i*tlog.HashSize); err != nil {
				return nil, fmt.Errorf("stored hash %d: %w", i, err)
			}
		}
		return out, nil
	})
}

func (t *Trail) writeHashes(from int64, list []tlog.Hash) error {
	data := make([]byte, 0, len(list)*tlog.HashSize)
	for _, h := range list {
		data = append(data, h[:]...)
	}
	if _, err := t.hashes.WriteAt(data, from*tlog.HashSize); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	return nil
}

// findTextEnd drops what stands behind the last text that an entry names: of batches that were never acknowledged.
func (t *Trail) findTextEnd() (err error) {
	if t.end.textEnd, err = t.namedTextEnd(); err != nil {
		return err
	}
	dropped, err := t.dropTail(t.texts, t.end.textEnd, dropTexts)
	if dropped > 0 {
		t.mended(fmt.Sprintf("%d bytes of texts that no entry names were taken off and kept in the file %s", dropped, dropTexts))
	}
	return err
}

// namedTextEnd is the end of the last text that an entry of the log names. Texts stand in the order of their entries, so that it looks for
// the last entry with any, from the end and in growing steps.
func (t *Trail) namedTextEnd() (int64, error) {
	for window := int64(64 << 10); ; window *= 8 {
		start := max(0, t.logEnd-window)
		data := make([]byte, t.logEnd-start)
		if _, err := t.log.ReadAt(data, start); err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("audit trail: %w", err)
		}
		for stop := bytes.LastIndexByte(data, '\n'); stop >= 0; {
			begin := bytes.LastIndexByte(data[:stop], '\n')
			if begin < 0 && start > 0 {
				break // the line begins before the window
			}
			end := int64(0)
			if line := data[begin+1 : stop]; !isCheckpoint(line) && bytes.Contains(line, []byte(`"texts":`)) {
				var e Entry
				if err := json.Unmarshal(line, &e); err != nil {
					return 0, fmt.Errorf("%w: an entry before byte %d of the log: %w", ErrDamaged, start+int64(stop), err)
				}
				for _, x := range e.Texts {
					end = max(end, x.At+x.Size)
				}
			}
			if end > 0 {
				return end, nil
			}
			stop = begin
		}
		if start == 0 {
			return 0, nil
		}
	}
}

package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sleuth-sec/sleuth/durable"
)

// The files of a trail. All but hashFile are part of the evidence; hashFile can be made from the log.
const (
	logFile   = "log"    // lines: entries and checkpoints
	textFile  = "texts"  // lines: what was said
	hashFile  = "hashes" // the stored hashes of the tree, 32 bytes each, in the order of tlog.StoredHashIndex
	headFile  = "head"   // the newest checkpoint again: a log that was cut at a checkpoint is shorter than its head
	eraseFile = "erasing"
	dropFile  = "dropped" // what Open took off the end of the log
)

// Trail is a Log in a folder: a Merkle tree of entries with signed checkpoints. One process may have it open.
type Trail struct {
	dir    string
	signer note.Signer
	sealer Sealer // nil: the signing key stands in its file as it is

	mu   sync.Mutex // guards the three below; held for short
	open *batch     // takes in entries; nil where none does
	tip  mark       // what the next batch will stand behind
	bad  error      // set when nothing more may be written
	room room       // what the next batch is made with

	erasing sync.Mutex // held while a text is erased

	writing  sync.Mutex // held while a batch is written; guards all below, and is taken before mu
	log      *os.File
	texts    *os.File
	hashes   *os.File
	head     *os.File
	end      mark  // of what is durable
	logEnd   int64 // bytes
	headText []byte
	headSize int64 // of the file
	// Recovered says what Open took off or made again; empty after a clean end.
	Recovered string
}

var _ Log = (*Trail)(nil)

// Open opens or creates the trail in dir. What a crash left behind the last checkpoint was never acknowledged: it is taken off the
// log and kept aside. Damage to anything that was acknowledged is ErrDamaged.
func Open(dir string) (*Trail, error) { return OpenSealed(dir, nil) }

// OpenSealed opens a trail as Open does, with its signing key sealed. The key of a trail that was not is sealed now.
func OpenSealed(dir string, sealer Sealer) (*Trail, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	signer, err := openSigner(dir, sealer)
	if err != nil {
		return nil, err
	}
	t := &Trail{dir: dir, signer: signer, sealer: sealer}
	for _, f := range []struct {
		to   **os.File
		name string
	}{{&t.log, logFile}, {&t.texts, textFile}, {&t.hashes, hashFile}, {&t.head, headFile}} {
		if *f.to, err = os.OpenFile(filepath.Join(dir, f.name), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("audit trail: %w", err), t.closeFiles())
		}
	}
	if err = t.recover(); err == nil {
		t.tip = t.end
		err = durable.SyncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, t.closeFiles())
	}
	return t, nil
}

// recover finds the last checkpoint, drops what stands behind it, and sees that tree and head agree with it.
//
// The texts of a batch are synced at the same time as its entries, so that a machine that lost its power may have the entries
// without the texts. The head is written after both: where it does not have the last batch, nobody was told that it was written.
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
	if first := info.Size() == 0 && last.Previous == 0; head.Size < last.Size && (headErr == nil || first) {
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
	return t.redoErasure()
}

// mended notes what opening had to do.
func (t *Trail) mended(what string) {
	if t.Recovered != "" {
		t.Recovered += "; "
	}
	t.Recovered += what
}

// drop takes off what stands behind the last checkpoint. It is kept aside: where head and end of the log are both damaged, it
// may have been acknowledged after all.
func (t *Trail) drop(end int64) error {
	info, err := t.log.Stat()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	if info.Size() == end {
		return nil
	}
	aside, err := os.OpenFile(filepath.Join(t.dir, dropFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	_, err = io.Copy(aside, io.NewSectionReader(t.log, end, info.Size()-end))
	if err == nil {
		err = aside.Sync()
	}
	if err = errors.Join(err, aside.Close()); err == nil {
		err = t.log.Truncate(end)
	}
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	t.mended(fmt.Sprintf("%d bytes behind the last checkpoint were taken off the log and kept in the file %s", info.Size()-end, dropFile))
	return nil
}

// wholeBatch is last where every text of its entries is there, and the checkpoint before it where one is not. Those that are there
// are taken off too.
func (t *Trail) wholeBatch(last place, keys []string) (place, error) {
	before, err := lastCheckpoint(t.log, last.begin, keys)
	if err != nil {
		return last, err
	}
	whole, texts := true, int64(-1)
	err = scanLines(io.NewSectionReader(t.log, before.end, last.begin-before.end), func(_ int64, data []byte) error {
		var e Entry
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("%w: an entry before the last checkpoint: %w", ErrDamaged, err)
		}
		for _, x := range e.Texts {
			if _, _, err := readText(t.texts, x); err != nil {
				whole = false
			}
			if texts < 0 || x.At < texts {
				texts = x.At
			}
		}
		return nil
	})
	if err != nil || whole {
		return last, err
	}
	if info, err := t.texts.Stat(); err != nil {
		return last, fmt.Errorf("audit trail: %w", err)
	} else if info.Size() > texts {
		if err := t.texts.Truncate(texts); err != nil {
			return last, fmt.Errorf("audit trail: %w", err)
		}
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

// findTextEnd drops half a line behind the last text. Whole lines that no entry names are left: they are harmless.
func (t *Trail) findTextEnd() error {
	info, err := t.texts.Stat()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	size := info.Size()
	for end := size; end > 0; {
		start := max(0, end-64<<10)
		data := make([]byte, end-start)
		if _, err := t.texts.ReadAt(data, start); err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
		if i := bytes.LastIndexByte(data, '\n'); i >= 0 {
			t.end.textEnd = start + int64(i) + 1
			return t.texts.Truncate(t.end.textEnd)
		}
		end = start
	}
	return t.texts.Truncate(0)
}

// Size is the number of entries.
func (t *Trail) Size() int64 {
	t.writing.Lock()
	defer t.writing.Unlock()
	return t.end.size
}

// Close closes the files. A batch that is being written is finished first.
func (t *Trail) Close() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	t.bad = errors.New("the audit trail is closed")
	t.mu.Unlock()
	return t.closeFiles()
}

func (t *Trail) closeFiles() error {
	var errs []error
	for _, f := range []*os.File{t.log, t.texts, t.hashes, t.head} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

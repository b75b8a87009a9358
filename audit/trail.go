package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/sleuth-sec/sleuth/durable"
)

// The files of a trail. All but hashFile are part of the evidence; hashFile can be made from the log.
const (
	logFile   = "log"    // lines: entries and checkpoints
	textFile  = "texts"  // lines: what was said
	hashFile  = "hashes" // the stored hashes of the tree, 32 bytes each, in the order of tlog.StoredHashIndex
	headFile  = "head"   // the newest checkpoint again: a log that was cut at a checkpoint is shorter than its head
	eraseFile = "erasing"
	dropFile  = "dropped"       // what Open took off the end of the log
	dropTexts = "dropped-texts" // and off the end of the texts
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

package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// EntryProof proves that an entry is in the log that a checkpoint speaks of (RFC 6962, section 2.1.1). Its JSON is documented
// in docs/reference/audit-proofs.md with test vectors.
type EntryProof struct {
	Index      int64       `json:"index"`
	Entry      string      `json:"entry"` // the bytes that are hashed, as they stand in the log
	Checkpoint string      `json:"checkpoint"`
	Hashes     []tlog.Hash `json:"hashes"` // from the leaf up, base64
}

// ConsistencyProof proves that the log of a later checkpoint begins with the whole log of an earlier one (section 2.1.2).
type ConsistencyProof struct {
	From   string      `json:"from"` // signed checkpoints
	To     string      `json:"to"`
	Hashes []tlog.Hash `json:"hashes"`
}

// Check checks the proof with the log's verifier keys.
func (p *EntryProof) Check(verifierKeys ...string) (Entry, error) {
	c, err := OpenCheckpoint(p.Checkpoint, verifierKeys...)
	if err != nil {
		return Entry{}, err
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash([]byte(p.Entry))); err != nil {
		return Entry{}, fmt.Errorf("the entry is not in the log of the checkpoint: %w", err)
	}
	var e Entry
	if err := json.Unmarshal([]byte(p.Entry), &e); err != nil || int64(e.Index) != p.Index {
		return Entry{}, fmt.Errorf("the entry does not have the index %d", p.Index)
	}
	return e, nil
}

// Check checks the proof with the log's verifier keys.
func (p *ConsistencyProof) Check(verifierKeys ...string) error {
	from, err := OpenCheckpoint(p.From, verifierKeys...)
	if err != nil {
		return err
	}
	to, err := OpenCheckpoint(p.To, verifierKeys...)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(p.Hashes, to.Size, to.Root, from.Size, from.Root); err != nil {
		return fmt.Errorf("the later log does not begin with the earlier one: %w", err)
	}
	return nil
}

// VerifierKeys are the public keys that sign the trail in dir, the oldest first.
func VerifierKeys(dir string) ([]string, error) { return verifierKeys(dir) }

// Proofs makes proofs from the files of a trail, which may be open elsewhere.
type Proofs struct {
	dir    string
	hashes *os.File
}

// OpenProofs opens the trail in dir for proofs.
func OpenProofs(dir string) (*Proofs, error) {
	f, err := os.Open(filepath.Join(dir, hashFile))
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	return &Proofs{dir, f}, nil
}

// Close closes the files.
func (p *Proofs) Close() error { return p.hashes.Close() }

// Entry proves that the entry with an index is in the log of its newest checkpoint.
func (p *Proofs) Entry(index int64) (*EntryProof, error) {
	head, c, err := p.newest()
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= c.Size {
		return nil, fmt.Errorf("there is no entry %d: the log has %d", index, c.Size)
	}
	data, err := p.entry(index)
	if err != nil {
		return nil, err
	}
	hashes, err := tlog.ProveRecord(c.Size, index, storedHashes(p.hashes))
	if err != nil {
		return nil, fmt.Errorf("audit proof: %w", err)
	}
	return &EntryProof{Index: index, Entry: data, Checkpoint: head, Hashes: hashes}, nil
}

// Consistency proves that the log of one signed checkpoint begins with that of another, earlier one.
func (p *Proofs) Consistency(from, to string) (*ConsistencyProof, error) {
	keys, err := verifierKeys(p.dir)
	if err != nil {
		return nil, err
	}
	a, err := OpenCheckpoint(from, keys...)
	if err != nil {
		return nil, err
	}
	b, err := OpenCheckpoint(to, keys...)
	if err != nil {
		return nil, err
	}
	if a.Size <= 0 || a.Size > b.Size {
		return nil, fmt.Errorf("the first checkpoint has %d entries and the second %d: give the earlier one first", a.Size, b.Size)
	}
	hashes, err := tlog.ProveTree(b.Size, a.Size, storedHashes(p.hashes))
	if err != nil {
		return nil, fmt.Errorf("audit proof: %w", err)
	}
	proof := &ConsistencyProof{From: from, To: to, Hashes: hashes}
	return proof, proof.Check(keys...)
}

// Checkpoint is the signed checkpoint of the first size entries, or the next one after them; with 0 the newest.
func (p *Proofs) Checkpoint(size int64) (string, error) {
	if size == 0 {
		text, c, err := p.newest()
		if err == nil && c.Size == 0 {
			err = errors.New("the log has no entries")
		}
		return text, err
	}
	var found string
	err := p.scan(func(data []byte) error {
		text := checkpointText(data)
		body, _, _ := bytes.Cut([]byte(text), []byte("\n\n"))
		if c, err := parseCheckpoint(string(body) + "\n"); err == nil && c.Size >= size {
			found = text
			return errFound
		}
		return nil
	}, nil)
	if err == nil && found == "" {
		err = fmt.Errorf("the log has no checkpoint of %d entries", size)
	}
	return found, err
}

// newest is the last checkpoint of the log.
func (p *Proofs) newest() (string, Checkpoint, error) {
	keys, err := verifierKeys(p.dir)
	if err != nil {
		return "", Checkpoint{}, err
	}
	log, err := os.Open(filepath.Join(p.dir, logFile))
	if err != nil {
		return "", Checkpoint{}, fmt.Errorf("audit trail: %w", err)
	}
	defer log.Close()
	info, err := log.Stat()
	if err != nil {
		return "", Checkpoint{}, fmt.Errorf("audit trail: %w", err)
	}
	last, err := lastCheckpoint(log, info.Size(), keys)
	return last.signed, last.Checkpoint, err
}

func (p *Proofs) entry(index int64) (string, error) {
	var found string
	var n int64
	err := p.scan(nil, func(data []byte) error {
		if n++; n == index+1 {
			found = string(data)
			return errFound
		}
		return nil
	})
	return found, err
}

// scan calls the functions for the lines of the log, until one gives errFound.
func (p *Proofs) scan(checkpoint, entry func(data []byte) error) error {
	log, err := os.Open(filepath.Join(p.dir, logFile))
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer log.Close()
	err = scanLines(log, func(_ int64, data []byte) error {
		fn := entry
		if isCheckpoint(data) {
			fn = checkpoint
		}
		if fn == nil {
			return nil
		}
		return fn(data)
	})
	if errors.Is(err, errFound) {
		return nil
	}
	return err
}

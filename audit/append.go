package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// pending is an entry on its way.
type pending struct {
	entry Entry
	turn  chan bool // true: write for all that wait; false: it was written, or could not be
	index uint64
	err   error
}

func newPending(e Entry) *pending { return &pending{entry: e, turn: make(chan bool, 1)} }

// Append writes the entry, its texts and a checkpoint, and syncs them. Entries that come while others are being written go
// together in one batch: whoever finds nobody writing writes for all that wait, and then gives the turn to one of those that
// came meanwhile.
func (t *Trail) Append(ctx context.Context, e Entry) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	p := newPending(e)
	t.mu.Lock()
	t.queue = append(t.queue, p)
	write := !t.writing
	t.writing = true
	t.mu.Unlock()
	// What is queued is written whatever becomes of the caller: it may be durable already.
	if write || <-p.turn {
		t.writeQueue(p)
	}
	return p.index, p.err
}

// writeQueue writes all that waits, own among it.
func (t *Trail) writeQueue(own *pending) {
	t.mu.Lock()
	batch := t.queue
	t.queue = nil
	t.mu.Unlock()
	t.writeBatch(batch)
	for _, p := range batch {
		if p != own {
			p.turn <- false
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writing = len(t.queue) > 0; t.writing {
		t.queue[0].turn <- true
	}
}

// writeBatch writes a batch and gives every entry of it its index, or the error. An entry that cannot be encoded fails alone.
func (t *Trail) writeBatch(batch []*pending) {
	t.write.Lock()
	defer t.write.Unlock()
	b := &batchWriter{t: t, first: t.size}
	var in []*pending
	for _, p := range batch {
		if p.err = t.bad; p.err == nil {
			p.err = b.add(&p.entry)
		}
		if p.err == nil {
			p.index = p.entry.Index
			in = append(in, p)
		}
	}
	if len(in) == 0 {
		return
	}
	if err := b.commit(); err != nil {
		for _, p := range in {
			p.err = err
		}
	}
}

// batchWriter gathers the bytes of a batch.
type batchWriter struct {
	t      *Trail
	first  int64
	lines  []byte
	texts  []byte
	leaves [][2]int // where each entry's bytes stand in lines
}

func (b *batchWriter) add(e *Entry) error {
	e.Index = uint64(b.first) + uint64(len(b.leaves))
	e.Time = e.Time.UTC()
	texts := b.texts
	if len(e.Texts) > 0 {
		e.Texts = maps.Clone(e.Texts)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Texts)) {
		hash, data, err := encodeText(e.Texts[name].Value)
		if err != nil {
			return err
		}
		e.Texts[name] = Text{Hash: hash, At: b.t.textEnd + int64(len(texts)), Size: int64(len(data))}
		texts = append(texts, data...)
	}
	data, err := encodeEntry(*e)
	if err != nil {
		return err
	}
	b.texts = texts
	b.leaves = append(b.leaves, [2]int{len(b.lines), len(b.lines) + len(data)})
	b.lines = append(append(b.lines, data...), '\n')
	return nil
}

// commit makes the batch durable: texts, then entries with a checkpoint over them. When it fails nothing of the batch is
// left; where that cannot be had, the trail takes nothing more.
func (b *batchWriter) commit() error {
	t := b.t
	tree, hashes := b.hash()
	size := b.first + int64(len(b.leaves))
	signed, err := note.Sign(&note.Note{Text: Checkpoint{Origin: Origin, Size: size, Root: tree.root(), Previous: b.first}.text()}, t.signer)
	if err != nil {
		return fmt.Errorf("audit checkpoint: %w", err)
	}
	last, err := json.Marshal(checkpointLine{string(signed)})
	if err != nil {
		return fmt.Errorf("audit checkpoint: %w", err)
	}
	b.lines = append(append(b.lines, last...), '\n')
	if err := b.write(); err != nil {
		err = fmt.Errorf("audit trail: %w", err)
		if uerr := b.undo(); uerr != nil {
			t.bad = fmt.Errorf("the audit trail cannot be written: %w (and what was half written cannot be removed: %w)", err, uerr)
			return t.bad
		}
		return err
	}
	t.tree, t.size, t.logEnd, t.textEnd, t.headText = tree, size, t.logEnd+int64(len(b.lines)), t.textEnd+int64(len(b.texts)), signed
	// The entries are durable. Tree and head can be made again from them, so that a failure here loses nothing; but no more may
	// be written on top of hashes that are not there.
	if err := t.writeHashes(tlog.StoredHashCount(b.first), hashes); err != nil {
		t.bad = err
	} else if err := t.writeHead(); err != nil {
		t.bad = err
	}
	return nil
}

// hash gives the tree with the batch, and the hashes that it newly stores.
func (b *batchWriter) hash() (*stack, []tlog.Hash) {
	tree := b.t.tree.clone()
	var out []tlog.Hash
	for _, at := range b.leaves {
		out = append(out, tree.push(tlog.RecordHash(b.lines[at[0]:at[1]]))...)
	}
	return tree, out
}

func (b *batchWriter) write() error {
	t := b.t
	if len(b.texts) > 0 {
		if _, err := t.texts.WriteAt(b.texts, t.textEnd); err != nil {
			return err
		}
		if err := t.texts.Sync(); err != nil {
			return err
		}
	}
	if _, err := t.log.WriteAt(b.lines, t.logEnd); err != nil {
		return err
	}
	return t.log.Sync()
}

func (b *batchWriter) undo() error {
	if err := b.t.log.Truncate(b.t.logEnd); err != nil {
		return err
	}
	if err := b.t.log.Sync(); err != nil {
		return err
	}
	return b.t.texts.Truncate(b.t.textEnd)
}

// writeHead writes the newest checkpoint over the one before; the texts differ in length only when the size gains a digit.
func (t *Trail) writeHead() error {
	if _, err := t.head.WriteAt(t.headText, 0); err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	return t.head.Truncate(int64(len(t.headText)))
}

package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Append writes the entry, its texts and a checkpoint, and syncs them. Entries that come while others are on their way to the
// disk go together in one batch: whoever begins it carries it for all that join.
func (t *Trail) Append(ctx context.Context, e Entry) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// What has joined a batch is written whatever becomes of the caller: it may be durable already.
	return t.appendAll([]Entry{e})
}

// appendAll appends entries that stand or fall together and gives the index of the first.
func (t *Trail) appendAll(list []Entry) (uint64, error) {
	ready := make([]readyEntry, len(list))
	for i, e := range list {
		var err error
		if ready[i], err = makeReady(e); err != nil {
			return 0, err
		}
	}
	b, index, begun, err := t.join(ready)
	if err != nil {
		return 0, err
	}
	if begun {
		t.carry(b)
	} else {
		<-b.done
	}
	return index, b.err
}

// readyEntry is an entry with all done that does not depend on its place.
type readyEntry struct {
	Entry
	texts []namedText
}

type namedText struct {
	name, hash string
	line       []byte
}

func makeReady(e Entry) (readyEntry, error) {
	r := readyEntry{Entry: e}
	r.Time = e.Time.UTC()
	r.Texts = maps.Clone(e.Texts) // their places are written into it
	for _, name := range slices.Sorted(maps.Keys(e.Texts)) {
		hash, line, err := encodeText(e.Texts[name].Value)
		if err != nil {
			return r, err
		}
		r.texts = append(r.texts, namedText{name, hash, line})
	}
	return r, nil
}

// mark is an end of the trail: the committed one, or that of a batch on its way.
type mark struct {
	size    int64 // entries
	textEnd int64 // bytes
	tree    *stack
}

// batch are entries that are written together.
type batch struct {
	first, textAt int64 // the end of what stands before it
	end           mark
	lines, texts  []byte // for the log, without the checkpoint, and for the file of texts
	hashes        []tlog.Hash
	err           error // readable when done is closed
	done          chan struct{}
}

// room is what a batch is made with, in bytes: half as much again as the one before took, so that it seldom has to be moved.
type room struct{ lines, texts int }

const maxRoom = 1 << 20

// join puts entries into the batch that is open, beginning one where none is.
func (t *Trail) join(list []readyEntry) (b *batch, index uint64, begun bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bad != nil {
		return nil, 0, false, t.bad
	}
	if b = t.open; b == nil {
		begun = true
		b = &batch{first: t.tip.size, textAt: t.tip.textEnd, done: make(chan struct{}), lines: make([]byte, 0, t.room.lines), texts: make([]byte, 0, t.room.texts),
			end: mark{t.tip.size, t.tip.textEnd, t.tip.tree.clone()}}
	}
	index = uint64(b.end.size)
	if err = b.add(list); err == nil {
		t.open = b
	}
	return b, index, begun, err
}

// add adds the entries to the batch, or none of them.
func (b *batch) add(list []readyEntry) error {
	lines, textEnd := b.lines, b.end.textEnd
	ends := make([]int, len(list))
	for i, e := range list {
		e.Index = uint64(b.end.size) + uint64(i)
		for _, x := range e.texts {
			e.Texts[x.name] = Text{Hash: x.hash, At: textEnd, Size: int64(len(x.line))}
			textEnd += int64(len(x.line))
		}
		var err error
		if lines, err = appendEntry(lines, e.Entry); err != nil {
			return err
		}
		lines = append(lines, '\n')
		ends[i] = len(lines)
	}
	at := len(b.lines)
	for i, e := range list {
		for _, x := range e.texts {
			b.texts = append(b.texts, x.line...)
		}
		b.hashes = append(b.hashes, b.end.tree.push(tlog.RecordHash(lines[at:ends[i]-1]))...)
		at = ends[i]
	}
	b.lines, b.end.size, b.end.textEnd = lines, b.end.size+int64(len(list)), textEnd
	return nil
}

// carry waits until the batches before are done and brings its own to the disk, with all that joined it meanwhile.
func (t *Trail) carry(b *batch) {
	t.writing.Lock()
	defer t.writing.Unlock()
	select {
	case <-b.done: // it failed with one before it
		return
	default:
	}
	t.mu.Lock()
	t.open, t.tip = nil, b.end
	t.room = room{min(len(b.lines)*3/2, maxRoom), min(len(b.texts)*3/2, maxRoom)}
	t.mu.Unlock()
	if err := t.commit(b); err != nil {
		t.setBack(err, b)
		return
	}
	close(b.done)
}

// commit makes a batch durable. Its texts and its entries are synced at the same time: in whichever order they reach the disk, the
// batch counts as acknowledged only when the head says so, which is written after both. See recover.
func (t *Trail) commit(b *batch) error {
	if err := t.refused(); err != nil {
		return err
	}
	c := Checkpoint{Origin: Origin, Size: b.end.size, Root: b.end.tree.root(), Previous: b.first}
	signed, err := note.Sign(&note.Note{Text: c.text()}, t.signer)
	if err != nil {
		return fmt.Errorf("audit checkpoint: %w", err)
	}
	last, err := json.Marshal(checkpointLine{string(signed)})
	if err != nil {
		return fmt.Errorf("audit checkpoint: %w", err)
	}
	lines := append(append(b.lines, last...), '\n') // b.lines is read no more
	if err := t.writeSynced(b, lines); err != nil {
		return err
	}
	t.end, t.logEnd, t.headText = b.end, t.logEnd+int64(len(lines)), signed
	// The entries are durable. Tree and head can be made again from them, so that a failure here loses nothing; but no more may
	// be written on top of hashes that are not there.
	if err = t.writeHashes(tlog.StoredHashCount(b.first), b.hashes); err == nil {
		err = t.writeHead()
	}
	if err != nil {
		t.mu.Lock()
		t.bad = err
		t.mu.Unlock()
	}
	return nil
}

// writeSynced writes the texts of a batch, then its lines, so that nobody reads an entry whose text is not there, and syncs both.
func (t *Trail) writeSynced(b *batch, lines []byte) error {
	if _, err := t.texts.WriteAt(b.texts, b.textAt); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	if _, err := t.log.WriteAt(lines, t.logEnd); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	texts := make(chan error, 1)
	if len(b.texts) > 0 {
		go func() { texts <- t.texts.Sync() }()
	} else {
		texts <- nil
	}
	if err := errors.Join(t.log.Sync(), <-texts); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	return nil
}

// refused is why nothing may be written any more.
func (t *Trail) refused() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bad
}

// setBack takes the trail back to what is committed, after a batch could not be written. The open batch fails with it, as it was
// made to stand behind it. Nothing of them is left; where that cannot be had, the trail takes nothing more.
func (t *Trail) setBack(err error, b *batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []*batch{b}
	if t.open != nil {
		list = append(list, t.open)
	}
	t.open, t.tip = nil, t.end
	if t.bad == nil {
		if uerr := t.undo(); uerr != nil {
			t.bad = fmt.Errorf("the audit trail cannot be written: %w (and what was half written cannot be removed: %w)", err, uerr)
			err = t.bad
		}
	}
	for _, b := range list {
		b.err = err
		close(b.done)
	}
}

func (t *Trail) undo() error {
	if err := t.log.Truncate(t.logEnd); err != nil {
		return err
	}
	if err := t.log.Sync(); err != nil {
		return err
	}
	return t.texts.Truncate(t.end.textEnd)
}

// writeHead writes the newest checkpoint over the one before. It is cut only where that was longer, which a growing log's never
// is: the texts differ in length when a size gains a digit.
func (t *Trail) writeHead() error {
	if _, err := t.head.WriteAt(t.headText, 0); err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	if size := int64(len(t.headText)); size >= t.headSize {
		t.headSize = size
		return nil
	}
	t.headSize = int64(len(t.headText))
	if err := t.head.Truncate(t.headSize); err != nil {
		return fmt.Errorf("audit head: %w", err)
	}
	return nil
}

package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Report is what Verify found. The trail is whole when Bad is nil.
type Report struct {
	Entries     int64      `json:"entries"`
	Checkpoints int64      `json:"checkpoints"`
	Texts       int64      `json:"texts"`  // that are held and match
	Erased      int64      `json:"erased"` // whose erasure is recorded
	Head        Checkpoint `json:"head"`
	// Unacknowledged is the length in bytes of what stands behind the last checkpoint: a batch that is being written just now,
	// or that a crash interrupted.
	Unacknowledged int64  `json:"unacknowledged,omitempty"`
	Bad            *Fault `json:"bad,omitempty"`
}

// Fault is the first thing in a trail that is not what was written.
type Fault struct {
	File  string `json:"file"`
	At    int64  `json:"at"`    // byte offset of the line
	Entry int64  `json:"entry"` // the first entry that is affected; entries before it are whole
	What  string `json:"what"`
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%s: entry %d (byte %d of the file %s): %s", ErrDamaged, f.Entry, f.At, f.File, f.What)
}

// Unwrap makes a Fault an ErrDamaged.
func (f *Fault) Unwrap() error { return ErrDamaged }

// Verify reads the whole trail in dir and checks every byte: the order of the entries, the tree's hash at every checkpoint, every
// signature, every text against its commitment, every erasure against its entry, and that the log reaches its head. It needs no
// secret. Known are checkpoints that were kept elsewhere: the log must go on from each of them. It may run while the trail is
// written; it then speaks of the entries up to the head that it found first.
func Verify(dir string, known ...Checkpoint) (*Report, error) {
	keys, err := verifierKeys(dir)
	if err != nil {
		return nil, err
	}
	v := &verifier{dir: dir, keys: keys, known: map[int64]Checkpoint{}, texts: map[int64]Text{}, owners: map[int64]int64{}, erased: map[string]bool{}, named: map[string]bool{keys[0]: true}}
	for _, c := range known {
		v.known[c.Size] = c
	}
	v.readHead() // first, so that the log that is read afterwards is no shorter
	f, err := os.Open(filepath.Join(dir, logFile))
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	defer f.Close()
	v.signatures = newSignatures(keys)
	err = scanLines(f, v.line)
	if bad := v.signatures.wait(); bad != nil && (v.report.Bad == nil || bad.At < v.report.Bad.At) {
		v.report.Bad = bad
	}
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	if v.report.Bad == nil {
		if err := v.end(f); err != nil {
			return nil, err
		}
	}
	return &v.report, nil
}

type verifier struct {
	dir        string
	keys       []string
	known      map[int64]Checkpoint // kept elsewhere, by size; met ones are taken out
	headText   []byte
	head       Checkpoint
	headErr    error
	named      map[string]bool // verifier keys that an entry names, and the first
	report     Report
	tree       stack
	pending    []leaf // entries since the last checkpoint
	texts      map[int64]Text
	owners     map[int64]int64 // entry of the text at an offset
	erased     map[string]bool
	signatures *signatures
	lastEnd    int64 // of the line that is being read
	good       int64 // end of the last good checkpoint
}

type leaf struct {
	at   int64
	hash tlog.Hash
}

// bad ends the reading at a fault. Behind the head there is none: what stands there was never acknowledged.
func (v *verifier) bad(file string, at, entry int64, form string, args ...any) error {
	if file == logFile && v.headErr == nil && v.head.Size > 0 && v.report.Entries >= v.head.Size && at >= v.good {
		return errStop
	}
	return v.fault(file, at, entry, form, args...)
}

func (v *verifier) fault(file string, at, entry int64, form string, args ...any) error {
	v.report.Bad = &Fault{File: file, At: at, Entry: entry, What: fmt.Sprintf(form, args...)}
	return errStop
}

// line checks one line of the log.
func (v *verifier) line(at int64, data []byte) error {
	v.lastEnd = at + int64(len(data)) + 1
	if isCheckpoint(data) {
		return v.checkpoint(at, data)
	}
	next := v.report.Entries + int64(len(v.pending))
	var e Entry
	if json.Unmarshal(data, &e) != nil {
		return v.bad(logFile, at, next, "the line is not an entry")
	}
	if int64(e.Index) != next {
		return v.bad(logFile, at, next, "the entry with index %d stands in its place", e.Index)
	}
	v.pending = append(v.pending, leaf{at, tlog.RecordHash(data)})
	for _, t := range e.Texts {
		v.texts[t.At] = t
		v.owners[t.At] = next
	}
	if Erases(e) {
		v.erased[e.Object] = true
	}
	if e.Operation == KeyRotated {
		v.named[e.Details["verifierKey"]] = true
	}
	return nil
}

// checkpoint compares the tree with what a checkpoint says of it.
func (v *verifier) checkpoint(at int64, data []byte) error {
	text := checkpointText(data)
	first := v.report.Entries
	if again, err := json.Marshal(checkpointLine{text}); err != nil || !bytes.Equal(again, data) {
		return v.bad(logFile, at, first, "the line is not a checkpoint as it is written")
	}
	body, _, _ := bytes.Cut([]byte(text), []byte("\n\n"))
	c, err := parseCheckpoint(string(body) + "\n")
	if err != nil {
		return v.bad(logFile, at, first, "%v", err)
	}
	for _, l := range v.pending {
		v.tree.push(l.hash)
	}
	size := first + int64(len(v.pending))
	if c.Origin != Origin || c.Size != size {
		return v.bad(logFile, at, first, "the checkpoint is of %q with %d entries, and %d stand before it", c.Origin, c.Size, size)
	}
	if c.Previous != first {
		return v.bad(logFile, at, first, "the checkpoint of %d entries before this one is missing", c.Previous)
	}
	if v.tree.root() != c.Root {
		bad := v.firstChanged(first)
		return v.bad(logFile, bad.at, bad.entry, "%s", bad.what)
	}
	if k, ok := v.known[c.Size]; ok {
		if k.Root != c.Root {
			return v.bad(logFile, at, first, "the checkpoint of %d entries that was kept elsewhere has another hash", k.Size)
		}
		delete(v.known, c.Size)
	}
	if v.headErr == nil && v.head.Size == c.Size && v.head != c {
		return v.bad(headFile, 0, first, "the newest checkpoint is not that of the log")
	}
	v.signatures.check(text, at, first)
	v.report.Entries, v.report.Head, v.good = size, c, v.lastEnd
	v.report.Checkpoints++
	v.pending = v.pending[:0]
	return nil
}

type changed struct {
	at, entry int64
	what      string
}

// firstChanged finds which entry of a batch differs from the hash that was stored beside the log when it was written.
func (v *verifier) firstChanged(first int64) changed {
	f, err := os.Open(filepath.Join(v.dir, hashFile))
	if err == nil {
		defer f.Close()
		for i, l := range v.pending {
			var stored tlog.Hash
			if _, err := f.ReadAt(stored[:], tlog.StoredHashIndex(0, first+int64(i))*tlog.HashSize); err != nil {
				break
			}
			if stored != l.hash {
				return changed{l.at, first + int64(i), "the entry was changed"}
			}
		}
	}
	if len(v.pending) == 0 {
		return changed{v.lastEnd, first, "the checkpoint is not over the entries before it"}
	}
	return changed{v.pending[0].at, first, fmt.Sprintf("one of %d entries up to the next checkpoint was changed, or the checkpoint was", len(v.pending))}
}

// end checks what the whole log says: its end, its head, the texts, and the checkpoints kept elsewhere.
func (v *verifier) end(log *os.File) error {
	if v.checkHead(); v.report.Bad != nil {
		return nil
	}
	info, err := log.Stat()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	v.report.Unacknowledged = info.Size() - v.good
	for _, size := range slices.Sorted(maps.Keys(v.known)) {
		if size > v.report.Entries {
			v.fault(logFile, v.lastEnd, v.report.Entries, "the log ends here, and a checkpoint that was kept elsewhere says %d entries", size)
		} else if size > 0 {
			v.fault(logFile, 0, size, "the log has no checkpoint of %d entries, and one was kept elsewhere", size)
		}
		if v.report.Bad != nil {
			return nil
		}
	}
	for _, k := range v.keys {
		if !v.named[k] {
			v.fault(verifierFile, 0, 0, "no entry names the key %s", k)
			return nil
		}
	}
	if err := v.stored(); err != nil || v.report.Bad != nil {
		return err
	}
	return v.checkTexts()
}

func (v *verifier) readHead() {
	v.headText, v.headErr = os.ReadFile(filepath.Join(v.dir, headFile))
	if v.headErr == nil && len(v.headText) > 0 {
		v.head, v.headErr = OpenCheckpoint(string(v.headText), v.keys...)
	}
}

// checkHead checks that the log reaches the newest checkpoint that was acknowledged.
func (v *verifier) checkHead() {
	switch {
	case v.headErr != nil && v.report.Entries == 0 && errors.Is(v.headErr, os.ErrNotExist):
	case errors.Is(v.headErr, os.ErrNotExist):
		v.fault(headFile, 0, v.report.Entries, "the file is missing: entries at the end of the log may be, too")
	case v.headErr != nil:
		v.fault(headFile, 0, v.report.Entries, "the newest checkpoint was changed: %v", v.headErr)
	case v.head.Size > v.report.Entries:
		v.fault(logFile, v.lastEnd, v.report.Entries, "the log ends here, and %d entries were acknowledged", v.head.Size)
	case v.head.Size == 0 && v.report.Entries > 0:
		v.fault(headFile, 0, v.report.Entries, "the file is empty: entries at the end of the log may be missing")
	}
}

// quiet reports that nobody wrote to the trail while it was read: a batch is in the log before its hashes are stored, and they are
// before the head is.
func (v *verifier) quiet() bool {
	log, err := os.Stat(filepath.Join(v.dir, logFile))
	if err != nil || log.Size() != v.good {
		return false
	}
	now, err := os.ReadFile(filepath.Join(v.dir, headFile))
	return err == nil && bytes.Equal(now, v.headText) && v.report.Entries == v.head.Size
}

// stored checks the stored hashes, which proofs are made of.
func (v *verifier) stored() error {
	f, err := os.Open(filepath.Join(v.dir, hashFile))
	if err != nil {
		v.fault(hashFile, 0, 0, "the file is missing; it is made again when the trail is opened")
		return nil
	}
	defer f.Close()
	log, err := os.Open(filepath.Join(v.dir, logFile))
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer log.Close()
	var tree stack
	var n, at int64
	in := bufio.NewReaderSize(f, 1<<16)
	err = scanLines(log, func(_ int64, data []byte) error {
		if isCheckpoint(data) {
			return nil
		}
		if n == v.head.Size { // those behind it may not be written yet
			return errFound
		}
		for _, h := range tree.push(tlog.RecordHash(data)) {
			var have tlog.Hash
			if _, err := io.ReadFull(in, have[:]); err != nil || have != h {
				return v.fault(hashFile, at, n, "the stored hash was changed; remove the file and open the trail to make it again")
			}
			at += tlog.HashSize
		}
		n++
		return nil
	})
	if errors.Is(err, errStop) {
		return nil
	}
	if err != nil && !errors.Is(err, errFound) {
		return err
	}
	if info, serr := f.Stat(); serr == nil && info.Size() != at && v.quiet() {
		v.fault(hashFile, at, n, "the file has more than the tree's hashes")
	}
	return nil
}

// checkTexts reads the file of texts line by line: each is what an entry committed to, or was erased by one.
func (v *verifier) checkTexts() error {
	f, err := os.Open(filepath.Join(v.dir, textFile))
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	defer f.Close()
	end := int64(0)
	err = scanLines(f, func(at int64, data []byte) error {
		end = at + int64(len(data)) + 1
		t, ok := v.texts[at]
		if !ok || t.Size != int64(len(data))+1 {
			var l textLine
			if json.Unmarshal(data, &l) == nil && !ok && v.afterCrash(l, data) {
				return nil // written, and never acknowledged by an entry
			}
			return v.fault(textFile, at, v.owner(at), "no entry has a text in this place")
		}
		_, erased, err := checkText(append(bytes.Clone(data), '\n'), t.Hash)
		switch {
		case err != nil:
			return v.fault(textFile, at, v.owner(at), "%v", err)
		case erased != v.erased[t.Hash]:
			if erased {
				return v.fault(textFile, at, v.owner(at), "the text is gone, and no entry records its erasure")
			}
			return v.fault(textFile, at, v.owner(at), "an entry says that the text was erased, and it is there")
		case erased:
			v.report.Erased++
		default:
			v.report.Texts++
		}
		delete(v.texts, at)
		return nil
	})
	if errors.Is(err, errStop) {
		return nil
	}
	if err != nil {
		return err
	}
	if info, serr := f.Stat(); serr == nil {
		v.report.Unacknowledged += info.Size() - end
	}
	for _, at := range slices.Sorted(maps.Keys(v.texts)) {
		if v.owners[at] >= v.report.Entries {
			continue // of an entry that was never acknowledged
		}
		v.fault(textFile, at, v.owner(at), "the text is missing")
		return nil
	}
	return nil
}

// afterCrash accepts a whole line that no entry names: it was written when the process died before its entry was.
func (v *verifier) afterCrash(l textLine, data []byte) bool {
	_, _, err := checkText(append(bytes.Clone(data), '\n'), l.Hash)
	return err == nil
}

// owner is the entry of the text at or before a place.
func (v *verifier) owner(at int64) int64 {
	best, entry := int64(-1), int64(0)
	for a, e := range v.owners {
		if a <= at && a > best {
			best, entry = a, e
		}
	}
	return entry
}

// errFound ends a scan that has read all it wanted.
var errFound = errors.New("found")

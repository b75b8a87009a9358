package activity

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/entra"
)

// version is of the mapping: rows that another version made are made again.
const version = 3

// Entry is an entry's rows.
type Entry struct {
	Index uint64
	Rows  []Row
}

// Mark says how far the log has become rows; the store keeps it together with them.
type Mark struct {
	Source string // the log and the mapping that the rows are of
	Next   uint64 // the first entry without rows
	At     int64  // where it begins in the log, in bytes
	Copies Copies // what is copied of that entry
}

// Store keeps rows.
type Store interface {
	Mark(ctx context.Context) (Mark, error)
	// Write takes the rows of further entries and the new mark, all or nothing. Before that it removes the rows of the entries
	// that are in replaced, or with reset those of all.
	Write(ctx context.Context, mark Mark, entries []Entry, replaced []uint64, reset bool) error
	// Tenant is the id of the Entra tenant of the workspace; "" while none is known.
	Tenant(ctx context.Context) (string, error)
}

// Sizer is an open trail: Size is the number of entries that are acknowledged.
type Sizer interface{ Size() int64 }

// Projector brings the entries of a log into a workspace, each once. The log is the truth: where a crash, another log or another
// version of the mapping leaves rows that are not those of the log, they are made again. It is safe for use by several goroutines.
type Projector struct {
	dir     string // of the trail
	trail   Sizer
	store   Store
	schemas *entra.Schemas

	mu   sync.Mutex
	mark *Mark // as the store has it; nil until it was read
}

// NewProjector makes a projector of the trail in dir.
func NewProjector(dir string, trail Sizer, store Store, schemas *entra.Schemas) *Projector {
	return &Projector{dir: dir, trail: trail, store: store, schemas: schemas}
}

// batchEntries and batchBytes bound what is written in one transaction: entries, and bytes of their texts, about.
const (
	batchEntries = 8192
	batchBytes   = 32 << 20
)

// CatchUp makes the rows of all entries that were acknowledged before it was called.
func (p *Projector) CatchUp(ctx context.Context) error {
	tenant, err := p.store.Tenant(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	size := uint64(p.trail.Size()) // not before: who waits here for another would find rows beyond it, and take the log for a changed one
	if p.mark == nil {
		m, err := p.store.Mark(ctx)
		if err != nil {
			return err
		}
		p.mark = &m
	}
	keys, err := audit.VerifierKeys(p.dir)
	if err != nil {
		return err
	}
	source := strings.Join([]string{keys[0], tenant, strconv.Itoa(version)}, " ")
	if p.mark.Source == source && p.mark.Next == size {
		return nil
	}
	b := &projection{p: p, m: NewMapper(p.schemas, keys[0], tenant), size: size, mark: *p.mark}
	if b.texts, err = audit.OpenTexts(p.dir); err != nil {
		return err
	}
	defer b.texts.Close()
	if b.mark.Source != source || b.mark.Next > size {
		b.restart(source)
	}
	err = b.run(ctx)
	if errors.Is(err, audit.ErrDamaged) && b.mark.At > 0 { // the place may be of a log that was put in this one's stead
		b.restart(source)
		err = b.run(ctx)
	}
	return err
}

// projection is one run of a projector.
type projection struct {
	p     *Projector
	m     *Mapper
	texts *audit.TextFile
	size  uint64
	mark  Mark
	reset bool

	entries []audit.Entry
	copies  []Copies // by entry: what is copied of it
	bytes   int64
}

func (b *projection) restart(source string) {
	b.mark, b.reset = Mark{Source: source, Copies: DefaultCopies()}, true
	b.entries, b.copies, b.bytes = nil, nil, 0
}

// errCaughtUp ends the reading.
var errCaughtUp = errors.New("caught up")

func (b *projection) run(ctx context.Context) error {
	next := b.mark.Next
	at, copies := b.mark.At, b.mark.Copies
	err := audit.ReadFrom(b.p.dir, at, next, func(group []audit.Entry, end int64) error {
		if len(group) > 0 && group[len(group)-1].Index >= b.size {
			return errCaughtUp // not acknowledged when CatchUp was called
		}
		for _, e := range group {
			b.entries, b.copies = append(b.entries, e), append(b.copies, copies)
			copies = copies.After(b.m, e)
			for _, t := range e.Texts {
				b.bytes += t.Size
			}
			next = e.Index + 1
		}
		at = end
		if len(b.entries) >= batchEntries || b.bytes >= batchBytes {
			return b.flush(ctx, Mark{b.mark.Source, next, at, copies})
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errCaughtUp) {
		return err
	}
	if next != b.size {
		return fmt.Errorf("%w: the log has %d entries where %d were acknowledged", audit.ErrDamaged, next, b.size)
	}
	return b.flush(ctx, Mark{b.mark.Source, next, at, copies})
}

// flush writes the rows of the entries that were read. Where entries say that texts were erased, the rows of the entries that
// had them are made again without: the entry comes before the text is gone, so the file of texts is not asked.
func (b *projection) flush(ctx context.Context, to Mark) error {
	if to == b.mark && !b.reset {
		return nil
	}
	erased := map[string]bool{}
	for _, e := range b.entries {
		if audit.Erases(e) {
			erased[e.Object] = true
		}
	}
	var out []Entry
	for i, e := range b.entries {
		one, err := b.rows(e, b.copies[i], erased)
		if err != nil {
			return err
		}
		out = append(out, one)
	}
	var replaced []uint64
	if len(erased) > 0 && b.mark.Next > 0 {
		again, err := b.having(erased, b.mark.Next)
		if err != nil {
			return err
		}
		for _, one := range again {
			replaced = append(replaced, one.Index)
		}
		out = append(again, out...)
	}
	if err := b.p.store.Write(ctx, to, out, replaced, b.reset); err != nil {
		return err
	}
	b.mark, b.reset = to, false
	b.entries, b.copies, b.bytes = nil, nil, 0
	m := to
	b.p.mark = &m
	return nil
}

// having makes the rows of the entries before an index that have one of the texts.
func (b *projection) having(erased map[string]bool, before uint64) ([]Entry, error) {
	var out []Entry
	copies := DefaultCopies()
	var problem error
	err := audit.Read(b.p.dir, func(e audit.Entry) bool {
		if e.Index >= before {
			return false
		}
		for _, t := range e.Texts {
			if erased[t.Hash] {
				one, err := b.rows(e, copies, erased)
				if err != nil {
					problem = err
					return false
				}
				out = append(out, one)
				break
			}
		}
		copies = copies.After(b.m, e)
		return true
	})
	return out, errors.Join(err, problem)
}

func (b *projection) rows(e audit.Entry, copies Copies, erased map[string]bool) (Entry, error) {
	if !copies.Has(b.m, e) {
		return Entry{Index: e.Index}, nil
	}
	texts, problem := TextsOf(e, b.texts, copies.Responses, erased)
	rows, err := b.m.Rows(e, texts)
	return Entry{e.Index, rows}, errors.Join(err, *problem)
}

// TextsOf gives the texts of an entry from the file of texts: none where they may not be shown or are among the erased. problem
// holds what went wrong with it.
func TextsOf(e audit.Entry, file *audit.TextFile, shown bool, erased map[string]bool) (texts Texts, problem *error) {
	problem = new(error)
	if !shown || len(e.Texts) == 0 {
		return NoTexts, problem
	}
	return func(name string) (string, bool) {
		t, ok := e.Texts[name]
		if !ok || erased[t.Hash] {
			return "", false
		}
		text, err := file.Text(t)
		if err != nil {
			if !errors.Is(err, audit.ErrErased) && *problem == nil {
				*problem = fmt.Errorf("the %s of entry %d: %w", name, e.Index, err)
			}
			return "", false
		}
		return text, true
	}, problem
}

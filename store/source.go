package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/sleuth-sec/sleuth/diag"
)

// figures keeps what was counted until an import writes: every answer tells its coverage, and
// nobody but the owner of the workspace can change what it holds.
type figures struct {
	mu      sync.Mutex
	changes int // writes that were committed
	sources map[string]SourceInfo
	tables  []TableInfo
}

// changed forgets the figures; it is called behind every commit.
func (f *figures) changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes++
	f.sources, f.tables = nil, nil
}

// source returns what is known of a table, and the number of changes for keepSource.
func (f *figures) source(name string) (info SourceInfo, known bool, at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, known = f.sources[name]
	return info, known, f.changes
}

// keepSource keeps figures that were counted since the change at, unless there was another.
func (f *figures) keepSource(name string, info SourceInfo, at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at != f.changes {
		return
	}
	if f.sources == nil {
		f.sources = map[string]SourceInfo{}
	}
	f.sources[name] = info
}

// all returns the tables when they are known.
func (f *figures) all() (tables []TableInfo, at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.tables), f.changes
}

// keepAll is keepSource for every table.
func (f *figures) keepAll(tables []TableInfo, at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at == f.changes {
		f.tables = slices.Clone(tables)
	}
}

// SourceInfo says what the workspace holds of one table, for the coverage of an answer.
type SourceInfo struct {
	// Held: something of this table was imported, be it an empty collection.
	Held bool
	Rows int64
	// First and Last are the ticks of the first and last event; 0 where the table has no time or no rows.
	First, Last int64
	// Deleted is the furthest deletion of its rows; Before is 0 where there was none.
	Deleted Deletion
	// Archived are the days, as ticks of their beginnings, that are in the archive only: First to before Before; 0 where none is.
	Archived struct{ First, Before int64 }
}

// Source describes what a table has of the tenant. A name that is no table of the workspace is not held.
func (w *Workspace) Source(ctx context.Context, name string) (SourceInfo, error) {
	t := w.schemas.Table(name)
	if t == nil {
		return SourceInfo{}, nil
	}
	info, known, at := w.figures.source(t.Name)
	if known {
		return info, nil
	}
	first, last := "0", "0"
	if t.TimeColumn != "" {
		first, last = "coalesce(min("+ident(t.TimeColumn)+"), 0)", "coalesce(max("+ident(t.TimeColumn)+"), 0)"
	}
	var covered int64
	err := w.db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*), %s, %s, (SELECT count(*) FROM ws.meta.coverage WHERE table_name = ?)
		FROM %s WHERE _Current`, first, last, rawName(t)), t.Name).Scan(&info.Rows, &info.First, &info.Last, &covered)
	if err != nil {
		return SourceInfo{}, classify(w.path, err)
	}
	if err := w.fillGone(ctx, t.Name, &info); err != nil {
		return SourceInfo{}, err
	}
	info.Held = info.Rows > 0 || covered > 0 || info.Deleted.Before > 0 || info.Archived.Before > 0
	w.figures.keepSource(t.Name, info, at)
	return info, nil
}

// fillGone finds what of a table was deleted or is in the archive.
func (w *Workspace) fillGone(ctx context.Context, table string, info *SourceInfo) error {
	gone, err := w.deletions(ctx)
	if err != nil {
		return classify(w.path, err)
	}
	info.Deleted = gone[table]
	if info.Archived.First, info.Archived.Before, err = w.archivedOnly(ctx, table); err != nil {
		return classify(w.path, err)
	}
	return nil
}

// Gone are warnings of a table for who reads it from a moment on, in ticks, where rows since then were deleted or are in the archive.
// It counts no rows: every query asks for it.
func (w *Workspace) Gone(ctx context.Context, name string, from int64) ([]*diag.Diagnostic, error) {
	t := w.schemas.Table(name)
	if t == nil {
		return nil, nil
	}
	info, known, _ := w.figures.source(t.Name)
	if !known {
		if err := w.fillGone(ctx, t.Name, &info); err != nil {
			return nil, err
		}
	}
	return info.gone(t.Name, from), nil
}

// Version changes whenever an import or a deletion has changed the workspace.
func (w *Workspace) Version(ctx context.Context) (string, error) {
	var files, newest int64
	err := w.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(finished), 0) FROM ws.meta.files WHERE status = 'done'`).Scan(&files, &newest)
	if err != nil {
		return "", classify(w.path, err)
	}
	var deletions int64
	if err := w.db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM ws.meta.deletions) + (SELECT coalesce(max(archived), 0) FROM ws.meta.archived) + (SELECT count(*) FROM ws.meta.restored)").Scan(&deletions); err != nil {
		return "", classify(w.path, err)
	}
	return fmt.Sprintf("%d-%d-%d", files, newest, deletions), nil
}

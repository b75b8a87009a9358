package store

import (
	"context"
	"fmt"
)

// SourceInfo says what the workspace holds of one table, for the coverage of an answer.
type SourceInfo struct {
	// Held: something of this table was imported, be it an empty collection.
	Held bool
	Rows int64
	// First and Last are the ticks of the first and last event; 0 where the table has no time or no rows.
	First, Last int64
}

// Source describes a table. A name that is no table of the workspace is not held.
func (w *Workspace) Source(ctx context.Context, name string) (SourceInfo, error) {
	t := w.schemas.Table(name)
	if t == nil {
		return SourceInfo{}, nil
	}
	first, last := "0", "0"
	if t.TimeColumn != "" {
		first, last = "coalesce(min("+ident(t.TimeColumn)+"), 0)", "coalesce(max("+ident(t.TimeColumn)+"), 0)"
	}
	var info SourceInfo
	var covered int64
	err := w.db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*), %s, %s, (SELECT count(*) FROM ws.meta.coverage WHERE table_name = ?)
		FROM %s`, first, last, viewName(t)), t.Name).Scan(&info.Rows, &info.First, &info.Last, &covered)
	if err != nil {
		return SourceInfo{}, classify(w.path, err)
	}
	info.Held = info.Rows > 0 || covered > 0
	return info, nil
}

// Version changes whenever an import has changed the workspace.
func (w *Workspace) Version(ctx context.Context) (string, error) {
	var files, newest int64
	err := w.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(finished), 0) FROM ws.meta.files WHERE status = 'done'`).Scan(&files, &newest)
	if err != nil {
		return "", classify(w.path, err)
	}
	return fmt.Sprintf("%d-%d", files, newest), nil
}

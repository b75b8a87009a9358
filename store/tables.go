package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// TableInfo is a table of the workspace for the catalog and for coverage.
type TableInfo struct {
	*entra.Table
	// Relation is the relation (catalog.schema.table, not quoted) of the current state, HistoryRelation that of every state ever
	// held; both have the columns of Table.Columns, under their names.
	Relation        string
	HistoryRelation string
	// Rows counts the current state, States every state.
	Rows   int64
	States int64
	// First and Last are the ticks of the first and last event; 0 when there is none.
	First, Last int64
	// LastImport is the ticks of the newest ingestion; 0 when the table is empty.
	LastImport int64
}

// Tables returns every table, also those that hold nothing, ordered by name.
func (w *Workspace) Tables(ctx context.Context) ([]TableInfo, error) {
	kept, at := w.figures.all()
	if len(kept) > 0 {
		return kept, nil
	}
	all := w.schemas.Tables()
	out := make([]TableInfo, len(all))
	for i, t := range all {
		out[i].Table = t
		out[i].Relation, out[i].HistoryRelation = w.Relation(t)
	}
	filled, err := w.filledTables(ctx) // the catalog knows which are empty, and most are
	if err != nil {
		return nil, classify(w.path, err)
	}
	var parts []string
	for _, t := range filled {
		i := slices.Index(all, t)
		first, last := "NULL", "NULL"
		if t.TimeColumn != "" {
			first = "min(" + ident(t.TimeColumn) + ") FILTER (_Current)"
			last = "max(" + ident(t.TimeColumn) + ") FILTER (_Current)"
		}
		parts = append(parts, fmt.Sprintf(`SELECT %d AS i, count(*) FILTER (_Current) AS n, count(*) AS states, coalesce(%s, 0) AS f, coalesce(%s, 0) AS l, coalesce(max("_IngestionTime"), 0) AS at FROM %s`,
			i, first, last, rawName(t)))
	}
	if len(parts) == 0 {
		w.figures.keepAll(out, at)
		return out, nil
	}
	rows, err := w.db.QueryContext(ctx, strings.Join(parts, " UNION ALL "))
	if err != nil {
		return nil, classify(w.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		info := TableInfo{}
		if err := rows.Scan(&i, &info.Rows, &info.States, &info.First, &info.Last, &info.LastImport); err != nil {
			return nil, err
		}
		info.Table, info.Relation, info.HistoryRelation = out[i].Table, out[i].Relation, out[i].HistoryRelation
		out[i] = info
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	w.figures.keepAll(out, at)
	return out, nil
}

// Relation returns the relations of a table as catalog.schema.table without quotes: its current
// state and every state.
func (w *Workspace) Relation(t *entra.Table) (current, history string) {
	return "ws.main." + t.Name, "ws.raw." + t.Name
}

// ImportedFile is a file of the journal: the chain of custody.
type ImportedFile struct {
	ImportID    string
	Path        string
	SHA256      string
	Size        int64
	Modified    int64 // ticks
	Formats     string
	Records     int64
	RowsAdded   int64
	Rejected    int64
	Unsupported string
	Finished    int64 // ticks
}

// ImportedFiles returns the files that were imported, oldest first.
func (w *Workspace) ImportedFiles(ctx context.Context) ([]ImportedFile, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT import_id, path, sha256, size, modified, formats, records, rows_added, rejected, unsupported, finished
		FROM ws.meta.files WHERE status = 'done' ORDER BY file_id`)
	if err != nil {
		return nil, classify(w.path, err)
	}
	defer rows.Close()
	var out []ImportedFile
	for rows.Next() {
		var f ImportedFile
		if err := rows.Scan(&f.ImportID, &f.Path, &f.SHA256, &f.Size, &f.Modified, &f.Formats, &f.Records, &f.RowsAdded, &f.Rejected, &f.Unsupported, &f.Finished); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

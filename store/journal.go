package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// The journal: a file is `reading` from its first batch to its last and then `done`, written in the
// same transaction as the rows. An import that was killed leaves files that are not done; their
// rows are true and stay, their documents are forgotten, and importing them again adds what is
// missing.

const (
	statusReading = "reading"
	statusDone    = "done"
)

// recover puts a workspace right after an import that did not end.
func (w *Workspace) recover(ctx context.Context) error {
	var broken int
	err := w.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM ws.meta.files WHERE status = 'reading') + (SELECT count(*) FROM ws.meta.dirty)`).Scan(&broken)
	if err != nil || broken == 0 {
		return err
	}
	wr, err := w.newWriter(ctx)
	if err != nil {
		return err
	}
	err = wr.transaction(ctx, func() error {
		if err := wr.forget(ctx, "status = 'reading'"); err != nil {
			return err
		}
		return wr.refresh(ctx)
	})
	if closing := wr.close(ctx); err == nil {
		err = closing
	}
	return err
}

// forget removes the documents, records set aside and journal entries of files.
func (wr *writer) forget(ctx context.Context, where string) error {
	files := "(SELECT file_id FROM ws.meta.files WHERE " + where + ")"
	docs := "(SELECT doc_id FROM ws.meta.docs WHERE file_id IN " + files + ")"
	for _, s := range []string{
		"INSERT INTO ws.meta.dirty SELECT DISTINCT table_name FROM ws.meta.seen WHERE doc_id IN " + docs,
		"DELETE FROM ws.meta.seen WHERE doc_id IN " + docs,
		"DELETE FROM ws.meta.coverage WHERE doc_id IN " + docs,
		"DELETE FROM ws.meta.docs WHERE file_id IN " + files,
		`DELETE FROM ws.main."_ImportRejects" WHERE file_id IN ` + files,
		"DELETE FROM ws.meta.files WHERE " + where,
		"DELETE FROM ws.meta.seen WHERE doc_id NOT IN (SELECT doc_id FROM ws.meta.docs)",
	} {
		if _, err := wr.exec(ctx, "%s", s); err != nil {
			return err
		}
	}
	return nil
}

// transaction runs f between BEGIN and COMMIT on the writer's connection.
func (wr *writer) transaction(ctx context.Context, f func() error) error {
	if _, err := wr.conn.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err := f(); err != nil {
		if _, rollback := wr.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); rollback != nil {
			return fmt.Errorf("%w (and rolling back: %v)", err, rollback)
		}
		return err
	}
	_, err := wr.conn.ExecContext(ctx, "COMMIT")
	wr.w.figures.changed()
	return err
}

// nextID draws a number that is used once; they are drawn by the dozen and used in order. The writer's connection is the
// committer's, so another draws them: a sequence minds no transaction.
func (im *importer) nextID(ctx context.Context) (int64, error) {
	if len(im.ids) == 0 {
		rows, err := im.w.db.QueryContext(ctx, "SELECT nextval('ws.meta.ids') FROM range(32)")
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return 0, err
			}
			im.ids = append(im.ids, id)
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
		slices.Sort(im.ids)
	}
	id := im.ids[0]
	im.ids = im.ids[1:]
	return id, nil
}

// isHeld reports whether a file of this content was imported to its end, into the same table.
func (w *Workspace) isHeld(ctx context.Context, sha256, forced string) (bool, error) {
	var n int
	err := w.db.QueryRowContext(ctx, "SELECT count(*) FROM ws.meta.files WHERE sha256 = ? AND forced = ? AND status = 'done' AND unsupported = ''", sha256, forced).Scan(&n)
	return n > 0, err
}

// newImportID is a time-ordered unique id.
func newImportID() (string, error) {
	u, err := uuid.NewV7()
	return u.String(), err
}

// fileEntry is a file's line in the journal.
type fileEntry struct {
	id       int64
	importID string
	path     string
	sha256   string
	size     int64
	modified int64
	forced   string
	started  time.Time
}

// begin writes the entry at the start of a file.
func (wr *writer) begin(ctx context.Context, f fileEntry) error {
	_, err := wr.conn.ExecContext(ctx, `INSERT INTO ws.meta.files VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, 0, 0, 0, 0, '', ?, NULL)`,
		f.id, f.importID, f.path, f.sha256, f.size, f.modified, statusReading, f.forced, ingest.Ticks(f.started))
	return err
}

// end completes the entry.
func (wr *writer) end(ctx context.Context, f fileEntry, r FileReport, added int64) error {
	_, err := wr.conn.ExecContext(ctx, `UPDATE ws.meta.files SET status = ?, formats = ?, records = ?, rows_added = ?, rows_held = ?, rejected = ?,
		unsupported = ?, finished = ? WHERE file_id = ?`,
		statusDone, strings.Join(r.Formats, ", "), r.Records, added, r.Rows-added, r.Rejected, r.Unsupported,
		ingest.Ticks(time.Now()), f.id)
	return err
}

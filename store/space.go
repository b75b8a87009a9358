package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/durable"
)

// DuckDB marks the blocks of deleted rows as free and leaves what stands in them: the file keeps its size and, until something
// is written over it, its content. So after a deletion the file is written anew, without the free blocks, and takes the place
// of the old one by a rename: whatever happens, there is one whole file.

// compactSuffix is the name, behind that of the file, of the file being written.
const compactSuffix = ".compact"

// patience is how long running queries are waited for before the files are exchanged.
const patience = 15 * time.Second

// Space is the size of the workspace's file in bytes before and after a deletion. Pending says that running queries kept the
// file from being exchanged: the rows are gone from every query, and the next maintenance gives their space back.
type Space struct {
	Before, After int64
	Pending       bool
}

// compact writes the file anew. The caller holds w.writing.
func (w *Workspace) compact(ctx context.Context) (Space, error) {
	var s Space
	if w.opts.Memory {
		return s, nil
	}
	w.ownWriting.Lock()
	defer w.ownWriting.Unlock()
	err := w.checkpoint(ctx)
	if err != nil {
		return s, classify(w.path, err)
	}
	if s.Before, err = fileSize(w.path); err != nil {
		return s, err
	}
	s.After = s.Before
	fresh := w.path + compactSuffix
	if err := w.writeCompact(ctx, fresh); err != nil { // a full disk, above all
		return s, errors.Join(classify(fresh, err), w.dropLeftovers(), w.setPending(ctx, true))
	}
	err = w.exchangeInstance(ctx, patience, func() error {
		if _, err := os.Stat(w.path + ".wal"); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("%s.wal holds writes: the file was not exchanged", w.path), err)
		}
		if err := os.Rename(fresh, w.path); err != nil {
			return err
		}
		return durable.SyncDir(w.dir)
	})
	if errors.Is(err, errBusy) {
		s.Pending = true
		return s, errors.Join(w.setPending(ctx, true), w.dropLeftovers())
	}
	if err != nil {
		return s, errors.Join(err, w.dropLeftovers())
	}
	if s.After, err = fileSize(w.path); err != nil {
		return s, err
	}
	return s, w.setPending(ctx, false)
}

// writeCompact copies what the file holds to another one, in the same order, and checks that all of it is there.
func (w *Workspace) writeCompact(ctx context.Context, fresh string) (err error) {
	side, err := w.openSide(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, side.close()) }()
	for _, s := range []string{
		fmt.Sprintf("ATTACH %s AS ws (ROW_GROUP_SIZE %d, STORAGE_VERSION 'v1.5.0')", literal(fresh), rowGroup),
		"COPY FROM DATABASE held TO ws",
		"CHECKPOINT ws",
	} {
		if _, err := side.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	if err := side.compareTables(ctx); err != nil {
		return err
	}
	if _, err := side.db.ExecContext(ctx, "DETACH ws"); err != nil {
		return err
	}
	return durable.SyncFile(fresh)
}

// side is a second DuckDB instance, with access to files, on which no query of a user ever runs. With held it reads the workspace
// as the catalog held while nothing is written there: the caller holds w.writing and w.ownWriting and has made a checkpoint.
type side struct {
	connector *duckdb.Connector
	db        *sql.DB
}

func (w *Workspace) openSide(ctx context.Context, held bool) (*side, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	s := &side{connector: connector, db: sql.OpenDB(connector)}
	s.db.SetMaxOpenConns(1)
	settings := []string{
		"SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false",
		"SET temp_directory = " + literal(filepath.Join(w.dir, "tmp")),
		"SET memory_limit = " + literal(w.memory),
	}
	if held {
		settings = append(settings, "ATTACH "+literal(w.path)+" AS held (READ_ONLY)")
	}
	if w.opts.Threads > 0 {
		settings = append(settings, fmt.Sprint("SET threads = ", w.opts.Threads))
	}
	for _, statement := range settings {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *side) close() error { return errors.Join(s.db.Close(), s.connector.Close()) }

// compareTables compares the number of rows of every table of held and ws, and the numbers given out.
func (s *side) compareTables(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'held' ORDER BY ALL")
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var schema, table string
		if err := rows.Scan(&schema, &table); err != nil {
			return err
		}
		names = append(names, ident(schema)+"."+ident(table))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		var old, fresh int64
		if err := s.db.QueryRowContext(ctx, fmt.Sprintf("SELECT (SELECT count(*) FROM held.%[1]s), (SELECT count(*) FROM ws.%[1]s)", name)).Scan(&old, &fresh); err != nil {
			return err
		}
		if old != fresh {
			return fmt.Errorf("%s has %d rows, its copy %d: the file was not exchanged", name, old, fresh)
		}
	}
	var next, used int64
	if err := s.db.QueryRowContext(ctx, `SELECT (SELECT max(start_value) FROM duckdb_sequences() WHERE sequence_name = 'ids' AND database_name = 'ws'),
		greatest((SELECT coalesce(max(file_id), 0) FROM ws.meta.files), (SELECT coalesce(max(doc_id), 0) FROM ws.meta.docs),
			(SELECT coalesce(max(deletion_id), 0) FROM ws.meta.deletions))`).Scan(&next, &used); err != nil {
		return err
	}
	if next <= used {
		return fmt.Errorf("the copy would give the number %d once more, %d is in use: the file was not exchanged", next, used)
	}
	return nil
}

// setPending notes whether space is still to be given back.
func (w *Workspace) setPending(ctx context.Context, pending bool) error {
	statement := "DELETE FROM ws.meta.settings WHERE name = 'compact'"
	if pending {
		statement = "INSERT OR REPLACE INTO ws.meta.settings VALUES ('compact', 'pending')"
	}
	_, err := w.db.ExecContext(ctx, statement)
	return err
}

// givePending compacts the file when running queries kept an earlier attempt from it.
func (w *Workspace) givePending(ctx context.Context) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	var pending int
	if err := w.db.QueryRowContext(ctx, "SELECT count(*) FROM ws.meta.settings WHERE name = 'compact'").Scan(&pending); err != nil || pending == 0 {
		return err
	}
	_, err := w.compact(ctx)
	return err
}

// dropLeftovers removes a file that was being written when its writer was killed.
func (w *Workspace) dropLeftovers() error {
	for _, suffix := range []string{compactSuffix, compactSuffix + ".wal"} {
		if err := os.Remove(w.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

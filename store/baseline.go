package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Baseline is what DuckDB alone does with the same files or statements: the yardstick of `sleuth bench`. It
// has a database of its own in memory, with access to files, and is never part of a workspace.
type Baseline struct {
	connector *duckdb.Connector
	db        *sql.DB
}

// NewBaseline opens a yardstick.
func NewBaseline() (*Baseline, error) {
	c, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, err
	}
	return &Baseline{connector: c, db: sql.OpenDB(c)}, nil
}

// NewBaselineIn opens a yardstick whose tables are kept in a file of dir, as the catalog ws, in the layout of a workspace.
func NewBaselineIn(ctx context.Context, dir string) (*Baseline, error) {
	b, err := NewBaseline()
	if err != nil {
		return nil, err
	}
	for _, s := range []string{
		"SET temp_directory = " + literal(filepath.Join(dir, "tmp")),
		"ATTACH " + literal(filepath.Join(dir, fileName)) + " AS ws (ROW_GROUP_SIZE 32768, STORAGE_VERSION 'v1.5.0')",
	} {
		if err := b.Exec(ctx, s); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return b, nil
}

// Exec runs a statement without rows.
func (b *Baseline) Exec(ctx context.Context, statement string) error {
	_, err := b.db.ExecContext(ctx, statement)
	return err
}

// QueryRows runs a statement.
func (b *Baseline) QueryRows(ctx context.Context, statement string) (*sql.Rows, error) {
	return b.db.QueryContext(ctx, statement)
}

// Close frees it.
func (b *Baseline) Close() error {
	if err := b.db.Close(); err != nil {
		return err
	}
	return b.connector.Close()
}

// ReadJSON loads files of JSON lines into a table with DuckDB's own reader and returns the rows and the time taken.
func (b *Baseline) ReadJSON(ctx context.Context, files []string) (rows int64, took time.Duration, err error) {
	list := ""
	for i, f := range files {
		if i > 0 {
			list += ", "
		}
		list += literal(f)
	}
	start := time.Now()
	if _, err := b.db.ExecContext(ctx, "CREATE OR REPLACE TABLE baseline AS SELECT * FROM read_json(["+list+
		"], format = 'newline_delimited', union_by_name = true, maximum_object_size = 67108864)"); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	err = b.db.QueryRowContext(ctx, "SELECT count(*) FROM baseline").Scan(&rows)
	return rows, took, err
}

// Drain runs a statement on the workspace and reads all of its rows, as bare SQL would be run.
func (w *Workspace) Drain(ctx context.Context, statement string) (rows int, err error) {
	r, err := w.db.QueryContext(ctx, statement)
	if err != nil {
		return 0, classify(w.path, err)
	}
	defer r.Close()
	names, err := r.Columns()
	if err != nil {
		return 0, err
	}
	cells, targets := make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		targets[i] = &cells[i]
	}
	for r.Next() {
		if err := r.Scan(targets...); err != nil {
			return rows, err
		}
		rows++
	}
	return rows, r.Err()
}

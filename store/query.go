package store

import (
	"context"
	"database/sql"
	"io"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Query implements engine.Backend: it runs one SELECT of the emitter. The database is locked down: no file, network
// or setting can be reached from SQL.
func (w *Workspace) Query(ctx context.Context, statement string, schema types.Schema) (engine.Rows, error) {
	rows, err := w.session.Query(ctx, statement, schema)
	if err != nil {
		return nil, classify(w.path, err)
	}
	return &classified{rows, w.path}, nil
}

// classified gives the errors that DuckDB meets on the way their kind.
type classified struct {
	engine.Rows
	path string
}

func (c *classified) Next() (types.Row, error) {
	row, err := c.Rows.Next()
	if err != nil && err != io.EOF {
		err = classify(c.path, err)
	}
	return row, err
}

// QueryRows runs a statement of the program's own, such as a test's, over database/sql.
func (w *Workspace) QueryRows(ctx context.Context, statement string) (*sql.Rows, error) {
	rows, err := w.db.QueryContext(ctx, statement)
	if err != nil {
		return nil, classify(w.path, err)
	}
	return rows, nil
}

package store

import (
	"context"
	"database/sql"
	"io"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Query implements engine.Backend: it runs one SELECT of the emitter. The database is locked down: no file, network
// or setting can be reached from SQL.
func (w *Workspace) Query(ctx context.Context, statement string, schema types.Schema) (engine.Rows, error) {
	rows, err := w.session.Query(ctx, statement, schema, engine.Whole(ctx))
	if err != nil {
		return nil, w.classifyQuery(err)
	}
	return &classified{rows, w}, nil
}

// classifyQuery gives a query's error its kind. Reaching the bound on temporary files counts as memory: DuckDB writes
// them for what does not fit there.
func (w *Workspace) classifyQuery(err error) error {
	if strings.Contains(err.Error(), "Out of Memory Error") {
		return engine.MemoryExceeded(w.memory, err)
	}
	return classify(w.path, err)
}

// classified gives the errors that DuckDB meets on the way their kind.
type classified struct {
	engine.Rows
	w *Workspace
}

func (c *classified) Next() (types.Row, error) {
	row, err := c.Rows.Next()
	if err != nil && err != io.EOF {
		err = c.w.classifyQuery(err)
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

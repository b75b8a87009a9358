package store

import (
	"context"
	"database/sql"
)

// QueryRows runs a statement that the emitter made. The engine is locked down: no file, network or
// setting can be reached from SQL. kql/engine.ReadSQL reads the cursor.
func (w *Workspace) QueryRows(ctx context.Context, statement string) (*sql.Rows, error) {
	rows, err := w.db.QueryContext(ctx, statement)
	if err != nil {
		return nil, classify(w.path, err)
	}
	return rows, nil
}

package store

import (
	"context"
	"iter"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Query runs a statement whose columns are, by position, those of the schema in their physical
// types; the workspace is a backend of kql/engine. Statements come from the emitter, never from a
// user, and the engine is locked down all the same: no file, network or setting can be reached.
func (w *Workspace) Query(ctx context.Context, sql string, schema types.Schema) (engine.Rows, error) {
	rows, err := w.db.QueryContext(ctx, sql)
	if err != nil {
		return nil, classify(w.path, err)
	}
	return engine.ReadSQL(rows, schema)
}

// QuerySQL is Query as an iterator over rows. A row is valid until the next; an error ends it.
func (w *Workspace) QuerySQL(ctx context.Context, sql string, schema types.Schema) iter.Seq2[[]types.Value, error] {
	return func(yield func([]types.Value, error) bool) {
		rows, err := w.Query(ctx, sql, schema)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			if !yield(rows.Row(), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, classify(w.path, err))
		}
	}
}

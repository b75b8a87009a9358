package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
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

// QuerySQL runs a statement whose columns are, by position, those of the schema in their physical
// types, and yields its rows. An error ends it.
func (w *Workspace) QuerySQL(ctx context.Context, statement string, schema types.Schema) iter.Seq2[[]types.Value, error] {
	return func(yield func([]types.Value, error) bool) {
		rows, err := w.QueryRows(ctx, statement)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		cells, targets := make([]any, len(schema)), make([]any, len(schema))
		for i := range cells {
			targets[i] = &cells[i]
		}
		for rows.Next() {
			row := make([]types.Value, len(schema))
			err := rows.Scan(targets...)
			for i := 0; err == nil && i < len(schema); i++ {
				row[i], err = value(cells[i], schema[i])
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, classify(w.path, err))
		}
	}
}

// value is the KQL value of a physical cell.
func value(cell any, c types.Column) (types.Value, error) {
	switch x := cell.(type) {
	case nil:
		return types.Null(c.Type), nil
	case bool:
		if c.Type == types.Bool {
			return types.NewBool(x), nil
		}
	case int32:
		return integer(int64(x), c)
	case int64:
		return integer(x, c)
	case float64:
		if c.Type == types.Real {
			return types.NewReal(x), nil
		}
	case string:
		return text(x, c)
	}
	return types.Value{}, fmt.Errorf("column %s: a cell of Go type %T is not a %s", c.Name, cell, c.Type)
}

func integer(n int64, c types.Column) (types.Value, error) {
	switch c.Type {
	case types.Int:
		return types.NewInt(int32(n)), nil
	case types.Long:
		return types.NewLong(n), nil
	case types.DateTime:
		return types.NewDateTime(n), nil
	case types.TimeSpan:
		return types.NewTimeSpan(n), nil
	}
	return types.Value{}, fmt.Errorf("column %s: an integer is not a %s", c.Name, c.Type)
}

func text(s string, c types.Column) (types.Value, error) {
	switch c.Type {
	case types.String:
		return types.NewString(s), nil
	case types.GUID:
		return types.NewGUID(s), nil
	case types.Dynamic:
		return types.NewDynamicJSON(s), nil
	case types.Decimal:
		d, _, err := apd.NewFromString(s)
		if err != nil {
			return types.Value{}, fmt.Errorf("column %s: decimal %q: %w", c.Name, s, err)
		}
		return types.NewDecimal(d), nil
	}
	return types.Value{}, fmt.Errorf("column %s: a text is not a %s", c.Name, c.Type)
}

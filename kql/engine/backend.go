package engine

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Backend runs a SQL text whose columns are, by position, those of the schema in their physical types.
// It gives the rows as they are made, and stops when the context ends.
type Backend interface {
	Query(ctx context.Context, sql string, schema types.Schema) (Rows, error)
}

// wholeKey marks the context of a statement whose rows are wanted only when all of them are known to be right.
type wholeKey struct{}

// Whole tells a Backend that Query should not return before the statement has ended: the rows go on to a consumer who
// cannot take them back, and the statement may still fail on a value that its SQL cannot compute exactly.
func Whole(ctx context.Context) bool { return ctx.Value(wholeKey{}) != nil }

// Rows is a pull iterator. Rows that it gave stay valid.
type Rows interface {
	// Next is the next row; io.EOF after the last one.
	Next() (types.Row, error)
	// Close frees the cursor; it may be called before the end and more than once.
	Close() error
}

// ReadSQL makes Rows of a database/sql cursor over physical cells: strings VARCHAR, datetime and timespan BIGINT ticks,
// dynamic JSON text, and so on.
func ReadSQL(rows *sql.Rows, schema types.Schema) (Rows, error) {
	names, err := rows.Columns()
	if err != nil {
		rows.Close()
		return nil, err
	}
	if len(names) < len(schema) {
		rows.Close()
		return nil, fmt.Errorf("statement yields %d columns, the plan has %d", len(names), len(schema))
	}
	r := &sqlRows{rows: rows, schema: schema, cells: make([]any, len(names)), targets: make([]any, len(names))}
	for i := range r.cells {
		r.targets[i] = &r.cells[i]
	}
	return r, nil
}

type sqlRows struct {
	rows           *sql.Rows
	schema         types.Schema
	cells, targets []any
}

func (r *sqlRows) Next() (types.Row, error) {
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err := r.rows.Scan(r.targets...); err != nil {
		return nil, err
	}
	row := make(types.Row, len(r.schema))
	for i, c := range r.schema {
		v, err := FromPhysical(r.cells[i], c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		row[i] = v
	}
	return row, nil
}

func (r *sqlRows) Close() error { return r.rows.Close() }

// FromPhysical is the value of a physical cell of the given KQL type.
func FromPhysical(cell any, t types.Type) (types.Value, error) {
	switch x := cell.(type) {
	case nil:
		return types.Null(t), nil
	case bool:
		if t == types.Bool {
			return types.NewBool(x), nil
		}
	case int32:
		return types.OfInteger(int64(x), t)
	case int64:
		return types.OfInteger(x, t)
	case float64:
		if t == types.Real {
			return types.NewReal(x), nil
		}
	case []byte:
		return types.OfText(string(x), t)
	case string:
		return types.OfText(x, t)
	}
	return types.Value{}, fmt.Errorf("a cell of Go type %T is not a %s", cell, t)
}

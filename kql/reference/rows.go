package reference

import (
	"context"
	"errors"
	"io"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Rows is a pull iterator over rows in the order of their node's schema. Rows that it gave stay valid and must not be
// changed.
type Rows interface {
	// Next is the next row; io.EOF after the last one.
	Next() (types.Row, error)
	// Close frees what the iterator holds; it may be called before the end and more than once.
	Close() error
}

// Source gives the rows of tables.
type Source interface {
	Scan(ctx context.Context, op *plan.ScanOp) (Rows, error)
}

// SliceRows iterates over rows that are at hand.
func SliceRows(rows []types.Row) Rows { return &sliceRows{rows: rows} }

type sliceRows struct {
	rows []types.Row
	at   int
}

func (r *sliceRows) Next() (types.Row, error) {
	if r.at >= len(r.rows) {
		return nil, io.EOF
	}
	row := r.rows[r.at]
	r.at++
	return row, nil
}

func (r *sliceRows) Close() error { return nil }

// Collect reads all rows and closes the iterator.
func Collect(rows Rows) ([]types.Row, error) {
	var out []types.Row
	err := each(rows, func(row types.Row) error {
		out = append(out, row)
		return nil
	})
	return out, err
}

// each calls f on every row and closes the iterator.
func each(rows Rows, f func(types.Row) error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
}

// funcRows makes rows by a function and closes what it reads.
type funcRows struct {
	next  func() (types.Row, error)
	close []Rows
}

func (r *funcRows) Next() (types.Row, error) { return r.next() }

func (r *funcRows) Close() error {
	var errs []error
	for _, c := range r.close {
		errs = append(errs, c.Close())
	}
	r.close = nil
	return errors.Join(errs...)
}

// lazyRows computes all its rows on the first pull, so that opening a plan does no work yet.
type lazyRows struct {
	make func() ([]types.Row, error)
	sliceRows
}

func (r *lazyRows) Next() (types.Row, error) {
	if r.make != nil {
		rows, err := r.make()
		if err != nil {
			return nil, err
		}
		r.rows, r.make = rows, nil
	}
	return r.sliceRows.Next()
}

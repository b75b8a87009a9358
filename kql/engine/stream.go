package engine

import (
	"context"
	"io"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// batchRows is how many rows a Part holds at most.
const batchRows = 1024

// Part is a piece of a result: some rows of one of its tables. Every table has at least one part, be it without rows;
// the parts of a table follow each other.
type Part struct {
	Table   int // counts the tables of the result
	Name    string
	Columns types.Schema
	Rows    []types.Row // the receiver's to keep
}

// Stream runs a query and hands its rows on as they are made: memory holds a batch, whatever the size of the result. An
// error of the receiver ends the query and is returned. The Result has no tables.
//
// Where Query would run again with less left to the backend, Stream does too, as long as no row was handed on; statements
// that may meet such a value are therefore run to their end by the backend first.
func (e *Engine) Stream(ctx context.Context, text string, o Options, receive func(Part) error) (*Result, error) {
	return e.start(ctx, text, o, &forwarder{receive: receive})
}

// receiver takes the tables of a result.
type receiver interface {
	// begin starts a table, or starts it again where retry said that it may.
	begin(table int, name string, columns types.Schema) error
	rows(batch []types.Row) error
	// end follows the table's last rows.
	end() error
	// retry reports whether the table may be started again from its beginning.
	retry() bool
	// keeps reports whether rows can be taken back, so that retry will be true.
	keeps() bool
}

// forwarder is the receiver of Stream.
type forwarder struct {
	receive func(Part) error
	part    Part
	sent    bool // a part of this table went out
}

func (f *forwarder) begin(table int, name string, columns types.Schema) error {
	f.part, f.sent = Part{Table: table, Name: name, Columns: columns}, false
	return nil
}

func (f *forwarder) rows(batch []types.Row) error {
	f.sent = true
	part := f.part
	part.Rows = batch
	return f.receive(part)
}

func (f *forwarder) end() error {
	if f.sent {
		return nil
	}
	return f.rows(nil)
}

func (f *forwarder) retry() bool { return !f.sent }
func (f *forwarder) keeps() bool { return false }

// collector is the receiver of Query: it keeps everything, within the limit of memory.
type collector struct {
	tables      []*types.Table
	size, limit int64
	before      int64 // size when the table began
}

func (c *collector) begin(table int, name string, columns types.Schema) error {
	if table < len(c.tables) {
		c.tables, c.size = c.tables[:table], c.before
	}
	c.before = c.size
	c.tables = append(c.tables, &types.Table{Name: name, Columns: columns, Rows: []types.Row{}})
	return nil
}

func (c *collector) rows(batch []types.Row) error {
	for _, row := range batch {
		c.size += reference.RowSize(row)
	}
	if c.limit > 0 && c.size > c.limit {
		return &reference.LimitError{What: "memory", Limit: c.limit, Where: "the result"}
	}
	t := c.tables[len(c.tables)-1]
	t.Rows = append(t.Rows, batch...)
	return nil
}

func (c *collector) end() error  { return nil }
func (c *collector) retry() bool { return true }
func (c *collector) keeps() bool { return true }

// start is what Query and Stream have in common.
func (e *Engine) start(ctx context.Context, text string, o Options, to receiver) (res *Result, err error) {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, e.timeout(o))
	defer cancel()
	source := diag.NewSource("query", text)
	defer e.boundary(ctx, source, o, &err)
	q := e.begin(ctx, o)
	bound, warnings, err := q.bind(source)
	if err != nil {
		return nil, err
	}
	res = &Result{Render: bound.Render, Warnings: warnings}
	if err := q.runAll(bound, res, to); err != nil {
		return nil, err
	}
	if res.Truncated {
		d := cutAt(q.maxRows())
		source.Locate(d)
		res.Warnings = append(res.Warnings, d)
	}
	res.Stats = q.stats
	res.Stats.Elapsed = time.Since(begun)
	return res, nil
}

// runAll runs every result of a bound query.
func (q *query) runAll(bound *plan.Result, res *Result, to receiver) error {
	results := bound.Others
	if len(results) == 0 || results[0].Node != bound.Node {
		results = append([]plan.NamedResult{{Node: bound.Node}}, results...)
	}
	for i, r := range results {
		cut := false
		err := q.falling(to.retry, func(at level) (err error) {
			if err := to.begin(i, r.Name, r.Node.Schema()); err != nil {
				return err
			}
			cut, err = q.runAt(at, r.Node, to)
			return err
		})
		if err != nil {
			return err
		}
		res.Truncated = res.Truncated || cut
	}
	return nil
}

// runAt runs one plan with as much left to the backend as the level says. It reports whether the limit of rows cut it.
func (q *query) runAt(at level, n plan.Node, to receiver) (cut bool, err error) {
	p := q.prepare(at, n)
	q.stats.Reads = readsOf(p.optimized, q.stats.Reads)
	p.whole = !to.keeps()
	rows, err := q.executor(p).Run(q.ctx, p.split, q.env)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	limit, given := q.maxRows(), 0
	batch := make([]types.Row, 0, 16)
	for {
		row, err := rows.Next()
		if err == io.EOF || err == nil && given+len(batch) == limit {
			if len(batch) > 0 {
				if err := to.rows(batch); err != nil {
					return false, err
				}
			}
			return err == nil, to.end()
		}
		if err != nil {
			return false, err
		}
		if batch = append(batch, row); len(batch) == batchRows {
			given += len(batch)
			if err := to.rows(batch); err != nil {
				return false, err
			}
			batch = make([]types.Row, 0, batchRows)
		}
	}
}

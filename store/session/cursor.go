package session

import (
	"context"
	"errors"
	"fmt"
	"io"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// errStatements is met by texts that are not exactly one SELECT; the emitter makes no other.
var errStatements = errors.New("duckdb: a query is one SELECT")

// slab is how many rows share one allocation: a row that a caller keeps holds no more than this many.
const slab = 16

// Cursor is the rows of a running statement. It implements engine.Rows.
type Cursor struct {
	conn     *connection // nil when closed
	ctx      context.Context
	schema   types.Schema
	prepared bindings.PreparedStatement
	result   bindings.Result
	running  bool // result is to be destroyed
	chunk    bindings.DataChunk
	columns  []column
	at, size int
	cells    []types.Value
	failed   bool
}

// open prepares the statement and runs it: to its end, or until its first chunks are there.
func (c *Cursor) open(statement string, stream bool) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	var err error
	c.conn.interruptible(c.ctx, func() {
		if err = c.prepare(statement); err == nil {
			err = c.execute(stream)
		}
	})
	if err != nil {
		return c.fail(err)
	}
	if n := int(bindings.ColumnCount(&c.result)); n < len(c.schema) {
		return c.fail(fmt.Errorf("statement yields %d columns, the plan has %d", n, len(c.schema)))
	}
	c.columns = make([]column, len(c.schema))
	for i := range c.columns {
		c.columns[i].kind = bindings.ColumnType(&c.result, bindings.IdxT(i))
		if err := c.columns[i].check(c.schema[i]); err != nil {
			return c.fail(err)
		}
	}
	return nil
}

func (c *Cursor) prepare(statement string) error {
	var all bindings.ExtractedStatements
	n := bindings.ExtractStatements(c.conn.handle, statement, &all)
	defer bindings.DestroyExtracted(&all)
	if n == 0 {
		if message := bindings.ExtractStatementsError(all); message != "" {
			return errors.New(message)
		}
	}
	if n != 1 {
		return errStatements
	}
	if bindings.PrepareExtractedStatement(c.conn.handle, all, 0, &c.prepared) == bindings.StateError {
		return errors.New(bindings.PrepareError(c.prepared))
	}
	if bindings.PreparedStatementType(c.prepared) != bindings.StatementTypeSelect {
		return errStatements
	}
	return nil
}

func (c *Cursor) execute(stream bool) error {
	var pending bindings.PendingResult
	defer bindings.DestroyPending(&pending)
	begin := bindings.PendingPrepared
	if stream {
		begin = bindings.PendingPreparedStreaming
	}
	if begin(c.prepared, &pending) == bindings.StateError {
		return errors.New(bindings.PendingError(pending))
	}
	c.running = true
	if bindings.ExecutePending(pending, &c.result) == bindings.StateError {
		return errors.New(bindings.ResultError(&c.result))
	}
	return nil
}

// fail names the context's end as the cause where DuckDB stopped because of it.
func (c *Cursor) fail(err error) error {
	c.failed = true
	if ended := c.ctx.Err(); ended != nil {
		return fmt.Errorf("%w (%w)", ended, err)
	}
	return err
}

// Next is the next row; io.EOF after the last one. Rows that it gave stay valid.
func (c *Cursor) Next() (types.Row, error) {
	for c.at == c.size {
		if c.conn == nil || c.failed {
			return nil, io.EOF
		}
		if err := c.fetch(); err != nil {
			return nil, err
		}
	}
	if len(c.cells) < len(c.schema) {
		c.cells = make([]types.Value, min(slab, c.size-c.at)*len(c.schema))
	}
	row := types.Row(c.cells[:len(c.schema):len(c.schema)])
	c.cells = c.cells[len(c.schema):]
	for i := range c.columns {
		v, err := c.columns[i].value(c.at, c.schema[i].Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.schema[i].Name, err)
		}
		row[i] = v
	}
	c.at++
	return row, nil
}

// fetch moves to the next chunk; io.EOF after the last.
func (c *Cursor) fetch() error {
	c.dropChunk()
	if err := c.ctx.Err(); err != nil {
		return c.fail(err)
	}
	c.conn.interruptible(c.ctx, func() { c.chunk = bindings.FetchChunk(c.result) })
	if c.chunk.Ptr == nil {
		if message := bindings.ResultError(&c.result); message != "" {
			return c.fail(errors.New(message))
		}
		return io.EOF
	}
	c.at, c.size = 0, int(bindings.DataChunkGetSize(c.chunk))
	if c.size == 0 {
		return io.EOF
	}
	for i := range c.columns {
		c.columns[i].read(bindings.DataChunkGetVector(c.chunk, bindings.IdxT(i)))
	}
	return nil
}

func (c *Cursor) dropChunk() {
	if c.chunk.Ptr != nil {
		bindings.DestroyDataChunk(&c.chunk)
		c.chunk.Ptr = nil
	}
	c.at, c.size = 0, 0
}

// Close frees the cursor; a statement that still runs ends.
func (c *Cursor) Close() error {
	if c.conn == nil {
		return nil
	}
	c.dropChunk()
	if c.running {
		bindings.DestroyResult(&c.result)
	}
	bindings.DestroyPrepare(&c.prepared)
	conn := c.conn
	c.conn = nil
	return conn.give(!c.failed)
}

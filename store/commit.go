package store

import (
	"context"
	"fmt"
)

// commitRows is how many rows share a transaction, about. Row groups that fill up inside a transaction are compressed and
// written once; what is committed in smaller pieces goes through the write-ahead log and is compressed at its checkpoint.
const commitRows = 4 * rowGroup

// committer writes batches while the next one is read. It owns the writer's connection from start to stop.
type committer struct {
	im   *importer
	wr   *writer
	in   chan *batch
	done chan error
	// of the open transaction
	open  bool
	rows  int64
	files int
	added map[string]TableCounts
	parts []*part
}

// startCommitter starts writing. ctx ends the import.
func startCommitter(ctx context.Context, im *importer) *committer {
	c := &committer{im: im, wr: im.wr, in: make(chan *batch), done: make(chan error, 1)}
	go func() {
		c.done <- c.run(ctx)
	}()
	return c
}

// write hands a batch over and waits only while the one before it is being written.
func (c *committer) write(b *batch) error {
	select {
	case c.in <- b:
		return nil
	case err := <-c.done:
		c.done <- err // for stop
		if err == nil {
			err = fmt.Errorf("the import was stopped")
		}
		return err
	}
}

// stop waits until everything handed over is committed, or the trouble is known.
func (c *committer) stop() error {
	close(c.in)
	return <-c.done
}

func (c *committer) run(ctx context.Context) (err error) {
	defer func() {
		if err != nil && c.open {
			if _, rollback := c.wr.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); rollback != nil {
				err = fmt.Errorf("%w (and rolling back: %v)", err, rollback)
			}
		}
	}()
	for b := range c.in {
		if !c.open {
			if _, err := c.wr.conn.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
				return err
			}
			c.open, c.added = true, map[string]TableCounts{}
		}
		if err := c.take(ctx, b); err != nil {
			return err
		}
		if c.rows >= commitRows || c.files >= batchFiles {
			if err := c.commit(ctx); err != nil {
				return err
			}
		}
	}
	return c.commit(ctx)
}

// take writes a batch into the open transaction, with the journal of its files.
func (c *committer) take(ctx context.Context, b *batch) error {
	for _, p := range b.parts {
		if err := p.file.beginFile(b.tenant); err != nil {
			return err
		}
	}
	for _, s := range b.filled() {
		n, err := c.wr.merge(ctx, s)
		if err != nil {
			return fmt.Errorf("merge %s: %w", s.table.Name, err)
		}
		sum := c.added[s.table.Name]
		c.added[s.table.Name] = TableCounts{Added: sum.Added + n.Added, Held: sum.Held + n.Held}
	}
	for _, p := range b.parts {
		if err := p.file.writeRejects(p.rejects); err != nil {
			return err
		}
		if p.ended == nil {
			continue
		}
		if err := p.file.writeDocs(); err != nil {
			return err
		}
		if err := c.wr.end(ctx, p.file.entry, *p.ended, p.file.added); err != nil {
			return err
		}
	}
	c.rows += b.rows
	c.files += len(b.parts)
	c.parts = append(c.parts, b.parts...)
	return nil
}

// commit ends the open transaction, if there is one, and tells the report what came of it.
func (c *committer) commit(ctx context.Context) error {
	if !c.open {
		return nil
	}
	c.open = false
	_, err := c.wr.conn.ExecContext(ctx, "COMMIT")
	c.wr.w.figures.changed()
	if err != nil {
		return err
	}
	for name, n := range c.added {
		sum := c.im.report.Tables[name]
		c.im.report.Tables[name] = TableCounts{Added: sum.Added + n.Added, Held: sum.Held + n.Held}
		c.im.added.Add(n.Added)
	}
	for _, p := range c.parts {
		p.file.fr.RowsAdded = p.file.added
	}
	clear(c.parts)
	c.rows, c.files, c.added, c.parts = 0, 0, nil, c.parts[:0]
	return nil
}

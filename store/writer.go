package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"sort"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// batchRows is how many rows are held in staging before they are merged and committed.
const batchRows = 50_000

// batchBytes bounds the text of a batch, so that memory does not follow the size of the records.
const batchBytes = 48 << 20

// batchFiles bounds the files of a transaction.
const batchFiles = 200

// writer is the connection of one import with the rows that are not yet in their tables.
type writer struct {
	w      *Workspace
	conn   *sql.Conn
	stages map[string]*stage
	// pending are the files with rows or endings that are not yet committed, in order: small files
	// share a transaction.
	pending []*batcher
	rows    int64 // of all stages
	bytes   int64 // of text in them, about
	// held is how many rows a physical table has; known once the import has touched it.
	held map[string]int64
	// keys and seen are appenders to the table of keys to be looked up and to meta.seen.
	keys, seen *duckdb.Appender
	ids        []int64 // numbers drawn and not yet used
}

// stage holds the rows of one table that were read and not yet merged.
type stage struct {
	table *entra.Table
	rows  []stagedRow
	times map[duckdb.UUID]int32 // how often a key stands in the batch
}

// stagedRow is a row with what it is a record of.
type stagedRow struct {
	*ingest.Row
	key, state duckdb.UUID
	version    int64
	file       *batcher
}

func (w *Workspace) newWriter(ctx context.Context) (*writer, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{w: w, conn: conn, stages: map[string]*stage{}, held: map[string]int64{}}, nil
}

// close ends the connection with its temporary tables.
func (wr *writer) close(ctx context.Context) error {
	for _, a := range []*duckdb.Appender{wr.keys, wr.seen} {
		if a != nil {
			a.Close() // what is still in it was never acknowledged
		}
	}
	ctx = context.WithoutCancel(ctx)
	if wr.keys != nil {
		if _, err := wr.conn.ExecContext(ctx, "DROP TABLE IF EXISTS temp.batch_keys"); err != nil {
			return err
		}
	}
	return wr.conn.Close()
}

// appender makes an appender to a table.
func (wr *writer) appender(catalog, schema, table string) (a *duckdb.Appender, err error) {
	err = wr.conn.Raw(func(dc any) (err error) {
		a, err = duckdb.NewAppender(dc.(driver.Conn), catalog, schema, table)
		return err
	})
	return a, err
}

// source is where rows come from.
type source struct {
	importID string
	fileID   int64
	path     string
	sha256   string
	modified int64 // ticks
	ingested int64 // ticks
}

// add takes a row into the batch.
func (wr *writer) add(row *ingest.Row, key, state duckdb.UUID, file *batcher) {
	s := wr.stages[row.Table.Name]
	if s == nil {
		s = &stage{table: row.Table, times: map[duckdb.UUID]int32{}}
		wr.stages[row.Table.Name] = s
	}
	version := row.Version
	if version == 0 {
		version = file.source.modified
	}
	s.rows = append(s.rows, stagedRow{Row: row, key: key, state: state, version: version, file: file})
	s.times[key]++
	wr.rows++
	for _, c := range row.Cells {
		if text, ok := c.(string); ok {
			wr.bytes += int64(len(text))
		}
	}
	for _, m := range row.Extra {
		wr.bytes += int64(len(m.Raw))
	}
}

// full reports whether the batch is to be committed.
func (wr *writer) full() bool {
	return wr.rows >= batchRows || wr.bytes >= batchBytes || len(wr.pending) >= batchFiles
}

// filled returns the stages that hold rows, by table name.
func (wr *writer) filled() []*stage {
	var out []*stage
	for _, s := range wr.stages {
		if len(s.rows) > 0 {
			out = append(out, s)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].table.Name < out[j].table.Name })
	return out
}

// clear empties the batch.
func (wr *writer) clear() {
	for _, s := range wr.stages {
		clear(s.rows) // lets go of what the rows hold
		s.rows = s.rows[:0]
		clear(s.times)
	}
	clear(wr.pending)
	wr.pending, wr.rows, wr.bytes = wr.pending[:0], 0, 0
}

// drop takes the rows of a file that could not be read to its end out of the batch.
func (wr *writer) drop(file *batcher) {
	for _, s := range wr.stages {
		kept := s.rows[:0]
		for _, r := range s.rows {
			if r.file != file {
				kept = append(kept, r)
			} else if s.times[r.key]--; s.times[r.key] == 0 {
				delete(s.times, r.key)
			}
		}
		wr.rows -= int64(len(s.rows) - len(kept))
		clear(s.rows[len(kept):])
		s.rows = kept
	}
	wr.pending = slices.DeleteFunc(wr.pending, func(b *batcher) bool { return b == file })
}

// extraJSON writes what no column takes; nil when there is nothing. A name that stands twice keeps
// its last value, as JSON readers do.
func extraJSON(extra []ingest.Member) driver.Value {
	if len(extra) == 0 {
		return nil
	}
	last := make(map[string]int, len(extra))
	for i, m := range extra {
		last[m.Name] = i
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range extra {
		if last[m.Name] != i {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(ingest.Quote(m.Name))
		b.WriteByte(':')
		b.Write(m.Raw)
	}
	b.WriteByte('}')
	return b.String()
}

// columnList is every physical column of a table.
func columnList(t *entra.Table) string {
	var cols []string
	for _, c := range t.Columns {
		cols = append(cols, ident(c.Name))
	}
	for _, b := range bookkeeping(t) {
		name, _, _ := strings.Cut(b, " ")
		cols = append(cols, name)
	}
	return strings.Join(cols, ", ")
}

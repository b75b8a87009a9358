package store

import (
	"slices"
	"sort"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// batchRows is how many rows are gathered before they are written; as many as a row group has.
const batchRows = rowGroup

// batchBytes bounds the text of a batch, so that memory does not follow the size of the records. Two batches
// are held at a time: one that is read and one that is written.
const batchBytes = 64 << 20

// batchFiles bounds the files of a batch, and of a transaction.
const batchFiles = 200

// batch holds what was read and is not yet written: rows by table, and the files they are of in order.
type batch struct {
	stages map[string]*stage
	parts  []*part
	rows   int64 // of all stages
	bytes  int64 // of text in them, about
	tenant string
}

// part is what a batch holds of one file beside its rows. The reader is done with it when the batch is handed over.
type part struct {
	file    *batcher
	rejects []rejected
	// ended holds the file's report once it was read to its end.
	ended *FileReport
}

// stage holds the rows of one table that were read and not yet merged.
type stage struct {
	table   *entra.Table
	rows    []stagedRow
	times   map[duckdb.UUID]int32 // how often a key stands in the batch
	shadows *shadow.Columns
}

// stagedRow is a row with what it is a record of.
type stagedRow struct {
	*ingest.Row
	shadows    []any
	key, state duckdb.UUID
	version    int64
	doc        int64 // of a row of the directory
	file       *batcher
}

func newBatch() *batch { return &batch{stages: map[string]*stage{}} }

// add takes a row into the batch.
func (b *batch) add(row *ingest.Row, key, state duckdb.UUID, doc int64, file *batcher) {
	s := b.stages[row.Table.Name]
	if s == nil {
		s = &stage{table: row.Table, times: map[duckdb.UUID]int32{}, shadows: shadow.Of(row.Table)}
		b.stages[row.Table.Name] = s
	}
	version := row.Version
	if version == 0 {
		version = file.source.modified
	}
	s.rows = append(s.rows, stagedRow{Row: row, shadows: s.shadows.Fill(row.Cells), key: key, state: state, version: version, doc: doc, file: file})
	s.times[key]++
	b.rows++
	for _, c := range row.Cells {
		if text, ok := c.(string); ok {
			b.bytes += int64(len(text))
		}
	}
	for _, m := range row.Extra {
		b.bytes += int64(len(m.Raw))
	}
}

// of is the part of a file, which is the last of the batch.
func (b *batch) of(file *batcher) *part {
	if n := len(b.parts); n > 0 && b.parts[n-1].file == file {
		return b.parts[n-1]
	}
	p := &part{file: file}
	b.parts = append(b.parts, p)
	return p
}

// full reports whether the batch is to be written.
func (b *batch) full() bool {
	return b.rows >= batchRows || b.bytes >= batchBytes || len(b.parts) >= batchFiles
}

// filled returns the stages that hold rows, by table name.
func (b *batch) filled() []*stage {
	var out []*stage
	for _, s := range b.stages {
		if len(s.rows) > 0 {
			out = append(out, s)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].table.Name < out[j].table.Name })
	return out
}

// drop takes a file that could not be read to its end out of the batch.
func (b *batch) drop(file *batcher) {
	for _, s := range b.stages {
		kept := s.rows[:0]
		for _, r := range s.rows {
			if r.file != file {
				kept = append(kept, r)
			} else if s.times[r.key]--; s.times[r.key] == 0 {
				delete(s.times, r.key)
			}
		}
		b.rows -= int64(len(s.rows) - len(kept))
		clear(s.rows[len(kept):])
		s.rows = kept
	}
	b.parts = slices.DeleteFunc(b.parts, func(p *part) bool { return p.file == file })
}

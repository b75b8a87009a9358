package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sort"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// batchRows is how many rows are held in staging before they are merged and committed.
const batchRows = 50_000

// writer is the connection of one import with its staging tables.
type writer struct {
	w      *Workspace
	conn   *sql.Conn
	stages map[string]*stage
}

// stage is the staging table of one table.
type stage struct {
	table    *entra.Table
	name     string
	appender *duckdb.Appender
	rows     int64
	values   []driver.Value
	// keys are those of the batch; repeated: one of them came twice.
	keys     map[duckdb.UUID]struct{}
	repeated bool
}

func (w *Workspace) newWriter(ctx context.Context) (*writer, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{w: w, conn: conn, stages: map[string]*stage{}}, nil
}

// close drops the staging tables with their connection.
func (wr *writer) close(ctx context.Context) error {
	for _, s := range wr.stages {
		s.appender.Close() // what is still in it was never acknowledged
		if _, err := wr.conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS temp."+ident(s.name)); err != nil {
			return err
		}
	}
	return wr.conn.Close()
}

// stage returns the staging table of t, made on first use.
func (wr *writer) stage(ctx context.Context, t *entra.Table) (*stage, error) {
	if s := wr.stages[t.Name]; s != nil {
		return s, nil
	}
	s := &stage{table: t, name: "stage_" + t.Name, keys: map[duckdb.UUID]struct{}{}}
	ddl := fmt.Sprintf("CREATE OR REPLACE TEMP TABLE %s AS SELECT *, ''::VARCHAR AS _Collection, ''::VARCHAR AS _Scope FROM %s LIMIT 0",
		ident(s.name), rawName(t))
	if _, err := wr.conn.ExecContext(ctx, ddl); err != nil {
		return nil, err
	}
	err := wr.conn.Raw(func(dc any) (err error) {
		s.appender, err = duckdb.NewAppender(dc.(driver.Conn), "temp", "main", s.name)
		return err
	})
	if err != nil {
		return nil, err
	}
	n := len(t.Columns) + len(bookkeeping(t)) + 2
	s.values = make([]driver.Value, n)
	wr.stages[t.Name] = s
	return s, nil
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

// add stages a row.
func (wr *writer) add(ctx context.Context, row *ingest.Row, key, state duckdb.UUID, src source) error {
	s, err := wr.stage(ctx, row.Table)
	if err != nil {
		return err
	}
	t := row.Table
	for i, c := range t.Columns {
		v := row.Cells[i]
		if v == nil && c.Type == "string" {
			v = ""
		}
		s.values[i] = v
	}
	s.provenance(row, src)
	version := row.Version
	if version == 0 {
		version = src.modified
	}
	n := len(t.Columns)
	s.values[n], s.values[n+1], s.values[n+2], s.values[n+3] = key, state, version, int8(row.Grade)
	n += 4
	if t.Kind == entra.KindLog {
		s.values[n] = true
		n++
	}
	s.values[n], s.values[n+1] = row.Collection, row.Scope
	s.rows++
	if _, twice := s.keys[key]; twice {
		s.repeated = true
	}
	s.keys[key] = struct{}{}
	return s.appender.AppendRow(s.values...)
}

// provenance fills the hidden columns that say where a row came from.
func (s *stage) provenance(row *ingest.Row, src source) {
	put := func(name string, v driver.Value) {
		if i := s.table.ColumnIndex(name); i >= 0 {
			s.values[i] = v
		}
	}
	put("_Extra", extraJSON(row.Extra))
	put("_SourceFile", src.path)
	put("_SourceLine", row.Line)
	put("_SourceSha256", src.sha256)
	put("_ImportId", src.importID)
	put("_IngestionTime", src.ingested)
	put("_SnapshotTime", src.modified)
	put("_Current", false)
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

// flush hands the staged rows to DuckDB; it returns the stages that hold any, by table name.
func (wr *writer) flush(ctx context.Context) ([]*stage, error) {
	var out []*stage
	for _, s := range wr.stages {
		if s.rows == 0 {
			continue
		}
		if err := s.appender.FlushWithCancel(ctx); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].table.Name < out[j].table.Name })
	return out, nil
}

func (wr *writer) staged() int64 {
	n := int64(0)
	for _, s := range wr.stages {
		n += s.rows
	}
	return n
}

// clear empties the stages after a commit.
func (wr *writer) clear(ctx context.Context) error {
	for _, s := range wr.stages {
		if s.rows == 0 {
			continue
		}
		if _, err := wr.conn.ExecContext(ctx, "DELETE FROM temp."+ident(s.name)); err != nil {
			return err
		}
		s.rows, s.repeated = 0, false
		clear(s.keys)
	}
	return nil
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

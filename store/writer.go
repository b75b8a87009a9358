package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// writer is the connection of one import.
type writer struct {
	w    *Workspace
	conn *sql.Conn
	// held is how many rows a physical table has; known once the import has touched it.
	held map[string]int64
	// keys and seen are appenders to the table of keys to be looked up and to meta.seen.
	keys, seen *duckdb.Appender
	// unordered are the days by table that this writer has noted.
	unordered map[string]map[int64]bool
}

func (w *Workspace) newWriter(ctx context.Context) (*writer, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{w: w, conn: conn, held: map[string]int64{}, unordered: map[string]map[int64]bool{}}, nil
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

// physical are the names of every physical column of a table.
func physical(t *entra.Table) []string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	for _, b := range bookkeeping(t) {
		name, _, _ := strings.Cut(b, " ")
		names = append(names, name)
	}
	return append(names, shadow.Of(t).Names...)
}

// columnList is physical for SQL.
func columnList(t *entra.Table) string {
	names := physical(t)
	for i, n := range names {
		names[i] = ident(n)
	}
	return strings.Join(names, ", ")
}

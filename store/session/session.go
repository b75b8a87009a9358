package session

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// DB runs queries on a database. It is safe for use by several goroutines.
type DB struct{ pool *sql.DB }

// New reads the database that the pool of duckdb-go's driver is open on. The pool stays the caller's.
func New(pool *sql.DB) *DB { return &DB{pool: pool} }

// connection is a connection of the pool, in use by one cursor, and what it is to DuckDB.
type connection struct {
	pooled *sql.Conn
	handle bindings.Connection
}

// Query runs one SELECT whose columns are, by position, those of the schema in their physical types. The rows come as
// DuckDB makes them; with whole, when it has made all of them.
func (db *DB) Query(ctx context.Context, statement string, schema types.Schema, whole bool) (*Cursor, error) {
	c, err := db.take(ctx)
	if err != nil {
		return nil, err
	}
	cur := &Cursor{conn: c, ctx: ctx, schema: schema}
	if err := cur.open(statement, !whole); err != nil {
		return nil, errors.Join(err, cur.Close())
	}
	return cur, nil
}

// take gives a connection that is not in use.
func (db *DB) take(ctx context.Context) (*connection, error) {
	pooled, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &connection{pooled: pooled}
	if err := pooled.Raw(func(d any) error { return c.reach(d) }); err != nil {
		return nil, errors.Join(err, pooled.Close())
	}
	return c, nil
}

// reach finds the C handle inside the driver's connection. The driver exports no way to it.
func (c *connection) reach(d any) error {
	v := reflect.ValueOf(d)
	if v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		if field := v.Elem().FieldByName("conn"); field.IsValid() && field.Type() == reflect.TypeFor[bindings.Connection]() {
			c.handle.Ptr = field.FieldByName("Ptr").UnsafePointer()
			return nil
		}
	}
	return fmt.Errorf("duckdb: the driver's connection %T is not of the form that this program was built for", d)
}

// give takes a connection back; one that was interrupted or met an error is closed rather than used again.
func (c *connection) give(sound bool) error {
	if !sound {
		// The pool closes a connection whose driver reports it as bad.
		if err := c.pooled.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
			return err
		}
		return nil
	}
	return c.pooled.Close()
}

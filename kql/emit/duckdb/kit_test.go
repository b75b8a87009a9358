package duckdb

import (
	"database/sql"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// open is an empty database in memory.
func open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// scalar runs a statement of one cell.
func scalar(t testing.TB, db *sql.DB, statement string, args ...any) any {
	t.Helper()
	var v any
	if err := db.QueryRow(statement, args...).Scan(&v); err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
	return v
}

// Package session reads a DuckDB database for queries: one statement at a time, streamed, and stopped at once when
// its context ends.
//
// It owns the cursor over DuckDB's vectors, and the connection while a cursor is open. It does not own the database:
// connections come from a pool of the driver, with the settings and locks of its database.
//
// Why not database/sql: the driver makes a result whole before its first row, boxes every cell, and once a context has
// ended it sleeps 500 ms before it looks whether DuckDB has stopped (interruptInterval in duckdb-go's context.go);
// DuckDB itself stops within a few milliseconds.
//
// Flow: New → DB.Query → one SELECT, prepared → interruptible (interrupt.go) → cursor over chunks (cursor.go, vector.go).
//
// Start reading at DB.Query.
package session

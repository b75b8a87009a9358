// Package duckdb turns a plan into one SQL text for DuckDB 1.5.
//
// It owns the SQL templates of the functions it knows and the shape of the statement. It emits only what is exactly
// what kql/reference computes; for anything else Emit answers ErrNotEmitted, and the caller runs that part in the
// reference on the rows that a smaller part of the plan yields.
//
//	plan.Node -> relation (FROM, WHERE, columns as SQL, order keys) -> SQL text, columns by position
//
// Cells have one physical type per KQL type (sqlType). Strings are never NULL. Columns have positional aliases
// (t1.c0), because DuckDB compares names without case and KQL does not. The order of rows is carried as keys and
// applied where it counts, never left to a subselect.
//
// Start reading at Emitter.Emit, then relation, then the tables of templates in the files named for their kind.
package duckdb

// Package enginetest is a kit for tests of engines and backends: a table of values that break things, and random queries
// over it, typed by the signatures of the function library.
//
// It owns the fixture and the generator, and the shrinking of a query that shows a fault. What a query should give is the
// caller's business: kql/engine runs each in the reference and in DuckDB and compares the rows.
//
// Flow: New → Generator.Query(seed) → Query.Text, and on a fault Shrink. The same seed gives the same query, as long as the
// library and the generator are the same.
//
// Start reading at Generator.
package enginetest

// Package engine runs KQL from text to rows: parse, bind, optimize, split, emit, run, encode.
//
// It owns the pipeline, the Backend interface, limits, cancellation, explain, and the cell encoding of JSON results.
// It does not own any storage: a Backend runs SQL, a bind.Catalog names the tables.
//
//	text -> syntax.Query -> plan -> rewritten plan -> RemoteOps (SQL on the Backend) + remainder (kql/reference) -> Result
//
// Whatever goes wrong is either a *diag.List with line and column, or an error of the backend. A panic below is
// caught here and nowhere else, and reported as the query's.
//
// Start reading at Engine.Query.
package engine

//go:generate go test -count=1 -run TestCoverage . -update

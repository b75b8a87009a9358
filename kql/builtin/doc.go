// Package builtin declares every scalar function, operator, aggregation function, window function and plugin of
// KQL as data: names, signatures, result types, null rule, purity, documentation and examples.
//
// It owns the declarations. It does not run anything: kql/reference runs functions in Go, kql/emit has the SQL
// templates; both look functions up by the Name declared here. The binder weighs a call's arguments against the
// signatures; completion and the reference documentation read the same declarations.
//
// Operators are functions too, under their spelling: "+", "==", "has", "matches regex", "and".
//
// Start reading at Function and Library, then at Standard; how signatures are written is in signature.go.
package builtin

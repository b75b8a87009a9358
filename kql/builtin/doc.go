// Package builtin declares every scalar function, operator, aggregation function, window function and plugin of
// KQL as data: names, signatures, result types, null rule, purity, documentation and examples.
//
// It owns the declarations and the resolving of a call to a signature. It does not run anything: kql/reference
// runs functions in Go, kql/emit has the SQL templates; both look functions up by the Name declared here.
// The binder, the emitters, completion and the reference documentation read the same declarations.
//
// Operators are functions too, under their spelling: "+", "==", "has", "matches regex", "and".
//
// Start reading at Function and Library.
package builtin

// Package plan holds the typed logical plan: what a query means once every name has been found and every
// expression has a type. The binder makes it, kql/optimize rewrites it, kql/emit turns it into SQL, kql/reference runs it.
//
// A Node yields rows of its Schema. Column names are unique within a schema and compare case-sensitively, so
// expressions refer to the columns of their node's input by name. Functions and operators are all Call, pointing at
// their builtin declaration.
//
// Start reading at Node and Expr.
package plan

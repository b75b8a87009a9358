// Package bind gives the names of a query their meaning: a syntax tree and a catalog become a typed plan, or
// diagnostics that say what is wrong and where.
//
// It owns names and scopes, the inlining of let statements and functions, column naming, the column rules of join
// and union, implicit conversions, and the checks that the service makes before it runs a query. It does not
// parse (kql/syntax), declare functions (kql/builtin), rewrite (kql/optimize) or run anything.
//
//	Query -> statements: let, declare, set ... fill a scope
//	      -> the last expression -> a relation: plan node, open schema?, serialized?
//	      -> every operator takes a relation and gives one; scalar expressions are bound against its row
//
// An expression that could not be bound has type Unknown, and a table that is not there is an open relation: both
// silence what would only follow from the first message.
//
// Sources: the operator and function pages of the Kusto reference, https://learn.microsoft.com/kusto/query.
//
// Start reading at Bind, then relation in relation.go and bindExpr in expr.go.
package bind

// Package syntax turns KQL text into a tree and back.
//
// It owns tokens, the parser with recovery, the tree, and the formatter. It knows nothing of tables,
// columns or functions: kql/bind gives names their meaning.
//
//	text -> tokens (spans, trivia) -> Query: Statements -> Pipelines of Operators over Exprs
//
// Every node has the span of its text. The parser reports all errors it finds and still
// returns a tree; a part it could not read is a BadExpr or BadOperator.
//
// Start reading at Query in ast.go, then Parse.
package syntax

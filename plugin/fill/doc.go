// Package fill puts input values into the {{holes}} of a KQL template without letting a value change
// any token outside its hole.
//
//	template -> scan (string literals, comments, plain text) -> per hole: escape for the literal it stands in,
//	or, outside a literal, accept only one harmless token -> text
//
// In a string literal the value is escaped for that kind of literal; in a comment line breaks become
// spaces; outside both, only a number, a timespan, a datetime or a list of column names is accepted.
// Start reading at Fill.
package fill

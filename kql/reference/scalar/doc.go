// Package scalar runs the scalar functions and operators of KQL over values, as the public reference describes
// them.
//
// It owns what one call does: nulls, conversions out of dynamics, ranges, overflow. It does not own what a query can write
// (kql/builtin declares that) nor which rows a call is made for (kql/reference). and, or, iff, case and coalesce are
// here too, but an executor that must not compute all arguments has its own.
//
// Functions are looked up by their canonical name, operators by their spelling. Arguments come as the query has
// them: an int where a real is expected, a dynamic where a string is. The result has the type that the call was bound to.
//
// Start reading at Lookup; each family of functions has its file.
package scalar

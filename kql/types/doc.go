// Package types holds the scalar types of KQL, their values with null, dynamic values, and
// the schemas and tables made of them. Parsing and printing of each type's text stand here too, because
// literals, casts, results and storage must agree on them.
//
// It does not own operators' semantics (kql/builtin declares them, kql/reference runs them).
//
// Shapes:
//   - datetime is 100 ns ticks since 0001-01-01T00:00:00Z, timespan is 100 ns ticks
//     (https://learn.microsoft.com/kusto/query/scalar-data-types/datetime);
//   - a string is never null; every other type has null;
//   - a dynamic is a JSON-like tree, see Dynamic.
//
// Start reading at Value.
package types

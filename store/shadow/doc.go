// Package shadow knows the shadow columns of the tables: what stands at hot paths inside dynamic columns, and who acts in the
// fold of =~. kql/emit/duckdb says what such a column holds.
//
//	entra.Table -> Of -> names (layout, catalog), cells of a row (import), SQL over rows that lack them (migration)
//
// Start reading at Of.
package shadow

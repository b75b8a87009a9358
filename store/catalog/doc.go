// Package catalog shows the tables of the schemas, and the workspace's own records, to the binder of queries.
//
//	entra.Schemas + where a table's rows are (store.Workspace.Relation) -> bind.Catalog
//
// Start reading at New.
package catalog

// Package store is the workspace: the logs and the directory of one tenant in one DuckDB file.
//
// It owns the physical tables, which records are one thing, which state of a thing is current, the
// journal of imports with the chain of custody, the owner lock, backup and recovery. It does not
// own formats (store/ingest), schemas (entra) or KQL (kql/...); it is the only package that
// imports DuckDB.
//
// Flow of an import: paths → files → ingest.Read → batches (batcher.go) → rows of new keys straight
// into their table (fresh.go), the others through staging (writer.go) and merged by key (merge.go) or
// by snapshot (snapshot.go), in one transaction per batch → journal (journal.go).
// Flow of a query: SQL from kql/engine → QueryRows (query.go) → cursor.
//
// Start reading at Open (workspace.go), then Import (import.go).
package store

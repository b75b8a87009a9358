// Package ingest reads exported files: it finds out from the content what a file holds, decodes
// its records as a stream, and turns each into rows of the tables of package entra.
//
// It owns formats, encodings, dates and the mapping of properties to columns. It does not own
// storage, deduplication or which state of a thing is current; package store does.
//
// Flow: Open (gzip, UTF-8/16, SHA-256) → sniff (JSON, CSV, other) → decoder (jsonfile.go,
// csvfile.go) → shape of the record (shape.go) → mapper (envelope.go, graphlog.go, directory.go,
// unified.go, portal.go, tablerow.go) → Sink.
//
// A record that cannot be read goes to Sink.Reject with its line and reason, and reading goes on.
// Start reading at Read (read.go) and Row (row.go).
package ingest

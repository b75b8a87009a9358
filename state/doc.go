// Package state is the application state of a data directory, in one SQLite file: sessions, the prompts
// asked in them, and the answers given. It owns the file, its schema and its migrations; it does not
// own log data (store) or the audit trail (audit).
//
//	Open -> migrations -> CreateSession / AddPrompt / AddAnswer -> Prompts, Context
//
// The file is written in WAL mode with synchronous=FULL: what was acknowledged survives a power cut.
// Start reading at Open.
package state

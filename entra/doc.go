// Package entra holds what is known about the data of a Microsoft Entra tenant: the tables of the
// logs and of the directory with their columns and types, the sign-in error codes, the enum and
// open vocabularies, and the maps from a record's properties to columns.
//
// It owns the meaning of the data files of content/schemas, not their storage: package store
// builds physical tables from these values, kql/bind resolves names against them.
//
// Flow: content/schemas.FS → Load → *Schemas → Table, SignInError, Vocabulary, Properties.
//
// Start reading at Load (schemas.go) and Table (table.go).
package entra

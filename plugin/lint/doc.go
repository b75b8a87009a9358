// Package lint checks the KQL of a manifest's skills against the tables that are known, and tells what it finds in the lines of
// the manifest.
//
//	skill -> its template filled with a value for each hole -> parse, bind, warnings -> diagnostics at their place in the file
//
// Start reading at Queries.
package lint

// Package schemas ships the project's own data files about Microsoft Entra data: one file per
// table (tables/), the paths inside dynamic columns that queries use most (counted in published
// content), sign-in error codes, vocabularies, the diagnostic categories, the licence and latency of a source, and the property
// maps from a Graph object or a diagnostic record to the columns of a table.
//
// The files are facts (names, types, codes); package entra reads them into values. Start with
// tables/SigninLogs.json and tables/EntraUsers.json.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed tables copilot-operations.json signin-errors.json vocabularies.json categories.json limits.json properties.json hotpaths.json
var files embed.FS

// FS returns the shipped data files.
func FS() fs.FS { return files }

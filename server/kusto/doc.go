// Package kusto serves the query endpoints of Azure Data Explorer, so that its clients work on the workspace unchanged:
// queries with answers in the frames of version 2 or the tables of version 1, and the management commands that show
// what there is.
//
// It owns the routes under /v1/rest and /v2/rest, the forms of requests, answers and errors, and the commands. It does not
// own running a query or who may: see server/clientapi. Nothing here changes the workspace: commands that would are
// refused by name.
//
//	POST /v2/rest/query, /v1/rest/query -> request -> options, parameters -> Runner -> frames, or tables
//	POST /v1/rest/mgmt                  -> command -> Catalog -> table [-> | query over it]
//
// One workspace is one database; every database name means it. The formats are those of
// https://learn.microsoft.com/kusto/api/rest/response-http-v2 and -v1, and what the clients azure-kusto-data (npm) and
// azkustodata (Go) read.
//
// Start reading at New.
package kusto

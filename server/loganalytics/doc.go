// Package loganalytics serves the query API of Azure Monitor Logs, so that its clients work on the workspace unchanged:
// one query, a batch of them, and the metadata of tables and functions.
//
// It owns the routes, with and without the version in front, and the forms of requests, answers and errors. It does
// not own running a query or who may: see server/clientapi.
//
//	/v1/workspaces/{id}/query, /v1/{resource ID}/query -> request -> timespan, Prefer -> Runner -> tables
//	/v1/$batch                                         -> each request in turn       -> responses
//	/v1/workspaces/{id}/metadata                       -> Catalog
//
// One workspace is served: every workspace ID and resource ID means it, unless IDs were configured. The formats are
// those of https://learn.microsoft.com/azure/azure-monitor/logs/api/overview, and what the clients
// @azure/monitor-query, @azure/monitor-query-logs (npm) and azquery (Go) read.
//
// Start reading at New.
package loganalytics

// Package clientapi is what the two query services for other programs, server/kusto and server/loganalytics, have in
// common: who asks, the port to the engine, the limit of queries at once, compression, and the cells of JSON answers.
//
// It owns no route and no answer format. It does not decide what may be read: the Runner authorises, writes the audit
// entry, and only then runs.
//
//	request -> Caller (token, or nobody) -> Gate -> Runner -> engine.Result -> AppendCell
//
// Start reading at Services.
package clientapi

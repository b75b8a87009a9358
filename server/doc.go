// Package server is the front of what Sleuth serves: one address for the page with its API, and for the query services of
// other programs.
//
// It owns listening, in plain HTTP and TLS on one address, the checks of Host and Origin that come before every route,
// and which service a path belongs to. The services are its children: rest (the page), kusto (Azure Data Explorer) and
// loganalytics (Azure Monitor Logs); localca makes the certificates.
//
//	connection -> TLS, or plain HTTP on loopback -> Host, Origin -> kusto | loganalytics | rest
//
// Start reading at New.
package server

// Package clients runs unmodified clients of Azure Data Explorer, Azure Monitor Logs and the Model Context Protocol against a real sleuth serve, over
// TLS with the local authority's certificate, and counts the calls that work.
//
// It owns the calls: npm/*.mjs for azure-kusto-data, @azure/monitor-query,
// @azure/monitor-query-logs and @modelcontextprotocol/sdk, and the module
// gocalls for azkustodata and azquery, which is a module of its own so that the program does not carry its
// dependencies. Each prints a line of JSON for a check. Where Node.js, npm's registry or the Go module proxy cannot be
// had, the test says so and skips that part.
//
// Start reading at TestClients.
package clients

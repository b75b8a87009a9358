// Package mcp serves the copilot to programs that speak the Model Context Protocol: over standard input and output for a program on
// this machine, and over HTTP for one with an API token.
//
// A skill is a tool with a JSON schema of its inputs; Ask, RunKql and ListTables stand beside them. Sessions and the columns of
// tables are resources. A call is a prompt like any other: it is authorised, on record before anything is read, counted against the
// asker's budget, and its answer has its query, its rows and what it does not cover. Remediation skills are tools only where that is
// allowed, and what they give is a plan: nothing is done.
//
// Start reading at Service.server.
package mcp

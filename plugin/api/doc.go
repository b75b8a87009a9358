// Package api reads the OpenAPI documents of API plugins into skills, and calls the servers that they describe.
//
//	document -> what is needed of it, with what is not read told in its line -> operations -> skills with inputs
//	skill + inputs -> request (path, query, headers, body) -> authentication -> one guarded client -> JSON -> table
//
// The client reaches the hosts that a call is for and no others: no redirect leads elsewhere, no name leads to a private address, and time
// and size are bounded. Secrets are added last, and stand in no error and no description of a request. Start reading at Read and Caller.
package api

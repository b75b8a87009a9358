// Package rest serves the web page and the REST API behind it.
//
// It owns routes, the guard in front of them (Host, Origin), security headers, and the
// stream that carries an answer while it is made. It does not own what an answer is: asking, querying and the
// workspace's facts come in through the small interfaces of Config.
//
//	request -> guard -> route -> Asker / Querier / Sessions -> JSON, or a stream of JSON lines
//
// Who sends a request is package auth's to say; every route stands with the rule that its caller must meet. Listening is the
// front's (package server): plain HTTP on loopback, TLS everywhere.
//
// Start reading at New.
package rest

// Package rest serves the web page and the REST API behind it.
//
// It owns routes, the guard in front of them (Host, Origin, start token), security headers, and the
// stream that carries an answer while it is made. It does not own what an answer is: asking, querying and the
// workspace's facts come in through the small interfaces of Config.
//
//	request -> guard -> route -> Asker / Querier / Sessions -> JSON, or a stream of JSON lines
//
// Until people sign in, the one principal is the local owner: whoever holds the start token that the
// command printed. Listening is the front's (package server): plain HTTP on loopback, TLS everywhere.
//
// Start reading at New.
package rest

// Package localca makes a server reachable over TLS on the machine it runs on, without any outside authority.
//
// It owns a certificate authority of its own in the data directory, whose certificate people give to their clients,
// and the server's certificate that it signs. The authority is bound by name constraints (RFC 5280 4.2.1.10) to this
// machine's loopback names and the names that were configured, so that trusting it trusts it with nothing else. It
// does not own listening.
//
//	Open(dir, names) -> authority (read, or made where it is missing, old or for other names)
//	                 -> server certificate, renewed before it expires -> tls.Config
//
// Files: ca.pem (certificates to trust: the present authority, and its successor while one waits), ca.key, next.key
// and server.pem with its key, all but ca.pem mode 0600, the keys sealed where there is a Sealer. The successor is published a year before it signs anything,
// so that clients which read ca.pem go on working.
//
// Start reading at Open.
package localca

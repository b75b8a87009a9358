// Package onetime makes and checks codes that prove something once: those of an authenticator app (TOTP, RFC 6238) and recovery
// codes. It keeps nothing: which codes were used is for its caller to remember, by the time step that Match returns, and by the
// recovery codes that are left.
//
// Start reading at Match.
package onetime

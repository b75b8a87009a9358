// Package auth signs people in. It owns who sends a request - a sign-in session, an API token, or this run's start token -
// and the routes by which people sign in and out; it does not own what they may do (access), nor where it is kept (state).
//
//	request -> Identify: cookie, or bearer token -> Identity (the principal and how it is known)
//	provider -> state, nonce, PKCE -> ID token checked -> person of issuer and subject, with the roles that the token says
//	sign-in -> Attempt counted -> proof checked -> audit entry -> session, cookie
//
// Three rules hold everywhere: nothing takes effect before its audit entry is written; an answer never tells whether an
// account exists or which part of a proof was wrong; secrets are kept as hashes.
//
// Start reading at Service.Identify, then signIn.
package auth

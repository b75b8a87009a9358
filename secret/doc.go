// Package secret keeps secrets unreadable where they lie: tokens, client secrets, signing keys.
//
// It owns the root key, the data keys that it wraps, sealing and opening, the change of keys, and Value, a secret in memory
// that does not print. It does not own where sealed secrets are kept (Rows), nor who may read them.
//
//	root key   32 bytes in a file of mode 0600, in the data directory or, better, outside it; wraps
//	data keys  a Tink keyset in keys/data-keys, useless without the root key; seal
//	secrets    XChaCha20-Poly1305 with the secret's name as associated data, so that two of them cannot be swapped
//
// What it cannot see: an older sealed value put back in the place of a newer one of the same name.
//
// Start reading at Open and Box.Seal. Store keeps whole sets of secrets; prefer it, because a change of keys finds what it keeps.
package secret

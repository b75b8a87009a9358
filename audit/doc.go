// Package audit is the append-only trail of what was asked and done. It owns the entry, its order, and the proof that
// nothing was changed, left out or moved; it does not decide what is audited.
//
//	entry -> Append -> texts, entry and signed checkpoint synced -> head written -> only then may the effect be seen
//
// An entry that cannot be written is an error, and the caller must not go on: Append comes before the effect. The log is a
// Merkle tree (RFC 6962) whose checkpoints are signed notes (c2sp.org/tlog-checkpoint). What was said stands beside it, bound
// by salted hashes, so that a text can be erased and every proof still holds.
//
// Verify needs no secret. What it cannot see is a trail that somebody with the signing key wrote anew from the start: keep
// checkpoints elsewhere, and give them to Verify.
//
// Start reading at Trail.Append, then Verify.
package audit

// Package audit is the append-only trail of what was asked and done. It owns the entry and its order;
// it does not decide what is audited.
//
//	entry -> Append -> one JSON line, synced to the disk -> only then may the effect be seen
//
// An entry that cannot be written is an error, and the caller must not go on: Append comes before the
// effect. The file form kept here is replaced by a Merkle log behind the same Log interface.
// Start reading at Log.
package audit

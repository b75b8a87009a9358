// Package manage is what an owner does: people and their roles, API tokens, settings and the secrets that go with them. The
// commands and the web page both go through it, so that both meet the same guards and leave the same record.
//
//	who, what -> guards (permission, not above one's own roles, the last owner) -> on record -> done
//
// It does not own who somebody is (package auth), how values are kept (package state) or what a setting means to its reader. What
// is refused by a guard is not done and not on record as done; what may not be done is on record as refused.
//
// Start reading at Service.
package manage

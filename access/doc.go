// Package access says who may do what. It owns the principal, the roles, the permissions and the one
// decision, Authorize; it knows no HTTP, no tokens and no storage.
//
//	who asks   -> Principal (an id and its roles)
//	what for   -> Permission (ask, act, manage, ...)
//	decision   -> Authorize: nil, or a *Denied that names the missing permission and the roles that hold it
//
// Start reading at Authorize.
package access

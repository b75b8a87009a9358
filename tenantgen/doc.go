// Package tenantgen writes a synthetic Microsoft Entra tenant as an export directory: the
// directory collections of Microsoft Graph, the diagnostic log files of an ordinary month, the
// attacks hidden in it, and the labelled truth about those attacks.
//
// It owns the invention of people and events and the shapes they are written in. It does not read
// anything back, and it knows nothing of the workspace: the import layout is its only contract.
//
// The flow, in the order Generate runs it:
//
//	people, groups, devices, methods, apps   state, each entity from its own random stream
//	history                                  audit events that explain the recent part of the state
//	attacks                                  scripted traces, added through a scene (one per attack)
//	work                                     one day of everyone's sign-ins at a time, streamed to files
//	directory                                the collections, written last: they hold "last seen" facts
//
// The same Config gives the same bytes: no clock is read, every entity has its own stream
// (stream.go), maps are only written through encoding/json, which sorts keys, and gzip headers
// carry no time. Start reading in generate.go, then scene.go for how an attack stays consistent.
//
// Addresses come from the ranges reserved for documentation and benchmarking only
// (RFC 5737, RFC 2544, RFC 3849), autonomous system numbers from RFC 5398.
package tenantgen

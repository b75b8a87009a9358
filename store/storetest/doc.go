// Package storetest is the conformance suite of the workspace: what any way of storing it must do,
// whatever the order in which files arrive. Run it with a function that opens an empty workspace.
//
// Each case writes small files, imports them in every order, and compares what queries see.
// Start reading at Run.
package storetest

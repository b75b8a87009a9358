// Command sleuth is the one binary of Sleuth: it imports exported tenants, answers questions about them, runs KQL,
// and serves the web page.
//
// It only wires: what a verb does is done by the packages below, and a verb's file holds its flags, the calls and what is
// printed. It owns the exit codes (app.go), the data directory and the process that owns it, and nothing else.
//
//	main -> app.run: cobra reads the command line
//	     -> withHouse opens the data directory (house.go), or hands the whole command to the process that has it open (owner.go)
//	     -> the verb's file: import.go, ask.go, query.go, serve.go, ...; what changes anything passes admit first
//	     -> print.go writes tables, JSON and errors
//
// Start reading at withHouse in house.go, then at one short verb: version.go, then query.go.
package main

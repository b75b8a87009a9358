// Command gocalls makes the calls of Microsoft's Go clients against a running sleuth serve and prints a line of JSON for
// each check: its name, whether it held, and what was found where it did not.
//
// It owns the calls and what each must give: azkustodata in kusto.go, azquery in logs.go. It is a module of its own, so
// that the program does not carry its dependencies. Where the server is and the token it takes come from the environment;
// conformance/clients builds it, starts the server and counts the lines.
//
// Start reading at main.
package main

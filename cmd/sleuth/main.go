// Command sleuth is the one binary of Sleuth: it imports exported tenants, answers questions about them, runs KQL,
// and serves the web page.
//
// This package only wires: each verb has a file of its own, house.go opens what a verb needs, owner.go lets
// other commands reach the process that owns a data directory.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cwd, err := os.Getwd()
	if err != nil {
		cwd = "."
	}
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, cwd: cwd, args: os.Args[1:]}
	os.Exit(a.run(ctx))
}

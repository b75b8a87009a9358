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

// Command zoop is the whole marketplace in one binary: `zoop serve` is the daemon, `zoop up` a private marketplace on one
// machine, and the other commands are its operators' tools. Each file here is one subcommand: flags, output, exit codes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, stop, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

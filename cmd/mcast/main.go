// Mcast sends and receives IP multicast; see mcast --help.
package main

import (
	"context"
	"os"

	"mcast/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args, cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

// Command shop is a small web shop, written plainly: no line of it traces, measures, retries or recovers. The file
// instrument.go and a few directives say what it is woven with.
//
//	go run ./examples/shop -demo              # as written
//	instrument go run ./examples/shop -demo   # woven
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/instrumentgo/instrument/examples/shop/demo"
)

// grace is how long requests may take to finish once the service has been told to stop.
const grace = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the command. It returns the exit status: 0 fine, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	play := flags.Bool("demo", false, "serve on a free loopback port, send requests, print what was recorded, exit")
	addr := flags.String("addr", "", "serve on this `address`, such as :8080, until interrupted")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if flags.NArg() > 0 || *play == (*addr != "") {
		fmt.Fprintln(stderr, "usage: shop -demo | -addr address")
		flags.PrintDefaults()
		return 2
	}
	var err error
	if *play {
		err = show(ctx, stdout)
	} else {
		err = serve(ctx, *addr, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 1
	}
	return 0
}

// show runs the demo.
func show(ctx context.Context, out io.Writer) error {
	report, err := demo.Run(ctx, newShop())
	if err != nil {
		return err
	}
	return report.Print(out)
}

// serve serves until the context ends, then lets the requests under way finish.
func serve(ctx context.Context, addr string, stderr io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	logger := log.New(stderr, "shop: ", 0)
	server := &http.Server{Handler: newShop().Handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: logger}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	logger.Printf("serving on http://%s", listener.Addr())

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return server.Shutdown(last)
}

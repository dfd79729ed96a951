// Command shop is a small web shop, written plainly: no line of it traces, measures, retries or
// recovers, and none knows a database, a broker or a cloud. The file instrument.go and a few
// directives say what it is woven with; a file in the folder bindings says what it runs on.
//
//	go run ./examples/shop -demo                 # as written, on a platform in the process
//	instrument go run ./examples/shop -demo      # woven
//	SHOP_GATEWAY_KEY=sk_sandbox go run ./examples/shop -demo -env hosted    # on Redis, NATS and PostgreSQL
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

	"github.com/instrumentgo/instrument/bindings"

	"github.com/instrumentgo/instrument/examples/shop/demo"
)

// grace is how long requests and messages may take to finish once the service has been told to
// stop.
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
	answers := flags.Bool("answers", false, "with -demo, print the answers to the requests and not what was recorded")
	addr := flags.String("addr", "", "serve on this `address`, such as :8080, until interrupted")
	name := flags.String("env", "embedded", "what the shop runs on: embedded, hosted, or the `path` of a file")
	namespace := flags.String("namespace", "shop", "whose data it is: shops of different `name`s share none")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if flags.NArg() > 0 || *play == (*addr != "") {
		fmt.Fprintln(stderr, "usage: shop -demo [-answers] | -addr address [-env name] [-namespace name]")
		flags.PrintDefaults()
		return 2
	}
	found, err := readEnvironment(*name, *namespace)
	if err == nil {
		if *play {
			err = show(ctx, found, stdout, *answers)
		} else {
			err = serve(ctx, found, *addr, stderr)
		}
	}
	if err != nil {
		fmt.Fprintf(stderr, "shop: %v\n", err)
		return 1
	}
	return 0
}

// show runs the demo.
func show(ctx context.Context, found bindings.Environment, out io.Writer, answers bool) error {
	report, err := play(ctx, found)
	switch {
	case err != nil:
		return err
	case answers:
		return report.PrintAnswers(out)
	}
	return report.Print(out)
}

// play runs the demo on the platform of an environment.
func play(ctx context.Context, found bindings.Environment) (report *demo.Report, err error) {
	err = running(ctx, found, func(ctx context.Context, shop demo.Shop) error {
		report, err = demo.Run(ctx, shop)
		return err
	})
	return report, err
}

// serve serves until the context ends, then lets the requests under way finish.
func serve(ctx context.Context, found bindings.Environment, addr string, stderr io.Writer) error {
	return running(ctx, found, func(ctx context.Context, shop demo.Shop) error {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		logger := log.New(stderr, "shop: ", 0)
		server := &http.Server{Handler: shop.Handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: logger}
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
	})
}

// running opens the platform, puts the shop together, runs do, and drains and closes the platform.
func running(ctx context.Context, found bindings.Environment, do func(context.Context, demo.Shop) error) error {
	platform, err := open(ctx, found)
	if err != nil {
		return err
	}
	shop, err := newShop(ctx, platform)
	if err == nil {
		err = offerPayments(ctx, platform, found, shop.Payments)
	}
	if err != nil {
		_ = platform.Close(ctx) // nothing has begun
		return err
	}
	return bindings.Run(ctx, platform, grace, func(ctx context.Context) error { return do(ctx, shop) })
}

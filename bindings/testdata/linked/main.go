// Command linked is a service that keeps what it has in memory and in files: what TestLinked weighs.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/environment"
	"github.com/instrumentgo/instrument/bindings/healthz"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider/env"
	"github.com/instrumentgo/instrument/bindings/provider/file"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/topic"
)

type cart struct{ Cents int64 }

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	e, err := environment.Read(os.Args[1])
	if err != nil {
		return err
	}
	e.Namespace = bindings.NamespaceOf[cart]()
	if e.Namespace != "linked" { // the program's path
		return fmt.Errorf("the namespace is %q", e.Namespace)
	}
	p, err := bindings.Open(ctx, e, mem.Provider, file.Provider, env.Provider, service.Provider)
	if err != nil {
		return err
	}
	return bindings.Run(ctx, p, 20*time.Second, func(ctx context.Context) error { return serve(ctx, p) })
}

func serve(ctx context.Context, p *bindings.Platform) error {
	carts, err := kv.Open[string, cart](ctx, p, "carts")
	if err != nil {
		return err
	}
	if _, err := carts.Set(ctx, "c1", cart{1200}); err != nil {
		return err
	}
	invoices, err := blob.Open(ctx, p, "invoices")
	if err != nil {
		return err
	}
	if _, err := invoices.WriteAll(ctx, "i1", []byte("text")); err != nil {
		return err
	}
	limit, err := config.Open[int](ctx, p, "limit")
	if err != nil {
		return err
	}
	if _, err := limit.Get(ctx); err != nil {
		return err
	}
	key, err := secret.Get(ctx, p, "pay-key")
	if err != nil {
		return err
	}
	locks, err := lock.Open(ctx, p, "jobs")
	if err != nil {
		return err
	}
	lease, err := locks.Lock(ctx, "nightly")
	if err != nil {
		return err
	}
	defer lease.Unlock(ctx)
	placed, err := topic.Open[cart](ctx, p, "placed")
	if err != nil {
		return err
	}
	done := make(chan struct{})
	if _, err := placed.Subscribe(ctx, "mail", func(context.Context, cart) error { close(done); return nil }); err != nil {
		return err
	}
	if err := placed.Publish(ctx, cart{1200}); err != nil {
		return err
	}
	<-done
	h := service.NewHandler(service.API{Name: "example.com/shop/orders.Service"})
	server, err := service.Serve(ctx, p, "127.0.0.1:0", h)
	if err != nil {
		return err
	}
	http.Handle("/healthz/", http.StripPrefix("/healthz", healthz.Handler(p)))
	fmt.Println(key, server != nil)
	return nil
}

package main

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
	"github.com/instrumentgo/instrument/bindings/provider/env"
	"github.com/instrumentgo/instrument/bindings/provider/file"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/nats"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
	"github.com/instrumentgo/instrument/bindings/provider/sqlite"
	"github.com/instrumentgo/instrument/bindings/service"

	"github.com/instrumentgo/instrument/examples/shop/demo"
	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/invoices"
	"github.com/instrumentgo/instrument/examples/shop/orders"
	"github.com/instrumentgo/instrument/examples/shop/payments"
	"github.com/instrumentgo/instrument/examples/shop/web"
)

// environments are the files that come with the program.
//
//go:embed bindings/*.yaml
var environments embed.FS

// readEnvironment reads an environment: one that comes with the program, by its name, or any other,
// by its path.
func readEnvironment(name, namespace string) (bindings.Environment, error) {
	var found bindings.Environment
	var err error
	if strings.ContainsAny(name, "./\\") {
		found, err = environment.Read(name)
	} else {
		path := filepath.ToSlash(filepath.Join("bindings", name+".yaml"))
		var data []byte
		if data, err = environments.ReadFile(path); err != nil {
			return found, fmt.Errorf("environment %q: there is no file %s in the program: give a path to another", name, path)
		}
		found, err = environment.Parse(path, data)
	}
	found.Namespace = namespace
	found.Needs = slices.Concat(orders.ServiceNeeds, inventory.WarehouseNeeds, invoices.ClerkNeeds, payments.ClientNeeds)
	return found, err
}

// open opens the platform of an environment, with the providers that the program knows.
func open(ctx context.Context, found bindings.Environment) (*bindings.Platform, error) {
	return bindings.Open(ctx, found, env.Provider, file.Provider, mem.Provider, nats.Provider, postgres.Provider, redis.Provider,
		service.Provider, sqlite.Provider)
}

// newShop puts the service together on a platform, with a gateway that moves no money.
func newShop(ctx context.Context, platform *bindings.Platform) (demo.Shop, error) {
	gateway := payments.NewSandbox()
	cashier, err := payments.NewClient(ctx, platform, gateway)
	if err != nil {
		return demo.Shop{}, err
	}
	if err := payments.ProvideService(platform, "pay", cashier); err != nil {
		return demo.Shop{}, err
	}
	stock, err := inventory.BindWarehouse(ctx, platform)
	if err != nil {
		return demo.Shop{}, err
	}
	service, err := orders.NewService(ctx, platform, stock)
	if err != nil {
		return demo.Shop{}, err
	}
	clerk, err := invoices.BindClerk(ctx, platform)
	if err != nil {
		return demo.Shop{}, err
	}
	return demo.Shop{Handler: web.NewServer(service, stock, clerk).Handler(), Gateway: gateway, Payments: payments.ServiceHandler(cashier)}, nil
}

// offerPayments serves the payments to other processes, and to this one where its environment says
// so: on a free loopback port, which it enters in the registry.
func offerPayments(ctx context.Context, platform *bindings.Platform, found bindings.Environment, handler http.Handler) error {
	if !slices.ContainsFunc(found.Bindings, func(b bindings.Binding) bool { return b.Name == "pay" && strings.HasPrefix(b.URL, "registry:") }) {
		return nil
	}
	server, err := service.Serve(ctx, platform, "127.0.0.1:0", handler)
	if err != nil {
		return err
	}
	return service.Register(ctx, platform, "registry", "payments", server.Addr().String())
}

//go:build instrument

package main

import (
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/orders"
)

// What the whole service is woven with. The payments package says itself what it needs, in
// directives.
var _ = aspects.Module(
	aspects.Stack("handler", aspects.Recover(), aspects.Trace(), aspects.Metrics()),
	aspects.Stack("service", aspects.Trace(), aspects.Metrics()),

	aspects.Rule("http handlers",
		aspects.HTTPHandlers().In("./web/..."),
		aspects.Use("handler")),
	aspects.Rule("orders",
		aspects.Methods((*orders.Service)(nil)).Exported().WithContext().ReturningError(),
		aspects.Use("service")),
	aspects.Rule("inventory",
		aspects.Methods((*inventory.Warehouse)(nil)).Exported().WithContext(),
		aspects.Trace(aspects.Attr("sku")), aspects.Metrics()),
)

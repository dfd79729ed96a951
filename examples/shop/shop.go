package main

import (
	"github.com/instrumentgo/instrument/examples/shop/demo"
	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/orders"
	"github.com/instrumentgo/instrument/examples/shop/payments"
	"github.com/instrumentgo/instrument/examples/shop/web"
)

// newShop puts the service together, with a few things to sell and a gateway that moves no money.
func newShop() demo.Shop {
	gateway := payments.NewSandbox()
	stock := inventory.NewWarehouse(map[string]inventory.Item{
		"mug":  {Name: "Mug", Cents: 1200, Left: 100},
		"lamp": {Name: "Desk lamp", Cents: 4900, Left: 20},
		"vase": {Name: "Vase", Cents: 3300, Left: 1},
	})
	service := orders.NewService(stock, payments.NewClient(gateway))
	return demo.Shop{Handler: web.NewServer(service, stock).Handler(), Gateway: gateway}
}

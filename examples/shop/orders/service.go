// Package orders takes orders: it reserves the stock, charges the card and remembers what was
// bought.
package orders

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/payments"
)

// The errors that a caller can distinguish.
var (
	ErrNotFound = errors.New("order not found")
	ErrTooMany  = errors.New("more than one order may have")
	ErrEmpty    = errors.New("the cart is empty")
)

// Request is an order as a customer sends it.
type Request struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Card     string `json:"card"`
}

// Order is an order that has been paid.
type Order struct {
	ID       string `json:"id"`
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Cents    int    `json:"cents"`
	Receipt  string `json:"receipt"`
}

// Limits are what one order may have.
type Limits struct {
	Quantity int `json:"quantity"`
}

// Numbers gives out numbers.
type Numbers interface {
	Increment(ctx context.Context, key string, delta int64) (int64, error)
}

// Publisher notifies the rest of the shop that an order has been paid.
type Publisher interface {
	Publish(ctx context.Context, order Order) error
}

// Service takes orders. It is safe for concurrent use.
//
//instrument:bind
type Service struct {
	Carts   kv.Of[string, Cart]  // by customer
	Orders  kv.Of[string, Order] // by ID
	Numbers Numbers
	Placed  Publisher
	Limits  config.Of[Limits]
	Pay     payments.Service

	stock *inventory.Warehouse
}

// NewService returns a service that sells what the warehouse has.
func NewService(ctx context.Context, platform *bindings.Platform, stock *inventory.Warehouse) (*Service, error) {
	service, err := BindService(ctx, platform)
	if err != nil {
		return nil, err
	}
	service.stock = stock
	return service, nil
}

// Place reserves the items, charges the card, stores the order and publishes it. When the card
// cannot be charged, the items go back.
//
//instrument:trace attr=req.SKU
func (s *Service) Place(ctx context.Context, req Request) (*Order, error) {
	limits, err := s.Limits.Get(ctx)
	if err != nil {
		return nil, fmt.Errorf("place order: %w", err)
	}
	if req.Quantity > limits.Quantity {
		return nil, fmt.Errorf("place order of %d: %w (%d)", req.Quantity, ErrTooMany, limits.Quantity)
	}
	cents, err := s.stock.Reserve(ctx, req.SKU, req.Quantity)
	if err != nil {
		return nil, fmt.Errorf("place order: %w", err)
	}
	order, err := s.pay(ctx, req, cents)
	if err != nil {
		// The items must go back also when the customer has hung up.
		if undo := s.stock.Release(context.WithoutCancel(ctx), req.SKU, req.Quantity); undo != nil {
			err = errors.Join(err, undo)
		}
		return nil, fmt.Errorf("place order: %w", err)
	}
	if _, err := s.Orders.Set(ctx, order.ID, *order); err != nil {
		return nil, fmt.Errorf("store order: %w", err)
	}
	if err := s.Placed.Publish(ctx, *order); err != nil {
		return nil, fmt.Errorf("tell of order: %w", err)
	}
	return order, nil
}

// pay numbers an order and charges the card for it.
func (s *Service) pay(ctx context.Context, req Request, cents int) (*Order, error) {
	number, err := s.Numbers.Increment(ctx, "orders", 1)
	if err != nil {
		return nil, err
	}
	order := &Order{ID: fmt.Sprintf("o-%d", number), SKU: req.SKU, Quantity: req.Quantity, Cents: cents}
	order.Receipt, err = s.Pay.Charge(ctx, payments.Charge{Order: order.ID, Card: req.Card, Cents: cents})
	if err != nil {
		return nil, err
	}
	return order, nil
}

// Get returns an order.
func (s *Service) Get(ctx context.Context, id string) (*Order, error) {
	order, err := s.Orders.Get(ctx, id)
	if errors.Is(err, bindings.NotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get %q: %w", id, err)
	}
	return &order, nil
}

// Package orders takes orders: it reserves the stock, charges the card and remembers what was bought.
package orders

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/payments"
)

// ErrNotFound is returned for an order that does not exist.
var ErrNotFound = errors.New("order not found")

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

// Service takes orders. It is safe for concurrent use.
type Service struct {
	stock    *inventory.Warehouse
	payments *payments.Client

	mu     sync.Mutex
	last   int // number of the last order that was begun
	orders map[string]Order
}

// NewService returns a service without orders.
func NewService(stock *inventory.Warehouse, client *payments.Client) *Service {
	return &Service{stock: stock, payments: client, orders: make(map[string]Order)}
}

// Place reserves the items, charges the card and stores the order. When the card cannot be charged, the items go back.
//
//instrument:trace attr=req.SKU
func (s *Service) Place(ctx context.Context, req Request) (*Order, error) {
	cents, err := s.stock.Reserve(ctx, req.SKU, req.Quantity)
	if err != nil {
		return nil, fmt.Errorf("place order: %w", err)
	}
	order := Order{ID: s.nextID(), SKU: req.SKU, Quantity: req.Quantity, Cents: cents}

	order.Receipt, err = s.payments.Charge(ctx, payments.Charge{Order: order.ID, Card: req.Card, Cents: cents})
	if err != nil {
		// The items must go back also when the customer has hung up.
		if undo := s.stock.Release(context.WithoutCancel(ctx), req.SKU, req.Quantity); undo != nil {
			err = errors.Join(err, undo)
		}
		return nil, fmt.Errorf("place order: %w", err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[order.ID] = order
	return &order, nil
}

// Get returns an order.
func (s *Service) Get(ctx context.Context, id string) (*Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	order, ok := s.orders[id]
	if !ok {
		return nil, fmt.Errorf("get %q: %w", id, ErrNotFound)
	}
	return &order, nil
}

func (s *Service) nextID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	return fmt.Sprintf("o-%d", s.last)
}

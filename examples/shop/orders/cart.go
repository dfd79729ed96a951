package orders

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
)

// Cart is what a customer has picked.
type Cart struct {
	Lines []Line `json:"lines"`
}

// Line is one item of a cart.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// add puts items into the cart.
func (c Cart) add(more Line) Cart {
	lines := append([]Line(nil), c.Lines...)
	for i := range lines {
		if lines[i].SKU == more.SKU {
			lines[i].Quantity += more.Quantity
			return Cart{lines}
		}
	}
	return Cart{append(lines, more)}
}

// Pick puts items into a customer's cart, whatever else is put there at the same time.
func (s *Service) Pick(ctx context.Context, customer string, line Line) (*Cart, error) {
	entry, err := s.Carts.Update(ctx, customer, func(cart Cart, _ bool) (Cart, error) { return cart.add(line), nil })
	if err != nil {
		return nil, fmt.Errorf("pick: %w", err)
	}
	return &entry.Value, nil
}

// CheckOut places one order for each line of a customer's cart. What has been ordered is no longer
// in the cart.
func (s *Service) CheckOut(ctx context.Context, customer, card string) ([]*Order, error) {
	entry, err := s.Carts.Entry(ctx, customer)
	if errors.Is(err, bindings.NotFound) {
		return nil, fmt.Errorf("check out: %w", ErrEmpty)
	}
	if err != nil {
		return nil, fmt.Errorf("check out: %w", err)
	}
	// Whoever deletes the cart orders it: a second click finds none.
	if err := s.Carts.CompareAndDelete(ctx, customer, entry.Revision); err != nil {
		return nil, fmt.Errorf("check out: %w", err)
	}
	var placed []*Order
	for i, line := range entry.Value.Lines {
		order, err := s.Place(ctx, Request{SKU: line.SKU, Quantity: line.Quantity, Card: card})
		if err != nil {
			return placed, errors.Join(err, s.putBack(ctx, customer, entry.Value.Lines[i:]))
		}
		placed = append(placed, order)
	}
	return placed, nil
}

// putBack returns to the cart what could not be ordered, also when the customer has hung up.
func (s *Service) putBack(ctx context.Context, customer string, lines []Line) error {
	_, err := s.Carts.Update(context.WithoutCancel(ctx), customer, func(cart Cart, _ bool) (Cart, error) {
		for _, line := range lines {
			cart = cart.add(line)
		}
		return cart, nil
	})
	return err
}

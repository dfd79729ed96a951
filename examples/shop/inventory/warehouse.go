// Package inventory keeps the stock.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrUnknown is returned for a SKU that the warehouse does not carry.
var ErrUnknown = errors.New("unknown SKU")

// ShortageError is returned when fewer items are left than were asked for.
type ShortageError struct {
	SKU        string
	Want, Have int
}

func (e *ShortageError) Error() string {
	return fmt.Sprintf("%s: want %d, have %d", e.SKU, e.Want, e.Have)
}

// Item is a product and how much of it is left.
type Item struct {
	Name  string `json:"name"`
	Cents int    `json:"cents"` // price of one
	Left  int    `json:"left"`
}

// Warehouse holds items by SKU. It is safe for concurrent use.
type Warehouse struct {
	mu    sync.Mutex
	items map[string]Item
}

// NewWarehouse returns a warehouse that holds the items, by SKU.
func NewWarehouse(items map[string]Item) *Warehouse {
	w := &Warehouse{items: make(map[string]Item, len(items))}
	for sku, item := range items {
		w.items[sku] = item
	}
	return w
}

// Item returns what is known of a SKU.
func (w *Warehouse) Item(ctx context.Context, sku string) (Item, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	item, ok := w.items[sku]
	if !ok {
		return Item{}, fmt.Errorf("look up %q: %w", sku, ErrUnknown)
	}
	return item, nil
}

// Reserve takes items off the shelf and returns their price in cents.
func (w *Warehouse) Reserve(ctx context.Context, sku string, quantity int) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	item, ok := w.items[sku]
	if !ok {
		return 0, fmt.Errorf("reserve %q: %w", sku, ErrUnknown)
	}
	if item.Left < quantity {
		return 0, fmt.Errorf("reserve: %w", &ShortageError{SKU: sku, Want: quantity, Have: item.Left})
	}
	item.Left -= quantity
	w.items[sku] = item
	return quantity * item.Cents, nil
}

// Release puts reserved items back.
func (w *Warehouse) Release(ctx context.Context, sku string, quantity int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	item, ok := w.items[sku]
	if !ok {
		return fmt.Errorf("release %q: %w", sku, ErrUnknown)
	}
	item.Left += quantity
	w.items[sku] = item
	return nil
}

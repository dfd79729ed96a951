// Package inventory keeps the stock.
package inventory

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
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

// migrations make the table of items, with a few things to sell.
//
//go:embed migrations
var migrations embed.FS

// Warehouse holds items by SKU. It is safe for concurrent use.
//
//instrument:bind
type Warehouse struct {
	//instrument:bind name=stock migrations=migrations
	DB *sql.DB
}

// Item returns what is known of a SKU.
func (w *Warehouse) Item(ctx context.Context, sku string) (Item, error) {
	var item Item
	err := w.DB.QueryRowContext(ctx, `SELECT name, cents, remaining FROM items WHERE sku = $1`, sku).Scan(&item.Name, &item.Cents, &item.Left)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	if err != nil {
		return Item{}, fmt.Errorf("look up %q: %w", sku, err)
	}
	return item, nil
}

// Reserve takes items off the shelf and returns their price in cents.
func (w *Warehouse) Reserve(ctx context.Context, sku string, quantity int) (int, error) {
	const take = `UPDATE items SET remaining = remaining - $2 WHERE sku = $1 AND remaining >= $2 RETURNING cents`
	var cents int
	err := w.DB.QueryRowContext(ctx, take, sku, quantity).Scan(&cents)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, w.refusal(ctx, sku, quantity)
	}
	if err != nil {
		return 0, fmt.Errorf("reserve %q: %w", sku, err)
	}
	return quantity * cents, nil
}

// refusal returns why items could not be reserved.
func (w *Warehouse) refusal(ctx context.Context, sku string, quantity int) error {
	item, err := w.Item(ctx, sku)
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	return fmt.Errorf("reserve: %w", &ShortageError{SKU: sku, Want: quantity, Have: item.Left})
}

// Release puts reserved items back.
func (w *Warehouse) Release(ctx context.Context, sku string, quantity int) error {
	result, err := w.DB.ExecContext(ctx, `UPDATE items SET remaining = remaining + $2 WHERE sku = $1`, sku, quantity)
	if err != nil {
		return fmt.Errorf("release %q: %w", sku, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("release %q: %w", sku, errors.Join(err, ErrUnknown))
	}
	return nil
}

// Package invoices writes an invoice for each order that has been paid.
package invoices

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/examples/shop/orders"
)

// ErrNotWritten is returned for an invoice that is not there, or not yet.
var ErrNotWritten = errors.New("invoice not written")

// Clerk writes invoices.
//
//instrument:bind
type Clerk struct {
	Invoices blob.Bucket
}

// OnPlaced writes the invoice of an order. It may come twice for one order, and writes the same.
//
//instrument:subscribe topic=placed
//instrument:trace
func (c *Clerk) OnPlaced(ctx context.Context, order orders.Order) error {
	text := fmt.Sprintf("Invoice %s\n%d × %s: %d.%02d, paid by %s\n", order.ID, order.Quantity, order.SKU, order.Cents/100, order.Cents%100, order.Receipt)
	_, err := c.Invoices.WriteAll(ctx, order.ID, []byte(text), blob.ContentType("text/plain; charset=utf-8"))
	return err
}

// Invoice returns the text of an order's invoice.
func (c *Clerk) Invoice(ctx context.Context, order string) (string, error) {
	text, err := c.Invoices.ReadAll(ctx, order)
	if errors.Is(err, bindings.NotFound) {
		err = ErrNotWritten
	}
	if err != nil {
		return "", fmt.Errorf("invoice of %q: %w", order, err)
	}
	return string(text), nil
}

// Package payments charges cards through a payment gateway.
package payments

import (
	"context"
	"fmt"
)

// Charge is an amount to take from a card.
type Charge struct {
	Order string // doubles as the idempotency key: a gateway takes the money for an order once, however often it is asked
	Card  string // number, digits only
	Cents int
}

// Gateway is a payment provider.
type Gateway interface {
	// Authorize takes the money and returns the provider's receipt number. It fails with a *DeclinedError when the bank
	// refuses the card, and with an *UnavailableError when the provider could not answer.
	Authorize(ctx context.Context, charge Charge) (receipt string, err error)
}

// Client charges cards.
type Client struct {
	gateway Gateway
}

// NewClient returns a client of a gateway.
func NewClient(gateway Gateway) *Client { return &Client{gateway: gateway} }

// Charge takes the money and returns the receipt's number.
//
//instrument:trace kind=client attr=charge.Cents
//instrument:metrics
//instrument:retry attempts=3 initial=20ms if=IsTransient
//instrument:breaker payments failures=3 cooldown=200ms skip=ErrDeclined
func (c *Client) Charge(ctx context.Context, charge Charge) (string, error) {
	receipt, err := c.gateway.Authorize(ctx, charge)
	if err != nil {
		return "", fmt.Errorf("charge card: %w", err)
	}
	return receipt, nil
}

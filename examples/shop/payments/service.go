// Package payments charges cards through a payment gateway. Other services call it through
// [Service], in the same process or in another.
package payments

import (
	"context"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// Charge is an amount to take from a card.
type Charge struct {
	Order string `json:"order"` // doubles as the idempotency key: a gateway takes the money for an order once, however often it is asked
	Card  string `json:"card"`  // number, digits only
	Cents int    `json:"cents"`
}

// Service takes money.
//
//instrument:service
type Service interface {
	// Charge takes the money and returns the receipt's number. Its error is ErrDeclined when the
	// bank refuses the card, and ErrUnavailable when the gateway could not answer.
	Charge(ctx context.Context, charge Charge) (receipt string, err error)
}

// Gateway is a payment provider.
type Gateway interface {
	// Authorize takes the money and returns the provider's receipt number. It fails with a
	// *DeclinedError when the bank refuses the card, and with an *UnavailableError when the
	// provider could not answer.
	Authorize(ctx context.Context, key string, charge Charge) (receipt string, err error)
}

// Client charges cards. It implements Service.
//
//instrument:bind
type Client struct {
	GatewayKey secret.Secret
	gateway    Gateway
}

// NewClient returns a client of a gateway, which knows it by the platform's key.
func NewClient(ctx context.Context, platform *bindings.Platform, gateway Gateway) (*Client, error) {
	client, err := BindClient(ctx, platform)
	if err != nil {
		return nil, err
	}
	client.gateway = gateway
	return client, nil
}

// Charge takes the money and returns the receipt's number.
//
//instrument:trace kind=client attr=charge.Cents
//instrument:metrics
//instrument:retry attempts=3 initial=20ms if=IsTransient
//instrument:breaker payments failures=3 cooldown=200ms skip=ErrDeclined
func (c *Client) Charge(ctx context.Context, charge Charge) (string, error) {
	receipt, err := c.gateway.Authorize(ctx, c.GatewayKey.Reveal(), charge)
	if err != nil {
		return "", fmt.Errorf("charge card: %w", err)
	}
	return receipt, nil
}

package payments

import (
	"context"
	"errors"
	"time"
)

// OrderID identifies an order.
type OrderID string

// Receipt says what was paid.
type Receipt struct {
	Stamp
	Order OrderID           `json:"order"`
	Cents int64             `json:"cents"`
	Seal  []byte            `json:"seal"`
	Notes map[string]string `json:"notes"`
	Next  *Receipt          `json:"next,omitempty"`
}

// Stamp is a part of several types.
type Stamp struct {
	At time.Time `json:"at"`
}

// What is wrong with a payment.
var (
	ErrDeclined = errors.New("the payment is declined")
	ErrExpired  = errors.New("the card has expired")
)

// Service takes payments.
//
//instrument:service idempotent=Find
type Service interface {
	Charge(ctx context.Context, order OrderID, cents int64) (Receipt, error)
	Find(ctx context.Context, order OrderID) (*Receipt, error)
	Refund(ctx context.Context, receipts ...Receipt) error
	Ping(ctx context.Context) error
	Sum(ctx context.Context, byOrder map[OrderID]int64) (total int64, orders []OrderID, err error)
}

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/examples/mesh/stockpb"
)

// warehouse holds the goods.
type warehouse struct {
	stockpb.UnimplementedStockServer
	db    *sql.DB
	slips io.Writer // the printer of packing slips
}

// Reserve takes goods out of the stock.
func (w *warehouse) Reserve(ctx context.Context, in *stockpb.ReserveRequest) (*stockpb.ReserveResponse, error) {
	var left int64
	row := w.db.QueryRowContext(ctx, "SELECT units FROM goods WHERE sku = ?", in.Sku)
	switch err := row.Scan(&left); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, status.Errorf(codes.NotFound, "no article %q", in.Sku)
	case err != nil:
		return nil, err
	}
	row = w.db.QueryRowContext(ctx, "UPDATE goods SET units = units - ? WHERE sku = ? AND units >= ? RETURNING units", in.Quantity, in.Sku, in.Quantity)
	switch err := row.Scan(&left); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, status.Errorf(codes.FailedPrecondition, "not enough of %q", in.Sku)
	case err != nil:
		return nil, err
	}
	return &stockpb.ReserveResponse{Left: left}, nil
}

// pack prints the packing slip of an order that is placed.
func (w *warehouse) pack(m jetstream.Msg) {
	var order struct {
		ID       int64
		SKU      string
		Quantity int64
	}
	if err := json.Unmarshal(m.Data(), &order); err != nil {
		log.Printf("stock: a message that is no order: %v", err)
		m.Term()
		return
	}
	fmt.Fprintf(w.slips, "order %d: %d %s\n", order.ID, order.Quantity, order.SKU)
	m.Ack()
}

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/examples/mesh/stockpb"
)

// shop places orders.
type shop struct {
	db     *sql.DB
	stock  stockpb.StockClient
	broker jetstream.Publisher
}

// order is what a customer wants, and what the broker carries once it is placed.
type order struct {
	ID       int64  `json:"id"`
	SKU      string `json:"sku" binding:"required"`
	Quantity int64  `json:"quantity" binding:"min=1"`
}

func (s *shop) place(c *gin.Context) {
	var o order
	if err := c.ShouldBindJSON(&o); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	ctx := c.Request.Context()
	_, err := s.stock.Reserve(ctx, &stockpb.ReserveRequest{Sku: o.SKU, Quantity: o.Quantity})
	switch status.Code(err) {
	case codes.OK:
	case codes.NotFound:
		c.JSON(http.StatusNotFound, gin.H{"error": "no such article"})
		return
	case codes.FailedPrecondition:
		c.JSON(http.StatusConflict, gin.H{"error": "sold out"})
		return
	default:
		c.JSON(http.StatusBadGateway, gin.H{"error": "stock does not answer"})
		return
	}
	if err := s.keep(ctx, &o); err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": "the order is lost"})
		return
	}
	c.JSON(http.StatusCreated, o)
}

// keep stores an order, gives it its number, and tells of it.
func (s *shop) keep(ctx context.Context, o *order) error {
	row := s.db.QueryRowContext(ctx, "INSERT INTO orders (sku, quantity) VALUES (?, ?) RETURNING id", o.SKU, o.Quantity)
	if err := row.Scan(&o.ID); err != nil {
		return err
	}
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = s.broker.Publish(ctx, "orders.placed", data)
	return err
}

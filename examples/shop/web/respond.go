package web

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/invoices"
	"github.com/instrumentgo/instrument/examples/shop/orders"
	"github.com/instrumentgo/instrument/examples/shop/payments"
)

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is on its way: a client that is gone by now cannot be sent anything else.
	_ = json.NewEncoder(w).Encode(value)
}

// writeError answers with the status that fits an error.
func writeError(w http.ResponseWriter, err error) {
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		seconds := max(1, math.Ceil(later.RetryAfter().Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	status := statusOf(err)
	http.Error(w, http.StatusText(status), status)
}

// statusOf returns the HTTP status for an error of the services.
func statusOf(err error) int {
	var shortage *inventory.ShortageError
	switch {
	case errors.Is(err, orders.ErrNotFound), errors.Is(err, inventory.ErrUnknown), errors.Is(err, invoices.ErrNotWritten):
		return http.StatusNotFound
	case errors.As(err, &shortage), errors.Is(err, orders.ErrEmpty), errors.Is(err, bindings.FailedPrecondition):
		return http.StatusConflict
	case errors.Is(err, orders.ErrTooMany):
		return http.StatusUnprocessableEntity
	case errors.Is(err, payments.ErrDeclined):
		return http.StatusPaymentRequired
	case errors.Is(err, payments.ErrUnavailable):
		return http.StatusBadGateway
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	default:
		return http.StatusInternalServerError
	}
}
